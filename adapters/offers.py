"""Slots and bookings in the words of the contract, for vendors that say no more than when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.models import Appointment, AppointmentRef, AppointmentStatus, Slot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from pydantic import JsonValue

    from contracts.models import SlotQuery


def slots(
    query: SlotQuery,
    starts: Iterable[datetime | None],
    length: timedelta,
    now: datetime,
    **vendor_data: JsonValue,
) -> list[Slot]:
    """The slots of a query at these starts: sorted, each once, none that has begun.

    ``None`` is a start that never comes, see ``first_instant``.
    """
    return [
        Slot(
            location_id=query.location_id,
            start=start,
            end=start + length,
            products=query.products,
            vendor_data=vendor_data,
        )
        for start in sorted({start for start in starts if start is not None and start >= now})
    ]


def booked(vendor_ref: str, slot: Slot, client_reference: str) -> Appointment:
    """An appointment that has just been made in a slot, or moved to it."""
    return Appointment(
        ref=AppointmentRef(vendor_ref=vendor_ref),
        status=AppointmentStatus.CONFIRMED,
        location_id=slot.location_id,
        start=slot.start,
        end=slot.end,
        products=slot.products,
        client_reference=client_reference,
    )
