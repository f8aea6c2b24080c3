"""Behaviours of moving an appointment in one atomic step."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest

from contracts.adapter import Capability
from contracts.errors import AppointmentNotFound, BookingError, SlotInPast
from contracts.models import Appointment, AppointmentStatus, Slot
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import TAKEN, book, book_last_place
from contracts.suite.cancelling import unknown
from contracts.suite.gate import requires
from contracts.suite.harness import Harness
from contracts.suite.slots import spread


async def move(harness: Harness, booked: Appointment, slot: Slot) -> Appointment:
    """Move an appointment under a client reference of its own."""
    reference = harness.request().client_reference
    return await harness.adapter.reschedule(booked.ref, slot, reference, deadline=harness.deadline)


@requires(Capability.RESCHEDULE)
class MovingBehaviours:
    """``reschedule``."""

    @behaviour(
        "MOVE-001",
        "A moved appointment is read at its new time by its new reference, confirmed and for its "
        "products.",
        why="A vendor that gives a new id leaves the old one dead in the citizen's list.",
    )
    async def test_a_moved_appointment_is_read_at_its_new_time(self, harness: Harness) -> None:
        slots = await harness.free()
        moved = await move(harness, await book(harness, slots[0]), slots[-1])
        read = await harness.second.appointment(moved.ref, deadline=harness.deadline)
        for each in (moved, read):
            assert (each.start, each.end) == (slots[-1].start, slots[-1].end)
            assert (each.status, each.products) == (AppointmentStatus.CONFIRMED, slots[-1].products)

    @behaviour(
        "MOVE-002",
        "After a move the old reference shows no second appointment.",
        why="Moving by booking anew leaves the old appointment standing: two clerks, one citizen.",
    )
    async def test_moving_makes_no_second_appointment(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        await move(harness, booked, slots[-1])
        try:
            old = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        except AppointmentNotFound:
            return
        assert old.start == slots[-1].start or old.status is AppointmentStatus.CANCELLED

    @behaviour(
        "MOVE-003",
        "A move gives the old place back and takes the new one.",
        why="A place that is taken twice or freed never is found out at the counter.",
    )
    async def test_moving_frees_the_old_slot_and_takes_the_new(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book_last_place(harness, slots[0])
        await harness.leave_one_place(slots[-1])
        await move(harness, booked, slots[-1])
        starts = {slot.start for slot in await harness.free()}
        assert slots[0].start in starts
        assert slots[-1].start not in starts

    @behaviour(
        "MOVE-004",
        "A move to a place that is taken is refused, and the appointment stands as it was.",
        why="Cancelling first and booking then leaves a citizen with nothing.",
    )
    async def test_a_refused_move_leaves_the_appointment(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        await book_last_place(harness, slots[-1])
        with pytest.raises(TAKEN):
            await move(harness, booked, slots[-1])
        await self._still_stands(harness, booked)

    @behaviour(
        "MOVE-005",
        "Nothing is moved to a time that has begun, and the appointment stands as it was.",
        why="A vendor that accepts it makes the appointment vanish from every list of what is "
        "coming.",
    )
    async def test_nothing_moves_into_the_past(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[-1])
        harness.clock.move_to(slots[0].start + timedelta(minutes=1))
        with pytest.raises(SlotInPast):
            await move(harness, booked, slots[0])
        await self._still_stands(harness, booked)

    @behaviour(
        "MOVE-006",
        "Moving a reference that the vendor does not know is AppointmentNotFound.",
        why="Some vendors make a new record for an unknown id: an appointment of nobody's.",
    )
    async def test_what_is_unknown_cannot_be_moved(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        stranger = booked.model_copy(update={"ref": unknown(booked.ref)})
        with pytest.raises(AppointmentNotFound):
            await move(harness, stranger, slots[-1])

    @behaviour(
        "MOVE-007",
        "What was cancelled cannot be moved.",
        why="A move that revives it makes an appointment that the citizen gave up.",
    )
    async def test_what_was_cancelled_cannot_be_moved(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        with pytest.raises(BookingError):
            await move(harness, booked, slots[-1])

    @behaviour(
        "MOVE-008",
        "A move is found by the client reference that it was sent with.",
        why="A move without an answer could not be told from one that never arrived.",
    )
    @requires(Capability.FIND_BY_CLIENT_REFERENCE)
    async def test_a_move_is_found_by_its_client_reference(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        reference = harness.request().client_reference
        await harness.adapter.reschedule(
            booked.ref, slots[-1], reference, deadline=harness.deadline
        )
        found = await harness.adapter.find_by_client_reference(
            reference, near=slots[-1], deadline=harness.deadline
        )
        assert found is not None
        assert found.start == slots[-1].start

    @behaviour(
        "MOVE-009",
        "A moved appointment can be cancelled by its new reference, which frees its new slot.",
        why="A move that gives a new id leaves the citizen with one that cancels nothing.",
    )
    async def test_a_moved_appointment_can_be_cancelled(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        await harness.leave_one_place(slots[-1])
        moved = await move(harness, booked, slots[-1])
        await harness.second.cancel(moved.ref, deadline=harness.deadline)
        assert slots[-1].start in {slot.start for slot in await harness.free()}

    @behaviour(
        "MOVE-010",
        "When many move to one slot at once, as many succeed as it has places; the others stand.",
        why="A move that looks first and writes then double-books, or loses the old appointment.",
    )
    async def test_many_move_to_one_slot(self, harness: Harness) -> None:
        slots = spread(await harness.free())
        places = await harness.places(slots[-1])
        booked = [await book(harness, slot) for slot in slots[: places + 3]]
        won: list[Appointment] = []
        lost: list[Appointment] = []

        async def try_to_move(appointment: Appointment) -> None:
            try:
                won.append(await move(harness, appointment, slots[-1]))
            except TAKEN:
                lost.append(appointment)

        async with anyio.create_task_group() as group:
            for appointment in booked:
                group.start_soon(try_to_move, appointment)
        assert len(won) == min(places, len(booked))
        for appointment in lost:
            await self._still_stands(harness, appointment)

    async def _still_stands(self, harness: Harness, booked: Appointment) -> None:
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED
        assert (read.start, read.end) == (booked.start, booked.end)
