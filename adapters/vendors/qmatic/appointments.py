"""Appointments of Qmatic in the words of the contract, and what is written for the clerk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters import staff_notes
from adapters.http import understood
from adapters.vendors.qmatic import catalogue, wire
from contracts.errors import BadAnswer
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    ProductQuantity,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts.models import BookingRequest, Slot


def appointment(booked: wire.Appointment, zone: str) -> Appointment:
    """An appointment or a reservation; ``zone`` is for a branch that names none.

    Everybody who comes, comes for every product.
    """
    local = ZoneInfo(catalogue.location(booked.branch, zone).zone)
    people = booked.number_of_customers or len(booked.customers or ()) or 1
    reserved = booked.status < wire.BOOKED or booked.customers == []
    closed = any(catalogue.custom(each).cancel_enabled is False for each in booked.services)
    return Appointment(
        ref=AppointmentRef(vendor_ref=booked.public_id),
        status=AppointmentStatus.HELD if reserved else AppointmentStatus.CONFIRMED,
        location_id=booked.branch.public_id,
        start=_with_offset(booked.start, local),
        end=_with_offset(booked.end, local),
        products=tuple(
            ProductQuantity(product_id=service.public_id, quantity=people)
            for service in booked.services
        ),
        client_reference=staff_notes.reference(booked.notes),
        # Some services are never cancelled online: not from the moment they were booked.
        cancellable_until=datetime.fromtimestamp(booked.created / 1000, UTC) if closed else None,
    )


def booked(answer: wire.Appointment, zone: str, slot: Slot, request: BookingRequest) -> Appointment:
    """The vendor's answer to a booking; how many of each product, only we know.

    Raises ``OutcomeUnknown`` where it cannot be understood.
    """
    with understood(wrote=True):
        found = appointment(answer, zone)
        if found.status is not AppointmentStatus.CONFIRMED:
            raise BadAnswer("It answers a booking with a reservation.")
    changes = {"products": slot.products, "client_reference": request.client_reference}
    return found.model_copy(update=changes)


def amounts(products: Sequence[ProductQuantity], services: list[wire.Service]) -> str:
    """Where not everybody comes for everything, which no booking can say."""
    if len({product.quantity for product in products}) == 1:
        return ""
    pairs = zip(products, services, strict=True)
    return ", ".join(f"{product.quantity} × {service.name}" for product, service in pairs)


def _with_offset(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
