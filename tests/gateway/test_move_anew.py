"""Moving where the source cannot: the new time is certain before the old one is given up."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.adapter import Capability
from contracts.errors import BookingError, OutcomeUnknown, SlotTaken, VendorUnavailable
from contracts.manifest import Resolution
from gateway.booking.present import FRESH_FOR
from tests.gateway.world import CONTACT, TWO_TOWNS, Browser, Clock, Json, World, running_world

LOST = OutcomeUnknown("The answer was lost.")
NO_HOLD = (Capability.HOLD, Capability.CONFIRM, Capability.RELEASE, Capability.EXTEND)


async def booked(world: World, citizen: Browser) -> Json:
    """An appointment at a source that cannot move one."""
    world.declare("aalst", without=[Capability.RESCHEDULE])
    (item,) = (await citizen.book(await world.slot()))["items"]
    return dict(await read(citizen, item))


async def read(citizen: Browser, item: Json) -> Json:
    answer = await citizen.get(f"/booking/v1/appointments/{item['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def starts(world: World, source: str = "aalst") -> list[datetime]:
    return sorted(entry.start for entry in world.standing(source))


def at(*items: Json) -> list[datetime]:
    return sorted(datetime.fromisoformat(item["start"]) for item in items)


async def test_the_new_time_is_booked_and_the_old_one_cancelled(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    target = await world.slot(number=5)

    moved = await citizen.move(item, target, contact=CONTACT)

    assert moved.status_code == 200, moved.text
    assert (moved.json()["id"], moved.json()["start"]) == (item["id"], target["start"])
    assert moved.json()["state"] == "confirmed"
    assert starts(world) == at(target)
    (listed,) = (await citizen.appointments("aalst"))["items"]
    assert (listed["id"], listed["start"], "pending" in listed) == (
        item["id"],
        target["start"],
        False,
    )


async def test_before_it_moves_it_says_how_and_what_it_asks(world: World) -> None:
    citizen = await world.log_in()
    in_place = (await citizen.book(await world.slot("mechelen")))["items"][0]
    item = await booked(world, await world.log_in("sam"))

    assert (in_place["canReschedule"], in_place["move"]) == (True, "inPlace")
    assert in_place["intakeFields"] == []
    assert (item["canReschedule"], item["move"]) == (True, "newThenOld")
    assert {field["name"] for field in item["intakeFields"]} >= {"givenName", "familyName"}


async def test_it_can_move_again_and_then_be_cancelled(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    first, second = await world.slot(number=5), await world.slot(number=8)

    assert (await citizen.move(item, first, contact=CONTACT)).status_code == 200
    again = await citizen.move(item, second, contact=CONTACT)
    assert (again.status_code, again.json()["start"]) == (200, second["start"])
    assert starts(world) == at(second)
    cancelled = await citizen.cancel(item)

    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert world.standing("aalst") == []


async def test_without_contact_data_it_says_what_is_missing(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)

    refused = await citizen.move(item, await world.slot(number=5))

    assert (refused.status_code, refused.json()["code"]) == (422, "customerFieldsMissing")
    assert "contact.booker.givenName" in {each["name"] for each in refused.json()["issues"]}
    assert starts(world) == at(item)


@pytest.mark.parametrize("error", [SlotTaken("Gone."), VendorUnavailable("Down.")])
async def test_a_new_time_that_is_refused_leaves_the_old_one(
    world: World, error: BookingError
) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    world.goes_wrong("aalst", "confirm", error)

    refused = await citizen.move(item, await world.slot(number=5), contact=CONTACT)

    assert (refused.status_code, refused.json()["code"]) == (error.status, error.code)
    after = await read(citizen, item)
    assert (after["start"], after["state"], after["canReschedule"], after["canCancel"]) == (
        item["start"],
        "confirmed",
        True,
        True,
    )
    assert after["refusal"] == error.code
    assert starts(world) == at(item)
    assert world.adapter("aalst").faults.calls["cancel"] == 0


@pytest.mark.parametrize("applied", [True, False])
async def test_while_the_new_one_is_unknown_the_old_one_is_not_cancelled(
    world: World, *, applied: bool
) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    target = await world.slot(number=5)
    world.goes_wrong("aalst", "confirm", LOST, applied=applied)

    later = await citizen.move(item, target, contact=CONTACT)

    assert (later.status_code, later.json()["start"]) == (202, item["start"])
    pending = later.json()["pending"]
    assert (pending["operation"], pending["outcome"]) == ("reschedule", "unknown")
    assert (later.json()["canCancel"], later.json()["canReschedule"]) == (False, False)
    assert world.adapter("aalst").faults.calls["cancel"] == 0
    (listed,) = (await citizen.appointments("aalst"))["items"]
    assert listed["id"] == item["id"]

    world.clock.advance(seconds=30)
    await world.sweep(3)
    after = await read(citizen, item)
    expected = target if applied else item
    assert (after["start"], "pending" in after) == (expected["start"], False)
    assert starts(world) == at(expected)
    assert world.adapter("aalst").faults.calls["confirm"] == 2  # the old one and the new


async def test_a_new_one_that_nobody_can_look_up_is_left_to_a_person_and_the_old_one_stands(
    world: World,
) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    world.declare("aalst", resolution=Resolution.NONE)
    world.goes_wrong("aalst", "confirm", LOST, applied=True)

    await citizen.move(item, await world.slot(number=5), contact=CONTACT)
    world.clock.advance(minutes=15)
    await world.sweep(3)

    after = await read(citizen, item)
    assert (after["start"], after["pending"]["outcome"]) == (item["start"], "needsDecision")
    assert world.adapter("aalst").faults.calls["cancel"] == 0


async def test_an_old_one_that_cannot_be_cancelled_yet_is_shown_until_it_is(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    target = await world.slot(number=5)
    world.goes_wrong("aalst", "cancel", VendorUnavailable("Down."))

    moved = await citizen.move(item, target, contact=CONTACT)

    assert (moved.status_code, moved.json()["start"]) == (200, target["start"])
    assert starts(world) == at(item, target)
    old, new = (await citizen.appointments("aalst"))["items"]
    assert (new["id"], new["start"], "pending" in new) == (item["id"], target["start"], False)
    assert (old["start"], old["state"], old["pending"]["operation"]) == (
        item["start"],
        "confirmed",
        "cancel",
    )
    assert (old["canCancel"], old["canReschedule"]) == (False, False)
    assert (old["replacedBy"], "cancelledBy" in old) == (new["id"], False)

    world.clock.advance(seconds=30)
    await world.sweep(3)
    (listed,) = (await citizen.appointments("aalst"))["items"]
    assert listed["id"] == item["id"]
    assert starts(world) == at(target)
    assert world.adapter("aalst").faults.calls["cancel"] == 2


async def test_the_vendors_list_does_not_bring_the_old_one_back(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    target = await world.slot(number=5)
    await citizen.move(item, target, contact=CONTACT)

    world.clock.advance(seconds=FRESH_FOR.total_seconds() + 1)
    (listed,) = (await citizen.appointments("aalst"))["items"]

    assert (listed["id"], listed["start"]) == (item["id"], target["start"])
    assert listed["freshness"]["sync"] == "fresh"


async def test_at_once_in_two_windows_it_moves_once(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    targets = [await world.slot(number=number) for number in (5, 8)]

    answers = await asyncio.gather(
        *(citizen.move(item, target, contact=CONTACT) for target in targets)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert starts(world) == at(await read(citizen, item))
    assert world.adapter("aalst").faults.calls["confirm"] == 2  # the old one and the new


async def test_repeated_under_its_key_it_moves_once(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    target = await world.slot(number=5)

    answers = [
        await citizen.move(item, target, contact=CONTACT, key="the-same-key-12345")
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert world.adapter("aalst").faults.calls["confirm"] == 2  # the old one and the new


async def test_it_may_not_move_onto_another_appointment_of_the_citizen(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    there = (await citizen.book(await world.slot("mechelen", number=5)))["items"][0]

    refused = await citizen.move(item, await world.slot(number=5), contact=CONTACT)

    assert (refused.status_code, refused.json()["code"]) == (409, "citizenTimeConflict")
    after = await read(citizen, item)
    assert (after["start"], after["canReschedule"]) == (item["start"], True)
    assert after["start"] != there["start"]


async def test_nobody_else_can_watch_or_undo_it_while_it_moves(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    world.gateway.moving._patience = 0.05
    answered = asyncio.Event()
    world.adapter("aalst").faults.script("confirm", until=answered)

    later = await citizen.move(item, await world.slot(number=5), contact=CONTACT)
    refused = await citizen.cancel(item)
    answered.set()
    await world.at_rest()

    assert (later.status_code, later.json()["pending"]["outcome"]) == (202, "running")
    assert (refused.status_code, refused.json()["code"]) == (409, "bookingChanged")
    assert (await citizen.cancel(item)).json()["state"] == "cancelled"
    assert world.standing("aalst") == []


async def test_contact_data_is_forgotten_when_it_has_moved(world: World) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    await citizen.move(item, await world.slot(number=5), contact=CONTACT)

    for record in await world.gateway.parts.ledger.appointments_of(
        citizen.citizen_key, ending_after=world.clock()
    ):
        assert await world.gateway.parts.ledger.visits.contact(record.visit_id or "") is None


# A whole visit --------------------------------------------------------------------------


async def two_stops(world: World, citizen: Browser) -> Json:
    return await citizen.book(await world.slot("aalst"), await world.slot("mechelen", number=3))


async def move_both(citizen: Browser, visit: Json, *targets: Json) -> tuple[int, Json]:
    items = [
        {"appointmentId": item["id"], "slotId": target["slotId"]}
        for item, target in zip(visit["items"], targets, strict=False)
    ]
    path = f"/booking/v1/visits/{visit['id']}/reschedule"
    answer = await citizen.post(path, {"items": items, "contact": CONTACT})
    return answer.status_code, dict(answer.json())


async def test_all_stops_of_a_visit_move_together(world: World) -> None:
    citizen = await world.log_in()
    visit = await two_stops(world, citizen)
    targets = await world.slot("aalst", number=6), await world.slot("mechelen", number=9)

    status, moved = await move_both(citizen, visit, *targets)

    assert status == 200, moved
    assert (moved["id"], moved["state"]) == (visit["id"], "confirmed")
    assert [item["id"] for item in moved["items"]] == [item["id"] for item in visit["items"]]
    assert at(*moved["items"]) == at(*targets)
    assert (starts(world), starts(world, "mechelen")) == (at(targets[0]), at(targets[1]))
    assert len((await citizen.appointments())["items"]) == 2


async def test_two_stops_do_not_move_to_one_time(world: World) -> None:
    citizen = await world.log_in()
    visit = await two_stops(world, citizen)

    same = await world.slot("aalst", number=6), await world.slot("mechelen", number=6)
    status, refused = await move_both(citizen, visit, *same)

    assert (status, refused["code"]) == (409, "citizenTimeConflict")
    after = await citizen.visit(visit)
    assert (after["state"], at(*after["items"])) == ("confirmed", at(*visit["items"]))


@pytest.mark.parametrize("held", [True, False])
async def test_a_stop_that_cannot_move_keeps_all_the_others_where_they_were(
    world: World, *, held: bool
) -> None:
    citizen = await world.log_in()
    visit = await two_stops(world, citizen)
    for town in ("aalst", "mechelen"):
        world.declare(town, without=() if held else NO_HOLD)
    targets = await world.slot("aalst", number=6), await world.slot("mechelen", number=9)
    world.goes_wrong("mechelen", "confirm" if held else "book", SlotTaken("Gone."))

    status, refused = await move_both(citizen, visit, *targets)
    await world.sweep(2)

    assert (status, refused["code"]) == (409, "slotTaken")
    after = await citizen.visit(visit)
    assert (after["state"], at(*after["items"])) == ("confirmed", at(*visit["items"]))
    assert all("pending" not in item for item in after["items"])
    assert (starts(world), starts(world, "mechelen")) == (
        at(visit["items"][0]),
        at(visit["items"][1]),
    )
    assert world.held("aalst") == []
    listed = (await citizen.appointments())["items"]
    # What was booked for a moment, and perhaps mailed about, is told too.
    assert [item["state"] for item in listed if item["visitId"] != visit["id"]] == ["cancelled"]


async def test_while_one_stop_is_unknown_all_old_times_stand(world: World) -> None:
    citizen = await world.log_in()
    visit = await two_stops(world, citizen)
    targets = await world.slot("aalst", number=6), await world.slot("mechelen", number=9)
    world.goes_wrong("mechelen", "confirm", LOST, applied=True)

    status, waiting = await move_both(citizen, visit, *targets)

    assert status == 202, waiting
    assert at(*waiting["items"]) == at(*visit["items"])
    assert world.adapter("aalst").faults.calls["cancel"] == 0
    world.clock.advance(seconds=30)
    await world.sweep(3)
    after = await citizen.visit(visit)
    assert (after["state"], at(*after["items"])) == ("confirmed", at(*targets))
    assert (starts(world), starts(world, "mechelen")) == (at(targets[0]), at(targets[1]))


async def test_one_stop_of_a_visit_can_move_alone(world: World) -> None:
    citizen = await world.log_in()
    visit = await two_stops(world, citizen)
    target = await world.slot("aalst", number=6)

    status, moved = await move_both(citizen, visit, target)

    assert status == 200, moved
    assert at(*moved["items"]) == at(target, visit["items"][1])
    assert world.adapter("aalst").faults.calls["reschedule"] == 1  # it can, so it does


async def test_a_visit_moves_only_what_is_its_own(world: World) -> None:
    citizen = await world.log_in()
    visit = await two_stops(world, citizen)
    (other,) = (await citizen.book(await world.slot("aalst", number=12)))["items"]
    target = await world.slot("aalst", number=6)

    for named in ([other, target], [visit["items"][0], target, visit["items"][0], target]):
        items = [
            {"appointmentId": item["id"], "slotId": slot["slotId"]}
            for item, slot in zip(named[::2], named[1::2], strict=True)
        ]
        refused = await citizen.post(
            f"/booking/v1/visits/{visit['id']}/reschedule", {"items": items, "contact": CONTACT}
        )
        assert (refused.status_code, refused.json()["issues"][0]["name"]) == (400, "items")
    sam = await world.log_in("sam")
    assert (await move_both(sam, visit, target))[0] == 403


# Processes that die ---------------------------------------------------------------------


async def test_a_move_claimed_by_a_process_that_died_is_carried_out_by_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    async with running_world(folder, TWO_TOWNS, clock) as first:
        citizen = await first.log_in()
        item = await booked(first, citizen)
        target = await first.slot(number=5)

        async def dies(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(first.gateway.durable, "visit", dies)
        assert (await citizen.move(item, target, contact=CONTACT)).status_code == 500

    async with running_world(folder, TWO_TOWNS, clock, before=first) as second:
        citizen = await second.log_in()
        assert (await read(citizen, item))["pending"]["operation"] == "reschedule"
        clock.advance(seconds=60)
        await second.sweep(3)
        after = await read(citizen, item)
        assert (after["start"], "pending" in after) == (target["start"], False)
        assert starts(second) == at(target)


async def test_what_is_cancelled_in_another_window_meanwhile_is_not_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = await world.log_in()
    item = await booked(world, citizen)
    target = await world.slot(number=5)
    choices = world.gateway.visits.choices
    items = choices.items

    async def slowly(*args: Any) -> object:  # noqa: ANN401 - passed on as they are
        assert (await citizen.cancel(item)).json()["state"] == "cancelled"
        return await items(*args)

    monkeypatch.setattr(choices, "items", slowly)
    refused = await citizen.move(item, target, contact=CONTACT)

    assert (refused.status_code, refused.json()["code"]) == (409, "bookingChanged")
    assert world.standing("aalst") == []
