"""What the people at the counter read in their calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import staff_notes
from adapters.vendors.caldav.events import Shown
from adapters.vendors.caldav.settings import Contact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contracts.models import BookingRequest, Person

CLAIMED = Shown("Wordt geboekt")
HELD = Shown("Voorbehouden")


def booked(products: Iterable[tuple[str, int]], request: BookingRequest, contact: Contact) -> Shown:
    """Names and quantities of the products, and of the citizen what the municipality chose."""
    what = ", ".join(name if n == 1 else f"{name} ×{n}" for name, n in products)
    if contact is Contact.NONE:
        return Shown(what)
    summary = f"{what} – {_name(request.attendee or request.booker)}"
    if contact is Contact.NAME:
        return Shown(summary)
    booker = request.booker
    lines = {
        "Geboekt door": _name(booker) if request.attendee else None,
        "E-mail": booker.email,
        "Telefoon": booker.mobile_phone or booker.phone,
    }
    return Shown(summary, "\n".join(f"{key}: {value}" for key, value in lines.items() if value))


def _name(person: Person) -> str:
    return staff_notes.name(person) or "?"
