"""Orders of pretix as appointments, and what staff and we read in their comments."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING

from adapters import staff_notes
from adapters.vendors.pretix import wire
from contracts.errors import BadAnswer
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    ProductQuantity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from contracts.models import BookingRequest, Person

_OURS = re.compile(
    r"^Ref\. (?P<reference>[A-Za-z0-9-]{8,64})(?: → (?P<subevent>\d+))?\r?$", re.MULTILINE
)
"""A line of ours. One with an arrow was written before the order was moved to that date."""

CODE = re.compile(r"[A-Z0-9]{5,16}")
"""By which an order is known."""

FREE = "0.00"
"""What a position costs here: what a product costs is paid at the counter."""


def body(
    request: BookingRequest, places: Sequence[dict[str, object]], *, approval: bool
) -> dict[str, object]:
    """The order for these places. The name on them is that of the person who comes."""
    attendee = {"attendee_name_parts": _name(request.attendee or request.booker)}
    phone = request.booker.mobile_phone or request.booker.phone
    return {
        "positions": [{**place, **attendee} for place in places],
        "comment": _comment(request),
        # What waits for staff is not paid, and becomes so when it costs nothing.
        "status": wire.PENDING if approval else wire.PAID,
        "payment_provider": "manual",
        "require_approval": approval,
        **({"email": request.booker.email} if request.booker.email else {}),
        **({"phone": phone} if phone else {}),
    }


def with_move(comment: str | None, reference: str, subevent: int) -> str:
    """The comment, and on a line of its own where the order is about to be moved."""
    return "\n".join(filter(None, [(comment or "").rstrip(), f"Ref. {reference} → {subevent}"]))


def is_for(order: wire.Order, reference: str) -> bool:
    """Whether this reference booked the order, or moved it to where it is."""
    here = {f"{position.subevent}" for position in order.positions}
    return any(
        line["reference"] == reference and (not line["subevent"] or line["subevent"] in here)
        for line in _OURS.finditer(order.comment or "")
    )


def _booked_by(order: wire.Order) -> str | None:
    """The reference of the booking, where it was ours."""
    lines = _OURS.finditer(order.comment or "")
    return next((line["reference"] for line in lines if not line["subevent"]), None)


def appointment(
    order: wire.Order, event: str, location: str, when: tuple[datetime, datetime]
) -> Appointment:
    """What the order is to us: of this event, on the date of its first position."""
    if not CODE.fullmatch(order.code):
        raise BadAnswer("Its order has a code that is none.")
    date = order.positions[0].subevent
    return Appointment(
        ref=AppointmentRef(vendor_ref=f"{event}/{order.code}"),
        status=_status(order),
        location_id=location,
        start=when[0].astimezone(UTC),
        end=when[1].astimezone(UTC),
        products=_products(each for each in order.positions if each.subevent == date),
        client_reference=_booked_by(order),
    )


def _status(order: wire.Order) -> AppointmentStatus:
    """What is not paid counts all the same: that is done at the counter."""
    if order.status in {wire.CANCELLED, wire.EXPIRED}:
        return AppointmentStatus.CANCELLED
    if order.status == wire.PENDING and order.require_approval:
        return AppointmentStatus.PENDING_APPROVAL
    if order.status in {wire.PENDING, wire.PAID}:
        return AppointmentStatus.CONFIRMED
    raise ValueError(order.status)


def _products(positions: Iterable[wire.Position]) -> tuple[ProductQuantity, ...]:
    """One position each for every person or item."""
    amounts = Counter(f"{position.item}" for position in positions)
    return tuple(ProductQuantity(product_id=item, quantity=n) for item, n in amounts.items())


def _comment(request: BookingRequest) -> str:
    lines = [f"Ref. {request.client_reference}"]
    if request.attendee:
        lines.append(f"Geboekt door {staff_notes.name(request.booker)}")
    return "\n".join(lines)


def _name(person: Person) -> dict[str, str]:
    return {
        "_scheme": "given_family",
        "given_name": person.given_name or "",
        "family_name": person.family_name or "",
    }
