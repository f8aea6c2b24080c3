"""Which processes live: a heartbeat each, so that another one adopts the work of a dead one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update

from gateway.ledger.database import Database
from gateway.ledger.tables import executors

LAPSED = timedelta(seconds=45)
_NEVER = datetime.fromtimestamp(0, UTC)


class Executors:
    """The heartbeats of all processes that share one ledger."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def beat(self, executor_id: str) -> None:
        """Say that a process lives; after ``LAPSED`` without this it counts as dead."""
        await self._set(executor_id, self._now())

    async def leave(self, executor_id: str) -> None:
        """Say that a process ends, so that what it did not finish is adopted at once."""
        await self._set(executor_id, _NEVER)

    async def lapsed(self) -> list[str]:
        """The processes that count as dead."""
        query = select(executors.c.id).where(executors.c.heartbeat_at <= self._now() - LAPSED)
        async with self._database.reading() as connection:
            return list((await connection.scalars(query)).all())

    @asynccontextmanager
    async def bury(self, executor_id: str) -> AsyncIterator[bool]:
        """Claim a dead process, forget it at the end; ``False`` when another one has it.

        A claim is a beat: when the claimant dies meanwhile, it lapses and is claimed anew. One
        that was only slow, and beats meanwhile, is not forgotten: it may die later.
        """
        claimed_at = self._now()
        dead = (executors.c.id == executor_id, executors.c.heartbeat_at <= self._now() - LAPSED)
        async with self._database.writing() as connection:
            claimed = await connection.execute(
                update(executors).where(*dead).values(heartbeat_at=claimed_at)
            )
        yield claimed.rowcount == 1
        if claimed.rowcount == 1:
            async with self._database.writing() as connection:
                await connection.execute(
                    delete(executors).where(
                        executors.c.id == executor_id, executors.c.heartbeat_at == claimed_at
                    )
                )

    async def _set(self, executor_id: str, at: datetime) -> None:
        async with self._database.writing() as connection:
            result = await connection.execute(
                update(executors).where(executors.c.id == executor_id).values(heartbeat_at=at)
            )
            if result.rowcount == 0:
                await connection.execute(insert(executors).values(id=executor_id, heartbeat_at=at))
