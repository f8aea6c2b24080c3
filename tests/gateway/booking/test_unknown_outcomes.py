"""A write whose answer is lost is looked up; what cannot be looked up is left to a person."""

from __future__ import annotations

import pytest

from contracts.adapter import Capability
from contracts.errors import BadAnswer, BookingError, OutcomeUnknown, VendorUnavailable
from contracts.manifest import Resolution
from contracts.models import AppointmentRef, AppointmentStatus
from gateway.settings import Accepts
from tests.gateway.world import Json, World

LOST = OutcomeUnknown("The answer was lost.")
NO_HOLD = (Capability.HOLD, Capability.CONFIRM, Capability.RELEASE, Capability.EXTEND)


async def left_unknown(world: World, error: BookingError = LOST, *, applied: bool) -> Json:
    """A visit whose confirm was not answered; it was ``applied`` or not."""
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "confirm", error, applied=applied)
    answer = await citizen.confirm(made)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/booking/v1/visits/{made['id']}"
    visit: Json = answer.json()
    assert visit["state"] == "confirming"
    assert visit["items"][0]["pending"]["outcome"] == "unknown"
    return visit


@pytest.mark.parametrize("error", [LOST, BadAnswer("HTML with 200."), RuntimeError("a defect")])
async def test_a_booking_that_did_happen_is_found(world: World, error: BookingError) -> None:
    visit = await left_unknown(world, error, applied=True)

    world.clock.advance(seconds=6)
    await world.sweep()

    found = await (await world.log_in()).visit(visit)
    assert found["state"] == "confirmed"
    assert "pending" not in found["items"][0]
    assert len(world.standing("aalst")) == 1
    assert world.adapter("aalst").faults.calls["confirm"] == 1


async def test_not_found_counts_only_after_the_vendor_had_its_time(world: World) -> None:
    world.declare("aalst", settle_after=60.0)
    citizen = await world.log_in()
    visit = await left_unknown(world, applied=False)

    world.clock.advance(seconds=30)
    await world.sweep(2)
    assert (await citizen.visit(visit))["state"] == "confirming"

    world.clock.advance(seconds=90)
    await world.sweep(2)
    settled = await citizen.visit(visit)
    assert settled["state"] == "failed"
    assert settled["items"][0]["refusal"] == "vendorUnavailable"
    # Its citizen was told that it was not known: now that it is, they are told so.
    world.clock.advance(seconds=600)
    (listed,) = (await citizen.appointments("aalst"))["items"]
    assert (listed["state"], listed["canCancel"]) == ("failed", False)
    # Nobody asks its vendor any more, and nobody has to.
    assert listed["freshness"]["sync"] == "fresh"
    assert world.adapter("aalst").faults.calls["confirm"] == 1
    assert world.adapter("aalst").faults.calls["find_by_client_reference"] >= 2


async def test_a_booking_that_appears_late_is_found(world: World) -> None:
    world.declare("aalst", settle_after=600.0)
    citizen = await world.log_in()
    visit = await left_unknown(world, applied=True)
    (entry,) = world.standing("aalst")
    entry.status = None  # on its way, not there yet

    world.clock.advance(seconds=10)
    await world.sweep()
    assert (await citizen.visit(visit))["state"] == "confirming"

    entry.status = AppointmentStatus.CONFIRMED
    world.clock.advance(seconds=60)
    await world.sweep()
    assert (await citizen.visit(visit))["state"] == "confirmed"


async def test_while_the_source_is_down_it_stays_unknown_and_is_asked_less_often(
    world: World,
) -> None:
    citizen = await world.log_in()
    visit = await left_unknown(world, applied=True)
    world.goes_wrong("aalst", "find_by_client_reference", VendorUnavailable("Down."))

    world.clock.advance(seconds=6)
    await world.sweep(3)  # the second and third time nothing is due
    assert (await citizen.visit(visit))["state"] == "confirming"
    assert world.adapter("aalst").faults.calls["find_by_client_reference"] == 1

    world.clock.advance(seconds=7)
    await world.sweep()
    assert (await citizen.visit(visit))["state"] == "confirmed"


async def test_after_a_day_in_vain_a_person_decides(world: World) -> None:
    visit = await left_unknown(world, applied=True)
    world.gateway.sources.switch("aalst", Accepts.NOTHING)

    for _ in range(4):
        world.clock.advance(hours=7)
        await world.sweep()

    given_up = await (await world.log_in()).visit(visit)
    assert given_up["state"] == "needsDecision"
    assert given_up["items"][0]["state"] == "confirming"  # what is certain
    assert given_up["items"][0]["pending"]["outcome"] == "needsDecision"


async def test_what_cannot_be_looked_up_is_left_to_a_person_at_once(world: World) -> None:
    world.declare("aalst", without=NO_HOLD, resolution=Resolution.NONE)
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "book", LOST, applied=True)

    answer = await citizen.confirm(made)
    world.clock.advance(minutes=20)
    await world.sweep(2)

    assert answer.status_code == 200, answer.text  # waiting does not help
    assert answer.json()["state"] == "needsDecision"
    assert (await citizen.visit(made))["state"] == "needsDecision"
    assert world.adapter("aalst").faults.calls["find_by_client_reference"] == 0
    (listed,) = (await citizen.appointments())["items"]
    assert listed["pending"]["outcome"] == "needsDecision"
    assert listed["canCancel"] is False


async def test_where_the_id_was_known_before_the_confirm_it_is_looked_up_by_that(
    world: World,
) -> None:
    world.declare("aalst", resolution=Resolution.ID_BEFORE_CONFIRM)
    citizen = await world.log_in()
    visit = await left_unknown(world, applied=True)

    world.clock.advance(seconds=6)
    await world.sweep()

    assert (await citizen.visit(visit))["state"] == "confirmed"
    assert world.adapter("aalst").faults.calls["find_by_client_reference"] == 0


async def test_where_the_id_was_known_and_is_no_appointment_nothing_was_booked(
    world: World,
) -> None:
    world.declare("aalst", resolution=Resolution.ID_BEFORE_CONFIRM)
    citizen = await world.log_in()
    visit = await left_unknown(world, applied=False)

    world.clock.advance(seconds=10)
    await world.sweep()

    assert (await citizen.visit(visit))["state"] == "failed"


async def test_a_booking_without_a_hold_had_no_id_to_be_looked_up_by(world: World) -> None:
    world.declare("aalst", without=NO_HOLD, resolution=Resolution.ID_BEFORE_CONFIRM)
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "book", LOST, applied=True)

    answer = await citizen.confirm(made)

    assert answer.json()["state"] == "needsDecision"


async def test_a_hold_whose_answer_is_lost_books_nothing(world: World) -> None:
    citizen = await world.log_in()
    slot = await world.slot()
    world.goes_wrong("aalst", "hold", LOST, applied=True)

    refused = await citizen.choose(slot)

    assert (refused.status_code, refused.json()["code"]) == (503, "vendorUnavailable")
    world.clock.advance(minutes=6)
    assert world.held("aalst") == []


async def test_a_cancel_that_did_happen_is_found(world: World) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    world.goes_wrong("aalst", "cancel", LOST, applied=True)

    answer = await citizen.cancel(item)
    again = await citizen.cancel(item)

    assert (answer.status_code, again.status_code) == (202, 202)
    assert answer.headers["Location"] == f"/booking/v1/appointments/{item['id']}"
    assert answer.json()["state"] == "confirmed"  # what is certain
    assert answer.json()["pending"]["operation"] == "cancel"
    world.clock.advance(seconds=6)
    await world.sweep()
    (listed,) = (await citizen.appointments())["items"]
    assert (listed["state"], listed["cancelledBy"]) == ("cancelled", "citizen")
    assert world.adapter("aalst").faults.calls["cancel"] == 1


async def test_a_cancel_that_did_not_happen_can_be_done_again(world: World) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    world.goes_wrong("aalst", "cancel", LOST)
    assert (await citizen.cancel(item)).status_code == 202

    world.clock.advance(seconds=30)
    await world.sweep()
    (listed,) = (await citizen.appointments())["items"]
    assert (listed["state"], listed["canCancel"]) == ("confirmed", True)

    again = await citizen.cancel(item)
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")


async def test_a_cancel_of_what_the_vendor_no_longer_knows_has_happened(world: World) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    world.goes_wrong("aalst", "cancel", LOST, applied=True)
    await citizen.cancel(item)
    world.adapter("aalst").store.entries.clear()

    world.clock.advance(seconds=6)
    await world.sweep()

    (listed,) = (await citizen.appointments())["items"]
    assert listed["state"] == "cancelled"


@pytest.mark.parametrize("applied", [True, False])
async def test_a_move_whose_answer_is_lost_is_looked_up(world: World, *, applied: bool) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    target = await world.slot(number=5)
    world.goes_wrong("aalst", "reschedule", LOST, applied=applied)

    answer = await citizen.move(item, target)
    assert answer.status_code == 202, answer.text
    assert answer.json()["start"] == item["start"]

    world.clock.advance(seconds=30)
    await world.sweep()
    (listed,) = (await citizen.appointments())["items"]
    assert listed["start"] == (target["start"] if applied else item["start"])
    assert listed["id"] == item["id"]
    assert "pending" not in listed
    assert len(world.standing("aalst")) == 1


async def test_a_move_whose_answer_is_lost_is_not_told_twice_under_its_new_number(
    world: World,
) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    target = await world.slot(number=6)
    world.goes_wrong("aalst", "reschedule", LOST, applied=True)
    assert (await citizen.move(item, target)).status_code == 202
    (entry,) = world.standing("aalst")
    entries = world.adapter("aalst").store.entries
    entries["renumbered"] = entries.pop(entry.ref)
    entry.ref = "renumbered"

    (listed,) = (await citizen.appointments("aalst"))["items"]
    assert listed["id"] == item["id"]
    world.clock.advance(seconds=6)
    await world.sweep()

    (listed,) = (await citizen.appointments("aalst"))["items"]
    assert (listed["id"], listed["start"]) == (item["id"], target["start"])
    assert "pending" not in listed


async def test_a_moved_appointment_that_is_gone_under_every_name_is_left_to_a_person(
    world: World,
) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    world.goes_wrong("aalst", "reschedule", LOST, applied=True)
    await citizen.move(item, await world.slot(number=5))
    (entry,) = world.standing("aalst")
    world.adapter("aalst").desk.decide(
        AppointmentRef(vendor_ref=entry.ref), AppointmentStatus.CANCELLED
    )

    for _ in range(4):
        world.clock.advance(hours=7)
        await world.sweep()

    citizen = await world.log_in()
    answer = await citizen.get(f"/booking/v1/appointments/{item['id']}")
    assert answer.json()["pending"]["outcome"] == "needsDecision"


async def test_an_unknown_booking_is_not_told_twice_in_the_list(world: World) -> None:
    citizen = await world.log_in()
    visit = await left_unknown(world, applied=True)

    mine = await citizen.appointments("aalst")
    world.clock.advance(seconds=6)
    await world.sweep()
    later = await citizen.appointments("aalst")

    assert [item["id"] for item in mine["items"]] == [visit["items"][0]["id"]]
    assert [item["id"] for item in later["items"]] == [visit["items"][0]["id"]]
    assert later["items"][0]["state"] == "confirmed"


async def test_a_source_that_is_gone_leaves_the_rest_of_the_sweep_alone(world: World) -> None:
    citizen = await world.log_in()
    visit = await left_unknown(world, applied=True)
    world.disconnect("aalst")
    (there,) = (await citizen.book(await world.slot("mechelen", number=7)))["items"]
    world.goes_wrong("mechelen", "cancel", LOST, applied=True)
    await citizen.cancel(there)

    world.clock.advance(seconds=30)
    await world.sweep(2)

    assert (await citizen.visit(visit))["state"] == "confirming"
    answer = await citizen.get(f"/booking/v1/appointments/{there['id']}")
    assert answer.json()["state"] == "cancelled"
