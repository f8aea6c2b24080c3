"""When events keep a desk busy."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.vendors.caldav.events import entry
from adapters.vendors.caldav.occurrences import Busy, overlaps
from contracts.errors import BadAnswer

BRUSSELS = ZoneInfo("Europe/Brussels")
OUTLOOK_ZONE = """BEGIN:VTIMEZONE
TZID:Onze tijd
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*events: str, before: str = "") -> bytes:
    inside = "".join(f"BEGIN:VEVENT\nUID:x\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\n{before}{inside}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def busy(text: bytes, first: str, last: str) -> list[str]:
    """Local times at which it is busy from one day up to another."""
    window = tuple(
        datetime.fromisoformat(day).replace(tzinfo=BRUSSELS).astimezone(UTC)
        for day in (first, last)
    )
    found = entry("x.ics", '"1"', text, (window[0], window[1]), BRUSSELS).busy
    return [
        f"{start.astimezone(BRUSSELS):%d %H:%M}-{end.astimezone(BRUSSELS):%d %H:%M}"
        for start, end in sorted(found)
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20261126T080000Z\nDTEND:20261126T083000Z", ["26 09:00-26 09:30"]),
        (
            "DTSTART;TZID=America/New_York:20261126T060000\nDURATION:PT30M",
            ["26 12:00-26 12:30"],
        ),
        ("DTSTART:20261126T130000\nDTEND:20261126T133000", ["26 13:00-26 13:30"]),
        (
            "DTSTART;TZID=Elders:20261126T130000\nDTEND;TZID=Elders:20261126T133000",
            ["26 13:00-26 13:30"],
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20261126T170000\nDURATION:PT1H",
            ["26 17:00-26 18:00"],
        ),
        ("DTSTART;VALUE=DATE:20261126", ["26 00:00-27 00:00"]),
        (
            "DTSTART;VALUE=DATE:20261120\nDTEND;VALUE=DATE:20261130",
            ["20 00:00-30 00:00"],
        ),
        ("DTSTART:20261126T080000Z", ["26 09:00-26 09:00"]),
    ],
    ids=["utc", "other zone", "floating", "unknown zone", "windows zone", "day", "days", "moment"],
)
def test_an_event_is_busy_when_it_takes_place(event: str, expected: list[str]) -> None:
    assert busy(calendar(event), "2026-11-26", "2026-11-27") == expected


def test_a_zone_that_is_described_in_the_calendar_is_understood() -> None:
    event = "DTSTART;TZID=Onze tijd:20260701T100000\nDURATION:PT1H"
    assert busy(calendar(event, before=OUTLOOK_ZONE), "2026-07-01", "2026-07-02") == [
        "01 10:00-01 11:00"
    ]


@pytest.mark.parametrize("status", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"])
def test_what_is_cancelled_or_transparent_keeps_nobody_busy(status: str) -> None:
    event = f"DTSTART:20261126T080000Z\nDTEND:20261126T083000Z\n{status}"
    assert busy(calendar(event), "2026-11-26", "2026-11-27") == []


def test_a_weekly_event_stays_on_the_wall_clock_when_the_clock_changes() -> None:
    event = (
        "DTSTART;TZID=Europe/Brussels:20261001T140000\nDURATION:PT30M\n"
        "RRULE:FREQ=WEEKLY\nEXDATE;TZID=Europe/Brussels:20261022T140000"
    )
    assert busy(calendar(event), "2026-10-15", "2026-11-06") == [
        "15 14:00-15 14:30",
        "29 14:00-29 14:30",
        "05 14:00-05 14:30",
    ]


def test_an_exception_moves_or_cancels_one_repetition() -> None:
    series = "DTSTART:20261001T110000Z\nDURATION:PT30M\nRRULE:FREQ=WEEKLY"
    moved = "RECURRENCE-ID:20261126T110000Z\nDTSTART:20261126T150000Z\nDURATION:PT15M"
    gone = "RECURRENCE-ID:20261203T110000Z\nDTSTART:20261203T110000Z\nSTATUS:CANCELLED"
    assert busy(calendar(series, moved, gone), "2026-11-25", "2026-12-11") == [
        "26 16:00-26 16:15",
        "10 12:00-10 12:30",
    ]


def test_whole_days_repeat_as_local_days_through_a_change_of_the_clock() -> None:
    event = (
        "DTSTART;VALUE=DATE:20261018\nDTEND;VALUE=DATE:20261019\nRRULE:FREQ=WEEKLY;UNTIL=20261025"
    )
    assert busy(calendar(event), "2026-10-24", "2026-11-30") == ["25 00:00-26 00:00"]


def test_single_dates_can_be_added_to_a_series() -> None:
    event = (
        "DTSTART:20261101T080000Z\nDURATION:PT30M\nRDATE:20261126T100000Z\n"
        "RDATE;VALUE=PERIOD:20261126T120000Z/20261126T130000Z"
    )
    assert busy(calendar(event), "2026-11-26", "2026-11-27") == [
        "26 11:00-26 11:30",
        "26 13:00-26 14:00",
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYMINUTE=0,10,20,30,40,50",
        "FREQ=DAILY;BYSECOND=0,1,2,3",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=NEVER",
        "COUNT=3",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=WEEKLY;UNTIL=yesterday",
    ],
)
def test_a_rule_that_is_not_followed_is_an_error_and_not_a_free_desk(rule: str) -> None:
    event = f"DTSTART:20261101T080000Z\nDURATION:PT30M\nRRULE:{rule}"
    with pytest.raises(BadAnswer):
        busy(calendar(event), "2026-11-26", "2026-11-27")


def test_a_change_of_all_following_repetitions_is_an_error_and_not_a_free_desk() -> None:
    series = "DTSTART:20261001T110000Z\nDURATION:PT30M\nRRULE:FREQ=WEEKLY"
    change = "RECURRENCE-ID;RANGE=THISANDFUTURE:20261126T110000Z\nDTSTART:20261126T150000Z"
    with pytest.raises(BadAnswer, match="following"):
        busy(calendar(series, change), "2026-11-26", "2026-11-27")


@pytest.mark.parametrize("freq", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
def test_a_date_that_never_comes_is_given_up_soon(freq: str) -> None:
    event = f"DTSTART:20150101T080000Z\nDURATION:PT30M\nRRULE:FREQ={freq};BYMONTH=2;BYMONTHDAY=30"
    began = time.process_time()
    assert busy(calendar(event), "2026-11-26", "2026-11-27") == []
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html></html>",
        calendar(),
        calendar("SUMMARY:no start"),
        calendar("DTSTART:yesterday"),
        calendar("DTSTART:20261126T080000Z\nDTEND:20261126T070000Z"),
        calendar("DTSTART:20261126T080000Z\nDTSTART:20261127T080000Z"),
        calendar("DTSTART:99991231T235959Z\nDURATION:P9999D"),
        calendar("DTSTART:20261126T080000Z")[:-30],
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:\xff\xfe\r\nEND:VEVENT\r\nEND:VCALENDAR",
        b"BEGIN:VEVENT\r\n" * 5000,
        calendar("X-AFSPRAKENPOORT-STAGE:other\nDTSTART:20261126T080000Z"),
    ],
)
def test_an_event_that_is_not_understood_is_an_error_that_tells_nothing_of_it(data: bytes) -> None:
    with pytest.raises(BadAnswer) as refused:
        busy(data, "2026-11-26", "2026-11-27")
    assert "x.ics" in refused.value.detail or "calendar" in refused.value.detail
    assert "no start" not in refused.value.detail


instants = st.integers(0, 60).map(
    lambda n: datetime(2026, 11, 26, tzinfo=UTC) + timedelta(minutes=n)
)
periods = st.tuples(instants, instants).map(lambda pair: (min(pair), max(pair)))


@settings(derandomize=True, deadline=None)
@given(st.lists(periods), periods)
def test_many_periods_are_asked_as_one_by_one(
    many: list[tuple[datetime, datetime]], one: tuple[datetime, datetime]
) -> None:
    real = [period for period in many if period[0] < period[1]]
    if one[0] < one[1]:
        assert Busy(real).overlaps(one) == overlaps(real, one)
