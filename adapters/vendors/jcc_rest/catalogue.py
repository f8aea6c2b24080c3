"""Products and locations of JCC-Afspraken in the words of the contract."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from contracts.models import Address, Location, Product

if TYPE_CHECKING:
    from adapters.vendors.jcc_rest import wire


def product(activity: wire.Activity) -> Product:
    """One activity."""
    text = _Necessities(activity.necessities)
    return Product(
        id=activity.id,
        name=activity.description.strip() or activity.id,
        description="\n".join(text.lines),
        bring=tuple(text.items),
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


class _Necessities(HTMLParser):
    """What to bring, written by the municipality as HTML: list items, and other lines."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.items: list[str] = []
        self.lines: list[str] = []
        self._parts: list[str] = []
        self.feed(text)
        self.close()
        self._keep(self.lines)

    def handle_data(self, data: str) -> None:
        self._parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 html.parser names it
        if tag in {"p", "li", "br"}:
            self._keep(self.lines)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "li", "ul", "ol"}:
            self._keep(self.items if tag == "li" else self.lines)

    def _keep(self, where: list[str]) -> None:
        if text := " ".join("".join(self._parts).split()):
            where.append(text[:500])
        self._parts.clear()
