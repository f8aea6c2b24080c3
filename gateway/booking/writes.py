"""The writes that a visit is made of: hold, book, undo, cancel, move; each a step of a workflow.

What a step did is in the ledger, so a second run of a finished step changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from contracts.adapter import BookingAdapter, Capability
from contracts.deadline import Deadline
from contracts.errors import HoldExpired
from contracts.models import Appointment, BookingRequest, Hold, Slot
from contracts.states import CancelledBy, ItemState, Operation, PendingOutcome
from gateway.booking.match_keys import MatchKeys
from gateway.booking.outcomes import Outcomes, pending
from gateway.booking.requests import Questionnaire, booking_request
from gateway.booking.sending import Answer, Send, Sender, reference
from gateway.ledger import AppointmentRecord, Ledger
from gateway.sources import Sources

_BOOKABLE = frozenset({ItemState.CHOSEN, ItemState.HELD, ItemState.CONFIRMING})
_BOOKING = frozenset({Operation.BOOK, Operation.CONFIRM})
BOOKED = frozenset({ItemState.CONFIRMED, ItemState.PENDING_APPROVAL})


class Writes:
    """Holds, books, cancels and moves appointments at their sources."""

    def __init__(self, ledger: Ledger, sources: Sources, match_keys: MatchKeys) -> None:
        self.outcomes = Outcomes(ledger, sources)
        self._sender = Sender(ledger, sources)
        self._ledger = ledger
        self._sources = sources
        self._match_keys = match_keys

    # The items of a visit ---------------------------------------------------------------

    async def hold(self, appointment_id: str) -> None:
        """Keep the chosen slot. A hold whose answer is missing lapses by itself."""
        record = await self._record(appointment_id)
        if record.state is not ItemState.CHOSEN:
            return
        answer = await self._hold(record, 1)
        if answer is None:
            return
        if answer.value is None:
            await self.outcomes.refused(record, answer)
            return
        await self._ledger.change(
            record.id,
            "held",
            closing=answer.closing,
            state=ItemState.HELD,
            hold=answer.value,
            last_verified_at=self._ledger.now(),
        )

    async def keep(self, appointment_id: str) -> None:
        """Keep a held slot longer while its visit waits: extended, or held anew once it lapsed.

        When that fails it is as it was: it is held anew when it is booked.
        """
        record = await self._record(appointment_id)
        hold, source = record.hold, self._sources.get(record.source)
        if record.state is not ItemState.HELD or hold is None or source is None or record.pending:
            return
        answer: Answer[Hold] | None
        if hold.expires_at <= self._ledger.now():
            number = 1 + await self._ledger.tries(record.id, Operation.HOLD)
            answer = await self._hold(record, number)
        elif Capability.EXTEND in source.capabilities:
            answer = await self._sender.once(
                record,
                Operation.EXTEND,
                1 + await self._ledger.tries(record.id, Operation.EXTEND),
                lambda adapter, _name, deadline: adapter.extend(hold, deadline=deadline),
            )
        else:
            return
        if answer is not None:
            await self._ledger.change(
                record.id,
                "kept longer" if answer.value else "not kept longer",
                closing=answer.closing,
                version=record.version,
                hold=answer.value or hold,
            )

    async def book(self, appointment_id: str) -> None:
        """Book an item: confirm its hold where it has one.

        A hold that has lapsed meanwhile is taken anew, once; by the next run of the step.
        """
        record = await self._record(appointment_id)
        if record.state not in _BOOKABLE:
            return
        if record.pending is not None and record.pending.outcome is not PendingOutcome.RUNNING:
            return
        if record.pending is not None and record.pending.operation is Operation.HOLD:
            await self._hold_anew(record)
            return
        operation = Operation.CONFIRM if record.hold else Operation.BOOK
        number = await self._number(record, operation)
        request = await self._request(record, operation, number)
        if record.state is not ItemState.CONFIRMING:
            running = pending(record, operation, PendingOutcome.RUNNING, self._ledger.now())
            record = await self._ledger.change(
                record.id, "booking", state=ItemState.CONFIRMING, pending=running
            )
        answer = await self._sender.once(record, operation, number, _booking(record, request))
        if answer is None:
            return
        if answer.value is not None:
            await self.outcomes.booked(record, answer.value, answer.closing)
        elif isinstance(answer.error, HoldExpired) and record.hold and number == 1:
            await self.outcomes.lapsed(record, answer)
        elif answer.error is None:
            await self.outcomes.unknown(record, operation, answer.reference)
        else:
            await self.outcomes.refused(record, answer)
            await self.release(await self._record(record.id))

    async def undo(self, appointment_id: str, number: int, by: CancelledBy) -> str | None:
        """Take an item back: forget a choice, release a hold, cancel a booking.

        ``number`` tells the cancellations of one appointment apart. The code of the error
        when the vendor refused.
        """
        return await self._undo(await self._record(appointment_id), number, by)

    async def _undo(self, record: AppointmentRecord, number: int, by: CancelledBy) -> str | None:
        sent = {Operation.CANCEL} if record.state in BOOKED else _BOOKING
        for attempt in await self._ledger.open_attempts(record.id):
            if attempt.operation in sent:
                # Its workflow died while it was being booked, or cancelled.
                await self.outcomes.unknown(record, attempt.operation, attempt.client_reference)
                return None
        if record.state in BOOKED:
            return await self._cancel(record, number, by)
        if record.state in _BOOKABLE:
            await self.release(record)
            await self._ledger.change(
                record.id,
                "dropped",
                unsent=_BOOKING,
                state=ItemState.CANCELLED,
                cancelled_by=by,
                pending=None,
                next_check_at=None,
            )
        return None

    async def release(self, record: AppointmentRecord) -> None:
        """Give back what is held, as far as that can be done: it lapses by itself otherwise."""
        hold, source = record.hold, self._sources.get(record.source)
        if hold is None:
            return

        async def send(adapter: BookingAdapter[Any], _name: str, deadline: Deadline) -> bool:
            await adapter.release(hold, deadline=deadline)
            return True

        closing = None
        if source is not None and Capability.RELEASE in source.capabilities:
            answer = await self._sender.once(record, Operation.RELEASE, 1, send)
            closing = answer.closing if answer else None
        await self._ledger.change(record.id, "released", closing=closing, hold=None)

    # Appointments on their own ----------------------------------------------------------

    async def cancel(self, appointment_id: str, number: int) -> str | None:
        """Cancel for the citizen who claimed it; the error's code when it was refused."""
        record = await self._record(appointment_id)
        if not _claimed(record, Operation.CANCEL, number):
            return None
        if record.state in BOOKED or record.state in {ItemState.CHOSEN, ItemState.HELD}:
            return await self._undo(record, number, CancelledBy.CITIZEN)
        await self._nothing_to_do(record)
        return None

    async def reschedule(self, appointment_id: str, number: int, slot: Slot) -> str | None:
        """Move for the citizen who claimed it, in one call; the error's code when refused."""
        record = await self._record(appointment_id)
        ref = record.ref
        if not _claimed(record, Operation.RESCHEDULE, number):
            return None
        if ref is None or record.state is not ItemState.CONFIRMED:
            await self._nothing_to_do(record)
            return None
        answer = await self._sender.once(
            record,
            Operation.RESCHEDULE,
            number,
            lambda adapter, name, deadline: adapter.reschedule(ref, slot, name, deadline=deadline),
            slot=slot,
        )
        if answer is None:
            return None
        if answer.value is not None:
            await self.outcomes.moved(record, answer.value, slot, answer.closing)
            return None
        return await self._not_changed(record, Operation.RESCHEDULE, answer)

    # ------------------------------------------------------------------------------------

    async def _hold(self, record: AppointmentRecord, number: int) -> Answer[Hold] | None:
        return await self._sender.once(
            record,
            Operation.HOLD,
            number,
            lambda adapter, name, deadline: adapter.hold(record.slot, name, deadline=deadline),
        )

    async def _hold_anew(self, record: AppointmentRecord) -> None:
        """Hold once more what is being booked and was kept no longer; then it is confirmed."""
        number = await self._ledger.tries(record.id, Operation.HOLD)
        unanswered = await self._ledger.open_attempts(record.id)
        last = reference(record.id, Operation.HOLD, number)
        if all(each.client_reference != last for each in unanswered):
            number += 1  # else an earlier run of this step sent it
        answer = await self._hold(record, number)
        if answer is None:
            return
        if answer.value is None:
            await self.outcomes.refused(record, answer)
            return
        now = self._ledger.now()
        running = pending(record, Operation.CONFIRM, PendingOutcome.RUNNING, now)
        await self._ledger.change(
            record.id, "held anew", closing=answer.closing, hold=answer.value, pending=running
        )

    async def _number(self, record: AppointmentRecord, operation: Operation) -> int:
        """Which booking of an item this is: the second only where its hold had lapsed."""
        if record.state is not ItemState.CONFIRMING:
            return 1
        return 1 + await self._ledger.tries(record.id, operation, ended=True)

    async def _cancel(self, record: AppointmentRecord, number: int, by: CancelledBy) -> str | None:
        ref = record.ref
        if ref is None:
            # A person found it booked, and not under which name.
            await self.outcomes.left_to_a_person(record, Operation.CANCEL)
            return None
        answer = await self._sender.once(
            record,
            Operation.CANCEL,
            number,
            lambda adapter, _name, deadline: adapter.cancel(ref, deadline=deadline),
        )
        if answer is None:
            return None
        if answer.value is not None:
            await self.outcomes.cancelled(record, answer.value, by, answer.closing)
            return None
        if answer.error is not None and by is CancelledBy.COMPENSATION:
            visit = await self._ledger.visits.get(record.visit_id or "")
            since = (visit and visit.agreed_at) or self._ledger.now()
            await self.outcomes.not_undone(record, answer.error, answer.closing, since)
            return answer.error.code
        return await self._not_changed(record, Operation.CANCEL, answer)

    async def _not_changed(
        self, record: AppointmentRecord, operation: Operation, answer: Answer[Any]
    ) -> str | None:
        if answer.error is None:
            await self.outcomes.unknown(record, operation, answer.reference)
            return None
        await self.outcomes.not_changed(record, operation, answer.error, answer.closing)
        return answer.error.code

    async def _nothing_to_do(self, record: AppointmentRecord) -> None:
        await self._ledger.change(record.id, "nothing to do", pending=None, next_check_at=None)

    async def _request(
        self, record: AppointmentRecord, operation: Operation, number: int
    ) -> BookingRequest:
        visit = await self._ledger.visits.get(record.visit_id or "")
        contact = await self._ledger.visits.contact(record.visit_id or "")
        source = self._sources.get(record.source)
        if visit is None or contact is None:
            raise LookupError("an item is booked with the contact data of its visit")
        return booking_request(
            contact,
            Questionnaire(record.source, record.summary.intake_fields),
            reference(record.id, operation, number),
            self._match_keys.for_source(source, visit.citizen_key) if source else None,
            visit.language,
        )

    async def _record(self, appointment_id: str) -> AppointmentRecord:
        record = await self._ledger.appointment(appointment_id)
        if record is None:
            raise LookupError("a workflow names an appointment of the ledger")
        return record


def _claimed(record: AppointmentRecord, operation: Operation, number: int) -> bool:
    """Whether the write is still wanted; it is not when a sweep took it for never begun."""
    workflow = f"{operation}/{record.id}/{number}"
    return record.pending is not None and record.pending.workflow == workflow


def _booking(record: AppointmentRecord, request: BookingRequest) -> Send[Appointment]:
    def call(
        adapter: BookingAdapter[Any], _name: str, deadline: Deadline
    ) -> Awaitable[Appointment]:
        if record.hold is not None:
            return adapter.confirm(record.hold, request, deadline=deadline)
        return adapter.book(record.slot, request, deadline=deadline)

    return call
