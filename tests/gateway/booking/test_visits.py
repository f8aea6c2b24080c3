from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.adapter import Capability
from contracts.errors import (
    CustomerFieldsMissing,
    Issue,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import MatchKey
from gateway.settings import Accepts
from tests.gateway.world import CONTACT, World, running_world

NO_HOLD = (Capability.HOLD, Capability.CONFIRM, Capability.RELEASE, Capability.EXTEND)


async def test_a_citizen_books_sees_and_cancels(world: World) -> None:
    citizen = await world.log_in()
    slot = (await world.slots())[0]

    made = await citizen.choose(slot)
    assert made.status_code == 201, made.text
    visit = made.json()
    assert made.headers["Location"] == f"/booking/v1/visits/{visit['id']}"
    assert visit["state"] == "held"
    assert visit["guarantee"] == "singleCall"
    assert {field["name"] for field in visit["items"][0]["intakeFields"]} >= {"familyName"}

    booked = await citizen.confirm(visit)
    assert booked.status_code == 200, booked.text
    assert booked.json()["state"] == "confirmed"
    assert booked.json()["items"][0]["intakeFields"] == []

    mine = await citizen.appointments()
    assert [item["start"] for item in mine["items"]] == [slot["start"]]
    assert mine["items"][0]["canCancel"] is True

    cancelled = await citizen.cancel(mine["items"][0])
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["state"] == "cancelled"
    assert slot["start"] in {each["start"] for each in await world.slots()}


async def test_one_step_chooses_and_books(world: World) -> None:
    citizen = await world.log_in()
    confirm = {"contact": CONTACT, "guarantee": "singleCall"}

    booked = await citizen.choose(await world.slot(), confirm=confirm)

    assert booked.status_code == 201, booked.text
    assert booked.json()["state"] == "confirmed"
    assert len(world.standing("aalst")) == 1


async def test_one_step_with_a_bad_form_holds_nothing(world: World) -> None:
    citizen = await world.log_in()
    confirm = {"contact": {"booker": {"givenName": "Noor"}}, "guarantee": "singleCall"}

    refused = await citizen.choose(await world.slot(), confirm=confirm)

    assert refused.status_code == 422, refused.text
    assert refused.json()["code"] == "customerFieldsMissing"
    assert {issue["name"] for issue in refused.json()["issues"]} == {
        "contact.booker.familyName",
        "contact.booker.email",
        "contact.booker.phone",
    }
    assert world.adapter("aalst").faults.calls["hold"] == 0


async def test_where_nothing_can_be_held_a_visit_is_only_chosen(world: World) -> None:
    world.declare("aalst", without=NO_HOLD)
    citizen = await world.log_in()

    made = (await citizen.choose(await world.slot())).json()
    booked = await citizen.confirm(made)

    assert made["state"] == "chosen"
    assert "heldUntil" not in made["items"][0]
    assert booked.json()["state"] == "confirmed"
    assert world.adapter("aalst").faults.calls["book"] == 1


async def test_the_source_gets_what_it_asked_for_and_no_more(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    contact: Any = {
        "booker": CONTACT["booker"] | {"birthDate": "1990-01-01", "nationality": "BE"},
        "attendee": {"givenName": "Lou", "familyName": "Testburger", "gender": "female"},
        "answers": {"hobby": "chess"},
    }

    assert (await citizen.confirm(made, contact)).status_code == 200

    (entry,) = world.standing("aalst")
    assert entry.request is not None
    assert entry.request.booker.model_fields_set == {"given_name", "family_name", "email"}
    assert entry.request.attendee is not None
    assert entry.request.attendee.model_fields_set == {"given_name", "family_name"}
    assert entry.request.answers == {}


async def test_a_slot_taken_meanwhile_is_told_and_leaves_nothing_behind(world: World) -> None:
    citizen = await world.log_in()
    slot = await world.slot(product="1041")
    adapter = world.adapter("aalst")
    chosen = world.gateway.parts.slot_ids.open(slot["slotId"], "slotId").slot
    for number in range(2):  # both desks
        adapter.desk.book(chosen, MatchKey(kind="externalId", value=f"somebody-{number}"))

    refused = await citizen.choose(slot)

    assert refused.status_code == 409, refused.text
    problem = refused.json()
    assert (problem["code"], problem["retry"]) == ("slotTaken", "newChoice")
    assert (problem["outcome"], problem["origin"]) == ("notApplied", "caller")
    assert len(world.standing("aalst")) == 2
    assert world.held("aalst") == []
    assert (await citizen.appointments())["items"] == []


async def test_a_slot_taken_before_a_booking_without_hold(world: World) -> None:
    world.declare("aalst", without=NO_HOLD)
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "book", SlotTaken("Gone."))

    refused = await citizen.confirm(made)

    assert (refused.status_code, refused.json()["code"]) == (409, "slotTaken")
    assert (await citizen.visit(made))["items"][0]["refusal"] == "slotTaken"
    assert (await citizen.visit(made))["state"] == "failed"


async def test_what_the_vendor_misses_in_the_form_is_told_field_by_field(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    missing = (
        Issue(type="urn:x", name="phone", detail="needed after all"),
        Issue(type="urn:x", name="answers.partner", detail="too short"),
    )
    world.goes_wrong(
        "aalst", "confirm", CustomerFieldsMissing("No.", issues=missing, vendor_code="E17")
    )

    refused = await citizen.confirm(made, key="a-key-of-16-chars-or-so")
    repeated = await citizen.confirm(made, key="a-key-of-16-chars-or-so")

    assert refused.status_code == 422, refused.text
    assert [(each["name"], each["detail"]) for each in refused.json()["issues"]] == [
        ("contact.booker.phone", "needed after all"),
        ("contact.answers.partner", "too short"),
    ]
    assert refused.json()["vendorCode"] == "E17"
    assert repeated.json()["issues"] == refused.json()["issues"]
    assert world.held("aalst") == []  # given back, not left to lapse


async def test_a_hold_that_expired_at_the_vendor(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.clock.advance(minutes=6)

    refused = await citizen.confirm(made)

    assert (refused.status_code, refused.json()["code"]) == (409, "holdExpired")
    await world.sweep()
    assert (await citizen.visit(made))["items"][0]["state"] == "expired"


async def test_a_visit_that_is_not_confirmed_in_time_expires_and_gives_its_slot_back(
    world: World,
) -> None:
    citizen = await world.log_in()
    world.adapter("aalst").settings = world.adapter("aalst").settings.model_copy(
        update={"hold_seconds": 86_400}
    )
    made = (await citizen.choose(await world.slot())).json()
    assert len(world.held("aalst")) == 1

    world.clock.advance(minutes=21)
    late = await citizen.confirm(made)
    await world.sweep()

    assert (late.status_code, late.json()["code"]) == (409, "holdExpired")
    assert world.held("aalst") == []
    visit = await citizen.visit(made)
    assert (visit["state"], visit["items"][0]["state"]) == ("failed", "expired")
    assert (await citizen.appointments())["items"] == []


async def test_a_source_that_is_down_at_the_hold_books_nothing(world: World) -> None:
    citizen = await world.log_in()
    slot = await world.slot()
    world.goes_wrong("aalst", "hold", VendorUnavailable("Down."))

    refused = await citizen.choose(slot, key="k" * 16)
    repeated = await citizen.choose(slot, key="k" * 16)

    assert (refused.status_code, refused.json()["code"]) == (503, "vendorUnavailable")
    assert refused.json()["retry"] == "newChoice"  # this visit is over
    assert repeated.status_code == 503
    assert world.adapter("aalst").faults.calls["hold"] == 1


async def test_a_source_that_is_switched_off_takes_no_visits(world: World) -> None:
    citizen = await world.log_in()
    slot = await world.slot()
    world.gateway.sources.switch("aalst", Accepts.NOTHING)

    refused = await citizen.choose(slot)

    assert (refused.status_code, refused.json()["code"]) == (503, "vendorUnavailable")
    assert world.adapter("aalst").faults.calls["hold"] == 0


async def test_a_source_switched_off_between_hold_and_confirm_gets_nothing(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.gateway.sources.switch("aalst", Accepts.NOTHING)

    refused = await citizen.confirm(made)

    assert refused.status_code == 503, refused.text
    assert world.adapter("aalst").faults.calls["confirm"] == 0


async def test_another_guarantee_than_agreed_is_refused_and_told(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()

    refused = await citizen.confirm(made | {"guarantee": "held"})

    assert refused.status_code == 400, refused.text
    assert "singleCall" in refused.json()["issues"][0]["detail"]
    assert (await citizen.confirm(made)).status_code == 200


async def test_a_second_confirm_with_another_key_is_refused(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    assert (await citizen.confirm(made)).status_code == 200

    again = await citizen.confirm(made)

    assert (again.status_code, again.json()["code"]) == (409, "bookingChanged")
    assert len(world.standing("aalst")) == 1


async def test_two_confirms_at_once_book_once(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()

    answers = await asyncio.gather(*(citizen.confirm(made) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert len(world.standing("aalst")) == 1


async def test_a_visit_of_somebody_else_is_not_told_about(world: World) -> None:
    noor, sam = await world.log_in("noor"), await world.log_in("sam")
    made = (await noor.choose(await world.slot())).json()
    path = f"/booking/v1/visits/{made['id']}"

    answers = [await sam.get(path), await sam.confirm(made)]

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (403, "notOwner")
        for secret in (made["items"][0]["start"], made["items"][0]["id"], "Aalst", "aalst"):
            assert secret not in answer.text
    assert (await sam.get(f"/booking/v1/visits/{made['id'][:-1]}x")).status_code == 404


async def test_a_citizen_is_in_one_place_at_a_time(world: World) -> None:
    citizen = await world.log_in()
    here, there = await world.slot("aalst"), await world.slot("mechelen")
    assert here["start"] == there["start"]
    await citizen.book(here)

    refused = await citizen.choose(there)
    both = await (await world.log_in("sam")).choose(here, there)

    for answer in (refused, both):
        assert (answer.status_code, answer.json()["code"]) == (409, "citizenTimeConflict")
    assert world.held("mechelen") == []


@pytest.mark.parametrize("held", [True, False])
async def test_of_two_visits_at_one_time_the_second_to_be_confirmed_is_refused(
    world: World, *, held: bool
) -> None:
    citizen = await world.log_in()
    for town in ("aalst", "mechelen"):
        world.declare(town, without=() if held else NO_HOLD)
    made = [(await citizen.choose(await world.slot(town))).json() for town in ("aalst", "mechelen")]

    answers = await asyncio.gather(*(citizen.confirm(each) for each in made))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "citizenTimeConflict"
    assert len(world.standing("aalst")) + len(world.standing("mechelen")) == 1


async def test_a_forgotten_visit_does_not_stand_in_the_way(world: World) -> None:
    citizen = await world.log_in()
    await citizen.choose(await world.slot("aalst"))

    booked = await citizen.book(await world.slot("mechelen"))

    assert booked["state"] == "confirmed"


async def test_a_slot_that_has_begun_meanwhile_is_refused_at_the_confirm(folder: Path) -> None:
    async with running_world(folder, {"aalst": {"lead_minutes": 0}}) as world:
        world.clock.advance(minutes=56)  # the first slot begins in four minutes
        citizen = await world.log_in()
        made = (await citizen.choose(await world.slot())).json()
        world.clock.advance(minutes=4)

        refused = await citizen.confirm(made)

        assert (refused.status_code, refused.json()["code"]) == (422, "slotInPast")
        assert world.adapter("aalst").faults.calls["confirm"] == 0


# A source that takes no new bookings ----------------------------------------------------


def closed(world: World, *, by_certificate: bool) -> None:
    if by_certificate:
        world.gateway.sources["aalst"].certified = False
    else:
        world.gateway.sources.switch("aalst", Accepts.CHANGES)


BY_OPERATOR_OR_CERTIFICATE = pytest.mark.parametrize("by_certificate", [False, True])


@BY_OPERATOR_OR_CERTIFICATE
async def test_a_closed_source_takes_no_new_visits(world: World, *, by_certificate: bool) -> None:
    citizen = await world.log_in()
    slot = await world.slot()
    closed(world, by_certificate=by_certificate)

    refused = await citizen.choose(slot)

    code = "adapterNotCertified" if by_certificate else "vendorUnavailable"
    assert (refused.status_code, refused.json()["code"]) == (503, code)
    assert world.adapter("aalst").faults.calls["hold"] == 0


@BY_OPERATOR_OR_CERTIFICATE
async def test_what_was_begun_at_a_closed_source_goes_on(
    world: World, *, by_certificate: bool
) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    closed(world, by_certificate=by_certificate)

    booked = await citizen.confirm(made)
    (item,) = booked.json()["items"]
    world.clock.advance(minutes=3)  # what is shown has to be asked again
    (shown,) = (await citizen.appointments())["items"]

    assert (item["state"], shown["freshness"]["sync"]) == ("confirmed", "fresh")
    assert (shown["canCancel"], shown["canReschedule"]) == (True, True)
    assert (await citizen.cancel(item)).json()["state"] == "cancelled"
    assert world.standing("aalst") == []


@BY_OPERATOR_OR_CERTIFICATE
async def test_an_appointment_at_a_closed_source_is_moved_within_its_location(
    world: World, *, by_certificate: bool
) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    closed(world, by_certificate=by_certificate)
    today = world.clock().date()
    free = await world.client.post(
        "/booking/v1/slots/query",
        json={
            "municipalityId": "aalst",
            "products": [{"productId": "697"}],
            "firstDay": str(today),
            "lastDay": str(today + timedelta(days=7)),
            "locationId": item["location"]["id"],
        },
    )

    moved = await citizen.move(item, free.json()["items"][-1])

    assert moved.status_code == 200, moved.text
    assert moved.json()["start"] == free.json()["items"][-1]["start"]


@BY_OPERATOR_OR_CERTIFICATE
async def test_a_closed_source_is_named_and_offers_nothing(
    world: World, *, by_certificate: bool
) -> None:
    closed(world, by_certificate=by_certificate)

    products = (await world.client.get("/booking/v1/municipalities/aalst/products")).json()

    reason = "notCertified" if by_certificate else "switchedOff"
    assert products["items"] == []
    assert [(each["source"], each["reason"]) for each in products["unavailable"]] == [
        ("aalst", reason)
    ]
    assert await world.slots() == []
