"""What the settings offer: which products where, for how long, and when counters are open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, get_args

from adapters.vendors.caldav.settings import Weekday
from contracts.errors import ProductsNotCombinable, QuantityExceeded, ResourceNotFound
from contracts.models import Location, Product

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from adapters.vendors.caldav.occurrences import Period
    from adapters.vendors.caldav.settings import (
        CalDavSettings,
        LocationSettings,
        ProductSettings,
    )
    from contracts.models import ProductQuantity

_WEEKDAYS = get_args(Weekday)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A calendar's missing half."""

    settings: CalDavSettings
    zone: ZoneInfo

    def products(self) -> list[Product]:
        """All products."""
        return [
            Product(
                id=product.id,
                name=product.name,
                description=product.description,
                bring=product.bring,
                duration=product.takes(1),
                max_quantity=product.max_quantity,
            )
            for product in self.settings.products
        ]

    def locations(self, products: Sequence[ProductQuantity]) -> list[Location]:
        """Where these products are all handled.

        Raises:
            ResourceNotFound, ProductsNotCombinable.
        """
        asked = [self.product(product.product_id) for product in products]
        found = [
            Location(
                id=location.id,
                name=location.name,
                zone=self.zone.key,
                address=location.address,
                telephone=location.telephone,
            )
            for location in self.settings.locations
            if all(product.handled_at(location) for product in asked)
        ]
        if not found:
            raise ProductsNotCombinable("No location handles all of these products.")
        return found

    def location(self, location_id: str) -> LocationSettings:
        """Raises ``ResourceNotFound`` for one that is not in the settings."""
        for location in self.settings.locations:
            if location.id == location_id:
                return location
        raise ResourceNotFound("This source has no such location.")

    def product(self, product_id: str) -> ProductSettings:
        """Raises ``ResourceNotFound`` for one that is not in the settings."""
        for product in self.settings.products:
            if product.id == product_id:
                return product
        raise ResourceNotFound("This source has no such product.")

    def periods(
        self,
        location: LocationSettings,
        products: Sequence[ProductQuantity],
        first: date,
        last: date,
    ) -> Iterator[Period]:
        """Every period within the opening hours that is as long as these products take.

        Steps are elapsed time, so the nights on which the clock jumps have neither a missing
        nor a double start.

        Raises:
            ResourceNotFound, QuantityExceeded, ProductsNotCombinable.
        """
        length = self._length(location, products)
        step = timedelta(minutes=self.settings.step_minutes)
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if day in location.closed:
                continue
            for opening in location.hours.get(_WEEKDAYS[day.weekday()], ()):
                start = datetime.combine(day, opening.start, self.zone).astimezone(UTC)
                closing = datetime.combine(day, opening.end, self.zone).astimezone(UTC)
                while start + length <= closing:
                    yield start, start + length
                    start += step

    def _length(self, location: LocationSettings, products: Sequence[ProductQuantity]) -> timedelta:
        amounts: Counter[str] = Counter()
        for product in products:
            amounts[product.product_id] += product.quantity
        length = timedelta()
        for product_id, quantity in amounts.items():
            asked = self.product(product_id)
            if not asked.handled_at(location):
                raise ProductsNotCombinable("This location does not handle all these products.")
            if quantity > asked.max_quantity:
                raise QuantityExceeded(f"At most {asked.max_quantity} in one appointment.")
            length += asked.takes(quantity)
        return length
