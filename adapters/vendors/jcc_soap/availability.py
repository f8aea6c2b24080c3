"""When the products of a query can be handled: the days, then the times of each of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from adapters import offers
from adapters.http import understood
from adapters.together import together
from adapters.vendors.jcc_soap import catalogue, wire
from adapters.wall_clock import first_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.vendors.jcc_soap.service import Service
    from contracts.adapter import AdapterContext
    from contracts.deadline import Deadline
    from contracts.models import Slot, SlotQuery

_JCC_COMPUTES_IT = "0"
"""As ``appDuration``: any other number gives times for that many minutes."""


async def slots(
    service: Service, query: SlotQuery, context: AdapterContext, deadline: Deadline
) -> Sequence[Slot]:
    """The free slots of a query: two calls for every day that has any."""
    days = await _days(service, query, context, deadline)
    found = await together(_of_day(service, query, day, context, deadline) for day in days)
    return [slot for slots in found for slot in slots]


async def _days(
    service: Service, query: SlotQuery, context: AdapterContext, deadline: Deadline
) -> Sequence[date]:
    listed = catalogue.ids(query.products)
    until = await service.one("getGovLatestPlanDate", {"productId": listed}, date, deadline)
    first = max(query.first_day, context.now().astimezone(context.zone).date())
    # Where .NET has no date, it writes the first one it knows.
    last = query.last_day if until == date.min else min(query.last_day, until)
    if last < first:
        return []
    asked = {
        "locationID": query.location_id,
        "productID": listed,
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "appDuration": _JCC_COMPUTES_IT,
    }
    days = await service.every("getGovAvailableDays", asked, date, deadline)
    return [day for day in sorted(set(days)) if first <= day <= last]


async def _of_day(
    service: Service, query: SlotQuery, day: date, context: AdapterContext, deadline: Deadline
) -> Sequence[Slot]:
    listed = catalogue.ids(query.products)
    asked = {
        "date": day.isoformat(),
        "productID": listed,
        "locationID": query.location_id,
        "appDuration": _JCC_COMPUTES_IT,
    }
    times = await service.every("getGovAvailableTimesPerDay", asked, wire.Naive, deadline)
    asked = {"productID": listed, "AppointmentDate": day.isoformat()}
    minutes = await service.one("getGovAppointmentDuration", asked, int, deadline)
    with understood():
        starts = (first_instant(time, context.zone) for time in times if time.date() == day)
        return offers.slots(query, starts, timedelta(minutes=minutes), context.now())
