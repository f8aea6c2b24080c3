"""My appointments: complete, or it says what is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from contracts.adapter import Capability
from contracts.errors import BadAnswer, BookingError, VendorUnavailable
from contracts.models import AppointmentRef, AppointmentStatus, MatchKey
from gateway import appointments
from gateway.settings import Accepts
from tests.gateway.world import Browser, Json, World, running_world


async def booked(world: World) -> tuple[Browser, Json]:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    return citizen, item


async def at_the_desk(world: World, citizen: Browser, town: str = "aalst") -> None:
    """Staff books for a citizen that the source knows."""
    key = world.gateway.match_keys.for_source(world.gateway.sources[town], citizen.citizen_key)
    assert key is not None
    slot = (await world.slot(town, number=8))["slotId"]
    world.adapter(town).desk.book(world.gateway.parts.slot_ids.open(slot, "").slot, key)


async def test_the_ledger_answers_at_once_and_says_how_fresh_it_is(world: World) -> None:
    citizen, item = await booked(world)
    calls = world.adapter("aalst").faults.calls.copy()

    (listed,) = (await citizen.appointments())["items"]

    assert world.adapter("aalst").faults.calls == calls
    assert listed["freshness"]["sync"] == "fresh"
    assert (listed["municipality"], listed["products"][0]["id"]) == ("Aalst", "697")
    assert listed["start"].endswith("+01:00")
    assert listed["id"] == item["id"]


async def test_a_choice_that_is_given_up_before_it_is_booked_is_no_cancelled_appointment(
    world: World,
) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    given_up = await citizen.post(f"/booking/v1/visits/{made['id']}/cancel", {})
    assert given_up.json()["state"] == "cancelled"
    assert (await citizen.appointments())["items"] == []


async def test_what_is_stale_is_asked_anew(world: World) -> None:
    citizen, _ = await booked(world)
    world.clock.advance(minutes=3)

    first = await citizen.appointments()
    calls = world.adapter("aalst").faults.calls["appointments_of"]
    second = await citizen.appointments()

    assert first["items"][0]["freshness"]["sync"] == "fresh"
    assert calls == 1
    assert world.adapter("aalst").faults.calls["appointments_of"] == 1
    assert second["unavailable"] == []


async def test_what_was_made_at_the_desk_is_shown_where_the_citizen_asks_for_it(
    world: World,
) -> None:
    citizen = await world.log_in()
    await at_the_desk(world, citizen)

    unasked = await citizen.appointments()
    asked = await citizen.appointments("aalst")
    again = await citizen.appointments("aalst")

    assert (unasked["items"], unasked["notAsked"]) == ([], 2)
    (found,) = asked["items"]
    assert "visitId" not in found
    assert (found["state"], asked["notAsked"]) == ("confirmed", 1)
    assert [item["id"] for item in again["items"]] == [found["id"]]
    assert (await citizen.cancel(found)).json()["state"] == "cancelled"
    assert (await (await world.log_in("sam")).appointments("aalst"))["items"] == []


async def test_a_source_that_cannot_look_a_citizen_up_is_not_asked(world: World) -> None:
    world.declare("aalst", without=[Capability.APPOINTMENTS_OF])
    citizen, _ = await booked(world)
    world.clock.advance(minutes=3)

    mine = await citizen.appointments("aalst", "mechelen")

    assert world.adapter("aalst").faults.calls["appointments_of"] == 0
    assert world.adapter("aalst").faults.calls["appointment"] == 1  # by its own name
    assert world.adapter("mechelen").faults.calls["appointments_of"] == 1
    assert (len(mine["items"]), mine["notAsked"]) == (1, 0)


async def test_an_unknown_municipality_is_refused(world: World) -> None:
    citizen = await world.log_in()

    answer = await citizen.get("/booking/v1/appointments", {"municipalityId": ["atlantis"]})

    assert (answer.status_code, answer.json()["code"]) == (404, "resourceNotFound")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (VendorUnavailable("Down."), "unavailable"),
        (BadAnswer("HTML with 200."), "badAnswer"),
        (RuntimeError("a defect"), "badAnswer"),
    ],
)
async def test_a_silent_source_is_named_and_what_is_known_is_shown(
    world: World, error: BookingError, reason: str
) -> None:
    citizen, item = await booked(world)
    world.clock.advance(minutes=3)
    world.goes_wrong("aalst", "appointments_of", error)

    mine = await citizen.appointments("mechelen")

    assert mine["unavailable"] == [
        {
            "source": "aalst",
            "municipalityId": "aalst",
            "municipality": "Aalst",
            "reason": reason,
        }
    ]
    (listed,) = mine["items"]
    assert (listed["id"], listed["freshness"]["sync"]) == (item["id"], "stale")


async def test_a_slow_source_does_not_hold_up_the_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appointments, "PATIENCE", 0.05)
    citizen, _ = await booked(world)
    world.clock.advance(minutes=3)
    world.adapter("aalst").faults.script("appointments_of", until=asyncio.Event())

    mine = await citizen.appointments()

    assert [each["reason"] for each in mine["unavailable"]] == ["timeout"]
    assert len(mine["items"]) == 1


@pytest.mark.parametrize("gone", [True, False])
async def test_a_source_that_is_gone_or_off_is_named_and_its_appointments_stay(
    world: World, *, gone: bool
) -> None:
    citizen, item = await booked(world)
    if gone:
        world.disconnect("aalst")
    else:
        world.gateway.sources.switch("aalst", Accepts.NOTHING)

    mine = await citizen.appointments()
    one = await citizen.get(f"/booking/v1/appointments/{item['id']}")
    visit = await citizen.get(f"/booking/v1/visits/{item['visitId']}")

    assert [(each["source"], each["reason"]) for each in mine["unavailable"]] == [
        ("aalst", "switchedOff")
    ]
    (listed,) = mine["items"]
    assert (listed["state"], listed["canCancel"]) == ("confirmed", False)
    assert (one.status_code, visit.status_code) == (200, 200)


async def test_the_vendor_is_the_truth_for_time_and_place(world: World) -> None:
    citizen, item = await booked(world)
    (entry,) = world.standing("aalst")
    later = world.adapter("aalst").store.entries[entry.ref]
    later.start, later.end = later.start.replace(hour=15), later.end.replace(hour=15)
    later.location_id = "wijkhuis"
    world.clock.advance(minutes=3)

    (listed,) = (await citizen.appointments())["items"]

    assert listed["start"][11:16] == "15:00"
    assert (listed["location"]["name"], item["location"]["name"]) == ("Wijkhuis", "Stadhuis")
    assert listed["id"] == item["id"]


@pytest.mark.parametrize("known", [True, False])
async def test_what_the_municipality_cancelled_is_cancelled_by_it(
    world: World, *, known: bool
) -> None:
    citizen, _ = await booked(world)
    (entry,) = world.standing("aalst")
    adapter = world.adapter("aalst")
    if known:
        adapter.desk.decide(AppointmentRef(vendor_ref=entry.ref), AppointmentStatus.CANCELLED)
    else:
        del adapter.store.entries[entry.ref]
    world.clock.advance(minutes=3)

    (listed,) = (await citizen.appointments())["items"]

    assert (listed["state"], listed["cancelledBy"]) == ("cancelled", "authority")
    assert adapter.faults.calls["cancel"] == 0


async def test_absence_from_a_list_is_not_a_cancellation(world: World) -> None:
    citizen, _ = await booked(world)
    (entry,) = world.standing("aalst")
    entry.citizen = MatchKey(kind="externalId", value="registered anew under another key")
    world.clock.advance(minutes=3)

    (listed,) = (await citizen.appointments("aalst"))["items"]

    assert (listed["state"], listed["freshness"]["sync"]) == ("confirmed", "fresh")


async def test_what_cannot_follow_is_shown_as_diverged(world: World) -> None:
    citizen, _ = await booked(world)
    (entry,) = world.standing("aalst")
    entry.status = AppointmentStatus.PENDING_APPROVAL
    world.clock.advance(minutes=3)

    (listed,) = (await citizen.appointments())["items"]

    assert (listed["state"], listed["freshness"]["sync"]) == ("confirmed", "diverged")


async def test_a_look_that_crosses_a_cancel_does_not_undo_it(world: World) -> None:
    citizen, item = await booked(world)
    world.clock.advance(minutes=3)
    adapter, shown = world.adapter("aalst"), asyncio.Event()
    adapter.faults.script("appointments_of", until=shown, applied=True)

    looking = asyncio.create_task(citizen.appointments())
    while not adapter.faults.calls["appointments_of"]:  # noqa: ASYNC110 - it cannot tell
        await asyncio.sleep(0)
    await citizen.cancel(item)
    shown.set()
    mine = await looking

    assert mine["items"][0]["state"] == "cancelled"
    assert mine["unavailable"] == []


async def test_what_is_past_is_not_listed(world: World) -> None:
    await booked(world)

    world.clock.advance(days=1)

    citizen = await world.log_in()
    assert (await citizen.appointments())["items"] == []


async def test_names_are_in_the_language_of_the_reader(world: World) -> None:
    citizen, item = await booked(world)
    french = {"Accept-Language": "fr-BE, nl;q=0.5"}

    listed = await citizen.get("/booking/v1/appointments", headers=french)
    one = await citizen.get(f"/booking/v1/appointments/{item['id']}", headers=french)

    assert item["products"][0]["name"] == "identiteitskaart"
    assert listed.json()["items"][0]["products"][0]["name"] == "identiteitskaart (fr)"
    assert one.json()["products"][0]["name"] == "identiteitskaart (fr)"
    assert one.headers["Content-Language"] == "fr"


async def test_two_sources_of_one_town_answer_for_themselves(folder: Path) -> None:
    async with running_world(folder, {"aalst": {}, "aalst-bis": {"seed": 2}}) as world:
        citizen = await world.log_in()
        await at_the_desk(world, citizen, "aalst")
        world.goes_wrong("aalst-bis", "appointments_of", VendorUnavailable("Down."))

        mine = await citizen.appointments("aalst")

        assert len(mine["items"]) == 1
        assert [each["source"] for each in mine["unavailable"]] == ["aalst-bis"]
