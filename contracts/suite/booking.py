"""Behaviours of booking: what it leaves behind, and who gets the last place."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import anyio
import pytest

from contracts.errors import (
    BookingError,
    OutcomeUnknown,
    SlotHeldByOther,
    SlotInPast,
    SlotTaken,
    VendorUnavailable,
)
from contracts.manifest import AmountModel
from contracts.models import Appointment, AppointmentRef, AppointmentStatus, Slot
from contracts.suite.behaviour import behaviour
from contracts.suite.harness import AnyAdapter, Harness
from contracts.suite.slots import spread
from contracts.suite.verdicts import absent, declared

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

    @behaviour(
        "BOOK-001",
        "A booking is confirmed at the time and place of its slot and for its products.",
        why="A vendor that assigns the nearest counter or time answers success with another "
        "appointment.",
    )
    async def test_a_booking_stands_where_and_when_the_slot_was(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book(harness, slot)
        assert booked.status is AppointmentStatus.CONFIRMED
        assert (booked.start, booked.end) == (slot.start, slot.end)
        assert (booked.location_id, booked.products) == (slot.location_id, slot.products)

    @behaviour(
        "BOOK-002",
        "The first and the last slot that are offered can both be booked as they are.",
        why="Availability from a cache or another call than booking advertises what cannot be had.",
    )
    async def test_every_slot_can_be_booked_as_it_is(self, harness: Harness) -> None:
        slots = await harness.free()
        for slot in (slots[0], slots[-1]):
            assert (await book(harness, slot)).start == slot.start

    @behaviour(
        "BOOK-003",
        "A booking is read back as it was answered.",
        why="A vendor that answers before it saves loses the appointment, and the citizen finds "
        "out there.",
    )
    async def test_a_booking_can_be_read_again(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is booked.status
        assert (read.start, read.end) == (booked.start, booked.end)
        assert (read.location_id, read.products) == (booked.location_id, booked.products)

    @behaviour(
        "BOOK-004",
        "Another process reads the same appointment by its reference.",
        why="State kept in the adapter is gone after a restart, or in the process beside it.",
    )
    async def test_another_process_reads_the_booking(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.end) == (booked.start, booked.end)

    @behaviour(
        "BOOK-005",
        "Slots and references work after they went through JSON.",
        why="What travels to the citizen and back as text loses types that only lived in memory.",
    )
    async def test_slots_and_references_survive_storage(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        stored = Slot.model_validate_json(slot.model_dump_json())
        booked = await harness.second.book(stored, harness.request(), deadline=harness.deadline)
        ref = AppointmentRef.model_validate_json(booked.ref.model_dump_json())
        read = await harness.second.appointment(ref, deadline=harness.deadline)
        assert (read.start, read.end) == (slot.start, slot.end)

    @behaviour(
        "BOOK-006",
        "A slot is offered until its last place is taken, and no longer.",
        why="Availability cached by the vendor or the adapter sends citizens to what is gone.",
    )
    async def test_a_full_slot_is_no_longer_offered(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await harness.leave_one_place(slot)
        assert slot.start in {free.start for free in await harness.free()}
        await book(harness, slot)
        assert slot.start not in {free.start for free in await harness.free()}

    @behaviour(
        "BOOK-007",
        "Booking a slot whose last place is gone is SlotTaken or SlotHeldByOther.",
        why="Vendors answer 200 with an error inside, or a 500; read wrongly, two citizens stand "
        "there.",
    )
    async def test_a_slot_that_was_taken_is_refused(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await book_last_place(harness, slot)
        with pytest.raises(TAKEN):
            await harness.second.book(slot, harness.request(), deadline=harness.deadline)

    @behaviour(
        "BOOK-008",
        "A refused booking leaves nothing at the vendor.",
        why="A reserve step before the refusal keeps a place blocked that nobody has.",
    )
    async def test_a_refused_booking_leaves_nothing_behind(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        before = [free.start for free in await harness.free()]
        last = await book_last_place(harness, slot)
        with pytest.raises(TAKEN):
            await book(harness, slot)
        await harness.adapter.cancel(last.ref, deadline=harness.deadline)
        assert [free.start for free in await harness.free()] == before

    @behaviour(
        "BOOK-009",
        "When many book at once, exactly as many succeed as there are places.",
        why="Looking first and booking then gives one place to two citizens who click together.",
    )
    async def test_one_last_place_is_given_to_one_of_many(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        places = await harness.places(slot)
        results: list[Appointment | BookingError] = []

        async def try_to_book(adapter: AnyAdapter) -> None:
            try:
                results.append(await harness.compete(adapter, slot))
            except TAKEN as error:
                results.append(error)

        async with anyio.create_task_group() as group:
            for number in range(max(20, places + 5)):
                group.start_soon(try_to_book, (harness.adapter, harness.second)[number % 2])
        won = [result for result in results if isinstance(result, Appointment)]
        assert len(won) == places
        assert len({appointment.ref.vendor_ref for appointment in won}) == places

    @behaviour(
        "BOOK-010",
        "A slot that has begun is refused as SlotInPast.",
        why="A page left open over lunch books this morning; some vendors accept it.",
    )
    async def test_a_slot_that_has_begun_is_refused(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        harness.clock.move_to(slot.start + timedelta(minutes=1))
        with pytest.raises(SlotInPast):
            await book(harness, slot)

    @behaviour(
        "BOOK-011",
        "A booking that staff must approve is pendingApproval, also when it is read.",
        why="A request shown as confirmed brings a couple to a wedding date nobody agreed to.",
    )
    async def test_a_product_for_approval_waits_for_staff(self, harness: Harness) -> None:
        approves = harness.manifest.facts.approval
        slot = (await harness.free(declared(harness.approval, "approval", has=approves)))[0]
        booked = await book(harness, slot)
        assert booked.status is AppointmentStatus.PENDING_APPROVAL
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.PENDING_APPROVAL

    @behaviour(
        "BOOK-012",
        "An appointment for two of a product is read as one for two.",
        why="A quantity that is dropped on the way reserves a counter for one, and two people "
        "come.",
    )
    async def test_the_quantity_is_kept(self, harness: Harness) -> None:
        if harness.manifest.facts.amount_model is AmountModel.NONE:
            absent("quantity above one")
        first, *others = harness.query.products
        two = (first.model_copy(update={"quantity": first.quantity + 1}), *others)
        slot = (await harness.free(harness.query.model_copy(update={"products": two})))[0]
        booked = await book(harness, slot)
        assert booked.products == two
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert (read.products, read.start, read.end) == (two, slot.start, slot.end)

    @behaviour(
        "BOOK-013",
        "Many who book different slots at once each get their own.",
        why="A session or a cart that callers share gives one citizen the slot of another.",
    )
    async def test_many_who_book_at_once_get_their_own(self, harness: Harness) -> None:
        slots = spread(await harness.free())
        booked: dict[int, Appointment] = {}

        async def try_to_book(number: int) -> None:
            adapter = (harness.adapter, harness.second)[number % 2]
            with suppress(VendorUnavailable, OutcomeUnknown):  # a crowd may be too much for it
                booked[number] = await harness.compete(adapter, slots[number])

        async with anyio.create_task_group() as group:
            for number in range(len(slots)):
                group.start_soon(try_to_book, number)
        assert len({each.ref.vendor_ref for each in booked.values()}) == len(booked) > 0
        for number, each in booked.items():
            read = await harness.second.appointment(each.ref, deadline=harness.deadline)
            assert read.start == each.start == slots[number].start

    @behaviour(
        "BOOK-014",
        "One citizen can have several appointments, each with a reference of its own.",
        why="A vendor that knows a customer by e-mail replaces the first appointment by the "
        "second.",
    )
    async def test_one_citizen_books_several_times(self, harness: Harness) -> None:
        slots = spread(await harness.free())[:10]
        booked = [await book(harness, slot) for slot in slots]
        assert len({each.ref.vendor_ref for each in booked}) == len(slots)
        for slot, each in zip(slots, booked, strict=True):
            read = await harness.adapter.appointment(each.ref, deadline=harness.deadline)
            assert (read.start, read.status) == (slot.start, each.status)

    @behaviour(
        "BOOK-015",
        "A booking in each of the contract's languages is taken.",
        why="A vendor that knows no German answers an error to a whole language community.",
    )
    async def test_every_language_is_taken(self, harness: Harness) -> None:
        slots = spread(await harness.free())
        for number, language in enumerate(("nl", "fr", "de", "en")):
            slot = slots[number % len(slots)]
            request = harness.request(language=language)
            booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
            assert booked.start == slot.start
            await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
