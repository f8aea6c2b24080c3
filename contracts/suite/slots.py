"""Behaviours of free slots: which are offered, and when they are."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts.errors import QuantityExceeded, ResourceNotFound
from contracts.manifest import AmountModel
from contracts.models import ProductQuantity, SlotQuery
from contracts.suite.gate import offered
from contracts.suite.harness import Harness


async def zone_of(harness: Harness) -> ZoneInfo:
    """The zone of the location that the harness queries."""
    locations = await harness.adapter.locations(deadline=harness.deadline)
    return next(ZoneInfo(loc.zone) for loc in locations if loc.id == harness.query.location_id)


class SlotBehaviours:
    """Core: ``slots``."""

    async def test_slots_are_sorted_and_start_once(self, harness: Harness) -> None:
        starts = [slot.start.timestamp() for slot in await harness.free()]
        assert starts == sorted(set(starts))

    async def test_slots_are_for_what_was_asked(self, harness: Harness) -> None:
        for slot in await harness.free():
            assert slot.location_id == harness.query.location_id
            assert slot.products == harness.query.products

    async def test_slots_start_on_the_days_asked_for(self, harness: Harness) -> None:
        zone = await zone_of(harness)
        days = {slot.start.astimezone(zone).date() for slot in await harness.free()}
        assert min(days) >= harness.query.first_day
        assert max(days) <= harness.query.last_day

    async def test_the_last_day_asked_for_is_included(self, harness: Harness) -> None:
        zone = await zone_of(harness)
        slots = await harness.free()
        day = slots[-1].start.astimezone(zone).date()
        of_that_day = [slot for slot in slots if slot.start.astimezone(zone).date() == day]
        changes = {"first_day": day, "last_day": day}
        assert list(await harness.free(harness.query.model_copy(update=changes))) == of_that_day

    async def test_no_slot_has_begun(self, harness: Harness) -> None:
        slots = await harness.free()
        harness.clock.move_to(slots[1].start + timedelta(minutes=1))
        later = await harness.free()
        assert min(slot.start for slot in later) >= harness.clock()

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

    async def test_slots_of_an_unknown_product_are_not_found(self, harness: Harness) -> None:
        unknown = (ProductQuantity(product_id="no-such-product"),)
        with pytest.raises(ResourceNotFound):
            await harness.adapter.slots(
                harness.query.model_copy(update={"products": unknown}), deadline=harness.deadline
            )

    async def test_slots_at_an_unknown_location_are_not_found(self, harness: Harness) -> None:
        with pytest.raises(ResourceNotFound):
            await harness.adapter.slots(
                harness.query.model_copy(update={"location_id": "no-such-location"}),
                deadline=harness.deadline,
            )

    async def test_more_than_the_maximum_is_refused(self, harness: Harness) -> None:
        with pytest.raises(QuantityExceeded):
            await harness.adapter.slots(
                await _with_quantity_above_maximum(harness), deadline=harness.deadline
            )

    async def test_two_take_at_least_as_long_as_one(self, harness: Harness) -> None:
        if harness.manifest.facts.amount_model is AmountModel.NONE:
            pytest.skip("absent: quantity above one")
        one = (await harness.free())[0]
        first = harness.query.products[0]
        two = (
            ProductQuantity(product_id=first.product_id, quantity=first.quantity + 1),
            *harness.query.products[1:],
        )
        slot = (await harness.free(harness.query.model_copy(update={"products": two})))[0]
        assert slot.end - slot.start >= one.end - one.start
        assert slot.products == two

    async def test_products_that_go_together_share_a_slot(self, harness: Harness) -> None:
        query = offered(harness.combined, "combined")
        slot = (await harness.free(query))[0]
        assert slot.products == query.products
        booked = await harness.adapter.book(slot, harness.request(), deadline=harness.deadline)
        assert (booked.start, booked.end) == (slot.start, slot.end)


async def _with_quantity_above_maximum(harness: Harness) -> SlotQuery:
    asked = harness.query.products[0]
    products = await harness.adapter.products(deadline=harness.deadline)
    most = next(product.max_quantity for product in products if product.id == asked.product_id)
    if most is None or most >= 100:  # noqa: PLR2004 the most a ProductQuantity takes
        pytest.skip("the vendor sets no maximum")
    too_many = ProductQuantity(product_id=asked.product_id, quantity=most + 1)
    return harness.query.model_copy(update={"products": (too_many, *harness.query.products[1:])})
