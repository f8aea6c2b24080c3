"""Behaviours of free slots: which are offered, and when they are."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts.errors import QuantityExceeded, ResourceNotFound
from contracts.manifest import AmountModel, Combination
from contracts.models import ProductQuantity, SlotQuery
from contracts.suite.behaviour import behaviour
from contracts.suite.harness import Harness
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
        "Four months are answered as completely as their last month on its own.",
        why="Vendors cut a range off at 30 or 50 days, silently, and later days then look full.",
    )
    async def test_a_long_range_is_answered_in_full(self, harness: Harness) -> None:
        first = harness.query.first_day
        last = first + timedelta(days=120)
        slots = await harness.free(harness.query.model_copy(update={"last_day": last}))
        days = {"first_day": last - timedelta(days=30), "last_day": last}
        last_month = await harness.adapter.slots(
            harness.query.model_copy(update=days), deadline=harness.deadline
        )
        assert list(slots[len(slots) - len(last_month) :]) == list(last_month)
        assert list(slots[:3]) == list((await harness.free())[:3])

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
        "Products that go together get one slot, which can be booked.",
        why="A combination that is only offered fails at the counter, after the citizen agreed.",
    )
    async def test_products_that_go_together_share_a_slot(self, harness: Harness) -> None:
        combines = harness.manifest.facts.combination is not Combination.NONE
        query = declared(harness.combined, "combined", has=combines)
        slot = (await harness.free(query))[0]
        assert slot.products == query.products
        booked = await harness.adapter.book(slot, harness.request(), deadline=harness.deadline)
        assert (booked.start, booked.end) == (slot.start, slot.end)


async def _with_quantity_above_maximum(harness: Harness) -> SlotQuery:
    asked = harness.query.products[0]
    products = await harness.adapter.products(deadline=harness.deadline)
    most = next(product.max_quantity for product in products if product.id == asked.product_id)
    if most is None or most >= 100:  # noqa: PLR2004 the most a ProductQuantity takes
        absent("a maximum of the vendor's")
    too_many = ProductQuantity(product_id=asked.product_id, quantity=most + 1)
    return harness.query.model_copy(update={"products": (too_many, *harness.query.products[1:])})
