"""Each mistake that real adapters made is caught by a behaviour, and by the right one."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BookingError,
    CustomerFieldsMissing,
    HoldExpired,
    InvalidRequest,
    OutcomeUnknown,
    ResourceNotFound,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    BookingRequest,
    Changes,
    Hold,
    MatchKey,
    Slot,
    SlotQuery,
)
from contracts.suite import AdapterContract, Fault, Harness


class DownIsEmpty(MemoryAdapter):
    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        try:
            return await super().slots(query, deadline=deadline)
        except VendorError:
            return []


class UnknownIsEmpty(MemoryAdapter):
    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        try:
            return await super().slots(query, deadline=deadline)
        except ResourceNotFound:
            return []


class LastDayIsExcluded(MemoryAdapter):
    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        slots = await super().slots(query, deadline=deadline)
        return [slot for slot in slots if slot.start.date() < query.last_day]


class AdvertisesThePast(MemoryAdapter):
    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        first = min(self.context.now().date(), query.first_day)
        now = datetime.combine(first, datetime.min.time(), UTC)
        self.agenda._now = lambda: now
        try:
            return await super().slots(query, deadline=deadline)
        finally:
            self.agenda._now = self.context.now


class _Shifted(MemoryAdapter):
    """Slots and appointments at the wrong instants, consistently."""

    def shift(self, instant: datetime) -> timedelta:
        raise NotImplementedError

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        slots = await super().slots(query, deadline=deadline)
        return [
            slot.model_copy(
                update={
                    "start": slot.start + self.shift(slot.start),
                    "end": slot.end + self.shift(slot.start),
                }
            )
            for slot in slots
        ]


class NaiveTimesAreUtc(_Shifted):
    def shift(self, instant: datetime) -> timedelta:
        return instant.utcoffset() or timedelta()


class TodaysOffsetIsKept(_Shifted):
    def shift(self, instant: datetime) -> timedelta:
        today = self.context.now().astimezone(self.context.zone).utcoffset() or timedelta()
        return (instant.utcoffset() or timedelta()) - today


class Overbooks(MemoryAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        self.agenda.claim = lambda *_, **__: None  # type: ignore[method-assign]
        return await super().book(slot, request, deadline=deadline)


class ChecksThenBooks(Overbooks):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        query = SlotQuery(
            location_id=slot.location_id,
            products=slot.products,
            first_day=slot.start.date(),
            last_day=slot.start.date(),
        )
        if slot not in await self.slots(query, deadline=deadline):
            raise SlotTaken("Not free.")
        await anyio.lowlevel.checkpoint()
        return await super().book(slot, request, deadline=deadline)


class IgnoresTheDeadline(MemoryAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except VendorUnavailable:
            await super().book(slot, request, deadline=Deadline.after(1))
            raise


class SendsAgain(MemoryAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except OutcomeUnknown:
            return await super().book(slot, request, deadline=deadline)


class LostIsFailed(MemoryAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except OutcomeUnknown:
            raise VendorUnavailable("It failed.") from None


class KeepsToItself(MemoryAdapter):
    """Remembers in the process what it booked."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        booked = await super().book(slot, request, deadline=deadline)
        self.own = {*getattr(self, "own", ()), booked.ref.vendor_ref}
        return booked

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        if ref.vendor_ref not in getattr(self, "own", ()):
            raise AppointmentNotFound
        return await super().appointment(ref, deadline=deadline)


class NamesTheBooker(MemoryAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except BookingError as error:
            cause = ValueError(f"rejected: {request.booker.model_dump()}")
            raise type(error)("Refused.") from cause


class LogsTheBooker(MemoryAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        logging.getLogger("vendor").debug("POST %s", request.model_dump_json())
        return await super().book(slot, request, deadline=deadline)


class ChokesOnEmoji(MemoryAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        (request.booker.given_name or "").encode("latin-1")
        return await super().book(slot, request, deadline=deadline)


class AsksButTakesAnything(MemoryAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except CustomerFieldsMissing:
            full = request.booker.model_copy(
                update={"given_name": "?", "family_name": "?", "email": "a@b"}
            )
            request = request.model_copy(update={"booker": full})
            return await super().book(slot, request, deadline=deadline)


class CancelsOnce(MemoryAdapter):
    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        if not self.store.entries[ref.vendor_ref].stands():
            raise AppointmentNotFound
        return await super().cancel(ref, deadline=deadline)


class CancelsInNameOnly(MemoryAdapter):
    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        deadline.check()
        return ref


class HoldsNothing(MemoryAdapter):
    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        held = await super().hold(slot, client_reference, deadline=deadline)
        del self.store.entries[held.ref.vendor_ref]
        return held


class ConfirmsWhatExpired(MemoryAdapter):
    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().confirm(hold, request, deadline=deadline)
        except HoldExpired:
            return await super().book(hold.slot, request, deadline=deadline)


class CancelsBeforeItMoves(MemoryAdapter):
    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        made_with = self.store.entries[ref.vendor_ref].request
        assert made_with is not None
        request = made_with.model_copy(update={"client_reference": client_reference})
        await self.cancel(ref, deadline=deadline)
        return await self.book(slot, request, deadline=deadline)


class ForgetsWhoseItIs(MemoryAdapter):
    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        del citizen
        deadline.check()
        return [self._appointment(e) for e in self.store.entries.values() if e.stands()]


class FindsNothing(MemoryAdapter):
    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        del client_reference, near
        deadline.check()
        return None


class TrustsAnySender(MemoryAdapter):
    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        try:
            return super().parse_webhook(headers, body)
        except InvalidRequest:
            return []


class LosesCancellations(MemoryAdapter):
    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        page = await super().changes(cursor, deadline=deadline)
        booked = tuple(item for item in page.items if item.status != "cancelled")
        return page.model_copy(update={"items": booked})


CAUGHT: list[tuple[type[MemoryAdapter], str, dict[str, Any]]] = [
    (DownIsEmpty, "slots_that_cannot_be_read_are_no_empty_list", {"fault": Fault.DOWN}),
    (DownIsEmpty, "slots_that_cannot_be_read_are_no_empty_list", {"fault": Fault.HTML}),
    (UnknownIsEmpty, "slots_at_an_unknown_location_are_not_found", {}),
    (LastDayIsExcluded, "the_last_day_asked_for_is_included", {}),
    (AdvertisesThePast, "no_slot_has_begun", {}),
    (NaiveTimesAreUtc, "the_first_slot_is_at_opening_time", {}),
    (TodaysOffsetIsKept, "opening_hours_stand_when_the_clock_changes", {"nth": 0}),
    (TodaysOffsetIsKept, "opening_hours_stand_when_the_clock_changes", {"nth": 1}),
    (Overbooks, "a_slot_that_was_taken_is_refused", {}),
    (ChecksThenBooks, "one_last_place_is_given_to_one_of_many", {}),
    (IgnoresTheDeadline, "after_the_deadline_nothing_is_booked", {}),
    (
        SendsAgain,
        "a_booking_without_an_answer_is_unknown_and_sent_once",
        {"fault": Fault.ANSWER_LOST},
    ),
    (
        LostIsFailed,
        "a_booking_without_an_answer_is_unknown_and_sent_once",
        {"fault": Fault.ANSWER_LOST},
    ),
    (KeepsToItself, "another_process_reads_the_booking", {}),
    (NamesTheBooker, "an_error_about_a_booking_names_nobody", {}),
    (LogsTheBooker, "nothing_personal_is_logged", {}),
    (ChokesOnEmoji, "odd_names_are_booked_or_refused_by_field", {"name": "🙂"}),
    (AsksButTakesAnything, "each_missing_field_is_named", {}),
    (CancelsOnce, "cancelling_twice_succeeds", {}),
    (CancelsInNameOnly, "cancelling_frees_the_slot", {}),
    (HoldsNothing, "the_last_place_is_not_given_away_while_it_is_held", {}),
    (ConfirmsWhatExpired, "an_expired_hold_cannot_be_confirmed", {}),
    (CancelsBeforeItMoves, "a_refused_move_leaves_the_appointment", {}),
    (ForgetsWhoseItIs, "a_citizen_finds_the_own_appointments_and_no_others", {}),
    (FindsNothing, "a_booking_without_an_answer_can_be_looked_up", {}),
    (TrustsAnySender, "an_altered_notification_is_refused", {}),
    (LosesCancellations, "bookings_and_cancellations_are_in_the_feed", {}),
]


@pytest.mark.parametrize(
    ("broken", "behaviour", "arguments"),
    [pytest.param(*case, id=f"{case[0].__name__}-{number}") for number, case in enumerate(CAUGHT)],
)
async def test_a_broken_adapter_is_caught(
    broken: type[MemoryAdapter],
    behaviour: str,
    arguments: dict[str, Any],
    memory_harness: Callable[[type[MemoryAdapter]], Harness],
    caplog: pytest.LogCaptureFixture,
) -> None:
    shown = getattr(AdapterContract(), f"test_{behaviour}")
    if "caplog" in inspect.signature(shown).parameters:
        arguments = {**arguments, "caplog": caplog}
    await shown(memory_harness(MemoryAdapter), **arguments)
    with pytest.raises((AssertionError, BookingError, UnicodeError, pytest.fail.Exception)):
        await shown(memory_harness(broken), **arguments)
