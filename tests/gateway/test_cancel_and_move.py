"""Cancelling and moving one appointment."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from contracts.errors import (
    BookingError,
    CancellationClosed,
    OutcomeUnknown,
    SlotTaken,
    VendorUnavailable,
)
from gateway.settings import Accepts
from tests.gateway.world import Browser, Json, World


async def booked(world: World) -> Json:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    return dict(item)


async def test_cancelling_twice_succeeds(world: World) -> None:
    item = await booked(world)
    citizen = await world.log_in()

    answers = [await citizen.cancel(item), await citizen.cancel(item)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["state"] for answer in answers] == ["cancelled", "cancelled"]
    assert world.adapter("aalst").faults.calls["cancel"] == 1


async def test_cancelling_at_once_in_two_windows_sends_it_once(world: World) -> None:
    item = await booked(world)
    citizen = await world.log_in()

    answers = await asyncio.gather(citizen.cancel(item), citizen.cancel(item))

    assert {answer.status_code for answer in answers} <= {200, 202}
    assert world.adapter("aalst").faults.calls["cancel"] == 1
    assert (await citizen.cancel(item)).json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("error", "status"), [(CancellationClosed("No."), 409), (VendorUnavailable("Down."), 503)]
)
async def test_a_cancel_that_is_refused_changes_nothing_and_can_be_tried_again(
    world: World, error: BookingError, status: int
) -> None:
    item = await booked(world)
    citizen = await world.log_in()
    world.goes_wrong("aalst", "cancel", error)

    refused = await citizen.cancel(item)
    again = await citizen.cancel(item)

    assert (refused.status_code, refused.json()["code"]) == (status, error.code)
    assert refused.json()["outcome"] == "notApplied"
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")


async def test_it_is_too_late_to_cancel(world: World) -> None:
    item = await booked(world)
    world.clock.advance(hours=2, minutes=5)  # an hour before the start it closes
    citizen = await world.log_in()

    refused = await citizen.cancel(item)
    listed = await citizen.get(f"/booking/v1/appointments/{item['id']}")

    assert (refused.status_code, refused.json()["code"]) == (409, "cancellationClosed")
    assert refused.json()["retry"] == "never"
    assert listed.json()["canCancel"] is False
    assert world.adapter("aalst").faults.calls["cancel"] == 0


async def test_a_source_whose_appointments_cannot_be_cancelled(world: World) -> None:
    item = await booked(world)
    world.declare("aalst", cancellable=False)
    citizen = await world.log_in()

    refused = await citizen.cancel(item)

    assert (refused.status_code, refused.json()["code"]) == (409, "cancellationClosed")
    listed = await citizen.get(f"/booking/v1/appointments/{item['id']}")
    assert (listed.json()["canCancel"], listed.json()["canReschedule"]) == (False, False)


@pytest.mark.parametrize("gone", [True, False])
async def test_nothing_is_cancelled_at_a_source_that_cannot_be_reached(
    world: World, *, gone: bool
) -> None:
    item = await booked(world)
    adapter = world.adapter("aalst")
    if gone:
        world.disconnect("aalst")
    else:
        world.gateway.sources.switch("aalst", Accepts.NOTHING)

    refused = await (await world.log_in()).cancel(item)

    assert (refused.status_code, refused.json()["code"]) == (503, "vendorUnavailable")
    assert adapter.faults.calls["cancel"] == 0


async def test_somebody_else_can_do_nothing_with_it(world: World) -> None:
    item = await booked(world)
    slot = await world.slot(number=3)
    sam = await world.log_in("sam")
    path = f"/booking/v1/appointments/{item['id']}"

    answers = [
        await sam.get(path),
        await sam.get(item["calendar"]),
        await sam.cancel(item),
        await sam.move(item, slot),
    ]

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (403, "notOwner"), answer.text
        assert item["start"] not in answer.text
        assert "Aalst" not in answer.text
    assert len(world.standing("aalst")) == 1
    assert (await sam.appointments("aalst"))["items"] == []


async def test_an_appointment_moves_and_keeps_its_id(world: World) -> None:
    item = await booked(world)
    target = await world.slot(number=5)
    citizen = await world.log_in()

    moved = await citizen.move(item, target)

    assert moved.status_code == 200, moved.text
    assert (moved.json()["id"], moved.json()["start"]) == (item["id"], target["start"])
    (entry,) = world.standing("aalst")
    assert entry.start.isoformat() != item["start"]
    assert item["start"] in {slot["start"] for slot in await world.slots()}


async def test_an_appointment_that_moves_to_another_place_is_told_to_be_there(
    world: World,
) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot(product="1835")))["items"]
    elsewhere = next(
        slot
        for slot in await world.slots(product="1835")
        if slot["locationId"] != item["location"]["id"]
    )

    moved = await citizen.move(item, elsewhere)

    assert moved.status_code == 200, moved.text
    assert moved.json()["location"]["id"] == elsewhere["locationId"]
    assert moved.json()["location"]["name"] != item["location"]["name"]


async def test_a_move_to_a_taken_slot_leaves_the_old_time(world: World) -> None:
    item = await booked(world)
    target = await world.slot(number=5)
    world.goes_wrong("aalst", "reschedule", SlotTaken("Gone."))
    citizen = await world.log_in()

    refused = await citizen.move(item, target)

    assert (refused.status_code, refused.json()["code"]) == (409, "slotTaken")
    listed = await citizen.get(f"/booking/v1/appointments/{item['id']}")
    assert (listed.json()["start"], listed.json()["canReschedule"]) == (item["start"], True)


async def test_a_move_to_another_source_or_for_other_products_is_refused(world: World) -> None:
    item = await booked(world)
    citizen = await world.log_in()

    elsewhere = await citizen.move(item, await world.slot("mechelen", number=5))
    otherwise = await citizen.move(item, await world.slot(product="1835", number=5))

    for answer in (elsewhere, otherwise):
        assert (answer.status_code, answer.json()["code"]) == (400, "schemaViolation")
        assert answer.json()["issues"][0]["name"] == "slotId"


async def test_what_is_not_booked_cannot_be_moved(world: World) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.choose(await world.slot())).json()["items"]

    refused = await citizen.move(item, await world.slot(number=5))

    assert (refused.status_code, refused.json()["code"]) == (409, "bookingChanged")


async def test_a_move_into_the_past_is_refused(world: World) -> None:
    item = await booked(world)
    target = await world.slot(number=1)
    world.clock.advance(minutes=20)
    slot_ids = world.gateway.parts.slot_ids
    chosen = slot_ids.open(target["slotId"], "slotId").slot
    past = chosen.model_copy(
        update={"start": world.clock(), "end": world.clock() + (chosen.end - chosen.start)}
    )
    sealed, _ = slot_ids.make("aalst", past)

    refused = await (await world.log_in()).move(item, {"slotId": sealed})

    assert (refused.status_code, refused.json()["code"]) == (422, "slotInPast")


async def test_the_municipality_closes_it_sooner_than_the_vendor(world: World) -> None:
    world.gateway.sources["aalst"].cancel_until = timedelta(hours=2)
    item = await booked(world)
    citizen = await world.log_in()
    closes = datetime.fromisoformat(item["start"]) - timedelta(hours=2)
    assert datetime.fromisoformat(item["cancellableUntil"]) == closes

    world.clock.now = closes + timedelta(minutes=1)
    refused = [await citizen.cancel(item), await citizen.move(item, await world.slot(number=9))]
    listed = await citizen.get(f"/booking/v1/appointments/{item['id']}")

    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (409, "cancellationClosed")
    assert (listed.json()["canCancel"], listed.json()["canReschedule"]) == (False, False)
    assert len(world.standing("aalst")) == 1


async def test_the_vendor_closes_it_sooner_than_the_municipality(world: World) -> None:
    world.gateway.sources["aalst"].cancel_until = timedelta(minutes=5)
    item = await booked(world)

    closes = datetime.fromisoformat(item["start"]) - timedelta(hours=1)
    assert datetime.fromisoformat(item["cancellableUntil"]) == closes


# A whole visit --------------------------------------------------------------------------


async def two_stops(citizen: Browser, world: World) -> Json:
    return await citizen.book(await world.slot("aalst"), await world.slot("mechelen", number=3))


async def cancelled(citizen: Browser, visit: Json, key: str | None = None) -> tuple[int, Json]:
    answer = await citizen.post(f"/booking/v1/visits/{visit['id']}/cancel", key=key)
    return answer.status_code, dict(answer.json())


async def test_a_visit_is_cancelled_as_a_whole_and_twice(world: World) -> None:
    citizen = await world.log_in()
    visit = await two_stops(citizen, world)

    first, again = await cancelled(citizen, visit), await cancelled(citizen, visit)

    assert (first[0], again[0]) == (200, 200)
    assert first[1]["state"] == again[1]["state"] == "cancelled"
    assert [item["cancelledBy"] for item in first[1]["items"]] == ["citizen", "citizen"]
    assert world.standing("aalst") == world.standing("mechelen") == []
    assert world.adapter("aalst").faults.calls["cancel"] == 1


async def test_what_is_only_held_is_let_go_as_a_whole(world: World) -> None:
    citizen = await world.log_in()
    slots = await world.slot("aalst"), await world.slot("mechelen", number=3)
    made = (await citizen.choose(*slots)).json()

    status, visit = await cancelled(citizen, made)

    assert (status, visit["state"]) == (200, "cancelled")
    assert world.held("aalst") == world.held("mechelen") == []


async def test_a_part_that_cannot_be_cancelled_says_so_and_the_others_are(world: World) -> None:
    citizen = await world.log_in()
    visit = await two_stops(citizen, world)
    world.goes_wrong("mechelen", "cancel", CancellationClosed("No."))

    status, after = await cancelled(citizen, visit)

    assert status == 200, after
    assert [item["state"] for item in after["items"]] == ["cancelled", "confirmed"]
    assert after["items"][1]["refusal"] == "cancellationClosed"
    again = await cancelled(citizen, visit)
    assert [item["state"] for item in again[1]["items"]] == ["cancelled", "cancelled"]
    assert "refusal" not in again[1]["items"][1]


async def test_a_visit_of_which_nothing_can_be_cancelled_is_refused(world: World) -> None:
    citizen = await world.log_in()
    visit = await two_stops(citizen, world)
    for town in ("aalst", "mechelen"):
        world.goes_wrong(town, "cancel", VendorUnavailable("Down."))

    down = await cancelled(citizen, visit)
    world.clock.advance(hours=10)
    citizen = await world.log_in()
    closed = await cancelled(citizen, visit)

    assert (down[0], down[1]["code"]) == (503, "vendorUnavailable")
    assert (closed[0], closed[1]["code"]) == (409, "cancellationClosed")
    assert len(world.standing("aalst")) == len(world.standing("mechelen")) == 1


async def test_a_visit_whose_cancel_is_not_answered_is_still_being_cancelled(
    world: World,
) -> None:
    citizen = await world.log_in()
    visit = await two_stops(citizen, world)
    world.goes_wrong("mechelen", "cancel", OutcomeUnknown("Lost."), applied=True)

    status, after = await cancelled(citizen, visit)
    assert status == 202, after
    assert [item["state"] for item in after["items"]] == ["cancelled", "confirmed"]
    assert after["items"][1]["pending"]["operation"] == "cancel"

    world.clock.advance(seconds=10)
    await world.sweep()
    assert (await citizen.visit(visit))["state"] == "cancelled"


async def test_only_its_citizen_cancels_a_visit(world: World) -> None:
    visit = await two_stops(await world.log_in(), world)

    status, refused = await cancelled(await world.log_in("sam"), visit)

    assert (status, refused["code"]) == (403, "notOwner")
    assert len(world.standing("aalst")) == 1
