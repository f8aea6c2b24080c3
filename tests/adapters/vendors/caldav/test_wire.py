"""What goes over the wire, and what is made of what comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from adapters.vendors.caldav import events, wire
from adapters.vendors.caldav.events import Ours, Shown, Stage
from contracts.deadline import Deadline
from contracts.errors import BadAnswer, VendorUnavailable
from contracts.models import ProductQuantity

BRUSSELS = ZoneInfo("Europe/Brussels")
RECORDED = Path("../shared/vendors/caldav/recorded")
NINE = datetime(2026, 11, 26, 8, tzinfo=UTC)
PERIOD = NINE, NINE + timedelta(minutes=15)
DAY = NINE, NINE + timedelta(days=1)
OURS = Ours(
    Stage.BOOKED,
    "gemeente, huis; 1",
    (ProductQuantity(product_id="a b,c;d=é&\n", quantity=2),),
    "r",
)


def written(shown: Shown, ours: Ours = OURS) -> bytes:
    return events.event_text("uid-1", PERIOD, ours, shown, NINE)


def answer(*responses: str, before: str = "") -> bytes:
    inside = "".join(f"<D:response>{response}</D:response>" for response in responses)
    names = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
    return f"{before}<D:multistatus {names}>{inside}</D:multistatus>".encode()


def found(name: str = "a.ics", data: str | None = None) -> str:
    text = data if data is not None else written(Shown("Reispas")).decode()
    return (
        f"<D:href>/loket/{name}</D:href><D:propstat><D:prop><D:getetag>&quot;1&quot;</D:getetag>"
        f"<C:calendar-data>{text}</C:calendar-data></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    )


def entries(body: bytes) -> list[events.Entry]:
    return wire.entries(body, DAY, BRUSSELS, Deadline.after(60))


@settings(derandomize=True, deadline=None)
@given(st.text(), st.text(max_size=2000))
def test_no_text_of_a_citizen_gets_out_of_its_line(name: str, remark: str) -> None:
    text = written(Shown(name, remark))
    plain = written(Shown("x"))
    kept = {line.split(b":")[0] for line in plain.replace(b"\r\n ", b"").split(b"\r\n")}
    for line in text.replace(b"\r\n ", b"").decode().splitlines():
        assert line.split(":")[0].encode() in kept | {b"DESCRIPTION"}
    assert len(max(text.split(b"\r\n"), key=len)) <= 75
    back = events.entry("a.ics", '"1"', text, DAY, BRUSSELS)
    assert (back.uid, back.start, back.end, back.ours) == ("uid-1", *PERIOD, OURS)
    # An XML answer must be able to carry it, or nobody could read the calendar any more.
    assert entries(answer(found(data=escape(text.decode()))))


def test_names_with_newlines_commas_and_emoji_are_shown_as_they_are() -> None:
    event = Calendar.from_ical(written(Shown("Zoë; d'Hondt, \\ 🙂\r\nEND:VEVENT", "a\nb"))).walk(
        "VEVENT"
    )[0]
    assert event["SUMMARY"] == "Zoë; d'Hondt, \\ 🙂 END:VEVENT"
    assert event["DESCRIPTION"] == "a\nb"


def test_both_hours_of_the_night_in_october_can_be_named() -> None:
    for hour in (0, 1):
        start = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        assert f"{start.astimezone(BRUSSELS):%H:%M}" == "02:30"
        text = events.event_text(
            "u", (start, start + timedelta(minutes=15)), OURS, Shown("x"), NINE
        )
        assert events.entry("a", '"1"', text, DAY, BRUSSELS).start == start


def test_only_a_booking_is_shown_as_certain() -> None:
    for stage in Stage:
        ours = Ours(stage, "x", (), "r", NINE)
        status = b"CONFIRMED" if stage is Stage.BOOKED else b"TENTATIVE"
        assert b"STATUS:" + status in written(Shown("x"), ours)


def test_a_query_cannot_be_broken_out_of() -> None:
    query = wire.events_query(None, ("UID", '<"&]]>'))
    assert b"&lt;" in query
    assert b"<!" not in query


TENFOLD = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "aaaaaaaaaa"}">' for n in range(9))
ENTITIES = f"<!DOCTYPE x [{TENFOLD}]>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html><body>Onderhoud</body></html>",
        b"{}",
        answer(found())[:-20],
        answer(found(data="&a8;"), before=ENTITIES),
        answer(found(), before='<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
        answer(found(data="&f;"), before='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'),
        answer(found()).decode().encode("utf-16")[3:],
        b'<?xml version="1.0" encoding="klingon"?>' + answer(found()),
        b'<?xml version="1.0" encoding="utf-8"?>' + answer(found("é")).decode().encode("latin-1"),
        b"<a>" * 100_000,
        answer("<D:href>/loket/a.ics</D:href>"),
        answer(found(data="")),
        answer(found().replace("getetag", "other")),
        answer(found().replace("200 OK", "403 Forbidden")),
        answer(found(data="BEGIN:VCALENDAR\nEND:VCALENDAR")),
        answer(found(), found("b.ics", "<html/>")),
    ],
)
def test_an_answer_of_another_kind_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        entries(body)


def test_an_event_in_an_answer_is_read() -> None:
    (entry,) = entries(answer(found("een%20naam.ics")))
    assert (entry.name, entry.etag, entry.ours) == ("een naam.ics", '"1"', OURS)
    assert entry.busy == (PERIOD,)


def test_reading_many_events_ends_at_the_deadline() -> None:
    with pytest.raises(VendorUnavailable):
        wire.entries(answer(found()), DAY, BRUSSELS, Deadline(at=0.0, clock=lambda: 1.0))


@pytest.mark.parametrize("file", ["radicale-3.9.0.json", "xandikos-0.4.10.json"])
def test_recorded_reports_are_understood(file: str) -> None:
    if not RECORDED.is_dir():
        pytest.skip("the recorded traffic is not there")
    recorded = json.loads((RECORDED / file).read_text(encoding="utf-8"))
    reports = [
        exchange["response"]["body"].encode()
        for exchange in recorded
        if exchange["request"]["method"] == "REPORT" and exchange["response"]["status"] == 207
    ]
    assert reports
    window = datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC)
    for report in reports:
        read = wire.entries(report, window, BRUSSELS, Deadline.after(60))
        assert sorted((e.name, f"{e.start:%H:%M}", f"{e.end:%H:%M}") for e in read) == [
            ("a1.ics", "09:00", "09:10"),
            ("a2.ics", "08:00", "08:10"),
        ]
        assert all(entry.ours is None and entry.etag for entry in read)
