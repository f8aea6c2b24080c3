"""Services and providers of Easy!Appointments in the words of the contract."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.vendors.easyappointments import wire
from contracts.errors import (
    BadAnswer,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
)
from contracts.models import Address, Location, Product, ProductQuantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.vendors.easyappointments.rest import Rest
    from adapters.vendors.easyappointments.settings import Place
    from contracts.deadline import Deadline

MAIN = "main"
"""The id of the location in the settings; others are named after their text."""


@dataclass(frozen=True)
class Catalogue:
    """What can be booked, with whom and where, at one moment.

    ``zones`` has that of every provider. A private provider takes no bookings from citizens;
    a private service does where the municipality maps a product to it.
    """

    services: Mapping[int, wire.Service]
    providers: Mapping[int, wire.Provider]
    zones: Mapping[int, ZoneInfo]
    main: Place
    zone: str

    def offering(self, service: wire.Service) -> list[int]:
        """The providers of a service, lowest id first."""
        return sorted(
            provider.id
            for provider in self.providers.values()
            if service.id in provider.services and not provider.is_private
        )

    def products(self) -> list[Product]:
        """Every service that somebody offers."""
        return [
            Product(
                id=str(service.id),
                name=_line(service.name) or str(service.id),
                description=(service.description or "").strip(),
                duration=timedelta(minutes=service.duration),
                max_quantity=1,
            )
            for service in self.services.values()
            if self.offering(service)
        ]

    def chosen(self, products: Sequence[ProductQuantity]) -> wire.Service:
        """The one service of a choice.

        Raises ``ResourceNotFound``, ``QuantityExceeded`` or ``ProductsNotCombinable``.
        """
        known = {str(service.id): service for service in self.services.values()}
        for product in products:
            if product.product_id not in known or not self.offering(known[product.product_id]):
                raise ResourceNotFound("It knows no such product.")
            if product.quantity > 1:
                raise QuantityExceeded("At most 1 in one appointment.")
        if len(products) != 1:
            raise ProductsNotCombinable
        return known[products[0].product_id]

    def locations(self) -> list[Location]:
        """One for each different text that an offered service has as its location."""
        offered = [service for service in self.services.values() if self.offering(service)]
        places = {self.location_of(service): self.location(service) for service in offered}
        return list(places.values())

    def location_of(self, service: wire.Service) -> str:
        """The id of the location where a service is handled."""
        text = _line(service.location)
        return hashlib.sha256(text.encode()).hexdigest()[:16] if text else MAIN

    def location(self, service: wire.Service) -> Location:
        """Where a service is handled: the place in the settings, unless it says otherwise."""
        id_ = self.location_of(service)
        if id_ != MAIN:
            return Location(id=id_, name=_line(service.location), zone=self.zone)
        address = Address.model_validate(self.main.model_dump(include=set(Address.model_fields)))
        return Location(
            id=MAIN,
            name=self.main.name,
            zone=self.zone,
            telephone=self.main.telephone,
            address=address if address != Address() else None,
        )


async def read(rest: Rest, place: Place, zone: ZoneInfo, deadline: Deadline) -> Catalogue:
    """What there is now. A provider without a zone has that of the source.

    Raises ``BadAnswer`` for a zone that does not exist: its times could be any.
    """
    services = await rest.all("services", list[wire.Service], deadline)
    providers = await rest.all("providers", list[wire.Provider], deadline)
    named = {id_: each.timezone or zone.key for id_, each in providers.items()}
    # The rules of a zone are read from a file the first time.
    known = await asyncio.to_thread(lambda: {name: _zone(name) for name in named.values()})
    return Catalogue(
        services=services,
        providers=providers,
        zones={id_: known[name] for id_, name in named.items()},
        main=place,
        zone=zone.key,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise BadAnswer("A provider has a time zone that does not exist.") from None


def _line(text: str | None) -> str:
    return " ".join((text or "").split())[:500]
