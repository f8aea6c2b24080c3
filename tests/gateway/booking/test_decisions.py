"""What nobody can look up is listed for an operator, and ends as that operator says."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import (
    CancellationClosed,
    Outcome,
    OutcomeUnknown,
    SlotTaken,
    VendorUnavailable,
)
from contracts.manifest import Resolution
from contracts.states import ItemState
from gateway.booking.decisions import Decisions, NotSettled
from tests.gateway.booking.test_unknown_outcomes import NO_HOLD
from tests.gateway.world import Browser, Json, World

LOST = OutcomeUnknown("The answer was lost.")
APPLIED, NOT_APPLIED = Outcome.APPLIED, Outcome.NOT_APPLIED
BY = "the desk"


def decider(world: World) -> Decisions:
    return Decisions(world.gateway.parts.ledger, world.gateway.sources)


@pytest.fixture
def decisions(world: World) -> Decisions:
    return decider(world)


@pytest.fixture
async def citizen(world: World) -> Browser:
    return await world.log_in()


async def left(world: World, citizen: Browser, *towns: str, applied: bool) -> Json:
    """A visit whose first part is booked where nothing can be looked up, and not answered."""
    world.declare("aalst", without=NO_HOLD, resolution=Resolution.NONE)
    slots = [await world.slot(town, number=5 * n) for n, town in enumerate(("aalst", *towns))]
    made = (await citizen.choose(*slots)).json()
    world.goes_wrong("aalst", "book", LOST, applied=applied)
    visit = (await citizen.confirm(made)).json()
    assert visit["state"] == "needsDecision"
    world.clock.advance(minutes=1)
    return dict(visit)


async def test_it_is_listed_with_what_to_ask_and_nobody_is_named(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    visit = await left(world, citizen, applied=True)

    (listed,) = await decisions.undecided()

    assert (listed.item, listed.source) == (visit["items"][0]["id"], "aalst")
    assert (listed.operation, listed.outcome) == ("book", "needsDecision")
    assert listed.ask == (
        "Is there an appointment on 2027-03-08 09:00 at Stadhuis for reispas, with the reference "
        f"{listed.item}-book-1? If so: applied, with its number as --reference; else notApplied."
    ).replace("reispas", visit["items"][0]["products"][0]["name"]).replace(
        "Stadhuis", visit["items"][0]["location"]["name"]
    ).replace("2027-03-08 09:00", visit["items"][0]["start"][:16].replace("T", " "))
    for personal in ("Noor", "Testburger", "noor@example.org", citizen.citizen_key):
        assert personal not in repr(listed)


async def test_a_booking_that_a_person_found_is_the_citizens(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    visit = await left(world, citizen, applied=True)
    item = visit["items"][0]
    (entry,) = world.standing("aalst")

    await decisions.settle(item["id"], APPLIED, reference=entry.ref, by=BY)
    await world.sweep(2)

    assert (await citizen.visit(visit))["state"] == "confirmed"
    assert await decisions.undecided() == []
    assert (await world.history(item))[-1] == "book settled as applied by the desk"
    assert (await citizen.cancel(item)).json()["state"] == "cancelled"
    assert world.standing("aalst") == []


async def test_a_booking_without_its_number_is_shown_and_cannot_be_changed(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    visit = await left(world, citizen, applied=True)

    await decisions.settle(visit["items"][0]["id"], APPLIED, by=BY)
    await world.sweep()

    (listed,) = (await citizen.appointments("aalst"))["items"]
    assert (listed["state"], listed["canCancel"], listed["canReschedule"]) == (
        "confirmed",
        False,
        False,
    )


async def test_a_booking_that_was_not_made_lets_the_citizen_choose_again(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    world.declare("aalst", settle_after=0.0)
    visit = await left(world, citizen, applied=False)

    await decisions.settle(visit["items"][0]["id"], NOT_APPLIED, by=BY)
    await world.sweep()

    assert (await citizen.visit(visit))["state"] == "failed"
    (told,) = (await citizen.appointments("aalst"))["items"]
    assert told["state"] == "failed"
    assert (await citizen.book(await world.slot("aalst")))["state"] == "confirmed"


@pytest.mark.parametrize(
    ("outcome", "state"), [(APPLIED, "confirmed"), (NOT_APPLIED, "compensated")]
)
async def test_the_rest_of_the_visit_goes_the_way_that_is_settled(
    world: World, citizen: Browser, outcome: Outcome, state: str
) -> None:
    world.declare("aalst", settle_after=0.0)
    visit = await left(world, citizen, "mechelen", applied=outcome is APPLIED)
    assert world.standing("mechelen") == []

    await decider(world).settle(visit["items"][0]["id"], outcome, by=BY)
    await world.sweep(3)

    assert (await citizen.visit(visit))["state"] == state
    assert len(world.standing("mechelen")) == (state == "confirmed")
    assert world.held("mechelen") == []


async def test_it_is_not_over_before_the_vendor_had_its_time(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    world.declare("aalst", settle_after=600.0)
    visit = await left(world, citizen, applied=False)
    item = visit["items"][0]["id"]

    with pytest.raises(NotSettled, match=r"may still appear there until 2027-03-08 07:10:06Z"):
        await decisions.settle(item, NOT_APPLIED, by=BY)
    world.clock.advance(minutes=10)
    await decisions.settle(item, NOT_APPLIED, by=BY)


async def test_a_number_that_is_not_this_booking_is_refused(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    visit = await left(world, citizen, applied=True)
    item = visit["items"][0]["id"]
    await (await world.log_in("sam")).book(await world.slot("aalst", number=9))
    (other,) = [
        each for each in world.standing("aalst") if each.start > world.clock.now.replace(hour=9)
    ]

    for reference, why in ((other.ref, "at another time or place"), ("absent", "no appointment")):
        with pytest.raises(NotSettled, match=why):
            await decisions.settle(item, APPLIED, reference=reference, by=BY)
    world.goes_wrong("aalst", "appointment", VendorUnavailable("Down."))
    with pytest.raises(NotSettled, match="without --reference"):
        await decisions.settle(item, APPLIED, reference=other.ref, by=BY)
    assert (await citizen.visit(visit))["state"] == "needsDecision"


async def test_a_number_that_is_known_here_already_is_refused(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    slot = await world.slot("aalst")
    visit = await left(world, citizen, applied=False)
    assert slot["start"] == visit["items"][0]["start"]
    await (await world.log_in("sam")).book(slot)
    (other,) = world.standing("aalst")

    with pytest.raises(NotSettled, match="known here"):
        await decisions.settle(visit["items"][0]["id"], APPLIED, reference=other.ref, by=BY)

    assert len(await decisions.undecided()) == 1


async def test_nothing_is_settled_twice(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    visit = await left(world, citizen, applied=True)
    await decisions.settle(visit["items"][0]["id"], APPLIED, by=BY)

    for item in (visit["items"][0]["id"], "absent"):
        with pytest.raises(NotSettled, match="Nothing is open"):
            await decisions.settle(item, NOT_APPLIED, by=BY)


async def test_a_reference_goes_with_a_booking_that_was_made(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    visit = await left(world, citizen, applied=False)
    with pytest.raises(NotSettled, match="reference"):
        await decisions.settle(visit["items"][0]["id"], NOT_APPLIED, reference="A", by=BY)


@pytest.mark.parametrize("outcome", [APPLIED, NOT_APPLIED])
async def test_a_cancellation_is_settled_too(
    world: World, citizen: Browser, decisions: Decisions, outcome: Outcome
) -> None:
    (item,) = (await citizen.book(await world.slot()))["items"]
    world.goes_wrong("aalst", "cancel", LOST)
    assert (await citizen.cancel(item)).status_code == 202
    (listed,) = await decisions.undecided()
    assert (listed.operation, listed.outcome) == ("cancel", "unknown")
    (entry,) = world.standing("aalst")
    assert f"Is appointment {entry.ref} on " in listed.ask

    world.clock.advance(minutes=2)
    await decisions.settle(item["id"], outcome, by=BY)

    answer = (await citizen.get(f"/booking/v1/appointments/{item['id']}")).json()
    assert answer["state"] == ("cancelled" if outcome is APPLIED else "confirmed")
    assert answer.get("cancelledBy") == ("citizen" if outcome is APPLIED else None)
    assert "pending" not in answer


@pytest.mark.parametrize("outcome", [APPLIED, NOT_APPLIED])
async def test_a_move_is_settled_too(
    world: World, citizen: Browser, decisions: Decisions, outcome: Outcome
) -> None:
    (item,) = (await citizen.book(await world.slot()))["items"]
    target = await world.slot(number=5)
    world.goes_wrong("aalst", "reschedule", LOST)
    assert (await citizen.move(item, target)).status_code == 202
    (listed,) = await decisions.undecided()
    assert target["start"][:16].replace("T", " ") in listed.ask

    world.clock.advance(minutes=2)
    await decisions.settle(item["id"], outcome, by=BY)

    answer = (await citizen.get(f"/booking/v1/appointments/{item['id']}")).json()
    assert answer["start"] == (target if outcome is APPLIED else item)["start"]
    assert "pending" not in answer


async def not_undone(world: World, citizen: Browser) -> Json:
    """A visit of which one part failed, and another one could not be cancelled."""
    for town in ("aalst", "mechelen"):
        world.declare(town, without=NO_HOLD)
    slots = [await world.slot("aalst", number=30), await world.slot("mechelen", number=40)]
    made: Json = (await citizen.choose(*slots)).json()
    world.goes_wrong("mechelen", "book", SlotTaken("Gone."))
    world.goes_wrong("aalst", "cancel", CancellationClosed("No."))
    await citizen.confirm(made)
    return made


async def test_an_undoing_that_the_vendor_refuses_is_listed_and_tried_again_all_the_same(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    made = await not_undone(world, citizen)
    (listed,) = await decisions.undecided()
    assert (listed.operation, listed.outcome) == ("cancel", "needsDecision")
    assert "after notApplied it is tried again" in listed.ask

    world.clock.advance(minutes=59)
    await world.sweep(2)
    assert len(world.standing("aalst")) == 1
    world.clock.advance(minutes=2)
    await world.sweep(3)

    assert world.standing("aalst") == []
    assert await decisions.undecided() == []
    assert (await (await world.log_in()).visit(made))["state"] == "compensated"


async def test_an_undoing_that_a_person_carried_out(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    made = await not_undone(world, citizen)

    await decisions.settle(made["items"][0]["id"], APPLIED, by=BY)
    await world.sweep(2)

    visit = await citizen.visit(made)
    assert (visit["state"], visit["items"][0]["cancelledBy"]) == ("compensated", "compensation")


async def test_what_has_no_number_is_undone_by_a_person(
    world: World, citizen: Browser, decisions: Decisions
) -> None:
    visit = await left(world, citizen, "mechelen", applied=True)
    item = visit["items"][0]
    world.goes_wrong("mechelen", "confirm", SlotTaken("Gone."))

    await decisions.settle(item["id"], APPLIED, by=BY)
    await world.sweep(3)
    (listed,) = await decisions.undecided()
    assert (listed.item, listed.operation) == (item["id"], "cancel")
    assert "appointment without a number" in listed.ask
    await decisions.settle(item["id"], APPLIED, by=BY)
    await world.sweep(2)

    assert (await citizen.visit(visit))["state"] == "compensated"


async def test_what_something_else_settled_at_that_moment_is_not_said_to_be_settled(
    world: World, citizen: Browser, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await left(world, citizen, applied=False)
    item = visit["items"][0]["id"]
    ledger = world.gateway.parts.ledger
    change = ledger.change

    async def after_another(*args: Any, **named: Any) -> object:  # noqa: ANN401 - passed on
        monkeypatch.undo()
        await decisions.settle(item, NOT_APPLIED, by="another desk")
        return await change(*args, **named)

    monkeypatch.setattr(ledger, "change", after_another)
    with pytest.raises(NotSettled, match="something else"):
        await decisions.settle(item, APPLIED, by=BY)

    record = await ledger.appointment(item)
    assert record is not None
    assert record.state is ItemState.FAILED
