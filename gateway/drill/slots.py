"""Times for a visit that nobody has."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from contracts.deadline import Deadline
from contracts.models import ProductQuantity, Slot, SlotQuery
from gateway.drill.acts import Booking
from gateway.drill.life import Life
from gateway.drill.scenario import Scenario

_TIME = 5.0
_DAYS = 14


async def book_at(
    life: Life, scenario: Scenario, dice: Random, *, moves: bool
) -> tuple[Booking, dict[str, frozenset[datetime]]]:
    """A visit's slots, one more where it ``moves``, and when each source's item may start."""
    chosen: list[Slot] = []
    for source in scenario.sources:
        chosen.append(await _free(life, source, chosen, dice))
    ids = life.gateway.parts.slot_ids
    starts = {
        source: frozenset({slot.start})
        for source, slot in zip(scenario.sources, chosen, strict=True)
    }
    elsewhere = None
    if moves:
        other = await _free(life, scenario.source, chosen, dice)
        elsewhere, _ = ids.make(scenario.source, other)
        starts[scenario.source] |= {other.start}
    booking = Booking(
        citizen=uuid.UUID(int=dice.getrandbits(128)).hex * 2,
        visit=str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        source=scenario.source,
        slots=tuple(
            ids.make(source, slot)[0] for source, slot in zip(scenario.sources, chosen, strict=True)
        ),
        policy=scenario.policy,
        elsewhere=elsewhere,
    )
    return booking, starts


async def _free(life: Life, source_id: str, taken: Sequence[Slot], dice: Random) -> Slot:
    """A time that nobody has, at this source or elsewhere in the visit."""
    source = life.gateway.sources[source_id]
    products = source.to_vendor((ProductQuantity(product_id=next(iter(source.products))),))
    adapter, used = source.adapter, {start for _, start in life.standing(source_id)}
    if source_id not in life.places:
        known = await adapter.locations(products, deadline=Deadline.after(_TIME))
        life.places[source_id] = known[0].id
    today = life.clock().astimezone(source.zone).date()
    for days in range(1, _DAYS):
        day = today + timedelta(days=days)
        query = SlotQuery(
            location_id=life.places[source_id], products=products, first_day=day, last_day=day
        )
        slots = [
            slot
            for slot in await adapter.slots(query, deadline=Deadline.after(_TIME))
            if slot.start not in used
            and not any(each.start < slot.end and slot.start < each.end for each in taken)
        ]
        if slots:
            return dice.choice(slots)
    raise LookupError(f"{source_id} has no time left")
