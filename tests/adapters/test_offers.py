"""Slots of a vendor that says no more than when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters import offers
from contracts.models import ProductQuantity, SlotQuery

NOW = datetime(2027, 3, 8, 9, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
QUERY = SlotQuery(
    location_id="stadhuis",
    products=(ProductQuantity(product_id="eid"),),
    first_day=NOW.date(),
    last_day=NOW.date(),
)


def test_slots_are_sorted_and_none_is_offered_twice_or_has_begun() -> None:
    later = NOW + HALF_AN_HOUR
    starts = [later, None, NOW, later, NOW - HALF_AN_HOUR]
    slots = offers.slots(QUERY, starts, HALF_AN_HOUR, NOW, counter=1)
    assert [(slot.start, slot.end) for slot in slots] == [
        (NOW, later),
        (later, later + HALF_AN_HOUR),
    ]
    assert {slot.location_id for slot in slots} == {"stadhuis"}
    assert [slot.vendor_data for slot in slots] == [{"counter": 1}] * 2
