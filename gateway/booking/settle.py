"""Settling what was left open: looked up at the source, never guessed, never sent again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts.adapter import Capability
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BookingError,
    CapabilityNotSupported,
    Outcome,
    VendorUnavailable,
)
from contracts.manifest import Resolution
from contracts.models import Appointment, AppointmentStatus
from contracts.states import CancelledBy, ItemState, Operation, PendingOutcome
from gateway.booking.durable import Durable, Stage
from gateway.booking.outcomes import GIVE_UP, SELDOM, next_check, not_booked
from gateway.booking.workflows import Parts
from gateway.ledger import AppointmentRecord, Attempt, Closing, Refusal
from gateway.logs import place
from gateway.sources import NotInTime, Source

log = structlog.get_logger()

_NOT_BOOKED = frozenset(
    {AppointmentStatus.HELD, AppointmentStatus.CANCELLED, AppointmentStatus.REJECTED}
)


class Settling:
    """Finds out what became of the pending writes of appointments."""

    def __init__(self, parts: Parts, durable: Durable) -> None:
        self._parts = parts
        self._durable = durable
        self._ledger = parts.ledger
        self._outcomes = parts.writes.outcomes

    async def look_at_each(self, records: Sequence[AppointmentRecord]) -> None:
        """Look at what is due at one source; once that is silent, the rest waits."""
        silent = False
        for record in records:
            try:
                if not silent:
                    await self._look_at(record)
                    continue
            except BookingError as error:
                log.info("not settled yet", source=record.source, code=error.code)
                silent = isinstance(error, NotInTime)
            except Exception as error:  # noqa: BLE001 - the others are due too
                log_defect(record.id, error)
            with suppress(SQLAlchemyError):  # the ledger is out of reach for all of them
                await self._later(record)

    async def _look_at(self, record: AppointmentRecord) -> None:
        """Settle what is pending. Raises ``BookingError`` when that cannot be told yet."""
        pending = record.pending
        running = pending is not None and pending.outcome is PendingOutcome.RUNNING
        if pending is not None and running and pending.workflow:
            stage = await self._durable.stage(pending.workflow)
            if stage is Stage.AT_WORK:
                await self._later(record)
                return
        operations = {pending.operation} if pending else set()
        open_attempts = await self._ledger.open_attempts(record.id)
        attempts = [each for each in open_attempts if each.operation in operations]
        if not attempts:
            # Nothing was sent, or its answer is known: who wants it asks again.
            await self._ledger.change(
                record.id,
                "nothing sent",
                version=record.version,
                unsent=operations,
                pending=None,
                next_check_at=None,
            )
            return
        await self._settle(record, attempts[0], self._parts.sources[record.source])

    async def _settle(self, record: AppointmentRecord, attempt: Attempt, source: Source) -> None:
        deadline = Deadline.after(source.timeout)
        settles_at = attempt.deadline + timedelta(seconds=source.manifest.facts.settle_after)
        # Before it is asked: what appears while it answers is seen by the next look.
        is_late = self._ledger.now() >= settles_at
        match attempt.operation:
            case Operation.BOOK | Operation.CONFIRM:
                settled = await self._settle_booking(record, attempt, source, deadline)
            case Operation.CANCEL:
                settled = await self._settle_cancel(record, attempt, source, deadline)
            case _:
                settled = await self._settle_move(record, attempt, source, deadline)
        if settled:
            return
        if not is_late:
            await self._later(record)
            return
        closing = Closing(attempt.client_reference, Outcome.NOT_APPLIED)
        changes: dict[str, Any] = {
            "pending": None,
            "next_check_at": None,
            "refusal": Refusal(code=VendorUnavailable.code),
        }
        if record.state is ItemState.CONFIRMING:
            changes |= not_booked(record, self._ledger.now())
        await self._ledger.change(
            record.id, f"{attempt.operation} found not done", closing=closing, **changes
        )

    async def _settle_booking(
        self, record: AppointmentRecord, attempt: Attempt, source: Source, deadline: Deadline
    ) -> bool:
        """Whether it was found booked."""
        if source.manifest.facts.resolution is Resolution.ID_BEFORE_CONFIRM:
            found = await _held(source, record, deadline)
        else:
            found = await _by_reference(source, attempt, record, deadline)
        if found is None or found.status in _NOT_BOOKED:
            return False
        await self._outcomes.booked(record, found, _applied(attempt))
        return True

    async def _settle_cancel(
        self, record: AppointmentRecord, attempt: Attempt, source: Source, deadline: Deadline
    ) -> bool:
        """Whether it was found cancelled, or not at all."""
        found = await _by_name(source, record, deadline)
        if found is not None and found.status not in _NOT_BOOKED:
            return False
        ref = found.ref if found else record.ref
        if ref is None:
            raise LookupError("what is cancelled was booked")
        # A citizen's cancellation has a workflow of its own; a compensation is part of a visit's.
        own = record.pending is not None and record.pending.workflow
        by = CancelledBy.CITIZEN if own else CancelledBy.COMPENSATION
        await self._outcomes.cancelled(record, ref, by, _applied(attempt))
        return True

    async def _settle_move(
        self, record: AppointmentRecord, attempt: Attempt, source: Source, deadline: Deadline
    ) -> bool:
        """Whether it was found at its new time, under its name or under that of the move."""
        found = await _by_name(source, record, deadline)
        if found is None and Capability.FIND_BY_CLIENT_REFERENCE in source.capabilities:
            found = await _by_reference(source, attempt, record, deadline)
        slot = attempt.slot
        if found is None or slot is None or found.status in _NOT_BOOKED:
            # Gone under every name: no more is known than that.
            raise AppointmentNotFound
        if found.start != slot.start or found.location_id != slot.location_id:
            return False
        await self._outcomes.moved(record, found, slot, _applied(attempt))
        return True

    async def _later(self, record: AppointmentRecord) -> None:
        """Look again after as long as it has taken; after a day a person is asked as well."""
        now, pending = self._ledger.now(), record.pending
        since = pending.since if pending else now
        changes: dict[str, Any] = {"next_check_at": next_check(now, since)}
        event = "looked up in vain"
        if pending is not None and now - since > GIVE_UP:
            changes["next_check_at"] = now + SELDOM
            if pending.outcome is not PendingOutcome.NEEDS_DECISION:
                changes["pending"] = replace(pending, outcome=PendingOutcome.NEEDS_DECISION)
                event = "given to a person"
        await self._ledger.change(record.id, event, version=record.version, **changes)


def log_defect(name: str, error: Exception) -> None:
    """Without the text of the error, which may quote a citizen."""
    log.error("sweep", about=name, kind=type(error).__name__, place=place(error))


def _applied(attempt: Attempt) -> Closing:
    return Closing(attempt.client_reference, Outcome.APPLIED)


async def _by_reference(
    source: Source, attempt: Attempt, record: AppointmentRecord, deadline: Deadline
) -> Appointment | None:
    near = attempt.slot or record.slot
    return await source.read(
        lambda adapter, own: adapter.find_by_client_reference(
            attempt.client_reference, near=near, deadline=own
        ),
        deadline,
    )


async def _by_name(
    source: Source, record: AppointmentRecord, deadline: Deadline
) -> Appointment | None:
    """What the vendor has under the appointment's own reference."""
    ref = record.ref
    if ref is None:
        raise LookupError("what is cancelled or moved was booked")
    try:
        return await source.read(
            lambda adapter, own: adapter.appointment(ref, deadline=own), deadline
        )
    except AppointmentNotFound:
        return None


async def _held(
    source: Source, record: AppointmentRecord, deadline: Deadline
) -> Appointment | None:
    """What became of the hold, whose reference is that of the appointment."""
    hold = record.hold
    if hold is None:
        raise CapabilityNotSupported  # it had no name before it was booked: a person decides
    try:
        return await source.read(
            lambda adapter, own: adapter.appointment(hold.ref, deadline=own), deadline
        )
    except AppointmentNotFound:
        return None
