"""Settling unknown outcomes: looked up at the source, never guessed, never sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BookingError,
    Outcome,
    VendorUnavailable,
)
from contracts.manifest import Resolution
from contracts.models import Appointment, AppointmentRef, AppointmentStatus
from contracts.states import CancelledBy, ItemState, Operation, PendingOutcome, VisitState
from gateway.booking.durable import Durable
from gateway.booking.workflows import Parts, must_continue
from gateway.booking.writes import FIRST_CHECK
from gateway.ledger import AppointmentRecord, Attempt
from gateway.sources import Source

log = structlog.get_logger()

_SLOWEST_CHECK = timedelta(minutes=15)
_GIVE_UP = timedelta(days=1)
_NOT_BOOKED = frozenset(
    {AppointmentStatus.HELD, AppointmentStatus.CANCELLED, AppointmentStatus.REJECTED}
)


class Reconciler:
    """Looks at everything that is due; called by the sweep, safe to call at any time."""

    def __init__(self, parts: Parts, durable: Durable) -> None:
        self._parts = parts
        self._durable = durable
        self._ledger = parts.ledger

    async def sweep(self) -> None:
        """Adopt, restart, settle and expire what is due. One fault does not stop the rest."""
        await self._durable.beat()
        await self._durable.adopt()
        for visit in await self._ledger.visits_at_work():
            await self._ensure_working(visit.id, visit.generation)
        for record in await self._ledger.due(self._ledger.now()):
            try:
                await self._look_at(record)
            except BookingError as error:
                await self._later(record)
                log.info("not settled yet", source=record.source, code=error.code)
        for visit_id in await self._ledger.unfinished_visits(self._ledger.now()):
            for item in await self._ledger.items(visit_id):
                await self._parts.writes.expire(item.id)

    async def _ensure_working(self, visit_id: str, generation: int) -> None:
        """A visit in a phase whose workflow was never started, or has failed, is continued."""
        if await self._durable.is_working(f"visit/{visit_id}/{generation}"):
            return
        await self._ledger.end_phase(visit_id)
        await self._continue(visit_id)

    async def _look_at(self, record: AppointmentRecord) -> None:
        pending = record.pending
        if pending is None:
            await self._ledger.change(record.id, "nothing pending", next_check_at=None)
            return
        open_attempts = await self._ledger.open_attempts(record.id)
        attempt = next(
            (each for each in open_attempts if each.operation is pending.operation), None
        )
        if pending.outcome is PendingOutcome.RUNNING:
            if pending.workflow and await self._durable.is_working(pending.workflow):
                await self._later(record)
                return
            if attempt is None:
                # Claimed, and nothing sent: the process died before its workflow began.
                await self._ledger.change(record.id, "never sent", pending=None, next_check_at=None)
                return
        if attempt is not None:
            await self._settle(record, attempt)

    async def _settle(self, record: AppointmentRecord, attempt: Attempt) -> None:
        source = self._parts.sources[record.source]
        deadline = Deadline.after(source.timeout)
        match attempt.operation:
            case Operation.BOOK | Operation.CONFIRM:
                await self._settle_booking(record, attempt, source, deadline)
            case Operation.CANCEL:
                await self._settle_cancel(record, attempt, source, deadline)
            case Operation.RESCHEDULE:
                await self._settle_move(record, attempt, source, deadline)
            case _:
                await self._ledger.change(
                    record.id, "lapses by itself", pending=None, next_check_at=None
                )

    async def _settle_booking(
        self, record: AppointmentRecord, attempt: Attempt, source: Source, deadline: Deadline
    ) -> None:
        found = await _look_up(source, record, attempt, deadline)
        if found is not None and found.status not in _NOT_BOOKED:
            await self._parts.writes.booked(
                record, found, (attempt.client_reference, Outcome.APPLIED, None)
            )
        elif self._too_early(attempt, source):
            await self._later(record)
            return
        else:
            await self._ledger.change(
                record.id,
                "found not booked",
                state=ItemState.FAILED,
                refusal=VendorUnavailable.code,
                pending=None,
                next_check_at=None,
                closing=(attempt.client_reference, Outcome.NOT_APPLIED, None),
            )
        if record.visit_id is not None:
            await self._continue(record.visit_id)

    async def _settle_cancel(
        self, record: AppointmentRecord, attempt: Attempt, source: Source, deadline: Deadline
    ) -> None:
        ref = _ref(record)
        try:
            found = await source.read(
                lambda adapter, own: adapter.appointment(ref, deadline=own), deadline
            )
        except AppointmentNotFound:
            found = None
        if found is None or found.status in _NOT_BOOKED:
            await self._parts.writes.cancelled(
                record,
                found.ref if found else ref,
                _asked_by(record),
                (attempt.client_reference, Outcome.APPLIED, None),
            )
        elif self._too_early(attempt, source):
            await self._later(record)
        else:
            await self._clear(record, attempt)

    async def _settle_move(
        self, record: AppointmentRecord, attempt: Attempt, source: Source, deadline: Deadline
    ) -> None:
        ref = _ref(record)
        found = await source.read(
            lambda adapter, own: adapter.appointment(ref, deadline=own), deadline
        )
        if attempt.slot is not None and found.start == attempt.slot.start:
            await self._parts.writes.moved(
                record, found, attempt.slot, (attempt.client_reference, Outcome.APPLIED, None)
            )
        elif self._too_early(attempt, source):
            await self._later(record)
        else:
            await self._clear(record, attempt)

    async def _clear(self, record: AppointmentRecord, attempt: Attempt) -> None:
        await self._ledger.change(
            record.id,
            f"found without {attempt.operation}",
            pending=None,
            next_check_at=None,
            closing=(attempt.client_reference, Outcome.NOT_APPLIED, None),
        )

    def _too_early(self, attempt: Attempt, source: Source) -> bool:
        settles_at = attempt.deadline + timedelta(seconds=source.manifest.facts.settle_after)
        return self._ledger.now() < settles_at

    async def _later(self, record: AppointmentRecord) -> None:
        """Look again after as long as has passed; after a day a person decides."""
        now = self._ledger.now()
        since = record.pending.since if record.pending else now
        if now - since > _GIVE_UP and record.pending is not None:
            pending = replace(record.pending, outcome=PendingOutcome.NEEDS_DECISION)
            await self._ledger.change(
                record.id, "given to a person", pending=pending, next_check_at=None
            )
            return
        await self._ledger.change(
            record.id, "looked up in vain", next_check_at=_next_check(now, since)
        )

    async def _continue(self, visit_id: str) -> None:
        visit = await self._ledger.visit(visit_id)
        items = await self._ledger.items(visit_id)
        if visit is None or visit.phase is not None:
            return
        if not must_continue(visit.policy, items):
            await self._ledger.end_phase(visit_id)
            return
        generation = await self._ledger.begin_phase(visit_id, VisitState.CONFIRMING)
        if generation is not None:
            await self._durable.visit(visit_id, generation)


async def _look_up(
    source: Source, record: AppointmentRecord, attempt: Attempt, deadline: Deadline
) -> Appointment | None:
    """What the vendor has of an unanswered booking, by the way its facts declare."""
    if source.manifest.facts.resolution is Resolution.ID_BEFORE_CONFIRM:
        if record.hold is None:
            return None
        ref = record.hold.ref
        try:
            return await source.read(
                lambda adapter, own: adapter.appointment(ref, deadline=own), deadline
            )
        except AppointmentNotFound:
            return None
    return await source.read(
        lambda adapter, own: adapter.find_by_client_reference(
            attempt.client_reference, near=record.slot, deadline=own
        ),
        deadline,
    )


def _ref(record: AppointmentRecord) -> AppointmentRef:
    if record.ref is None:
        message = "what is cancelled or moved was booked"
        raise LookupError(message)
    return record.ref


def _asked_by(record: AppointmentRecord) -> CancelledBy:
    # A citizen's cancellation has a workflow of its own; a compensation is part of a visit's.
    own = record.pending is not None and record.pending.workflow
    return CancelledBy.CITIZEN if own else CancelledBy.COMPENSATION


def _next_check(now: datetime, since: datetime) -> datetime:
    return now + min(max(FIRST_CHECK, now - since), _SLOWEST_CHECK)
