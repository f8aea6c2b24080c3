"""Services of a booking business in the words of the contract, and the rules they are under."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.vendors.msbookings import opening, wire
from contracts.errors import ProductsNotCombinable, QuantityExceeded, ResourceNotFound
from contracts.models import Address, Location, Product, ProductQuantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

MAIN = "main"
"""The id of the business as a location. Its own id is an e-mail address."""

_MOST = 100
_SHORTEST = timedelta(minutes=1)
_NONE = timedelta(0)
_FAR = timedelta(days=1000)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules for one service, those of its business where it has none of its own."""

    interval: timedelta
    lead: timedelta
    advance: timedelta
    general: wire.Availability
    custom: Sequence[wire.AvailabilityWindow]


@dataclass(frozen=True)
class Catalogue:
    """A business and its services at one moment. ``zone`` is that of its opening hours."""

    business: wire.Business
    services: Mapping[str, wire.Service]
    zone: ZoneInfo

    def products(self) -> list[Product]:
        """Every service that can be booked from outside."""
        return [
            Product(
                id=service.id,
                name=_line(service.display_name) or service.id,
                description=(service.description or "").strip(),
                duration=service.default_duration,
                max_quantity=_most(service),
            )
            for service in self.services.values()
            if self.bookable(service)
        ]

    def bookable(self, service: wire.Service) -> bool:
        """Whether it has staff, and lets it be chosen: a booking here names who does it."""
        own, general = service.scheduling_policy, self.business.scheduling_policy
        chosen = [policy.allow_staff_selection for policy in (own, general) if policy]
        return bool(service.staff_member_ids) and next(
            (allowed for allowed in chosen if allowed is not None), False
        )

    def chosen(self, products: Sequence[ProductQuantity]) -> wire.Service:
        """The one service of a choice.

        Raises ``ResourceNotFound``, ``QuantityExceeded`` or ``ProductsNotCombinable``.
        """
        for product in products:
            service = self.services.get(product.product_id)
            if service is None or not self.bookable(service):
                raise ResourceNotFound("It knows no such product.")
            if product.quantity > _most(service):
                raise QuantityExceeded(f"At most {_most(service)} in one appointment.")
        if len(products) != 1:
            raise ProductsNotCombinable
        return self.services[products[0].product_id]

    def policy(self, service: wire.Service) -> Policy:
        """The rules for a service.

        Raises:
            ValueError: rules by which no time, or no end of times, could be offered.
        """
        own = service.scheduling_policy or wire.SchedulingPolicy()
        general = self.business.scheduling_policy or wire.SchedulingPolicy()
        policy = Policy(
            interval=own.time_slot_interval
            or general.time_slot_interval
            or service.default_duration,
            lead=_first(own.minimum_lead_time, general.minimum_lead_time, _NONE),
            advance=_first(own.maximum_advance, general.maximum_advance, timedelta(days=366)),
            general=own.general_availability or general.general_availability or wire.Availability(),
            custom=own.custom_availabilities or general.custom_availabilities or (),
        )
        if min(policy.interval, service.default_duration) < _SHORTEST:
            raise ValueError("an interval or a duration of nothing")
        if min(policy.lead, service.pre_buffer, service.post_buffer) < _NONE:
            raise ValueError("a negative duration")
        return policy

    def starts(
        self, service: wire.Service, days: tuple[date, date], now: datetime
    ) -> set[datetime]:
        """Every start on these days, both included, that the rules allow now."""
        policy = self.policy(service)
        latest = now + min(policy.advance, _FAR)
        first = max(days[0], now.astimezone(self.zone).date())
        last = min(days[1], latest.astimezone(self.zone).date())
        hours = self.business.business_hours or ()
        return {
            start
            for after in range((last - first).days + 1)
            for start in opening.starts(
                first + timedelta(days=after), service.default_duration, policy, hours, self.zone
            )
            if now + policy.lead <= start <= latest
        }

    def locations(self, products: Sequence[ProductQuantity] = ()) -> list[Location]:
        """Where a choice is handled; else the business, and each other place of a service.

        Raises as ``chosen``.
        """
        if products:
            return [self.location(self.chosen(products))]
        found = {MAIN: self._main()}
        for service in self.services.values():
            if self.bookable(service):
                location = self.location(service)
                found.setdefault(location.id, location)
        return list(found.values())

    def location(self, service: wire.Service) -> Location:
        """Where a service is handled: places are text here, told apart by it."""
        place = service.default_location
        name = _line(place.display_name) if place else ""
        if place is None or name in {"", _line(self.business.display_name)}:
            return self._main()
        id_ = hashlib.sha256(name.encode()).hexdigest()[:16]
        return Location(id=id_, name=name, zone=self.zone.key, address=_address(place.address))

    def _main(self) -> Location:
        return Location(
            id=MAIN,
            name=_line(self.business.display_name) or MAIN,
            zone=self.zone.key,
            address=_address(self.business.address),
            telephone=_line(self.business.phone) or None,
        )


def _most(service: wire.Service) -> int:
    return min(max(service.maximum_attendees_count, 1), _MOST)


def _first(*values: timedelta | None) -> timedelta:
    return next(value for value in values if value is not None)


def _address(address: wire.PhysicalAddress | None) -> Address | None:
    if address is None:
        return None
    given = Address(
        street=_line(address.street),
        postal_code=_line(address.postal_code),
        city=_line(address.city),
        country=_line(address.country_or_region),
    )
    return given if given != Address() else None


def _line(text: str | None) -> str:
    return " ".join((text or "").split())[:500]
