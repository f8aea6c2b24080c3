"""Behaviours of unknown outcomes: what an adapter declares is shown with answers dropped."""

from __future__ import annotations

from contextlib import suppress

import pytest

from contracts.adapter import Capability
from contracts.errors import (
    AppointmentNotFound,
    CapabilityNotSupported,
    OutcomeUnknown,
    VendorError,
)
from contracts.manifest import Resolution
from contracts.models import Appointment, AppointmentRef, AppointmentStatus, BookingRequest, Slot
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import TAKEN, book
from contracts.suite.failing import LOST, lose, with_fault
from contracts.suite.gate import requires
from contracts.suite.harness import Fault, Harness
from contracts.suite.verdicts import absent

_STANDING = {AppointmentStatus.CONFIRMED, AppointmentStatus.PENDING_APPROVAL}


def settled_by(harness: Harness, *resolutions: Resolution) -> None:
    """Ask this only of adapters that declare one of these resolutions."""
    declared = harness.manifest.facts.resolution
    if declared not in resolutions:
        absent(f"the resolution {' or '.join(resolutions)}, it is {declared}")


class SettlingBehaviours:
    """A write without an answer is settled as its ``resolution`` says, and rightly."""

    @behaviour(
        "SETTLE-001",
        "byReference, byScan: a booking whose answer was lost is found.",
        why="An unknown outcome that cannot be settled ends on a clerk's desk.",
    )
    async def test_a_booking_without_an_answer_can_be_looked_up(self, harness: Harness) -> None:
        settled_by(harness, Resolution.BY_REFERENCE, Resolution.BY_SCAN)
        slot, request = await self._book_unanswered(harness, Fault.ANSWER_LOST)
        found = await self._found(harness, slot, request)
        assert found is not None
        assert found.status in _STANDING
        assert (found.start, found.end) == (slot.start, slot.end)

    @behaviour(
        "SETTLE-002",
        "byReference, byScan: a booking that never arrived is not found as one that stands.",
        why="A lookup that takes another's appointment for ours sends the citizen to a closed "
        "door.",
    )
    async def test_a_booking_that_never_arrived_is_not_found(self, harness: Harness) -> None:
        settled_by(harness, Resolution.BY_REFERENCE, Resolution.BY_SCAN)
        slot, request = await self._book_unanswered(harness, Fault.REQUEST_LOST)
        with suppress(*TAKEN):  # where what did arrive keeps the place for a while
            await book(harness, slot)
        found = await self._found(harness, slot, request)
        assert found is None or found.status not in _STANDING

    @behaviour(
        "SETTLE-003",
        "idBeforeConfirm: what became of a confirmation whose answer was lost stands under the "
        "reference of the hold.",
        why="The confirmation was the write that counts; without its outcome the visit hangs.",
    )
    async def test_a_confirmation_without_an_answer_can_be_read(self, harness: Harness) -> None:
        settled_by(harness, Resolution.ID_BEFORE_CONFIRM)
        slot = (await harness.free())[0]
        error, ref = await self._confirm(harness, slot, Fault.ANSWER_LOST)
        status = await self._status(harness, ref)
        assert isinstance(error, OutcomeUnknown) or status not in _STANDING
        assert status is not None, "what is known by its id is not lost"

    @behaviour(
        "SETTLE-004",
        "idBeforeConfirm: a confirmation that never arrived reads as held, or as not found.",
        why="A hold that reads as an appointment is one that the vendor drops in five minutes.",
    )
    async def test_a_confirmation_that_never_arrived_is_not_booked(self, harness: Harness) -> None:
        settled_by(harness, Resolution.ID_BEFORE_CONFIRM)
        slot = (await harness.free())[0]
        _, ref = await self._confirm(harness, slot, Fault.REQUEST_LOST)
        assert await self._status(harness, ref) not in _STANDING

    @behaviour(
        "SETTLE-005",
        "native: the same booking sent again is the same appointment.",
        why="A key that the vendor forgets, or never looked at, books the citizen twice.",
    )
    async def test_the_same_booking_again_is_the_same_appointment(self, harness: Harness) -> None:
        settled_by(harness, Resolution.NATIVE)
        slot, request = await self._book_unanswered(harness, Fault.ANSWER_LOST)
        again = await harness.second.book(slot, request, deadline=harness.deadline)
        once_more = await harness.adapter.book(slot, request, deadline=harness.deadline)
        assert once_more.ref.vendor_ref == again.ref.vendor_ref

    @behaviour(
        "SETTLE-006",
        "none: a booking without an answer stays unknown, and no lookup pretends otherwise.",
        why="A lookup that cannot know is believed: the citizen is told what nobody checked.",
    )
    async def test_what_cannot_be_settled_stays_unknown(self, harness: Harness) -> None:
        settled_by(harness, Resolution.NONE)
        slot, request = await self._book_unanswered(harness, Fault.ANSWER_LOST)
        with pytest.raises(CapabilityNotSupported):
            await self._found(harness, slot, request)

    @behaviour(
        "SETTLE-007",
        "A cancellation that never arrived is unknown, reads as not done, and can be repeated.",
        why="Taken for done, the place stays occupied and the clerk waits for nobody.",
    )
    async def test_a_cancellation_that_never_arrived_is_not_done(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        adapter = await with_fault(harness, Fault.REQUEST_LOST)
        with pytest.raises(OutcomeUnknown):
            await adapter.cancel(booked.ref, deadline=harness.deadline)
        assert await self._status(harness, booked.ref) in _STANDING
        await harness.second.cancel(booked.ref, deadline=harness.deadline)
        assert await self._status(harness, booked.ref) not in _STANDING

    @behaviour(
        "SETTLE-008",
        "A move without an answer is unknown, or certainly not done; under its name or its client "
        "reference stands the one appointment that there is.",
        why="A move that is lost in between leaves two appointments, or none.",
    )
    @requires(Capability.RESCHEDULE)
    @pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.REQUEST_LOST])
    async def test_a_move_without_an_answer_can_be_read(
        self, harness: Harness, fault: Fault
    ) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        adapter = await with_fault(harness, fault)
        request = harness.request()
        reference = request.client_reference
        with pytest.raises(VendorError) as failed:
            await adapter.reschedule(booked.ref, slots[-1], reference, deadline=harness.deadline)
        try:
            read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        except AppointmentNotFound:
            found = await self._found(harness, slots[-1], request)
            assert found is not None
            read = found
        possible = {slots[0].start}
        if fault is Fault.ANSWER_LOST and isinstance(failed.value, OutcomeUnknown):
            possible.add(slots[-1].start)
        assert read.start in possible

    @behaviour(
        "SETTLE-009",
        "byReference, byScan: a confirmation whose answer was lost is unknown, and is found.",
        why="What is held is confirmed, not booked: were only bookings looked up, most of what is "
        "unknown would end on a clerk's desk.",
    )
    @requires(Capability.HOLD, Capability.CONFIRM)
    @pytest.mark.parametrize("fault", LOST)
    async def test_a_confirmation_without_an_answer_can_be_looked_up(
        self, harness: Harness, fault: Fault
    ) -> None:
        settled_by(harness, Resolution.BY_REFERENCE, Resolution.BY_SCAN)
        slot = (await harness.free())[0]
        reference = harness.request().client_reference
        held = await harness.adapter.hold(slot, reference, deadline=harness.deadline)
        adapter = await with_fault(harness, fault)
        request = harness.request()
        await lose(harness, fault, lambda until: adapter.confirm(held, request, deadline=until))
        found = await self._found(harness, slot, request)
        assert found is not None
        assert found.status in _STANDING
        assert (found.start, found.end) == (slot.start, slot.end)

    async def _book_unanswered(self, harness: Harness, fault: Fault) -> tuple[Slot, BookingRequest]:
        slot = (await harness.free())[0]
        adapter = await with_fault(harness, fault)
        request = harness.request()
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slot, request, deadline=harness.deadline)
        return slot, request

    async def _confirm(
        self, harness: Harness, slot: Slot, fault: Fault
    ) -> tuple[VendorError, AppointmentRef]:
        reference = harness.request().client_reference
        held = await harness.adapter.hold(slot, reference, deadline=harness.deadline)
        adapter = await with_fault(harness, fault)
        with pytest.raises(VendorError) as failed:
            await adapter.confirm(held, harness.request(), deadline=harness.deadline)
        return failed.value, held.ref

    async def _found(
        self, harness: Harness, slot: Slot, request: BookingRequest
    ) -> Appointment | None:
        return await harness.second.find_by_client_reference(
            request.client_reference, near=slot, deadline=harness.deadline
        )

    async def _status(self, harness: Harness, ref: AppointmentRef) -> AppointmentStatus | None:
        try:
            read = await harness.second.appointment(ref, deadline=harness.deadline)
        except AppointmentNotFound:
            return None
        return read.status
