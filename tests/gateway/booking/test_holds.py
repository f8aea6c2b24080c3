"""What is held stays held while a visit waits, and what has lapsed is taken anew or let go."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from contracts.adapter import Capability
from contracts.errors import BookingError, HoldExpired, OutcomeUnknown, SlotTaken, VendorUnavailable
from contracts.models import AppointmentStatus
from contracts.states import Operation
from gateway.booking.sending import reference
from gateway.ledger import Attempt
from tests.gateway.world import Browser, Json, World

LOST = OutcomeUnknown("The answer was lost.")
KEPT = timedelta(minutes=5)  # as long as the sources of these tests keep a slot


def lapse(world: World, source: str = "mechelen") -> None:
    """The vendor keeps its holds no longer."""
    for entry in world.held(source):
        entry.held_until = world.clock()


async def two_held(world: World, citizen: Browser) -> Json:
    slots = await world.slot("aalst"), await world.slot("mechelen", number=3)
    made = await citizen.choose(*slots)
    assert made.json()["state"] == "held", made.text
    return dict(made.json())


async def waiting(world: World, citizen: Browser) -> Json:
    """A visit of which one part is held, and the other unknown for as long as its source is off."""
    made = await two_held(world, citizen)
    world.goes_wrong("aalst", "confirm", LOST, applied=True)
    world.declare("aalst", settle_after=3600.0)
    answer = await citizen.confirm(made)
    assert answer.status_code == 202, answer.text
    (entry,) = world.standing("aalst")
    entry.status = None  # on its way, not there yet
    return made


def arrives(world: World) -> None:
    """What was unknown is there now."""
    (entry,) = (each for each in world.adapter("aalst").store.entries.values() if not each.status)
    entry.status = AppointmentStatus.CONFIRMED


async def test_a_visit_can_be_confirmed_until_the_first_hold_lapses(world: World) -> None:
    citizen = await world.log_in()
    made = await two_held(world, citizen)
    held_until = [datetime.fromisoformat(item["heldUntil"]) for item in made["items"]]

    expires_at = datetime.fromisoformat((await citizen.visit(made))["expiresAt"])
    assert expires_at == min(held_until) == world.clock() + KEPT

    world.clock.advance(minutes=5)
    refused = await citizen.confirm(made)
    await world.sweep()
    assert (refused.status_code, refused.json()["code"]) == (409, "holdExpired")
    assert (await citizen.visit(made))["state"] == "failed"


async def test_a_hold_that_has_lapsed_at_the_confirm_is_taken_anew(world: World) -> None:
    citizen = await world.log_in()
    made = await two_held(world, citizen)
    lapse(world)

    booked = await citizen.confirm(made)

    assert (booked.status_code, booked.json()["state"]) == (200, "confirmed")
    assert len(world.standing("mechelen")) == 1
    calls = world.adapter("mechelen").faults.calls
    assert (calls["hold"], calls["confirm"], calls["book"]) == (2, 2, 0)


@pytest.mark.parametrize(
    ("operation", "error"),
    [("hold", SlotTaken("Gone.")), ("hold", VendorUnavailable("Down.")), ("hold", LOST)],
)
async def test_what_cannot_be_taken_anew_undoes_the_visit(
    world: World, operation: str, error: BookingError
) -> None:
    citizen = await world.log_in()
    made = await two_held(world, citizen)
    lapse(world)
    world.goes_wrong("mechelen", operation, error)

    refused = await citizen.confirm(made)
    await world.sweep(2)

    expected = "vendorUnavailable" if error is LOST else error.code
    assert refused.json()["code"] == expected
    assert (await citizen.visit(made))["state"] == "compensated"
    assert world.standing("aalst") == world.standing("mechelen") == []


async def test_it_is_taken_anew_once(world: World) -> None:
    citizen = await world.log_in()
    made = await two_held(world, citizen)
    for _ in range(2):
        world.goes_wrong("mechelen", "confirm", HoldExpired("Gone."))

    refused = await citizen.confirm(made)
    await world.sweep(2)

    assert (refused.status_code, refused.json()["code"]) == (409, "holdExpired")
    assert (await citizen.visit(made))["state"] == "compensated"
    assert world.adapter("mechelen").faults.calls["confirm"] == 2


async def test_a_second_confirm_that_is_not_answered_is_looked_up_by_its_own_name(
    world: World,
) -> None:
    citizen = await world.log_in()
    made = await two_held(world, citizen)
    world.goes_wrong("mechelen", "confirm", HoldExpired("Gone."))
    world.goes_wrong("mechelen", "confirm", LOST, applied=True)

    later = await citizen.confirm(made)
    assert (later.status_code, later.json()["items"][1]["pending"]["outcome"]) == (202, "unknown")

    world.clock.advance(seconds=6)
    await world.sweep(2)
    assert (await citizen.visit(made))["state"] == "confirmed"


async def test_while_another_part_is_unknown_a_hold_is_extended(world: World) -> None:
    citizen = await world.log_in()
    made = await waiting(world, citizen)

    for _ in range(6):
        world.clock.advance(minutes=1)
        await world.sweep()

    still = await citizen.visit(made)
    assert [item["state"] for item in still["items"]] == ["confirming", "held"]
    assert len(world.held("mechelen")) == 1
    calls = world.adapter("mechelen").faults.calls
    assert (calls["hold"], calls["extend"]) == (1, 1)
    arrives(world)
    world.clock.advance(minutes=4)
    await world.sweep(3)
    assert (await citizen.visit(made))["state"] == "confirmed"


async def test_where_it_cannot_be_extended_it_is_held_anew_when_it_lapses(world: World) -> None:
    world.declare("mechelen", without=[Capability.EXTEND])
    citizen = await world.log_in()
    made = await waiting(world, citizen)

    for _ in range(6):
        world.clock.advance(minutes=1)
        await world.sweep()

    assert len(world.held("mechelen")) == 1
    calls = world.adapter("mechelen").faults.calls
    assert (calls["hold"], calls["extend"]) == (2, 0)
    arrives(world)
    world.clock.advance(minutes=4)
    await world.sweep(3)
    assert (await citizen.visit(made))["state"] == "confirmed"


@pytest.mark.parametrize("error", [LOST, VendorUnavailable("Down."), HoldExpired("Gone.")])
async def test_an_extension_that_fails_changes_nothing(world: World, error: BookingError) -> None:
    citizen = await world.log_in()
    made = await waiting(world, citizen)
    world.goes_wrong("mechelen", "extend", error)

    world.clock.advance(minutes=4, seconds=10)
    await world.sweep()
    after = await citizen.visit(made)
    assert [item["state"] for item in after["items"]] == ["confirming", "held"]
    assert after["items"][1]["heldUntil"] == made["items"][1]["heldUntil"]

    world.clock.advance(seconds=10)
    await world.sweep()
    again = await citizen.visit(made)
    assert again["items"][1]["heldUntil"] > made["items"][1]["heldUntil"]


async def test_what_the_citizen_has_not_agreed_to_is_not_kept_longer(world: World) -> None:
    citizen = await world.log_in()
    made = await two_held(world, citizen)

    for _ in range(6):
        world.clock.advance(minutes=1)
        await world.sweep()

    assert (await citizen.visit(made))["state"] == "failed"
    assert world.adapter("mechelen").faults.calls["extend"] == 0


async def test_a_hold_that_a_dead_process_asked_for_is_in_nobodys_way(world: World) -> None:
    citizen = await world.log_in()
    world.declare("mechelen", without=[Capability.EXTEND])
    made = await waiting(world, citizen)
    world.clock.advance(seconds=KEPT.total_seconds() + 1)
    ledger, (_, item) = world.gateway.parts.ledger, made["items"]
    record = await ledger.appointment(item["id"])
    assert record is not None
    attempt = Attempt(
        client_reference=reference(item["id"], Operation.HOLD, 2),
        appointment_id=item["id"],
        operation=Operation.HOLD,
        generation=2,
        opened_at=world.clock(),
        deadline=world.clock(),
    )
    await ledger.open_attempt(attempt, record.version)
    # What it asked for was done, so that the slot is taken for the next one: by ourselves.
    world.goes_wrong("mechelen", "hold", SlotTaken("Gone."))
    await world.sweep()

    arrives(world)
    world.clock.advance(minutes=6)
    await world.sweep(3)

    assert (await citizen.visit(made))["state"] == "confirmed"


@pytest.mark.parametrize("operation", ["extend", "hold"])
async def test_two_processes_do_not_keep_one_hold_at_once(world: World, operation: str) -> None:
    citizen = await world.log_in()
    if operation == "hold":
        world.declare("mechelen", without=[Capability.EXTEND])
    made = await waiting(world, citizen)
    world.clock.advance(minutes=4 if operation == "extend" else 6)
    faults, answered = world.adapter("mechelen").faults, asyncio.Event()
    before = faults.calls[operation]
    faults.script(operation, until=answered)

    both = [asyncio.create_task(world.gateway.reconciler.sweep()) for _ in range(2)]
    while faults.calls[operation] == before:  # noqa: ASYNC110 - it cannot tell
        await asyncio.sleep(0.01)
    await world.gateway.reconciler.sweep()
    answered.set()
    await asyncio.gather(*both)

    assert faults.calls[operation] == before + 1
    held_until = (await citizen.visit(made))["items"][1]["heldUntil"]
    assert datetime.fromisoformat(held_until) == world.clock() + KEPT
