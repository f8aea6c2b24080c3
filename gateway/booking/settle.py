"""Settling what was left open: looked up at the source, never guessed, never sent again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
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
from contracts.states import CancelledBy, ItemState, Operation, PendingOutcome, VisitState
from gateway.booking.decide import Do
from gateway.booking.durable import Durable, Stage, visit_workflow
from gateway.booking.outcomes import FIRST_CHECK, GIVE_UP, SELDOM, next_check
from gateway.booking.workflows import Parts
from gateway.ledger import AppointmentRecord, Attempt, Closing, Refusal, VisitRecord
from gateway.logs import place
from gateway.sources import NotInTime, Source

log = structlog.get_logger()

_NOT_BOOKED = frozenset(
    {AppointmentStatus.HELD, AppointmentStatus.CANCELLED, AppointmentStatus.REJECTED}
)
# How long before it lapses a hold is extended.
KEEP_AHEAD = timedelta(seconds=60)
# How long it is left alone where our own code failed, so that the others get their turn.
_AFTER_A_DEFECT = timedelta(minutes=1)
_VISITS_AT_ONCE = 20
_PHASES = {
    Do.HOLD: VisitState.HOLDING,
    Do.BOOK: VisitState.CONFIRMING,
    Do.UNDO: VisitState.COMPENSATING,
}


class Reconciler:
    """Looks at everything that is due; called by the sweep, safe to call at any time."""

    def __init__(self, parts: Parts, durable: Durable) -> None:
        self._parts = parts
        self._durable = durable
        self._ledger = parts.ledger
        self._outcomes = parts.writes.outcomes

    async def sweep(self) -> None:
        """All of it, once: what a gateway that serves does again and again."""
        await self.take_over()
        await self.look()

    async def take_over(self) -> None:
        """Say that this process lives, and take over the work of those that do not."""
        await self._durable.beat()
        await self._durable.adopt()

    async def look(self) -> None:
        """Settle, continue and expire what is due. One fault does not stop the rest.

        This may take long where a source is silent, which no other source has to wait for.
        """
        by_source = defaultdict[str, list[AppointmentRecord]](list)
        for record in await self._ledger.due():
            by_source[record.source].append(record)
        await asyncio.gather(*(self._look_at_each(records) for records in by_source.values()))
        turns = asyncio.Semaphore(_VISITS_AT_ONCE)
        due = await self._ledger.visits.due()
        await asyncio.gather(*(self._look_in_turn(visit, turns) for visit in due))

    # Visits -----------------------------------------------------------------------------

    async def _look_in_turn(self, visit: VisitRecord, turns: asyncio.Semaphore) -> None:
        async with turns:
            try:
                await self._look_at_visit(visit)
            except Exception as error:  # noqa: BLE001 - the others are due too
                _log_defect(visit.id, error)
                later = self._ledger.now() + _AFTER_A_DEFECT
                with suppress(SQLAlchemyError):  # as above
                    await self._ledger.visits.look_again(visit.id, later)

    async def _look_at_visit(self, visit: VisitRecord) -> None:
        visits, now = self._ledger.visits, self._ledger.now()
        if visit.phase is not None:
            await self._ensure_working(visit)
            return
        for expired in await visits.expire(visit.id) if visit.expires_at <= now else ():
            await self._parts.writes.release(expired)
        visit, action = await self._parts.next_action(visit.id)
        if action is None:
            await self._rest(visit)
            return
        generation = await visits.begin_phase(visit.id, _PHASES[action.do])
        if generation is None:
            await visits.look_again(visit.id, now + FIRST_CHECK)
        else:
            await self._durable.visit(visit.id, generation)

    async def _rest(self, visit: VisitRecord) -> None:
        """Let a visit wait; what is held of it is kept meanwhile when it was agreed to."""
        visits, now = self._ledger.visits, self._ledger.now()
        if visit.agreed_at is None:
            await visits.rest(visit)
            return
        holds = await self._holds(visit)
        lapsing = [item for item, lapses in holds.items() if lapses <= now + KEEP_AHEAD]
        if lapsing:
            taken = await visits.take(visit, now + KEEP_AHEAD)
            if taken is None:
                return
            visit = taken
            for item in lapsing:
                await self._parts.writes.keep(item)
            holds = await self._holds(visit)
        soon = self._ledger.now() + FIRST_CHECK
        await visits.rest(visit, max(min(holds.values()) - KEEP_AHEAD, soon) if holds else None)

    async def _holds(self, visit: VisitRecord) -> dict[str, datetime]:
        """Until when which item is held."""
        items = await self._ledger.visits.items(visit.id)
        held = (item for item in items if item.state is ItemState.HELD)
        return {item.id: item.hold.expires_at for item in held if item.hold}

    async def _ensure_working(self, visit: VisitRecord) -> None:
        match await self._durable.stage(visit_workflow(visit.id, visit.generation)):
            case Stage.NEVER_BEGUN:
                # The process died between its claim and its workflow.
                await self._durable.visit(visit.id, visit.generation)
            case Stage.ENDED:
                # By a defect: its last step would have ended the phase.
                await self._ledger.visits.end_phase(visit.id, visit.generation)
            case Stage.AT_WORK:
                later = self._ledger.now() + FIRST_CHECK
                await self._ledger.visits.look_again(visit.id, later)

    # Appointments -----------------------------------------------------------------------

    async def _look_at_each(self, records: Sequence[AppointmentRecord]) -> None:
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
                _log_defect(record.id, error)
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
        attempts = [
            each
            for each in await self._ledger.open_attempts(record.id)
            if pending is not None and each.operation is pending.operation
        ]
        if not attempts:
            # Nothing was sent, or its answer is known: who wants it asks again.
            await self._ledger.change(
                record.id, "nothing sent", version=record.version, pending=None, next_check_at=None
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
            changes |= {"state": ItemState.FAILED, "hold": None}
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


def _log_defect(name: str, error: Exception) -> None:
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
