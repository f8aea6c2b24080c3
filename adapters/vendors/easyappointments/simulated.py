"""The rows of the simulated Easy!Appointments, with every field that the real one sends."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    Json = dict[str, Any]
    Period = tuple[datetime, datetime]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

CUSTOMER = (
    *("firstName", "lastName", "email", "phone", "address", "city", "zip", "notes", "timezone"),
    *("language", *(f"customField{number}" for number in range(1, 6)), "ldapDn"),
)

UNSAVED: Json = {
    "id": None,
    "book": None,
    "start": None,
    "end": None,
    "hash": None,
    "color": "#7cbae8",
    "status": "",
    "location": None,
    "notes": None,
    "customerId": None,
    "providerId": None,
    "serviceId": None,
    "meetingLink": None,
    "googleCalendarId": None,
    "caldavCalendarId": None,
}


def services(attendants: int) -> dict[int, Json]:
    """All services: name, minutes, where, and whether citizens see it on its own pages."""
    listed = (
        ("Identiteitskaart (eID)", 10, None, False),
        ("Reispas", 15, None, False),
        ("Adreswijziging", 15, "Dienstencentrum", False),
        ("Uittreksel uit het strafregister", 10, None, False),
        ("Op uitnodiging", 30, None, True),
    )
    return {
        id_: {
            "id": id_,
            "name": name,
            "duration": minutes,
            "price": 0,
            "currency": "",
            "description": None,
            "location": location,
            "slotInterval": minutes,
            "attendantsNumber": attendants,
            "isPrivate": private,
            "serviceCategoryId": None,
        }
        for id_, (name, minutes, location, private) in enumerate(listed, 1)
    }


def plan(
    hours: tuple[time, time], breaks: Sequence[tuple[time, time]], days: Collection[int]
) -> Json:
    """A working plan: null on days off."""

    def shown(period: tuple[time, time]) -> Json:
        return {"start": f"{period[0]:%H:%M}", "end": f"{period[1]:%H:%M}"}

    at_work = shown(hours) | {"breaks": [shown(each) for each in breaks]}
    return {name: at_work if day in days else None for day, name in enumerate(DAYS)}


def provider(id_: int, offers: list[int], zone: str, working_plan: Json) -> Json:
    """A counter, which is a person here."""
    empty = ("mobile", "address", "city", "state", "zip", "notes")
    return {
        "id": id_,
        "firstName": "Loket",
        "lastName": str(id_ - 1),
        "email": f"loket{id_ - 1}@example.org",
        "phone": "+3250000000",
        **dict.fromkeys(empty),
        "isPrivate": False,
        "ldapDn": None,
        "timezone": zone,
        "language": "dutch",
        "services": offers,
        "settings": {
            "username": f"loket{id_ - 1}",
            "notifications": False,
            "calendarView": "default",
            "googleSync": False,
            "googleToken": None,
            "googleCalendar": None,
            "caldavSync": False,
            "caldavUrl": None,
            "caldavUsername": None,
            "caldavPassword": None,
            "syncFutureDays": 90,
            "syncPastDays": 30,
            "workingPlan": working_plan,
            "workingPlanExceptions": [],
        },
    }


def periods(row: Json, day: date, busy: Sequence[Period]) -> list[Period]:
    """When a provider is at work on a day and not busy: breaks and appointments cut it up."""
    at_work = row["settings"]["workingPlan"][DAYS[day.weekday()]]
    if at_work is None:
        return []

    def period(shown: Json) -> Period:
        begin, end = (time.fromisoformat(shown[name]) for name in ("start", "end"))
        return datetime.combine(day, begin), datetime.combine(day, end)

    found = [period(at_work)]
    for begin, end in [*(period(each) for each in at_work["breaks"]), *busy]:
        found = [
            piece
            for opens, closes in found
            for piece in ((opens, min(begin, closes)), (max(end, opens), closes))
            if piece[0] < piece[1]
        ]
    return found


def naive(text: str) -> datetime:
    """A time as it is stored."""
    return datetime.fromisoformat(text)


def dump(row: Json) -> str:
    """What PHP prints of an array: everything that was sent."""
    lines = [f"    [{name}] => {value or ''}" for name, value in row.items()]
    return "\n".join(["Array", "(", *lines, ")", ""])


def in_the_database(row: Json) -> Json:
    """An appointment as webhooks tell it."""
    names = {
        "location": "location",
        "meeting_link": "meetingLink",
        "notes": "notes",
        "hash": "hash",
        "color": "color",
        "status": "status",
        "id_users_provider": "providerId",
        "id_users_customer": "customerId",
        "id_services": "serviceId",
        "id_google_calendar": "googleCalendarId",
        "id_caldav_calendar": "caldavCalendarId",
    }
    booked = ("create_datetime", "update_datetime", "book_datetime")
    return {
        "id": row["id"],
        **dict.fromkeys(booked, row["book"]),
        "start_datetime": row["start"],
        "end_datetime": row["end"],
        **{name: row[ours] for name, ours in names.items()},
        "is_unavailability": False,
    }
