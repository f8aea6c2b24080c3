"""What a clock on the wall shows, as an instant and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from adapters.wall_clock import first_instant, in_zone

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("shown", "instant"),
    [
        ("2027-03-28T01:59", datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        ("2027-03-28T03:00", datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("2027-10-31T02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("2027-10-31T03:00", datetime(2027, 10, 31, 2, tzinfo=UTC)),
    ],
)
def test_a_time_on_the_wall_is_the_first_instant_that_shows_it(
    shown: str, instant: datetime
) -> None:
    assert first_instant(datetime.fromisoformat(shown), BRUSSELS) == instant


def test_a_time_that_no_clock_shows_is_no_instant() -> None:
    assert first_instant(datetime.fromisoformat("2027-03-28T02:30"), BRUSSELS) is None


def test_two_instants_that_clocks_show_alike_stay_in_order() -> None:
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    again = first + timedelta(hours=1)
    one, other = in_zone(first, BRUSSELS), in_zone(again, BRUSSELS)
    assert (one.hour, other.hour) == (2, 2)
    assert one < other
    assert other - one == timedelta(hours=1)
