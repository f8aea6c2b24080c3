"""Services and branches of Qmatic in the words of the contract."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from adapters.vendors.qmatic import wire
from contracts.errors import ResourceNotFound
from contracts.models import Address, Location, Product


def product(service: wire.Service) -> Product:
    """One service, with the text that Qmatic's own booking page shows beside it."""
    return Product(
        id=service.public_id,
        name=service.name.strip() or service.public_id,
        description=custom(service).info_text or "",
        duration=length([service], 1),
    )


def chosen(services: list[wire.Service], ids: list[str]) -> list[wire.Service]:
    """The services with these ids. Raises ``ResourceNotFound`` unless all are there."""
    known = {service.public_id: service for service in services}
    if not known.keys() >= set(ids):
        raise ResourceNotFound("It does not offer this product.")
    return [known[product] for product in ids]


def go_together(ids: list[str], groups: list[wire.Group]) -> bool:
    """Whether one group has all of these services."""
    return any(
        {service.public_id for service in group.services}.issuperset(ids) for group in groups
    )


def custom(service: wire.Service) -> wire.Custom:
    """What is in a service's ``custom``; free text or nothing is as good as an empty one."""
    try:
        return msgspec.json.decode(service.custom or "{}", type=wire.Custom)
    except (msgspec.DecodeError, RecursionError):
        return wire.Custom()


def length(services: list[wire.Service], people: int) -> timedelta:
    """How long these services take for so many people, by the vendor's own sum.

    No call tells it before a time is reserved.
    """
    return timedelta(
        minutes=sum(
            service.duration + service.additional_customer_duration * (people - 1)
            for service in services
        )
    )


def location(branch: wire.Branch, zone: str) -> Location:
    """One branch; ``zone`` is for one that names none.

    A street stands in either line of the address, beside the name of a department or alone.
    """
    lines = (branch.address_line1, branch.address_line2)
    return Location(
        id=branch.public_id,
        name=branch.name.strip() or branch.public_id,
        zone=branch.time_zone or zone,
        telephone=branch.phone or None,
        address=Address(
            street=", ".join(line for line in lines if line),
            postal_code=branch.address_zip or "",
            city=branch.address_city or "",
        ),
    )
