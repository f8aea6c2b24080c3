"""One vendor write, sent at most once: the steps that a visit's workflow is made of.

A step may run again after a crash. Each write therefore commits an attempt first; a step
that finds its own attempt open sends nothing and leaves the outcome unknown, to be looked
up. What a step did is in the ledger, so a second run of a finished step changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

import structlog

from contracts.adapter import BookingAdapter, Capability
from contracts.api import Sync
from contracts.deadline import Deadline
from contracts.errors import (
    BadAnswer,
    BookingError,
    HoldExpired,
    Outcome,
    OutcomeUnknown,
    VendorUnavailable,
)
from contracts.manifest import Resolution
from contracts.models import Appointment, AppointmentRef, AppointmentStatus, BookingRequest, Slot
from contracts.states import CancelledBy, ItemState, Operation, PendingOutcome
from gateway.booking.match_keys import MatchKeys
from gateway.booking.requests import booking_request
from gateway.ledger import AppointmentRecord, Attempt, Ledger
from gateway.ledger.records import PendingWrite
from gateway.sources import Source, Sources

log = structlog.get_logger()
ValueT = TypeVar("ValueT")

FIRST_CHECK = timedelta(seconds=5)
# How long after its deadline an adapter that does not give up is given up on.
_GRACE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Answer(Generic[ValueT]):
    """How a write ended: applied with a value, or not applied with an error, or unknown."""

    reference: str
    outcome: Outcome
    value: ValueT | None = None
    error: BookingError | None = None
    # The answer was recorded by an earlier run of the same step.
    recorded: bool = False

    @property
    def closing(self) -> tuple[str, Outcome, str | None]:
        """The attempt's end, as the ledger wants it."""
        return self.reference, self.outcome, self.error.code if self.error else None


class Writes:
    """Holds, books, cancels and moves appointments at their sources."""

    def __init__(self, ledger: Ledger, sources: Sources, match_keys: MatchKeys) -> None:
        self._ledger = ledger
        self._sources = sources
        self._match_keys = match_keys

    # The items of a visit ---------------------------------------------------------------

    async def hold(self, appointment_id: str) -> None:
        """Keep the chosen slot. A hold whose answer is missing lapses by itself."""
        record = await self._record(appointment_id)
        if record.state is not ItemState.CHOSEN:
            return

        answer = await self._once(
            record,
            Operation.HOLD,
            1,
            lambda adapter, reference, deadline: adapter.hold(
                record.slot, reference, deadline=deadline
            ),
        )
        if answer.recorded:
            return
        if answer.value is not None:
            await self._ledger.change(
                record.id,
                "held",
                state=ItemState.HELD,
                hold=answer.value,
                last_verified_at=self._ledger.now(),
                closing=answer.closing,
            )
            return
        await self._fail(record, answer)

    async def book(self, appointment_id: str) -> None:
        """Book an item: confirm its hold where it has one."""
        record = await self._record(appointment_id)
        if record.state not in {ItemState.CHOSEN, ItemState.HELD, ItemState.CONFIRMING}:
            return
        if record.pending is not None and record.pending.outcome is not PendingOutcome.RUNNING:
            return
        operation = Operation.CONFIRM if record.hold else Operation.BOOK
        request = await self._request(record, operation)
        if record.state is not ItemState.CONFIRMING:
            record = await self._ledger.change(
                record.id,
                "booking",
                state=ItemState.CONFIRMING,
                pending=self._pending(record, operation, PendingOutcome.RUNNING),
            )
        answer = await self._once(record, operation, 1, _booking_call(record, request))
        if answer.value is not None:
            await self.booked(record, answer.value, answer.closing)
        elif answer.outcome is Outcome.UNKNOWN:
            await self._leave_unknown(record, operation)
        elif not answer.recorded:
            await self._fail(record, answer)

    async def undo(self, appointment_id: str, number: int, by: CancelledBy) -> None:
        """Take an item back: forget a choice, release a hold, cancel a booking.

        ``number`` counts the cancellations of this appointment.
        """
        record = await self._record(appointment_id)
        if record.state is ItemState.CHOSEN:
            await self._ledger.change(
                record.id, "dropped", state=ItemState.CANCELLED, cancelled_by=by
            )
        elif record.state is ItemState.HELD:
            await self._release(record, ItemState.CANCELLED, by)
        elif record.state in {ItemState.CONFIRMED, ItemState.PENDING_APPROVAL}:
            await self.cancel(record.id, number, by)

    async def expire(self, appointment_id: str) -> None:
        """Give back what was not confirmed in time."""
        record = await self._record(appointment_id)
        if record.state is ItemState.CHOSEN:
            await self._ledger.change(
                record.id, "expired", state=ItemState.EXPIRED, refusal=HoldExpired.code
            )
        elif record.state is ItemState.HELD:
            await self._release(record, ItemState.EXPIRED, None)

    # Appointments on their own ----------------------------------------------------------

    async def cancel(self, appointment_id: str, number: int, by: CancelledBy) -> str | None:
        """Cancel at the source; the code of the error when it refused."""
        record = await self._record(appointment_id)
        ref = record.ref
        if ref is None or record.state not in {
            ItemState.CONFIRMED,
            ItemState.PENDING_APPROVAL,
        }:
            return None

        answer = await self._once(
            record,
            Operation.CANCEL,
            number,
            lambda adapter, _reference, deadline: adapter.cancel(ref, deadline=deadline),
        )
        if answer.value is not None:
            await self.cancelled(record, answer.value, by, answer.closing)
            return None
        return await self._not_done(record, Operation.CANCEL, answer, by)

    async def reschedule(self, appointment_id: str, number: int, slot: Slot) -> str | None:
        """Move to another slot in one atomic call; the error's code when it refused."""
        record = await self._record(appointment_id)
        ref = record.ref
        if ref is None or record.state is not ItemState.CONFIRMED:
            return None

        answer = await self._once(
            record,
            Operation.RESCHEDULE,
            number,
            lambda adapter, reference, deadline: adapter.reschedule(
                ref, slot, reference, deadline=deadline
            ),
            slot=slot,
        )
        if answer.value is not None:
            await self.moved(record, answer.value, slot, answer.closing)
            return None
        return await self._not_done(record, Operation.RESCHEDULE, answer, CancelledBy.CITIZEN)

    # What an answer means for the ledger; the reconciler uses these too -----------------

    async def booked(
        self,
        record: AppointmentRecord,
        appointment: Appointment,
        closing: tuple[str, Outcome, str | None],
    ) -> None:
        """The vendor has it: its word for time and state is kept."""
        state = {
            AppointmentStatus.CONFIRMED: ItemState.CONFIRMED,
            AppointmentStatus.PENDING_APPROVAL: ItemState.PENDING_APPROVAL,
        }.get(appointment.status, ItemState.FAILED)
        await self._ledger.change(
            record.id,
            "booked",
            state=state,
            ref=appointment.ref,
            slot=_as_booked(record.slot, appointment),
            hold=None,
            pending=None,
            next_check_at=None,
            cancellable_until=appointment.cancellable_until,
            sync=Sync.FRESH,
            last_verified_at=self._ledger.now(),
            closing=closing,
        )

    async def cancelled(
        self,
        record: AppointmentRecord,
        ref: AppointmentRef,
        by: CancelledBy,
        closing: tuple[str, Outcome, str | None],
    ) -> None:
        """The vendor has cancelled it."""
        await self._ledger.change(
            record.id,
            f"cancelled by {by}",
            state=ItemState.CANCELLED,
            cancelled_by=by,
            ref=ref,
            pending=None,
            next_check_at=None,
            sequence=record.sequence + 1,
            sync=Sync.FRESH,
            last_verified_at=self._ledger.now(),
            closing=closing,
        )

    async def moved(
        self,
        record: AppointmentRecord,
        appointment: Appointment,
        slot: Slot,
        closing: tuple[str, Outcome, str | None],
    ) -> None:
        """The vendor has moved it: the same appointment at another time."""
        await self._ledger.change(
            record.id,
            "moved",
            ref=appointment.ref,
            slot=_as_booked(slot, appointment),
            pending=None,
            next_check_at=None,
            cancellable_until=appointment.cancellable_until,
            sequence=record.sequence + 1,
            sync=Sync.FRESH,
            last_verified_at=self._ledger.now(),
            closing=closing,
        )

    # ------------------------------------------------------------------------------------

    async def _once(
        self,
        record: AppointmentRecord,
        operation: Operation,
        generation: int,
        send: Callable[[BookingAdapter[Any], str, Deadline], Awaitable[ValueT]],
        slot: Slot | None = None,
    ) -> Answer[ValueT]:
        """Commit the attempt, send the write, and say how it ended. Never sends twice."""
        source = self._sources[record.source]
        reference = _reference(record.id, operation, generation)
        now = self._ledger.now()
        known = await self._ledger.open_attempt(
            Attempt(
                client_reference=reference,
                appointment_id=record.id,
                operation=operation,
                generation=generation,
                opened_at=now,
                deadline=now + timedelta(seconds=source.timeout),
                slot=slot,
            )
        )
        if known is not None:
            outcome = known.outcome or Outcome.UNKNOWN
            return Answer(reference, outcome, recorded=known.outcome is not None)
        if not source.enabled:
            refused = VendorUnavailable("This source is switched off for the moment.")
            return Answer(reference, Outcome.NOT_APPLIED, error=refused)
        return await _send(source, reference, send)

    async def _release(
        self, record: AppointmentRecord, state: ItemState, by: CancelledBy | None
    ) -> None:
        hold = record.hold
        if hold is not None and Capability.RELEASE in self._sources[record.source].capabilities:
            # Best effort: a hold that could not be released lapses by itself.
            await self._once(
                record,
                Operation.RELEASE,
                1,
                lambda adapter, _reference, deadline: adapter.release(hold, deadline=deadline),
            )
        await self._ledger.change(record.id, "released", state=state, cancelled_by=by, hold=None)

    async def _fail(self, record: AppointmentRecord, answer: Answer[ValueT]) -> None:
        error = answer.error or VendorUnavailable()
        expired = isinstance(error, HoldExpired)
        await self._ledger.change(
            record.id,
            f"refused: {error.code}",
            state=ItemState.EXPIRED if expired else ItemState.FAILED,
            refusal=error.code,
            pending=None,
            next_check_at=None,
            closing=answer.closing,
        )

    async def _not_done(
        self,
        record: AppointmentRecord,
        operation: Operation,
        answer: Answer[ValueT],
        by: CancelledBy,
    ) -> str | None:
        """A cancel or a move that did not happen, or of which that is not known."""
        if answer.outcome is Outcome.UNKNOWN:
            await self._leave_unknown(record, operation)
            return None
        if answer.recorded or answer.error is None:
            return None
        needs_decision = by is CancelledBy.COMPENSATION
        await self._ledger.change(
            record.id,
            f"{operation} refused: {answer.error.code}",
            pending=self._pending(record, operation, PendingOutcome.NEEDS_DECISION)
            if needs_decision
            else None,
            next_check_at=None,
            closing=answer.closing,
        )
        return answer.error.code

    async def _leave_unknown(self, record: AppointmentRecord, operation: Operation) -> None:
        facts = self._sources[record.source].manifest.facts
        can_settle = (
            operation in {Operation.CANCEL, Operation.RESCHEDULE}
            or facts.resolution is not Resolution.NONE
        )
        outcome = PendingOutcome.UNKNOWN if can_settle else PendingOutcome.NEEDS_DECISION
        await self._ledger.change(
            record.id,
            f"{operation} unanswered",
            pending=self._pending(record, operation, outcome),
            next_check_at=self._ledger.now() + FIRST_CHECK if can_settle else None,
        )

    def _pending(
        self, record: AppointmentRecord, operation: Operation, outcome: PendingOutcome
    ) -> PendingWrite:
        if record.pending is not None and record.pending.operation is operation:
            return PendingWrite(operation, record.pending.since, outcome, record.pending.workflow)
        return PendingWrite(operation, self._ledger.now(), outcome, "")

    async def _request(self, record: AppointmentRecord, operation: Operation) -> BookingRequest:
        visit = await self._ledger.visit(record.visit_id or "")
        contact = await self._ledger.contact(record.visit_id or "")
        if visit is None or contact is None:
            message = "an item is booked with the contact data of its visit"
            raise LookupError(message)
        return booking_request(
            contact,
            _reference(record.id, operation, 1),
            self._match_keys.for_source(self._sources[record.source], visit.citizen_key),
            visit.language,
        )

    async def _record(self, appointment_id: str) -> AppointmentRecord:
        record = await self._ledger.appointment(appointment_id)
        if record is None:
            message = "a workflow names an appointment of the ledger"
            raise LookupError(message)
        return record


def _reference(appointment_id: str, operation: Operation, generation: int) -> str:
    """Our name for one write, the same in every run of its step."""
    return f"{appointment_id}-{operation}-{generation}"


def _booking_call(
    record: AppointmentRecord, request: BookingRequest
) -> Callable[[BookingAdapter[Any], str, Deadline], Awaitable[Appointment]]:
    def call(
        adapter: BookingAdapter[Any], _reference: str, deadline: Deadline
    ) -> Awaitable[Appointment]:
        if record.hold is not None:
            return adapter.confirm(record.hold, request, deadline=deadline)
        return adapter.book(record.slot, request, deadline=deadline)

    return call


async def _send(
    source: Source,
    reference: str,
    send: Callable[[BookingAdapter[Any], str, Deadline], Awaitable[ValueT]],
) -> Answer[ValueT]:
    deadline = Deadline.after(source.timeout)
    try:
        async with asyncio.timeout(source.timeout + _GRACE_SECONDS):
            value = await send(source.adapter, reference, deadline)
    except (OutcomeUnknown, BadAnswer, TimeoutError):
        return Answer(reference, Outcome.UNKNOWN)
    except BookingError as error:
        return Answer(reference, Outcome.NOT_APPLIED, error=error)
    except Exception as error:  # noqa: BLE001 - an adapter's defect may not lose a booking
        # Not its message: it may quote what the citizen typed.
        log.error("adapter defect", source=source.id, kind=type(error).__name__)  # noqa: TRY400
        return Answer(reference, Outcome.UNKNOWN)
    return Answer(reference, Outcome.APPLIED, value=value)


def _as_booked(slot: Slot, appointment: Appointment) -> Slot:
    return slot.model_copy(
        update={
            "start": appointment.start,
            "end": appointment.end,
            "location_id": appointment.location_id,
        }
    )
