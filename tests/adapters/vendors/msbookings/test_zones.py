"""Zone names of three vocabularies are read; an unknown one is said clearly."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.vendors.msbookings import wire
from adapters.vendors.msbookings.zones import instant, moment, named, zones
from contracts.errors import BadAnswer
from tests.adapters.vendors.msbookings.town_hall import BRUSSELS

SUMMER, WINTER = datetime(2027, 7, 1, 12), datetime(2027, 1, 1, 12)  # noqa: DTZ001 put in a zone below


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("Romance Standard Time", "Europe/Brussels"),
        ("W. Europe Standard Time", "Europe/Amsterdam"),
        ("Central European Standard Time", "Europe/Warsaw"),
        ("GMT Standard Time", "Europe/London"),
        ("(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", "Europe/Brussels"),
        ("(GMT+01:00) Brussels, Copenhagen, Madrid, Paris", "Europe/Brussels"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague", "Europe/Prague"),
        ("(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb", "Europe/Warsaw"),
        ("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London"),
        ("(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/London"),
        ("(UTC+02:00) Athens, Bucharest", "Europe/Bucharest"),
        ("(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", "Europe/Helsinki"),
        ("(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("UTC", "UTC"),
        ("Europe/Brussels", "Europe/Brussels"),
    ],
)
def test_a_zone_is_known_by_each_of_its_names(name: str, like: str) -> None:
    for naive in (SUMMER, WINTER):
        expected = naive.replace(tzinfo=ZoneInfo(like)).utcoffset()
        assert naive.replace(tzinfo=named(name)).utcoffset() == expected


@pytest.mark.parametrize(
    "name", ["tzone://Microsoft/Custom", "Customized Time Zone", "", " ", "../../etc/hosts", "\x00"]
)
def test_a_zone_that_nobody_knows_is_a_bad_answer_that_names_it(name: str) -> None:
    with pytest.raises(BadAnswer, match="time zone"):
        named(name)


async def test_the_zones_of_an_answer_are_read_together() -> None:
    moments = [wire.Moment("2027-01-01T00:00:00", name) for name in ("UTC", "UTC", None)]
    assert await zones(moments) == {"UTC": ZoneInfo("Etc/UTC")}


@pytest.mark.parametrize(
    "text",
    [
        "2027-07-01T10:00:00",
        "2027-07-01T08:00:00.0000000Z",
        "2027-07-01T08:00:00.0000000+00:00",
        "2027-07-01T10:00:00.0000000",
    ],
)
def test_an_offset_says_more_than_the_zone_beside_it(text: str) -> None:
    read = instant(wire.Moment(text, "Europe/Brussels"), {"Europe/Brussels": BRUSSELS})
    assert read.isoformat() == "2027-07-01T08:00:00+00:00"


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-07-01T10:00:00 ", "99999-01-01T00:00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        instant(wire.Moment(text, "UTC"), {"UTC": ZoneInfo("UTC")})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        instant(wire.Moment("2027-07-01T10:00:00"), {})


def test_what_is_sent_is_in_utc() -> None:
    sent = moment(datetime(2027, 7, 1, 10, tzinfo=BRUSSELS))
    assert sent == {"dateTime": "2027-07-01T08:00:00", "timeZone": "UTC"}
