"""Behaviours of free slots: which are offered, and when they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import anyio
import pytest

from contracts.deadline import Deadline
from contracts.errors import QuantityExceeded, ResourceNotFound
from contracts.manifest import AmountModel, Combination
from contracts.models import ProductQuantity, Slot, SlotQuery
from contracts.suite.behaviour import behaviour
from contracts.suite.harness import AnyAdapter, Harness
from contracts.suite.verdicts import absent, declared


async def zone_of(harness: Harness) -> ZoneInfo:
    """The zone of the location that the harness queries."""
    locations = await harness.adapter.locations(deadline=harness.deadline)
    return next(ZoneInfo(loc.zone) for loc in locations if loc.id == harness.query.location_id)


class SlotBehaviours:
    """Core: ``slots``."""

    @behaviour(
        "SLOT-001",
        "Slots are sorted by start, and no start is there twice.",
        why="Vendors answer per counter: the same quarter of an hour then shows once for each "
        "clerk.",
    )
    async def test_slots_are_sorted_and_start_once(self, harness: Harness) -> None:
        starts = [slot.start.timestamp() for slot in await harness.free()]
        assert starts == sorted(set(starts))

    @behaviour(
        "SLOT-002",
        "Every slot is for the location and the products that were asked, quantities included.",
        why="A slot that forgot its products books only the first of them.",
    )
    async def test_slots_are_for_what_was_asked(self, harness: Harness) -> None:
        for slot in await harness.free():
            assert slot.location_id == harness.query.location_id
            assert slot.products == harness.query.products

    @behaviour(
        "SLOT-003",
        "Every slot starts on one of the days asked for, at the location's own clock.",
        why="A day that is counted in UTC gives the last evening to the day after.",
    )
    async def test_slots_start_on_the_days_asked_for(self, harness: Harness) -> None:
        zone = await zone_of(harness)
        days = {slot.start.astimezone(zone).date() for slot in await harness.free()}
        assert min(days) >= harness.query.first_day
        assert max(days) <= harness.query.last_day

    @behaviour(
        "SLOT-004",
        "The last day asked for is answered in full.",
        why="Several vendors take the end of a range as exclusive, and the last day is then "
        "always full.",
    )
    async def test_the_last_day_asked_for_is_included(self, harness: Harness) -> None:
        zone = await zone_of(harness)
        slots = await harness.free()
        day = slots[-1].start.astimezone(zone).date()
        of_that_day = [slot for slot in slots if slot.start.astimezone(zone).date() == day]
        changes = {"first_day": day, "last_day": day}
        assert list(await harness.free(harness.query.model_copy(update=changes))) == of_that_day

    @behaviour(
        "SLOT-005",
        "No slot is offered that has begun.",
        why="Vendors offer the whole of today, and a citizen books this morning in the afternoon.",
    )
    async def test_no_slot_has_begun(self, harness: Harness) -> None:
        slots = await harness.free()
        harness.clock.move_to(slots[1].start + timedelta(minutes=1))
        later = await harness.free()
        assert min(slot.start for slot in later) >= harness.clock()

    @behaviour(
        "SLOT-006",
        "Four months are answered as completely as some days of them on their own.",
        why="Vendors cut a range off at 30 or 50 days, silently, and later days then look full.",
    )
    async def test_a_long_range_is_answered_in_full(self, harness: Harness) -> None:
        first = harness.query.first_day
        last = first + timedelta(days=120)
        slots = await harness.free(harness.query.model_copy(update={"last_day": last}))
        zone = await zone_of(harness)
        for begin, end in ((0, 14), (55, 65), (100, 120)):
            days = (first + timedelta(days=begin), first + timedelta(days=end))
            part = harness.query.model_copy(update={"first_day": days[0], "last_day": days[1]})
            found = await harness.adapter.slots(part, deadline=harness.deadline)
            assert list(found) == [
                slot for slot in slots if days[0] <= slot.start.astimezone(zone).date() <= days[1]
            ]

    @behaviour(
        "SLOT-007",
        "Slots for a product that the vendor does not know are ResourceNotFound.",
        why="An empty list looks fully booked, and a product that was renamed goes unnoticed for "
        "weeks.",
    )
    async def test_slots_of_an_unknown_product_are_not_found(self, harness: Harness) -> None:
        unknown = (ProductQuantity(product_id="no-such-product"),)
        with pytest.raises(ResourceNotFound):
            await harness.adapter.slots(
                harness.query.model_copy(update={"products": unknown}), deadline=harness.deadline
            )

    @behaviour(
        "SLOT-008",
        "Slots at a location that the vendor does not know are ResourceNotFound.",
        why="An empty list looks fully booked, and a branch that moved goes unnoticed for weeks.",
    )
    async def test_slots_at_an_unknown_location_are_not_found(self, harness: Harness) -> None:
        with pytest.raises(ResourceNotFound):
            await harness.adapter.slots(
                harness.query.model_copy(update={"location_id": "no-such-location"}),
                deadline=harness.deadline,
            )

    @behaviour(
        "SLOT-009",
        "More of a product than fits in one appointment is QuantityExceeded.",
        why="A vendor that cuts the number down lets a family of six come to a slot for four.",
    )
    async def test_more_than_the_maximum_is_refused(self, harness: Harness) -> None:
        with pytest.raises(QuantityExceeded):
            await harness.adapter.slots(
                await _with_quantity_above_maximum(harness), deadline=harness.deadline
            )

    @behaviour(
        "SLOT-010",
        "Two of a product take at least as long as one, and the slot says that it is for two.",
        why="An adapter that ignores the quantity sends two persons to a slot for one.",
    )
    async def test_two_take_at_least_as_long_as_one(self, harness: Harness) -> None:
        if harness.manifest.facts.amount_model is AmountModel.NONE:
            absent("quantity above one")
        one = (await harness.free())[0]
        first = harness.query.products[0]
        two = (
            ProductQuantity(product_id=first.product_id, quantity=first.quantity + 1),
            *harness.query.products[1:],
        )
        slot = (await harness.free(harness.query.model_copy(update={"products": two})))[0]
        assert slot.end - slot.start >= one.end - one.start
        assert slot.products == two

    @behaviour(
        "SLOT-011",
        "Products that go together get one slot, which can be booked for all of them.",
        why="A combination that is only offered fails at the counter, after the citizen agreed.",
    )
    async def test_products_that_go_together_share_a_slot(self, harness: Harness) -> None:
        combines = harness.manifest.facts.combination is not Combination.NONE
        query = declared(harness.combined, "combined", has=combines)
        slot = (await harness.free(query))[0]
        assert slot.products == query.products
        booked = await harness.adapter.book(slot, harness.request(), deadline=harness.deadline)
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        for each in (booked, read):
            assert (each.start, each.end) == (slot.start, slot.end)
            assert set(each.products) == set(query.products)

    @behaviour(
        "SLOT-012",
        "Every day on its own has the slots that it has among others.",
        why="Days and times that come from different calls advertise a day without a slot.",
    )
    async def test_day_by_day_is_as_all_at_once(self, harness: Harness) -> None:
        zone = await zone_of(harness)
        slots = await harness.free()
        day = slots[0].start.astimezone(zone).date()
        for _ in range(8):
            changes = {"first_day": day, "last_day": day}
            query = harness.query.model_copy(update=changes)
            found = await harness.adapter.slots(query, deadline=harness.deadline)
            assert list(found) == [s for s in slots if s.start.astimezone(zone).date() == day]
            day += timedelta(days=1)

    @behaviour(
        "SLOT-013",
        "Days that have passed are passed over: the rest of the range is answered.",
        why="Vendors refuse a range that begins yesterday, and the page of a citizen abroad, or "
        "one "
        "left open over midnight, fails.",
    )
    async def test_a_range_may_begin_in_the_past(self, harness: Harness) -> None:
        first = harness.query.first_day - timedelta(days=3)
        slots = await harness.free(harness.query.model_copy(update={"first_day": first}))
        assert list(slots) == list(await harness.free())

    @behaviour(
        "SLOT-014",
        "A range beyond what can be booked has no slots; asking for it is no error.",
        why="Vendors refuse days beyond their window, and a calendar that is leafed through "
        "breaks.",
    )
    async def test_a_range_far_ahead_is_no_error(self, harness: Harness) -> None:
        first = harness.query.first_day + timedelta(days=3_000)
        changes = {"first_day": first, "last_day": first + timedelta(days=6)}
        query = harness.query.model_copy(update=changes)
        found = await harness.adapter.slots(query, deadline=harness.deadline)
        assert all(slot.start.date() >= first - timedelta(days=1) for slot in found)

    @behaviour(
        "SLOT-015",
        "Twenty who ask at once get the same answer.",
        why="A token that all renew together, or an answer kept in the adapter, mixes up callers.",
    )
    async def test_many_who_ask_at_once_get_the_same_answer(self, harness: Harness) -> None:
        answers: list[list[Slot]] = []

        async def ask(adapter: AnyAdapter) -> None:
            answers.append(list(await adapter.slots(harness.query, deadline=Deadline.after(90))))

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(ask, (harness.adapter, harness.second)[number % 2])
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]

    @behaviour(
        "SLOT-016",
        "The most of a product that fits in one appointment is no error.",
        why="A maximum that is one too high, or that counts something else, refuses a whole "
        "family.",
    )
    async def test_the_maximum_is_not_refused(self, harness: Harness) -> None:
        asked = harness.query.products[0]
        most = await maximum(harness)
        products = (
            ProductQuantity(product_id=asked.product_id, quantity=most),
            *harness.query.products[1:],
        )
        query = harness.query.model_copy(update={"products": products})
        for slot in await harness.adapter.slots(query, deadline=harness.deadline):
            assert slot.products == products


async def maximum(harness: Harness) -> int:
    """The most of the query's first product; absent where the vendor sets none."""
    asked = harness.query.products[0]
    products = await harness.adapter.products(deadline=harness.deadline)
    most = next(product.max_quantity for product in products if product.id == asked.product_id)
    if most is None or most >= 100:  # noqa: PLR2004 the most a ProductQuantity takes
        absent("a maximum of the vendor's")
    return most


async def _with_quantity_above_maximum(harness: Harness) -> SlotQuery:
    asked = harness.query.products[0]
    too_many = await maximum(harness) + 1
    first = ProductQuantity(product_id=asked.product_id, quantity=too_many)
    return harness.query.model_copy(update={"products": (first, *harness.query.products[1:])})


def spread(slots: Sequence[Slot]) -> list[Slot]:
    """Of these slots as many as possible that do not overlap, at most twenty."""
    chosen: list[Slot] = []
    for slot in slots:
        if not chosen or slot.start >= chosen[-1].end:
            chosen.append(slot)
    return chosen[:20]
