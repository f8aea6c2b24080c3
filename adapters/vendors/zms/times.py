"""The free times of ZMS: its calendar tells them one day at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.http import understood
from adapters.together import together
from adapters.vendors.zms import refusals, wire
from contracts.errors import ResourceNotFound

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from adapters.vendors.zms.client import ZmsClient
    from contracts.deadline import Deadline
    from contracts.models import SlotQuery

LONGEST_RANGE = timedelta(days=365)
"""The most days between the first and the last of one calendar."""

AT_ONCE = 8
"""Calendars of one query on their way together, of the source's twenty connections."""


async def starts(
    zms: ZmsClient, query: SlotQuery, today: date, deadline: Deadline
) -> set[datetime]:
    """When an appointment can begin on the days of a query, from today on."""
    found: set[datetime] = set()
    day = max(query.first_day, today)
    while day <= query.last_day:
        until = min(day + LONGEST_RANGE, query.last_day)
        days = await _with_times(zms, query, day, until, deadline)
        with understood():
            found |= {
                datetime.fromtimestamp(start, UTC)
                for free in days
                if day <= free.date <= until
                for office in free.offices or ()
                if str(office.office_id) == query.location_id
                for start in office.appointments or ()
            }
        day = until + timedelta(days=1)
    return found


async def _with_times(
    zms: ZmsClient, query: SlotQuery, first: date, last: date, deadline: Deadline
) -> list[wire.Day]:
    """A calendar names every day that has time, and the times of the first of them alone.

    So each other day takes a call of its own.
    """
    params = {
        "startDate": str(first),
        "endDate": str(last),
        "officeIds": query.location_id,
        "serviceIds": ",".join(product.product_id for product in query.products),
        "serviceCounts": ",".join(str(product.quantity) for product in query.products),
    }
    days = await _calendar(zms, params, deadline)

    def times_of(day: date) -> Coroutine[Any, Any, list[wire.Day]]:
        window = {"slotsStartDate": str(day), "slotsEndDate": str(day)}
        return _calendar(zms, params | window, deadline)

    found = await together((times_of(day.date) for day in days if not day.offices), AT_ONCE)
    return [day for day in days if day.offices] + [day for some in found for day in some]


async def _calendar(zms: ZmsClient, params: dict[str, str], deadline: Deadline) -> list[wire.Day]:
    try:
        found = await zms.read("available-calendar/", params, wire.Calendar, deadline)
    except ResourceNotFound as error:
        if error.vendor_code in refusals.NOTHING_FREE:
            return []
        raise
    return found.available_days
