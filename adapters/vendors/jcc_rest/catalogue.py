"""Products and locations of JCC-Afspraken in the words of the contract."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.municipal_text import lines_and_items
from contracts.models import Address, Location, Product

if TYPE_CHECKING:
    from adapters.vendors.jcc_rest import wire


def product(activity: wire.Activity) -> Product:
    """One activity."""
    lines, items = lines_and_items(activity.necessities)
    return Product(
        id=activity.id,
        name=activity.description.strip() or activity.id,
        description="\n".join(lines),
        bring=tuple(items),
        duration=timedelta(seconds=activity.appointment_duration),
        max_quantity=activity.max_count_for_event or None,
    )


def location(place: wire.Location, zone: str) -> Location:
    """One location; most of an address is often absent or empty."""
    numbers = [
        number.phone_number.value for number in place.phone_number_list if number.phone_number
    ]
    address = place.address
    return Location(
        id=place.id,
        name=place.description.strip() or place.id,
        zone=zone,
        telephone=next(filter(None, numbers), None),
        address=Address(
            street=address.street_name,
            house_number=f"{address.house_number}{address.house_number_suffix}",
            postal_code=address.postal_code,
            city=address.city,
            country=address.country.iso_code if address.country else "",
        )
        if address and (address.street_name or address.city)
        else None,
    )
