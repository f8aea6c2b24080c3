"""No imitation: a real calendar server with the calendars of a small municipality."""

from __future__ import annotations

import contextlib
import secrets
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import httpx
from icalendar import Calendar, Event, vRecur

from adapters.vendors.caldav.server import make_calendars, radicale
from adapters.vendors.caldav.wire import CALENDAR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

USER = "afspraken"
DESKS = (f"{USER}/loket-1/", f"{USER}/loket-2/")
_ZONE = ZoneInfo("Europe/Brussels")


@contextlib.asynccontextmanager
async def simulate(folder: Path, now: datetime) -> AsyncIterator[dict[str, object]]:
    """Serve two desks on loopback; gives the ``[settings]`` of a source that talks to them.

    Each desk has a staff meeting every Tuesday from ten to eleven, put there by hand.
    """
    password = secrets.token_urlsafe()
    async with radicale(folder, {USER: password}) as url:
        auth = (USER, password)
        await make_calendars(url, DESKS, auth)
        async with httpx.AsyncClient(base_url=url, auth=auth, trust_env=False) as client:
            for desk in DESKS:
                answer = await client.put(
                    f"{desk}teamoverleg.ics", content=_staff_meeting(now), headers=CALENDAR
                )
                answer.raise_for_status()
        yield {"base_url": url, "username": USER, "password": password, **_OFFER}


def _staff_meeting(now: datetime) -> bytes:
    day = now.astimezone(_ZONE).date()
    tuesday = day - timedelta(days=(day.weekday() - 1) % 7)
    event = Event()
    event.add("UID", "teamoverleg")
    event.add("DTSTAMP", now)
    event.add("DTSTART", datetime.combine(tuesday, time(10), _ZONE))
    event.add("DTEND", datetime.combine(tuesday, time(11), _ZONE))
    event.add("RRULE", vRecur(FREQ="WEEKLY"))
    event.add("SUMMARY", "Teamoverleg")
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//Gemeente//NL")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    text: bytes = calendar.to_ical()
    return text


_OFFER: dict[str, object] = {
    "step_minutes": 15,
    "lead_minutes": 60,
    "horizon_days": 60,
    "contact": "name",
    "locations": [
        {
            "id": "gemeentehuis",
            "name": "Gemeentehuis",
            "address": {"street": "Dorpsplein", "house_number": "1", "country": "BE"},
            "desks": list(DESKS),
            "hours": {
                "monday": ["09:00-12:00", "13:00-16:00"],
                "tuesday": ["09:00-12:00", "16:00-19:00"],
                "wednesday": ["09:00-12:00", "13:00-16:00"],
                "thursday": ["09:00-12:00", "16:00-19:00"],
                "friday": ["09:00-12:00"],
                "saturday": ["09:00-12:00"],
            },
        }
    ],
    "products": [
        {
            "id": "reispas",
            "name": "Reispas aanvragen",
            "minutes": 15,
            "extra_minutes": 10,
            "max_quantity": 5,
            "bring": ["Je identiteitskaart", "Een recente pasfoto"],
        },
        {
            "id": "identiteitskaart",
            "name": "Identiteitskaart (eID) aanvragen",
            "minutes": 10,
            "max_quantity": 5,
            "bring": ["Je oude identiteitskaart", "Een recente pasfoto"],
        },
        {
            "id": "adreswijziging",
            "name": "Adreswijziging doorgeven",
            "minutes": 10,
            "bring": ["De identiteitskaart van iedereen die verhuist"],
        },
    ],
}
