"""What only a person can settle: listed with what to ask the vendor, and ended by the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from contracts.api import Sync
from contracts.deadline import Deadline
from contracts.errors import AppointmentNotFound, BookingError, Outcome, VendorUnavailable
from contracts.models import Appointment, AppointmentRef
from contracts.states import CancelledBy, ItemState, Operation, PendingOutcome
from gateway.booking.outcomes import as_booked, not_booked
from gateway.ledger import AppointmentRecord, Attempt, Closing, Ledger, PendingWrite, Refusal
from gateway.sources import Sources

_BOOKING = frozenset({Operation.BOOK, Operation.CONFIRM})
_LONGEST_EVENT = 60

ASK: Mapping[Operation, str] = {
    Operation.BOOK: "Is there an appointment on {start} at {place} for {products}, with the "
    "reference {reference}? If so: applied, with its number as --reference; else notApplied.",
    Operation.CANCEL: "Is appointment {number} on {start} at {place} gone? If so: applied. If it "
    "stands, have it cancelled and say applied; after notApplied {again}.",
    Operation.RESCHEDULE: "Is appointment {number} now on {target}? If so: applied. If it is "
    "still on {start} at {place}: notApplied.",
}


class NotSettled(Exception):
    """Nothing was changed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A write whose end is not known, and the question that ends it. No personal data."""

    item: str
    source: str
    operation: Operation
    since: datetime
    outcome: PendingOutcome
    ask: str


class Decisions:
    """For an operator; what follows for the visit is done by the sweep of a gateway."""

    def __init__(self, ledger: Ledger, sources: Sources) -> None:
        self._ledger = ledger
        self._sources = sources

    async def undecided(self) -> Sequence[Undecided]:
        """Every write that was not answered, longest first."""
        return [
            Undecided(
                item=record.id,
                source=record.source,
                operation=pending.operation,
                since=pending.since,
                outcome=pending.outcome,
                ask=_question(record, pending, await self._attempt(record, pending)),
            )
            for record in await self._ledger.unsettled()
            if (pending := record.pending) is not None
        ]

    async def settle(
        self, item: str, outcome: Outcome, *, reference: str | None = None, by: str
    ) -> None:
        """Write down what became of an item's write; ``by`` says who found it out.

        ``reference`` is the vendor's number of a booking that was made. It is looked up there,
        so that nobody is shown an appointment of somebody else.

        Raises:
            NotSettled: nothing is open there, or not yet, or the number is not that booking.
        """
        record = next((each for each in await self._ledger.unsettled() if each.id == item), None)
        pending = record.pending if record else None
        if record is None or pending is None:
            raise NotSettled(f"Nothing is open at {item}: 'poort outcomes' lists what is.")
        if reference and (outcome is not Outcome.APPLIED or pending.operation not in _BOOKING):
            raise NotSettled("A reference goes with a booking that was made, and nothing else.")
        attempt = await self._attempt(record, pending)
        if outcome is Outcome.NOT_APPLIED:
            self._refuse_early(record, attempt)
            changes = _not_applied(record, pending, self._ledger.now())
        else:
            found = await self._found(record, reference) if reference else None
            changes = _applied(record, pending, attempt, found)
        try:
            changed = await self._ledger.change(
                record.id,
                f"{pending.operation} settled as {outcome} by {by}"[:_LONGEST_EVENT],
                closing=Closing(attempt.client_reference, outcome) if attempt else None,
                version=record.version,
                **({"pending": None, "next_check_at": None} | changes),
            )
        except IntegrityError:
            raise NotSettled(f"{reference} is another appointment that is known here.") from None
        if changed.pending or any(getattr(changed, name) != changes[name] for name in changes):
            raise NotSettled("It was settled at this moment by something else: list it again.")

    # ------------------------------------------------------------------------------------

    async def _attempt(self, record: AppointmentRecord, pending: PendingWrite) -> Attempt | None:
        """The unanswered attempt; none where the vendor did answer, and refused."""
        attempts = await self._ledger.open_attempts(record.id)
        return next((each for each in attempts if each.operation is pending.operation), None)

    def _refuse_early(self, record: AppointmentRecord, attempt: Attempt | None) -> None:
        source = self._sources.get(record.source)
        if attempt is None or source is None:
            return
        settles_at = attempt.deadline + timedelta(seconds=source.manifest.facts.settle_after)
        if self._ledger.now() < settles_at:
            raise NotSettled(f"It may still appear there until {settles_at:%Y-%m-%d %H:%M:%S}Z.")

    async def _found(self, record: AppointmentRecord, reference: str) -> Appointment:
        """What the source has under a number, if it is this booking."""
        held = record.hold.ref if record.hold else None
        ref = AppointmentRef(vendor_ref=reference)
        if held is not None and held.vendor_ref == reference:
            ref = held  # with what else its vendor asks for
        try:
            source = self._sources[record.source]
            found = await source.read(
                lambda adapter, own: adapter.appointment(ref, deadline=own),
                Deadline.after(source.timeout),
            )
        except AppointmentNotFound:
            raise NotSettled(f"The source has no appointment {reference}.") from None
        except BookingError as error:
            raise NotSettled(
                f"The source cannot be asked about {reference} ({error.code}): try again, or "
                "settle it without --reference. Then the citizen sees it and cannot change it."
            ) from None
        slot = record.slot
        if (found.start, found.location_id) != (slot.start, slot.location_id):
            raise NotSettled(f"The source has {reference} at another time or place.")
        return found


def _applied(
    record: AppointmentRecord,
    pending: PendingWrite,
    attempt: Attempt | None,
    found: Appointment | None,
) -> dict[str, Any]:
    match pending.operation:
        case Operation.CANCEL:
            # A citizen's cancellation has a workflow of its own; an undoing is part of a visit's.
            by = CancelledBy.CITIZEN if pending.workflow else CancelledBy.COMPENSATION
            return {
                "state": ItemState.REPLACED if record.replaced_by else ItemState.CANCELLED,
                "cancelled_by": None if record.replaced_by else by,
                "sequence": record.sequence + 1,
            }
        case Operation.RESCHEDULE:
            if attempt is None or attempt.slot is None:
                raise NotSettled("Nothing was sent that could have moved it.")
            return {"slot": attempt.slot, "sequence": record.sequence + 1, "sync": Sync.STALE}
    awaits = ItemState.PENDING_APPROVAL if record.summary.approval else ItemState.CONFIRMED
    changes: dict[str, Any] = {"state": awaits, "hold": None, "sync": Sync.STALE}
    if found is not None:
        changes |= {"ref": found.ref, "slot": as_booked(record.slot, found)}
        changes |= {"cancellable_until": found.cancellable_until}
    return changes


def _not_applied(record: AppointmentRecord, pending: PendingWrite, now: datetime) -> dict[str, Any]:
    refusal = Refusal(code=VendorUnavailable.code)
    if record.state is ItemState.CONFIRMING:
        return not_booked(record, now) | {"refusal": refusal}
    return {"refusal": refusal} if pending.workflow else {}


def _question(record: AppointmentRecord, pending: PendingWrite, attempt: Attempt | None) -> str:
    zone = ZoneInfo(record.summary.location.zone)

    def local(instant: datetime) -> str:
        return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"

    operation = Operation.BOOK if pending.operation in _BOOKING else pending.operation
    target = attempt.slot if attempt else None
    return ASK[operation].format(
        start=local(record.slot.start),
        place=record.summary.location.name,
        products=", ".join(each.name for each in record.summary.products),
        reference=attempt.client_reference if attempt else "that we sent",
        number=record.ref.vendor_ref if record.ref else "without a number",
        target=local(target.start) if target else "another time",
        again="it stays as it was" if pending.workflow else "it is tried again",
    )
