"""Behaviours when the network delivers a write twice: the citizen has one appointment of it."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

import pytest

from contracts.adapter import Capability
from contracts.errors import AppointmentNotFound, BookingError, OutcomeUnknown
from contracts.manifest import Resolution
from contracts.models import Appointment, AppointmentStatus, Slot
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import book, book_last_place
from contracts.suite.failing import with_fault
from contracts.suite.gate import requires
from contracts.suite.harness import Fault, Harness
from contracts.suite.settling import settled_by

_BY_WHAT_WAS_BOOKED = Resolution.NATIVE, Resolution.BY_REFERENCE, Resolution.BY_SCAN
"""Else nobody sees a second one: ``none`` finds nothing, ``idBeforeConfirm`` what was held."""

LAPSED = timedelta(hours=1)
"""More than a reservation is kept for that is nobody's: it is no appointment."""


class TwiceBehaviours:
    """A proxy in between sends a write again, and answers with what came back the second time."""

    @behaviour(
        "FAULT-015",
        "A cancellation that the network delivers twice succeeds.",
        why="The second copy is answered with not found, and that is the answer that comes back.",
    )
    async def test_a_cancellation_delivered_twice_succeeds(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book_last_place(harness, slot)
        adapter = await with_fault(harness, Fault.DUPLICATED)
        await adapter.cancel(booked.ref, deadline=harness.deadline)
        assert slot.start in {free.start for free in await harness.free()}

    @behaviour(
        "FAULT-021",
        "A booking of the last place that the network delivers twice is not refused while it "
        "stands.",
        why="The second copy finds the place taken by the first: told that somebody else has it, "
        "the citizen books elsewhere too.",
    )
    async def test_the_last_place_booked_twice_over_is_not_refused(self, harness: Harness) -> None:
        settled_by(harness, *_BY_WHAT_WAS_BOOKED)
        slot = (await harness.free())[-1]
        await harness.leave_one_place(slot)
        adapter = await with_fault(harness, Fault.DUPLICATED)
        booking = adapter.book(slot, harness.request(), deadline=harness.deadline)
        await _stands_as_answered(harness, slot, 1, booking)

    @behaviour(
        "FAULT-022",
        "A booking that the network delivers twice is one appointment, and no second one is left.",
        why="Of two appointments the answer names one: the other is nobody's to cancel, and a "
        "clerk waits.",
    )
    async def test_a_booking_delivered_twice_is_one_appointment(self, harness: Harness) -> None:
        settled_by(harness, *_BY_WHAT_WAS_BOOKED)
        slot = (await harness.free())[-1]
        places = await harness.places(slot)
        adapter = await with_fault(harness, Fault.DUPLICATED)
        booking = adapter.book(slot, harness.request(), deadline=harness.deadline)
        await _stands_as_answered(harness, slot, places, booking)

    @behaviour(
        "FAULT-023",
        "A confirmation that the network delivers twice is not refused while it stands.",
        why="What is confirmed is no longer held, says the second answer: taken for expired, the "
        "visit holds and books anew.",
    )
    @requires(Capability.HOLD, Capability.CONFIRM)
    async def test_a_confirmation_delivered_twice_is_not_refused(self, harness: Harness) -> None:
        slot = (await harness.free())[-1]
        places = await harness.places(slot)
        reference = harness.request().client_reference
        held = await harness.adapter.hold(slot, reference, deadline=harness.deadline)
        adapter = await with_fault(harness, Fault.DUPLICATED)
        booking = adapter.confirm(held, harness.request(), deadline=harness.deadline)
        await _stands_as_answered(harness, slot, places, booking)

    @behaviour(
        "FAULT-024",
        "A move that the network delivers twice is not refused while it is done.",
        why="The second copy finds the new place taken by the first: the citizen comes at the old "
        "time.",
    )
    @requires(Capability.RESCHEDULE)
    async def test_a_move_delivered_twice_is_not_refused(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        await harness.leave_one_place(slots[-1])
        adapter = await with_fault(harness, Fault.DUPLICATED)
        reference = harness.request().client_reference
        ref, possible = booked.ref, {slots[0].start}
        try:
            moved = await adapter.reschedule(ref, slots[-1], reference, deadline=harness.deadline)
        except OutcomeUnknown:
            possible |= {slots[-1].start}
        except BookingError:
            pass  # certainly not moved, then
        else:
            ref, possible = moved.ref, {slots[-1].start}
        read = await harness.second.appointment(ref, deadline=harness.deadline)
        assert read.start in possible
        assert read.status is AppointmentStatus.CONFIRMED


async def _stands_as_answered(
    harness: Harness, slot: Slot, places: int, booking: Awaitable[Appointment]
) -> None:
    """See that of a booking delivered twice as many stand as its answer says."""
    expected = {1}
    try:
        booked = await booking
    except OutcomeUnknown:
        expected = {0, 1}
    except BookingError:
        expected = {0}
    else:
        try:
            read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        except AppointmentNotFound:
            pytest.fail("the appointment that was answered is not there")
        assert (read.start, read.status) == (slot.start, AppointmentStatus.CONFIRMED)
    harness.clock.advance(LAPSED)
    standing = places - len(await harness.fill(slot))
    assert standing in expected, f"{standing} of them stand, expected {sorted(expected)}"
