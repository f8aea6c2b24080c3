"""What the end of a write means for the ledger: told by its answer, or found out later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog

from contracts.api import Sync
from contracts.errors import BookingError, HoldExpired, VendorUnavailable
from contracts.models import Appointment, AppointmentRef, AppointmentStatus, Slot
from contracts.states import CancelledBy, ItemState, Operation, PendingOutcome
from gateway.booking.order import can_be_settled
from gateway.booking.sending import Answer
from gateway.ledger import AppointmentRecord, Closing, Ledger, PendingWrite, Refusal
from gateway.sources import Sources

log = structlog.get_logger()

FIRST_CHECK = timedelta(seconds=5)
GIVE_UP = timedelta(days=1)
# How often what a person has to see to is tried all the same.
SELDOM = timedelta(hours=1)
_SLOWEST_CHECK = timedelta(minutes=15)
_BOOKED = {
    AppointmentStatus.CONFIRMED: ItemState.CONFIRMED,
    AppointmentStatus.PENDING_APPROVAL: ItemState.PENDING_APPROVAL,
}


class Outcomes:
    """Records how writes ended. Whatever is recorded of a write first, counts."""

    def __init__(self, ledger: Ledger, sources: Sources) -> None:
        self._ledger = ledger
        self._sources = sources

    async def booked(
        self, record: AppointmentRecord, appointment: Appointment, closing: Closing
    ) -> None:
        """The vendor has it: its word for time and state is kept."""
        state = _BOOKED.get(appointment.status, ItemState.FAILED)
        refusal = Refusal(code=VendorUnavailable.code) if state is ItemState.FAILED else None
        changed = await self._ledger.change(
            record.id,
            "booked",
            closing=closing,
            state=state,
            refusal=refusal,
            ref=appointment.ref,
            slot=as_booked(record.slot, appointment),
            hold=None,
            cancellable_until=appointment.cancellable_until,
            **self._settled(),
        )
        if changed.ref != appointment.ref:
            # Later than its vendor's facts allow; a person has to look.
            log.error("booked after it was given up", source=record.source, item=record.id)

    async def refused(self, record: AppointmentRecord, answer: Answer[Any]) -> None:
        """It was not booked, or not held."""
        error = answer.error or VendorUnavailable()
        await self._ledger.change(
            record.id,
            f"refused: {error.code}",
            closing=answer.closing,
            state=ItemState.EXPIRED if isinstance(error, HoldExpired) else ItemState.FAILED,
            refusal=Refusal(code=error.code, issues=error.issues, vendor_code=error.vendor_code),
            pending=None,
            next_check_at=None,
            last_verified_at=None,
        )

    async def lapsed(self, record: AppointmentRecord, answer: Answer[Any]) -> None:
        """Its hold was kept no longer, so for certain it was not booked: it is held anew."""
        now = self._ledger.now()
        await self._ledger.change(
            record.id,
            "hold lapsed",
            closing=answer.closing,
            hold=None,
            pending=PendingWrite(Operation.HOLD, now, PendingOutcome.RUNNING, ""),
        )

    async def cancelled(
        self, record: AppointmentRecord, ref: AppointmentRef, by: CancelledBy, closing: Closing
    ) -> None:
        """The vendor has cancelled it."""
        await self._ledger.change(
            record.id,
            f"cancelled by {by}",
            closing=closing,
            state=ItemState.REPLACED if record.replaced_by else ItemState.CANCELLED,
            cancelled_by=None if record.replaced_by else by,
            ref=ref,
            sequence=record.sequence + 1,
            **self._settled(),
        )

    async def moved(
        self, record: AppointmentRecord, appointment: Appointment, slot: Slot, closing: Closing
    ) -> None:
        """The vendor has moved it: the same appointment at another time."""
        await self._ledger.change(
            record.id,
            "moved",
            closing=closing,
            ref=appointment.ref,
            slot=as_booked(slot, appointment),
            cancellable_until=appointment.cancellable_until,
            sequence=record.sequence + 1,
            **self._settled(),
        )

    async def not_changed(
        self, record: AppointmentRecord, operation: Operation, error: BookingError, closing: Closing
    ) -> None:
        """The citizen's cancel or move was refused: all stays as it was."""
        await self._ledger.change(
            record.id,
            f"{operation} refused: {error.code}",
            closing=closing,
            refusal=Refusal(code=error.code, vendor_code=error.vendor_code),
            pending=None,
            next_check_at=None,
        )

    async def not_undone(
        self, record: AppointmentRecord, error: BookingError, closing: Closing, since: datetime
    ) -> None:
        """Part of a visit that failed could not be cancelled: tried again until it is.

        ``since`` is when the visit was agreed to. When its vendor refuses, or was down for a
        day, a person is asked to see to it as well.
        """
        now = self._ledger.now()
        hopeful = isinstance(error, VendorUnavailable) and now - since <= GIVE_UP
        outcome = PendingOutcome.RUNNING if hopeful else PendingOutcome.NEEDS_DECISION
        await self._ledger.change(
            record.id,
            f"cancel refused: {error.code}",
            closing=closing,
            pending=PendingWrite(Operation.CANCEL, now, outcome, ""),
            next_check_at=next_check(now, since) if hopeful else now + SELDOM,
        )

    async def left_to_a_person(self, record: AppointmentRecord, operation: Operation) -> None:
        """It cannot be sent, and has to be done all the same."""
        now = self._ledger.now()
        await self._ledger.change(
            record.id,
            f"{operation} cannot be sent",
            pending=pending(record, operation, PendingOutcome.NEEDS_DECISION, now),
            next_check_at=None,
        )

    async def unknown(
        self, record: AppointmentRecord, operation: Operation, client_reference: str
    ) -> None:
        """It was sent and not answered: to be looked up where that can be done."""
        can_settle = self._can_settle(record, operation)
        outcome = PendingOutcome.UNKNOWN if can_settle else PendingOutcome.NEEDS_DECISION
        await self._ledger.change(
            record.id,
            f"{operation} unanswered",
            closing=Closing(client_reference, None),
            pending=pending(record, operation, outcome, self._ledger.now()),
            next_check_at=self._ledger.now() + FIRST_CHECK if can_settle else None,
        )

    def _can_settle(self, record: AppointmentRecord, operation: Operation) -> bool:
        """Whether the source can tell later what became of the write."""
        source = self._sources.get(record.source)
        if source is None or operation in {Operation.CANCEL, Operation.RESCHEDULE}:
            return True
        resolution = source.manifest.facts.resolution
        return can_be_settled(resolution, held=record.hold is not None)

    def _settled(self) -> dict[str, Any]:
        return {
            "pending": None,
            "next_check_at": None,
            "sync": Sync.FRESH,
            "last_verified_at": self._ledger.now(),
        }


def pending(
    record: AppointmentRecord, operation: Operation, outcome: PendingOutcome, now: datetime
) -> PendingWrite:
    """What is pending; a write that was pending already keeps its begin and its workflow."""
    known = record.pending
    if known is not None and known.operation is operation:
        return PendingWrite(operation, known.since, outcome, known.workflow)
    return PendingWrite(operation, now, outcome, "")


def not_booked(record: AppointmentRecord, now: datetime) -> dict[str, Any]:
    """What becomes of a booking that was looked into and is none.

    Its citizen was told that it was not known, so it is shown that it is now; not the new time of
    a move, whose appointment stands where it was.
    """
    verified = None if record.replaces else now
    return {"state": ItemState.FAILED, "hold": None, "last_verified_at": verified}


def next_check(now: datetime, since: datetime) -> datetime:
    """When to look again at what goes on since then: after as long as it has taken."""
    return now + min(max(FIRST_CHECK, now - since), _SLOWEST_CHECK)


def as_booked(slot: Slot, appointment: Appointment) -> Slot:
    """The slot as the vendor booked it."""
    return slot.model_copy(
        update={
            "start": appointment.start,
            "end": appointment.end,
            "location_id": appointment.location_id,
        }
    )
