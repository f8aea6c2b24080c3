"""The citizen's own calendar understands the file, and follows a move."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from icalendar import Calendar

from tests.gateway.world import Browser, Json, World


async def event(citizen: Browser, item: Json, language: str = "nl") -> Any:  # noqa: ANN401 - untyped
    answer = await citizen.get(item["calendar"], headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="afspraak.ics"'
    assert answer.headers["Cache-Control"] == "no-store"
    file = Calendar.from_ical(answer.content)
    assert isinstance(file, Calendar)
    assert file.errors == []
    assert [str(zone["TZID"]) for zone in file.walk("VTIMEZONE")] == ["Europe/Brussels"]
    (found,) = file.walk("VEVENT")
    return found


async def test_it_says_what_when_and_where(world: World) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]

    shown = await event(citizen, item)

    assert shown["DTSTART"].dt == datetime.fromisoformat(item["start"])
    assert shown["DTEND"].dt == datetime.fromisoformat(item["end"])
    assert shown["DTSTART"].params["TZID"] == "Europe/Brussels"
    assert str(shown["SUMMARY"]) == "identiteitskaart (Aalst)"
    assert str(shown["LOCATION"]).startswith("Stadhuis, Grote Markt 1")
    assert (str(shown["STATUS"]), shown["SEQUENCE"]) == ("CONFIRMED", 0)
    assert str((await event(citizen, item, "fr"))["SUMMARY"]) == "identiteitskaart (fr) (Aalst)"


async def test_its_uid_survives_a_move_and_its_sequence_grows(world: World) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    before = await event(citizen, item)
    target = await world.slot(number=5)
    assert (await citizen.move(item, target)).status_code == 200

    moved = await event(citizen, item)
    await citizen.cancel(item)
    cancelled = await event(citizen, item)

    assert moved["UID"] == before["UID"] == cancelled["UID"]
    assert moved["DTSTART"].dt == datetime.fromisoformat(target["start"])
    assert [before["SEQUENCE"], moved["SEQUENCE"], cancelled["SEQUENCE"]] == [0, 1, 2]
    assert str(cancelled["STATUS"]) == "CANCELLED"


async def test_one_file_has_all_the_stops_of_a_visit(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot(), await world.slot("mechelen", number=5))).json()
    too_early = await citizen.get(made["calendar"])
    booked = (await citizen.confirm(made)).json()

    answer = await citizen.get(booked["calendar"])
    refused = await (await world.log_in("sam")).get(booked["calendar"])

    assert (too_early.status_code, too_early.json()["code"]) == (404, "resourceNotFound")
    assert (refused.status_code, refused.json()["code"]) == (403, "notOwner")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="afspraken.ics"'
    file: Any = Calendar.from_ical(answer.content)
    assert len(file.walk("VTIMEZONE")) == 1
    stops = {str(stop["UID"]): stop["DTSTART"].dt for stop in file.walk("VEVENT")}
    assert stops == {
        str((await event(citizen, item))["UID"]): datetime.fromisoformat(item["start"])
        for item in booked["items"]
    }
