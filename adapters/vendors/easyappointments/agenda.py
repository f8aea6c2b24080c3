"""Who may stay when a time is booked more often than it should be.

Easy!Appointments saves whatever it is sent, so every booking is judged after it was saved, by
the agenda as it is then (docs/adr/0140).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import staff_notes
from contracts.errors import BadAnswer, OutcomeUnknown, VendorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.vendors.easyappointments import wire
    from adapters.vendors.easyappointments.rest import Rest
    from contracts.deadline import Deadline


async def kept(
    rest: Rest, booked: wire.Appointment, service: wire.Service, deadline: Deadline
) -> wire.Appointment | None:
    """What may stay of a booking of ours that was saved; the rest of it has been deleted again.

    The network may have delivered it twice: then it is the first of the two.

    Raises:
        OutcomeUnknown: it was saved; whether it stays or is gone is not known.
    """
    try:
        provider = booked.provider_id or 0
        agenda = await rest.agenda(booked.start.date(), deadline, providerId=provider)
        first, *copies = _same(booked, agenda) or [booked]
        for copy in copies:
            await rest.delete(copy.id, deadline)
        if may_stand(first, agenda, service.attendants_number):
            return first
        await rest.delete(first.id, deadline)
    except VendorError as error:
        raise OutcomeUnknown(error.detail) from None
    return None


def _same(booked: wire.Appointment, agenda: Sequence[wire.Appointment]) -> list[wire.Appointment]:
    """All that this booking made, by id: our reference stands in their notes."""
    ours = staff_notes.reference(booked.notes)
    return [
        other
        for other in agenda
        if other.id == booked.id
        or (ours and (staff_notes.reference(other.notes), other.start) == (ours, booked.start))
    ]


def may_stand(
    booked: wire.Appointment, agenda: Sequence[wire.Appointment], attendants: int
) -> bool:
    """Whether an appointment is among the first ``attendants`` in its time, by id.

    Another service at the same provider leaves no room at all, as in the availabilities that
    Easy!Appointments computes itself. Whoever has a lower id counts, also one that is about
    to be undone: that refuses somebody now and then, and never lets one too many in.

    Raises:
        BadAnswer: an agenda without the appointment cannot judge it.
    """
    if booked.id not in {other.id for other in agenda}:
        raise BadAnswer("It does not list what it has just saved.")
    before = [
        other
        for other in agenda
        if other.id < booked.id
        and other.provider_id == booked.provider_id
        and other.start < booked.end
        and booked.start < other.end
    ]
    same = [other for other in before if other.service_id == booked.service_id]
    return len(before) == len(same) < attendants
