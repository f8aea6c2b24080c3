"""When the events of a calendar keep a desk busy: repetitions, exceptions, whole days, zones.

A server's own expansion (RFC 4791 section 9.6.5) is not used: Radicale 3.9 puts a weekly
event an hour off after the clock has changed.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from dateutil.rrule import rrulestr
from icalendar import vRecur

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from icalendar import Event

Period = tuple[datetime, datetime]
"""From the first instant up to the second, both in UTC."""

DAY = timedelta(days=1)

# dateutil looks for the next date until the year 9999, which takes seconds where there is
# none ("every 30 February"). The calendar repeats itself every 400 years to the day of the
# week, so rules are worked out near the end of time instead.
_ERAS = 19 * 400

_TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}


class NotUnderstood(ValueError):
    """Why an event cannot be used, in words that may be logged."""


def instant(moment: date, zone: ZoneInfo) -> datetime:
    """A date (its midnight), a time without a zone or one with, as an instant in UTC."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def overlaps(periods: Iterable[Period], other: Period) -> bool:
    """Whether one of the periods shares more than an instant with the other."""
    return any(start < other[1] and other[0] < end for start, end in periods)


class Busy:
    """When a desk is busy with one thing or another, asked many times."""

    def __init__(self, periods: Iterable[Period]) -> None:
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        for start, end in sorted(periods):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def overlaps(self, period: Period) -> bool:
        """Whether it shares more than an instant with ``period``."""
        next_one = bisect_right(self._ends, period[0])
        return next_one < len(self._starts) and self._starts[next_one] < period[1]


def busy_periods(events: Sequence[Event], window: Period, zone: ZoneInfo) -> tuple[Period, ...]:
    """When one event, its repetitions and its exceptions keep the desk busy within ``window``.

    ``events`` are the VEVENTs of one calendar resource. Cancelled and transparent ones keep
    nobody busy. Times without a zone are meant in ``zone``.

    Raises:
        NotUnderstood: it repeats in a way that is not followed here.
        ValueError, LookupError, AttributeError, TypeError: not as RFC 5545 has it.
    """
    exceptions = {instant(event.RECURRENCE_ID, zone) for event in events if event.RECURRENCE_ID}
    return tuple(
        (start, end)
        for event in events
        if _keeps_busy(event)
        for start, end in _occurrences(event, exceptions, window, zone)
        if start < window[1] and window[0] < end
    )


def _keeps_busy(event: Event) -> bool:
    return (
        str(event.get("STATUS", "")).upper() != "CANCELLED"
        and str(event.get("TRANSP", "")).upper() != "TRANSPARENT"
    )


def _occurrences(
    event: Event, exceptions: set[datetime], window: Period, zone: ZoneInfo
) -> Iterator[Period]:
    first, last = event.start, event.end
    if event.RECURRENCE_ID:
        if "RANGE" in event["RECURRENCE-ID"].params:
            raise NotUnderstood("changes all following repetitions at once")
        yield instant(first, zone), instant(last, zone)
        return
    gone = exceptions | {instant(moment, zone) for moment in event.exdates}
    starts = {first: instant(first, zone)}
    for moment, until in event.rdates:
        if until is not None:
            yield instant(moment, zone), instant(until, zone)
        else:
            starts[moment] = instant(moment, zone)
    for rule in event.rrules:
        for moment in _repetitions(rule, first, last, window, zone):
            starts[moment] = instant(moment, zone)
    whole_days = last - first if not isinstance(first, datetime) else None
    length = instant(last, zone) - instant(first, zone)
    for moment, start in starts.items():
        if start not in gone:
            yield start, instant(moment + whole_days, zone) if whole_days else start + length


def _repetitions(
    rule: vRecur, first: date, last: date, window: Period, zone: ZoneInfo
) -> Iterator[date]:
    """The starts by one rule, of ``first``'s own kind, at least those that touch ``window``."""
    if _TOO_OFTEN.intersection(rule["FREQ"]) or any(
        len(rule.get(part, ())) > 1 for part in ("BYHOUR", "BYMINUTE", "BYSECOND")
    ):
        raise NotUnderstood("repeats more often than daily")
    if rule.get("INTERVAL", [1])[0] < 1:
        raise NotUnderstood("repeats without an interval")  # dateutil would never end
    whole_days = not isinstance(first, datetime)
    local = (isinstance(first, datetime) and first.tzinfo) or zone

    def wall(moment: date) -> datetime:
        """What the clock on the event's own wall shows, many eras from now."""
        if isinstance(moment, datetime):
            shown = moment.astimezone(local) if moment.tzinfo else moment
            shown = shown.replace(tzinfo=None)
        else:
            shown = datetime.combine(moment, time())
        return shown.replace(year=shown.year + _ERAS)

    rule = vRecur(rule)
    for until in rule.pop("UNTIL", ()):
        if isinstance(until, datetime):
            rule["UNTIL"] = wall(until)
        else:
            rule["UNTIL"] = datetime.combine(wall(until), time.max)
    text: bytes = rule.to_ical()  # type: ignore[no-untyped-call]
    span = instant(last, zone) - instant(first, zone)
    shown = rrulestr(text.decode(), dtstart=wall(first)).between(
        wall(window[0]) - span - DAY, wall(window[1]) + DAY, inc=True
    )
    for moment in shown:
        back = moment.replace(year=moment.year - _ERAS)
        yield back.date() if whole_days else back.replace(tzinfo=local)
