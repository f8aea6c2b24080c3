"""Turns opening hours on the wall clock into instants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from adapters.vendors.memory.settings import Hours, Weekday

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def starts(
    hours: Hours, day: date, zone: ZoneInfo, *, step: timedelta, length: timedelta
) -> Iterator[datetime]:
    """Every start on ``day`` from which ``length`` fits before closing, in UTC.

    Lengths are elapsed time: on the night that the clock goes forward a counter that is
    open from 00:00 to 06:00 works five hours.
    """
    for opening in hours.get(_WEEKDAYS[day.weekday()], ()):
        start, closes = (_instant(day, minutes, zone) for minutes in opening)
        while start + length <= closes:
            yield start
            start += step


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone).astimezone(UTC)
