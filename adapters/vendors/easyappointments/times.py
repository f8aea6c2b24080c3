"""When which provider is free: one call for each of them and for each day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.together import together
from adapters.wall_clock import first_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.vendors.easyappointments import wire
    from adapters.vendors.easyappointments.rest import Rest
    from contracts.deadline import Deadline

AT_ONCE = 8
"""Calls under way for one question: a small PHP host works on few at a time."""


async def free(
    rest: Rest,
    service: wire.Service,
    zones: Mapping[int, ZoneInfo],
    between: tuple[datetime, datetime],
    deadline: Deadline,
) -> dict[datetime, set[int]]:
    """Starts, and who of the providers in ``zones`` is free then.

    From the first instant of ``between`` to before the second.
    """

    async def ask(provider: int, day: date) -> list[tuple[datetime, int]]:
        clocks = await rest.times(provider, service.id, day, deadline)
        shown = (datetime.combine(day, time.fromisoformat(clock)) for clock in clocks)
        starts = (first_instant(naive, zones[provider]) for naive in shown)
        return [(start, provider) for start in starts if start]

    asked = (
        ask(provider, day) for provider, zone in zones.items() for day in _days(*between, zone)
    )
    found: dict[datetime, set[int]] = {}
    for answer in await together(asked, AT_ONCE):
        for start, provider in answer:
            if between[0] <= start < between[1]:
                found.setdefault(start, set()).add(provider)
    return found


def _days(first: datetime, end: datetime, zone: ZoneInfo) -> Iterator[date]:
    """The days in a provider's zone that have some moment of this range."""
    moment = timedelta(microseconds=1)
    day, last = first.astimezone(zone).date(), (end - moment).astimezone(zone).date()
    while first < end and day <= last:
        yield day
        day += timedelta(days=1)
