"""Behaviours of keeping a slot before the citizen's data is known."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest

from contracts.adapter import Capability
from contracts.errors import CustomerFieldsMissing, HoldExpired, SlotInPast
from contracts.models import AppointmentStatus, Hold, Slot
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import TAKEN, book
from contracts.suite.gate import requires
from contracts.suite.harness import AnyAdapter, Harness
from contracts.suite.people import without
from contracts.suite.verdicts import absent


async def hold(harness: Harness, slot: Slot) -> Hold:
    """Keep a slot under a client reference of its own."""
    reference = harness.request().client_reference
    return await harness.adapter.hold(slot, reference, deadline=harness.deadline)


async def offered_starts(harness: Harness) -> set[object]:
    """The starts of the slots that are free now."""
    return {slot.start for slot in await harness.free()}


@requires(Capability.HOLD, Capability.CONFIRM)
class HoldingBehaviours:
    """``hold``, ``confirm``, ``release`` and ``extend``."""

    @behaviour(
        "HOLD-001",
        "A hold is for its slot, and its end lies ahead.",
        why="An end in the vendor's local time, read as UTC, has passed before it began.",
    )
    async def test_a_hold_is_for_the_slot_and_ends(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        held = await hold(harness, slot)
        assert (held.slot.start, held.slot.end) == (slot.start, slot.end)
        assert (held.slot.location_id, held.slot.products) == (slot.location_id, slot.products)
        assert held.expires_at > harness.clock()

    @behaviour(
        "HOLD-002",
        "A place that is held is not offered.",
        why="A hold that is only advisory shows the same place to the next citizen.",
    )
    async def test_the_last_place_is_not_offered_while_it_is_held(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await harness.leave_one_place(slot)
        await hold(harness, slot)
        assert slot.start not in await offered_starts(harness)

    @behaviour(
        "HOLD-003",
        "Nobody else gets a place that is held, by booking or by holding.",
        why="The parts of a visit are held together; one given away undoes all the others.",
    )
    async def test_the_last_place_is_not_given_away_while_it_is_held(
        self, harness: Harness
    ) -> None:
        slot = (await harness.free())[0]
        await harness.leave_one_place(slot)
        await hold(harness, slot)
        request = harness.request()
        with pytest.raises(TAKEN):
            await harness.second.book(slot, request, deadline=harness.deadline)
        with pytest.raises(TAKEN):
            await harness.second.hold(slot, request.client_reference, deadline=harness.deadline)

    @behaviour(
        "HOLD-004",
        "When many hold at once, exactly as many succeed as there are places.",
        why="Two holds of one place are two citizens, one of whom is refused after filling in a "
        "form.",
    )
    async def test_one_last_place_is_held_for_one_of_many(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        places = await harness.places(slot)
        held: list[Hold] = []

        async def try_to_hold(adapter: AnyAdapter) -> None:
            try:
                reference = harness.request().client_reference
                held.append(await adapter.hold(slot, reference, deadline=harness.deadline))
            except TAKEN:
                pass

        async with anyio.create_task_group() as group:
            for number in range(max(20, places + 5)):
                group.start_soon(try_to_hold, (harness.adapter, harness.second)[number % 2])
        assert len(held) == places

    @behaviour(
        "HOLD-005",
        "A confirmed hold is an appointment at the time of its slot.",
        why="A vendor with more steps answers a reservation as if it were booked; it expires in "
        "the night.",
    )
    async def test_a_confirmed_hold_is_an_appointment(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        held = await hold(harness, slot)
        booked = await harness.adapter.confirm(held, harness.request(), deadline=harness.deadline)
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.end) == (slot.start, slot.end)
        assert read.status is booked.status

    @behaviour(
        "HOLD-006",
        "Another process confirms a hold that went through JSON.",
        why="A visit goes on in the process beside it after a crash; a secret left in memory "
        "ends that.",
    )
    async def test_another_process_confirms_a_hold_from_storage(self, harness: Harness) -> None:
        held = await hold(harness, (await harness.free())[0])
        stored = Hold.model_validate_json(held.model_dump_json())
        booked = await harness.second.confirm(stored, harness.request(), deadline=harness.deadline)
        assert booked.start == held.slot.start

    @behaviour(
        "HOLD-007",
        "A hold that has expired is HoldExpired when it is confirmed.",
        why="Booked anew, it may be another's place, or one place more than the visit holds.",
    )
    async def test_an_expired_hold_cannot_be_confirmed(self, harness: Harness) -> None:
        held = await hold(harness, (await harness.free())[-1])
        harness.clock.move_to(held.expires_at + timedelta(seconds=1))
        with pytest.raises(HoldExpired):
            await harness.adapter.confirm(held, harness.request(), deadline=harness.deadline)

    @behaviour(
        "HOLD-019",
        "A hold can be confirmed until the second before its end.",
        why="An end that is later than the vendor's own promises minutes that are not there.",
    )
    async def test_a_hold_lasts_until_its_end(self, harness: Harness) -> None:
        held = await hold(harness, (await harness.free())[-1])
        harness.clock.move_to(held.expires_at - timedelta(seconds=1))
        booked = await harness.adapter.confirm(held, harness.request(), deadline=harness.deadline)
        assert booked.start == held.slot.start

    @behaviour(
        "HOLD-008",
        "A hold that has expired gives its place back, as soon as the manifest says.",
        why="Holds that never end fill a calendar with nobody.",
    )
    async def test_an_expired_hold_frees_the_slot(self, harness: Harness) -> None:
        slot = (await harness.free())[-1]
        await harness.leave_one_place(slot)
        held = await hold(harness, slot)
        freed = held.expires_at + timedelta(seconds=harness.manifest.facts.freed_after)
        harness.clock.move_to(freed + timedelta(seconds=1))
        assert slot.start in await offered_starts(harness)
        assert (await book(harness, slot)).start == slot.start

    @behaviour(
        "HOLD-009",
        "What has begun cannot be held: SlotInPast.",
        why="A hold on this morning becomes an appointment in the past.",
    )
    async def test_what_has_begun_cannot_be_held(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        harness.clock.move_to(slot.start + timedelta(minutes=1))
        with pytest.raises(SlotInPast):
            await hold(harness, slot)

    @behaviour(
        "HOLD-010",
        "Releasing gives the place back at once, and once more does no harm.",
        why="Compensation repeats itself after a crash; an error on the second try would never "
        "end.",
    )
    @requires(Capability.RELEASE)
    async def test_releasing_frees_the_slot_and_can_be_repeated(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await harness.leave_one_place(slot)
        held = await hold(harness, slot)
        await harness.adapter.release(held, deadline=harness.deadline)
        await harness.adapter.release(held, deadline=harness.deadline)
        assert slot.start in await offered_starts(harness)

    @behaviour(
        "HOLD-012",
        "An extended hold can be confirmed after its first end.",
        why="An end that only moves on our side is a hold that the vendor has dropped.",
    )
    @requires(Capability.EXTEND)
    async def test_extending_keeps_the_slot_longer(self, harness: Harness) -> None:
        held = await hold(harness, (await harness.free())[-1])
        harness.clock.move_to(held.expires_at - timedelta(seconds=1))
        extended = await harness.adapter.extend(held, deadline=harness.deadline)
        assert extended.expires_at > held.expires_at
        harness.clock.move_to(held.expires_at + timedelta(milliseconds=500))
        request = harness.request()
        booked = await harness.adapter.confirm(extended, request, deadline=harness.deadline)
        assert booked.start == held.slot.start

    @behaviour(
        "HOLD-013",
        "A hold that has expired cannot be extended: HoldExpired.",
        why="Taken up again in silence, it may since have been another citizen's.",
    )
    @requires(Capability.EXTEND)
    async def test_an_expired_hold_cannot_be_extended(self, harness: Harness) -> None:
        held = await hold(harness, (await harness.free())[-1])
        harness.clock.move_to(held.expires_at + timedelta(seconds=1))
        with pytest.raises(HoldExpired):
            await harness.adapter.extend(held, deadline=harness.deadline)

    @behaviour(
        "HOLD-014",
        "Ten times held and released, a slot is as free as before.",
        why="Citizens look at plans and go: a trace of each hold closes the agenda by noon.",
    )
    @requires(Capability.RELEASE)
    async def test_holding_and_releasing_ten_times_leaves_nothing(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        before = await offered_starts(harness)
        await harness.leave_one_place(slot)
        for _ in range(10):
            held = await hold(harness, slot)
            await harness.adapter.release(held, deadline=harness.deadline)
        assert await offered_starts(harness) == before

    @behaviour(
        "HOLD-015",
        "A confirmed hold is found by the client reference of its confirmation, and not before.",
        why="A vendor that keeps the reference of the hold alone settles no lost confirmation.",
    )
    @requires(Capability.FIND_BY_CLIENT_REFERENCE)
    async def test_a_confirmed_hold_is_found_by_its_reference(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        reference = harness.request().client_reference
        held = await harness.adapter.hold(slot, reference, deadline=harness.deadline)
        kept = await harness.second.find_by_client_reference(
            reference, near=slot, deadline=harness.deadline
        )
        assert kept is None or kept.status is AppointmentStatus.HELD, "it is only held as yet"
        request = harness.request()
        booked = await harness.adapter.confirm(held, request, deadline=harness.deadline)
        found = await harness.second.find_by_client_reference(
            request.client_reference, near=slot, deadline=harness.deadline
        )
        assert found is not None
        assert found.ref.vendor_ref == booked.ref.vendor_ref

    @behaviour(
        "HOLD-016",
        "An appointment made from a hold can be cancelled, which frees the slot.",
        why="The reference of the hold and that of the appointment differ, and only one cancels.",
    )
    async def test_what_was_held_and_confirmed_can_be_cancelled(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await harness.leave_one_place(slot)
        held = await hold(harness, slot)
        booked = await harness.adapter.confirm(held, harness.request(), deadline=harness.deadline)
        await harness.second.cancel(booked.ref, deadline=harness.deadline)
        assert slot.start in await offered_starts(harness)

    @behaviour(
        "HOLD-017",
        "A confirmation with a required field missing is refused by field, and can be repeated.",
        why="A form sent back for a missing telephone number costs the citizen the slot.",
    )
    @requires(Capability.INTAKE_FIELDS)
    async def test_an_incomplete_confirmation_keeps_the_hold(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        fields = await harness.adapter.intake_fields(slot.products, deadline=harness.deadline)
        required = {field.name for field in fields if field.required}
        if not required:
            absent("required fields")
        await harness.leave_one_place(slot)
        held = await hold(harness, slot)
        with pytest.raises(CustomerFieldsMissing):
            await harness.adapter.confirm(
                held, without(harness.request(), required), deadline=harness.deadline
            )
        booked = await harness.adapter.confirm(held, harness.request(), deadline=harness.deadline)
        assert booked.start == slot.start

    @behaviour(
        "HOLD-018",
        "A hold that was released has no claim: once its place is another's, it is HoldExpired.",
        why="A late confirmation after a visit was given up takes the place of whoever came next.",
    )
    @requires(Capability.RELEASE)
    async def test_a_released_hold_takes_nobodys_place(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await harness.leave_one_place(slot)
        held = await hold(harness, slot)
        await harness.adapter.release(held, deadline=harness.deadline)
        request = harness.request()
        others = await harness.second.book(slot, request, deadline=harness.deadline)
        with pytest.raises(HoldExpired):
            await harness.adapter.confirm(held, harness.request(), deadline=harness.deadline)
        read = await harness.second.appointment(others.ref, deadline=harness.deadline)
        assert read.status is others.status
