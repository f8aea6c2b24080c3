"""Behaviours of booking: what it leaves behind, and who gets the last place."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest

from contracts.errors import BookingError, SlotHeldByOther, SlotInPast, SlotTaken
from contracts.models import Appointment, AppointmentRef, AppointmentStatus, Slot
from contracts.suite.gate import offered
from contracts.suite.harness import AnyAdapter, Harness

TAKEN = (SlotTaken, SlotHeldByOther)


async def book(harness: Harness, slot: Slot) -> Appointment:
    """Book a slot with valid data."""
    return await harness.adapter.book(slot, harness.request(), deadline=harness.deadline)


async def book_last_place(harness: Harness, slot: Slot) -> Appointment:
    """Book every place in a slot and return the last appointment."""
    await harness.leave_one_place(slot)
    return await book(harness, slot)


class BookingBehaviours:
    """Core: ``book`` and ``appointment``."""

    async def test_a_booking_stands_where_and_when_the_slot_was(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book(harness, slot)
        assert booked.status is AppointmentStatus.CONFIRMED
        assert (booked.start, booked.end) == (slot.start, slot.end)
        assert (booked.location_id, booked.products) == (slot.location_id, slot.products)

    async def test_every_slot_can_be_booked_as_it_is(self, harness: Harness) -> None:
        slots = await harness.free()
        for slot in (slots[0], slots[-1]):
            assert (await book(harness, slot)).start == slot.start

    async def test_a_booking_can_be_read_again(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is booked.status
        assert (read.start, read.end) == (booked.start, booked.end)
        assert (read.location_id, read.products) == (booked.location_id, booked.products)

    async def test_another_process_reads_the_booking(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.end) == (booked.start, booked.end)

    async def test_slots_and_references_survive_storage(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        stored = Slot.model_validate_json(slot.model_dump_json())
        booked = await harness.second.book(stored, harness.request(), deadline=harness.deadline)
        ref = AppointmentRef.model_validate_json(booked.ref.model_dump_json())
        read = await harness.second.appointment(ref, deadline=harness.deadline)
        assert (read.start, read.end) == (slot.start, slot.end)

    async def test_a_full_slot_is_no_longer_offered(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await harness.leave_one_place(slot)
        assert slot.start in {free.start for free in await harness.free()}
        await book(harness, slot)
        assert slot.start not in {free.start for free in await harness.free()}

    async def test_a_slot_that_was_taken_is_refused(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await book_last_place(harness, slot)
        with pytest.raises(TAKEN):
            await harness.second.book(slot, harness.request(), deadline=harness.deadline)

    async def test_a_refused_booking_leaves_nothing_behind(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        before = [free.start for free in await harness.free()]
        last = await book_last_place(harness, slot)
        with pytest.raises(TAKEN):
            await book(harness, slot)
        await harness.adapter.cancel(last.ref, deadline=harness.deadline)
        assert [free.start for free in await harness.free()] == before

    async def test_one_last_place_is_given_to_one_of_many(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        results: list[Appointment | BookingError] = []

        async def try_to_book(adapter: AnyAdapter) -> None:
            try:
                results.append(await harness.compete(adapter, slot))
            except TAKEN as error:
                results.append(error)

        async with anyio.create_task_group() as group:
            for number in range(harness.capacity + 5):
                group.start_soon(try_to_book, (harness.adapter, harness.second)[number % 2])
        won = [result for result in results if isinstance(result, Appointment)]
        assert len(won) == harness.capacity
        assert len({appointment.ref.vendor_ref for appointment in won}) == harness.capacity

    async def test_a_slot_that_has_begun_is_refused(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        harness.clock.move_to(slot.start + timedelta(minutes=1))
        with pytest.raises(SlotInPast):
            await book(harness, slot)

    async def test_a_product_for_approval_waits_for_staff(self, harness: Harness) -> None:
        slot = (await harness.free(offered(harness.approval, "approval")))[0]
        booked = await book(harness, slot)
        assert booked.status is AppointmentStatus.PENDING_APPROVAL
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.PENDING_APPROVAL
