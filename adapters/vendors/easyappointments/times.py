"""When which provider is free: one call for each of them and for each day."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

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
    turn = asyncio.Semaphore(AT_ONCE)

    async def ask(provider: int, day: date) -> list[tuple[datetime, int]]:
        async with turn:
            clocks = await rest.times(provider, service.id, day, deadline)
        shown = (datetime.combine(day, time.fromisoformat(clock)) for clock in clocks)
        starts = (instant(naive, zones[provider]) for naive in shown)
        return [(start, provider) for start in starts if start]

    asked = [
        asyncio.ensure_future(ask(provider, day))
        for provider, zone in zones.items()
        for day in _days(*between, zone)
    ]
    found: dict[datetime, set[int]] = {}
    async with none_left_behind(asked):
        for answer in await asyncio.gather(*asked):
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


def instant(naive: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant at which clocks in the zone show this; ``None`` if they never do.

    Of the hour that comes twice only the first counts: a naive time cannot say more.
    """
    found = naive.replace(tzinfo=zone).astimezone(UTC)
    return found if found.astimezone(zone).replace(tzinfo=None) == naive else None


@asynccontextmanager
async def none_left_behind(tasks: Sequence[asyncio.Future[Any]]) -> AsyncIterator[None]:
    """When the first of several calls fails, the others end too.

    Not a ``TaskGroup``: after a failure, that of Python 3.11 leaves the task counted as being
    cancelled, and every later timeout in it goes astray.
    """
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
