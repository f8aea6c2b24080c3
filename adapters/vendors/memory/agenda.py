"""Knows which slots are free: hours, desks and the rules for what goes together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.vendors.memory.opening import starts
from adapters.vendors.memory.settings import LocationSettings, MemorySettings, ProductSettings
from adapters.vendors.memory.store import Entry, Store, desks_in_use
from adapters.wall_clock import in_zone
from contracts.errors import (
    OutsideBookingWindow,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
    SlotHeldByOther,
    SlotInPast,
    SlotTaken,
)
from contracts.models import ProductQuantity, Slot, SlotQuery


class Agenda:
    """The free time of one source. ``now`` is the only clock."""

    def __init__(
        self, settings: MemorySettings, zone: ZoneInfo, now: Callable[[], datetime], store: Store
    ) -> None:
        self._settings = settings
        self._now = now
        self._store = store
        self._step = timedelta(minutes=settings.step_minutes)
        self._products = {product.id: product for product in settings.products}
        self._locations = {location.id: location for location in settings.locations}
        self._zones = {
            location.id: ZoneInfo(location.zone) if location.zone else zone
            for location in settings.locations
        }

    def zone(self, location_id: str) -> ZoneInfo:
        """Where the location's clock hangs."""
        return self._zones[location_id]

    def chosen(self, products: Sequence[ProductQuantity]) -> list[ProductSettings]:
        """The products asked for, once each; raises where they do not exist or combine."""
        unknown = [asked for asked in products if asked.product_id not in self._products]
        if unknown:
            raise ResourceNotFound("There is no such product here.")
        chosen = [self._products[name] for name in {asked.product_id: None for asked in products}]
        groups = {product.group for product in chosen}
        if len(chosen) > 1 and (None in groups or len(groups) > 1):
            raise ProductsNotCombinable("These products are handled in separate appointments.")
        return chosen

    def places(self, products: Sequence[ProductQuantity]) -> list[LocationSettings]:
        """The locations that handle all the products."""
        ids = {product.id for product in self.chosen(products)}
        return [
            location
            for location in self._locations.values()
            if not location.products or ids.issubset(location.products)
        ]

    def free(self, query: SlotQuery) -> Iterator[Slot]:
        """The free slots of the query, in order."""
        place = self._place(query.location_id, query.products)
        length = self._length(query.products)
        zone, hours = self._zones[place.id], self._settings.hours
        now = self._now()
        busy = [*self._store.standing(place.id), *self._store.held(place.id, now)]
        earliest = now + timedelta(minutes=self._settings.lead_minutes)
        latest = now + timedelta(days=self._settings.horizon_days)
        for day in _days(query, now.astimezone(zone).date(), latest.astimezone(zone).date()):
            offered = [
                start
                for start in starts(hours, day, zone, step=self._step, length=length)
                if earliest <= start <= latest
            ]
            near = [e for e in busy if offered and e.overlaps(offered[0], offered[-1] + length)]
            for start in offered:
                end = start + length
                if desks_in_use(near, start, end) < place.desks:
                    yield Slot(
                        location_id=place.id,
                        start=in_zone(start, zone),
                        end=in_zone(end, zone),
                        products=query.products,
                    )

    def claim(self, slot: Slot, *, moving: Entry | None = None) -> None:
        """Return when the slot can be booked now, raise why not otherwise.

        The desk of the appointment that is being moved counts as free.
        """
        place = self._place(slot.location_id, slot.products)
        length = self._length(slot.products)
        now = self._now()
        if slot.start < now:
            raise SlotInPast("This time has begun.")
        if slot.start > now + timedelta(days=self._settings.horizon_days):
            raise OutsideBookingWindow("This day cannot be booked yet.")
        zone = self._zones[place.id]
        day = slot.start.astimezone(zone).date()
        offered = starts(self._settings.hours, day, zone, step=self._step, length=length)
        if slot.start not in offered or slot.end - slot.start != length:
            raise SlotTaken("This time is not offered.")
        standing = [entry for entry in self._store.standing(place.id) if entry is not moving]
        if desks_in_use(standing, slot.start, slot.end) >= place.desks:
            raise SlotTaken("All desks are taken at this time.")
        held = self._store.held(place.id, now)
        if desks_in_use([*standing, *held], slot.start, slot.end) >= place.desks:
            raise SlotHeldByOther("All desks are taken or kept at this time.")

    def _place(self, location_id: str, products: Sequence[ProductQuantity]) -> LocationSettings:
        place = self._locations.get(location_id)
        if place is None:
            raise ResourceNotFound("There is no such location here.")
        if place not in self.places(products):
            raise ResourceNotFound(f"{place.name} does not handle these products.")
        return place

    def _length(self, products: Sequence[ProductQuantity]) -> timedelta:
        quantities: Counter[str] = Counter()
        for asked in products:
            quantities[asked.product_id] += asked.quantity
        for name, quantity in quantities.items():
            most = self._products[name].max_quantity
            if most is not None and quantity > most:
                raise QuantityExceeded(f"At most {most} of {self._products[name].name} fit.")
        return timedelta(
            minutes=sum(self._products[name].minutes * n for name, n in quantities.items())
        )


def _days(query: SlotQuery, earliest: date, latest: date) -> Iterator[date]:
    day = max(query.first_day, earliest)
    while day <= min(query.last_day, latest):
        yield day
        day += timedelta(days=1)
