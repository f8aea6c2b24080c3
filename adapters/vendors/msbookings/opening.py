"""Which times a service could start at: Graph has no list of them (docs/adr/0160)."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from adapters.vendors.msbookings import wire
    from adapters.vendors.msbookings.catalogue import Policy

Span = tuple[datetime, datetime]
"""From one instant to another, both in UTC."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def starts(
    day: date,
    length: timedelta,
    policy: Policy,
    business_hours: Sequence[wire.WorkHours],
    zone: ZoneInfo,
) -> Iterator[datetime]:
    """Every start on a day, staff or no staff, in UTC.

    They are counted from when the doors open, in time that passes: in the night that has an
    hour twice both are offered. An appointment ends before the doors close.
    """
    opened = _spans(day, business_hours, zone)
    for start, end in _service_hours(day, policy, opened, zone):
        while start + length <= end:
            if any(opens <= start and start + length <= closes for opens, closes in opened):
                yield start
            start += policy.interval  # noqa: PLW2901 counted on from where the span begins


def _service_hours(
    day: date, policy: Policy, opened: Sequence[Span], zone: ZoneInfo
) -> Sequence[Span]:
    rule: wire.Availability = next(
        (
            window
            for window in policy.custom
            if window.start_date and window.end_date and window.start_date <= day <= window.end_date
        ),
        policy.general,
    )
    kind = rule.availability_type.lower()
    if kind == "bookwhenstaffarefree":
        return opened
    if kind == "customweeklyhours":
        return _spans(day, rule.business_hours or (), zone)
    return ()  # notBookable, or what a later version adds


def _spans(day: date, hours: Iterable[wire.WorkHours], zone: ZoneInfo) -> list[Span]:
    """When it is open on a day, sorted; a closing time of 00:00 is that of the next midnight."""
    next_day = day + timedelta(days=1)
    return sorted(
        (_utc(day, slot.start_time, zone), _utc(on, slot.end_time, zone))
        for worked in hours
        if worked.day.lower() == _DAYS[day.weekday()]
        for slot in worked.time_slots or ()
        for on in [day if slot.end_time != time() else next_day]
    )


def _utc(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, zone).astimezone(UTC)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in spans that do not touch, sorted. Empty ones are left out."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def covers(spans: Sequence[Span], start: datetime, end: datetime) -> bool:
    """Whether one of these spans, as ``joined`` gives them, has all of this time."""
    at = bisect_right(spans, start, key=lambda span: span[0])
    return at > 0 and end <= spans[at - 1][1]
