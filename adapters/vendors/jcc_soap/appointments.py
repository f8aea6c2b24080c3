"""Appointments of JCC-Afspraken in the words of the contract, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import staff_notes
from adapters.vendors.jcc_soap import catalogue
from adapters.wall_clock import first_instant
from contracts.errors import BadAnswer
from contracts.models import Appointment, AppointmentRef, AppointmentStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from adapters.vendors.jcc_soap import wire
    from contracts.models import Person, Slot


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
