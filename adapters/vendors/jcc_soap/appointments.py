"""Appointments of JCC-Afspraken in the words of the contract, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import staff_notes
from adapters.http import understood
from adapters.vendors.jcc_soap import catalogue, wire
from adapters.wall_clock import first_instant
from contracts.errors import AppointmentNotFound, BadAnswer
from contracts.models import Appointment, AppointmentRef, AppointmentStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from lxml import etree

    from adapters.vendors.jcc_soap.service import Service
    from contracts.deadline import Deadline
    from contracts.models import Person, Slot


# Asking -----------------------------------------------------------------------------------


async def find(service: Service, ref: AppointmentRef, deadline: Deadline) -> etree._Element:
    """An appointment by its id. For an id that it does not know, the vendor has an empty one.

    Raises:
        AppointmentNotFound.
    """
    asked = {"appID": ref.vendor_ref}
    for element in await service.ask("getGovAppointmentDetails", asked, deadline):
        if not wire.is_nothing(element):
            return element
    raise AppointmentNotFound("It knows no such appointment.")


async def of_case(
    service: Service, case_id: str, zone: ZoneInfo, deadline: Deadline
) -> Sequence[Appointment]:
    """All under one case."""
    asked = {"caseID": case_id}
    found = await service.every("getGovAppointmentsCase", asked, wire.Appointment, deadline)
    return _read_all(found, zone)


async def of_citizen(
    service: Service, national_number: str, zone: ZoneInfo, deadline: Deadline
) -> Sequence[Appointment]:
    """All of one citizen."""
    asked = {"BSN": national_number}
    found = await service.every("getGovAppointmentsBSN", asked, wire.Appointment, deadline)
    return _read_all(found, zone)


# Reading and writing ----------------------------------------------------------------------


def read(found: wire.Appointment, zone: ZoneInfo, ref: AppointmentRef | None = None) -> Appointment:
    """An appointment as the vendor shows it; ``ref`` where it was asked for by its id."""
    start = first_instant(found.start, zone)
    if start is None:
        raise BadAnswer("It has an appointment at a time that never comes.")
    return Appointment(
        ref=ref or AppointmentRef(vendor_ref=found.id),
        status=AppointmentStatus.CONFIRMED,
        location_id=found.location,
        start=start,
        end=start + (found.end - found.start),
        products=catalogue.quantities(found.products),
        client_reference=found.case_id or None,
    )


def _read_all(found: Sequence[wire.Appointment], zone: ZoneInfo) -> Sequence[Appointment]:
    with understood():
        return [read(each, zone) for each in found]


def written(
    slot: Slot, reference: str, others: Mapping[str, str], zone: ZoneInfo, known: Sequence[str]
) -> Mapping[str, str]:
    """An appointment in a slot, as far as an installation has fields for it, in their order.

    ``others`` is who it is for; what it says of the slot gives way.
    """
    fields = {
        "isClientVerified": "false",
        "isRecurring": "false",
        **others,
        "productID": catalogue.ids(slot.products),
        "locationID": slot.location_id,
        "appStartTime": _naive(slot.start, zone),
        "appEndTime": _naive(slot.end, zone),  # must be there, and is not looked at
        "caseID": reference,
    }
    return {name: fields[name] for name in known if fields.get(name)}


def description(attendee: Person | None) -> str:
    """For the clerk: who it is for, when that is not the booker."""
    if attendee is None:
        return ""
    return f"Voor {staff_notes.name(attendee)}"


def _naive(moment: datetime, zone: ZoneInfo) -> str:
    # With an offset, the vendor would take the time for another one.
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")
