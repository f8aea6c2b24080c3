"""The same key does a thing once: a repeat gets the first answer, another body is refused.

A key belongs to one citizen. What it stands for (a resource id) is committed before
anything is done, so a repeat after a crash goes on with the same resource instead of making
a second one. Answers are not stored, since they hold personal data: a repeat reads the
resource again; a refusal is stored, it holds none.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Insert, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.api import Problem
from contracts.errors import (
    BookingError,
    IdempotencyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Outcome,
    Retry,
)
from gateway.ledger.database import Database
from gateway.ledger.records import IdempotencyRecord
from gateway.ledger.tables import idempotency as table
from gateway.problems import Replayed, problem

KEPT_FOR = timedelta(days=1)
_RUNS_AT_MOST = timedelta(seconds=60)
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(slots=True)
class Use:
    """One use of a key.

    ``repeated``: its request was carried out before; read, do not do. ``begun_before``: it was
    at least begun, and nobody knows how far it got.
    """

    resource_id: str
    repeated: bool
    begun_before: bool


class Idempotency:
    """Remembers keys for a day. ``secret`` keys the fingerprint of a body."""

    def __init__(self, database: Database, secret: bytes, now: Callable[[], datetime]) -> None:
        self._database = database
        self._secret = secret
        self._now = now

    @asynccontextmanager
    async def use(
        self, citizen_key: str, key: str | None, operation: str, body: bytes, resource_id: str = ""
    ) -> AsyncIterator[Use]:
        """Carry out the request inside: at most one at a time for a key.

        ``resource_id`` is what the request is about where that exists already; a new one is
        made up otherwise, the same for every repeat.

        Raises:
            IdempotencyKeyMissing: no key, or not 16 to 64 letters, digits, - and _.
            IdempotencyKeyReused: the key came before with another body or operation.
            IdempotencyInFlight: the first request is still running.
            Replayed: the first request was refused; this is that refusal.
        """
        if key is None or not _KEY.fullmatch(key):
            raise IdempotencyKeyMissing(
                "Send an Idempotency-Key header of 16 to 64 letters, digits, '-' or '_', "
                "a new one for every new wish and the same one to repeat it."
            )
        record, begun_before = await self._claim(
            citizen_key, key, self._fingerprint(operation, body), resource_id or str(uuid.uuid4())
        )
        if record.problem is not None:
            raise Replayed(Problem.model_validate_json(record.problem))
        use = Use(record.resource_id, record.status is not None, begun_before)
        try:
            yield use
        except BookingError as error:
            await self._refused(citizen_key, key, error)
            raise
        except BaseException:
            await self._finish(citizen_key, key, running_until=None)
            raise
        if not use.repeated:
            await self._finish(citizen_key, key, running_until=None, status=200)

    async def forget(self) -> None:
        """Drop keys older than a day."""
        async with self._database.writing() as connection:
            await connection.execute(
                delete(table).where(table.c.created_at < self._now() - KEPT_FOR)
            )

    def _fingerprint(self, operation: str, body: bytes) -> str:
        # Canonical, so that a client that serialises anew may still repeat itself.
        try:
            canonical = json.dumps(json.loads(body or b"null"), sort_keys=True).encode()
        except (ValueError, RecursionError):
            canonical = body
        message = operation.encode() + b"\0" + canonical
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    async def _claim(
        self, citizen_key: str, key: str, fingerprint: str, resource_id: str
    ) -> tuple[IdempotencyRecord, bool]:
        """What the key stands for, and whether it came before."""
        now = self._now()
        mine = (table.c.citizen_key == citizen_key, table.c.key == key)
        async with self._database.writing() as connection:
            result = await connection.execute(select(table).where(*mine).with_for_update())
            row = result.mappings().first()
            if row is None:
                # On PostgreSQL two first uses may meet here; the second one finds a row that
                # it cannot see yet, and hears that the first is running.
                await _insert_or_wait(
                    connection,
                    insert(table).values(
                        citizen_key=citizen_key,
                        key=key,
                        fingerprint=fingerprint,
                        resource_id=resource_id,
                        running_until=now + _RUNS_AT_MOST,
                        created_at=now,
                    ),
                )
                return IdempotencyRecord(fingerprint, resource_id, None, None, None), False
            known = IdempotencyRecord(
                row["fingerprint"],
                row["resource_id"],
                row["running_until"],
                row["status"],
                row["problem"],
            )
            if not hmac.compare_digest(known.fingerprint, fingerprint):
                raise IdempotencyKeyReused(
                    "This key was sent before with another request. Use a new key for a new wish."
                )
            if known.running_until is not None and known.running_until > now:
                raise _in_flight()
            if known.status is None and known.problem is None:
                await connection.execute(
                    update(table).where(*mine).values(running_until=now + _RUNS_AT_MOST)
                )
            return known, True

    async def _refused(self, citizen_key: str, key: str, error: BookingError) -> None:
        """Keep a refusal, unless the same key may and should be tried again."""
        again = error.retry in {Retry.SAME_KEY, Retry.AFTER} or error.outcome is Outcome.UNKNOWN
        text = None if again else problem(error).model_dump_json(by_alias=True, exclude_none=True)
        await self._finish(citizen_key, key, running_until=None, problem=text)

    async def _finish(self, citizen_key: str, key: str, **values: object) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.citizen_key == citizen_key, table.c.key == key)
                .values(**values)
            )


def _in_flight() -> IdempotencyInFlight:
    return IdempotencyInFlight(
        "The first request with this key is still running. Repeat it in a moment.", retry_after=1
    )


async def _insert_or_wait(connection: AsyncConnection, statement: Insert) -> None:
    try:
        await connection.execute(statement)
    except IntegrityError:
        raise _in_flight() from None
