"""Appointments as an iCalendar file (RFC 5545) for the citizen's own calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from contracts.models import Address
from contracts.states import ItemState
from gateway.ledger import AppointmentRecord

_STATUS = {
    ItemState.CONFIRMED: "CONFIRMED",
    ItemState.CANCELLED: "CANCELLED",
    ItemState.REJECTED: "CANCELLED",
    ItemState.REPLACED: "CANCELLED",
}


async def calendar(records: Sequence[AppointmentRecord], uid_domain: str) -> bytes:
    """The file of one or more. A UID survives a move and SEQUENCE counts the changes.

    Times are in the location's zone, with its VTIMEZONE, so that a phone abroad shows the
    hour on the counter's clock.
    """
    # The library reads the rules of zones from files.
    return await asyncio.to_thread(_file, records, uid_domain)


def _file(records: Sequence[AppointmentRecord], uid_domain: str) -> bytes:
    file = Calendar()
    file.add("prodid", "-//Afsprakenpoort//NL")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    for record in records:
        file.add_component(_event(record, uid_domain))
    # The rules of these years; those of all years take twenty times as long.
    first = min(record.slot.start.year for record in records)
    last = max(record.slot.end.year for record in records) + 1
    file.add_missing_timezones(date(first, 1, 1), date(last, 1, 1))
    return bytes(file.to_ical())


def _event(record: AppointmentRecord, uid_domain: str) -> Event:
    zone = ZoneInfo(record.summary.location.zone)
    names = [_times(product.name, product.quantity) for product in record.summary.products]
    event = Event()
    event.add("uid", f"{record.id}@{uid_domain}")
    event.add("sequence", record.sequence)
    event.add("dtstamp", record.last_verified_at or record.slot.start)
    event.add("dtstart", record.slot.start.astimezone(zone))
    event.add("dtend", record.slot.end.astimezone(zone))
    event.add("summary", f"{', '.join(names)} ({record.summary.municipality})")
    event.add("location", vText(_place(record)))
    bring = [text for product in record.summary.products for text in product.bring]
    if bring:
        event.add("description", "\n".join(f"- {text}" for text in bring))
    event.add("status", _STATUS.get(record.state, "TENTATIVE"))
    return event


def _times(name: str, quantity: int) -> str:
    return name if quantity == 1 else f"{quantity} × {name}"


def _place(record: AppointmentRecord) -> str:
    location = record.summary.location
    return ", ".join(filter(None, (location.name, _line(location.address))))


def _line(address: Address | None) -> str:
    if address is None:
        return ""
    street = f"{address.street} {address.house_number}".strip()
    city = f"{address.postal_code} {address.city}".strip()
    return ", ".join(filter(None, (street, city)))
