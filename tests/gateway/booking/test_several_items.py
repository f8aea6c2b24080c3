"""Several appointments made together: all of them or none, unless the citizen wants otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.adapter import Capability
from contracts.errors import (
    BookingError,
    CancellationClosed,
    CustomerFieldsMissing,
    Issue,
    OutcomeUnknown,
    SlotTaken,
    VendorUnavailable,
)
from contracts.states import VisitState
from gateway.settings import Accepts
from tests.gateway.world import CONTACT, Json, World, running_world

NO_HOLD = (Capability.HOLD, Capability.CONFIRM, Capability.RELEASE, Capability.EXTEND)
LOST = OutcomeUnknown("The answer was lost.")


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[World]:
    async with running_world(folder, {"aalst": {}, "mechelen": {}, "horebeke": {}}) as built:
        yield built


async def three(world: World) -> list[Json]:
    return [
        await world.slot("aalst", number=0),
        await world.slot("mechelen", number=2),
        await world.slot("horebeke", number=4),
    ]


def states(visit: Json) -> list[str]:
    return [item["state"] for item in visit["items"]]


def standing(world: World) -> list[int]:
    return [len(world.standing(town)) for town in ("aalst", "mechelen", "horebeke")]


async def test_three_towns_are_held_and_booked_together(world: World) -> None:
    citizen = await world.log_in()

    made = (await citizen.choose(*await three(world))).json()
    booked = await citizen.confirm(made)

    assert (made["state"], made["guarantee"], made["risks"]) == ("held", "held", [])
    assert (booked.status_code, booked.json()["state"]) == (200, "confirmed")
    assert standing(world) == [1, 1, 1]
    assert len((await citizen.appointments())["items"]) == 3


async def test_one_that_cannot_be_held_lets_the_others_go(world: World) -> None:
    citizen = await world.log_in()
    slots = await three(world)
    world.goes_wrong("horebeke", "hold", SlotTaken("Gone."))

    refused = await citizen.choose(*slots)

    assert (refused.status_code, refused.json()["code"]) == (409, "slotTaken")
    assert [world.held(town) for town in ("aalst", "mechelen", "horebeke")] == [[], [], []]


async def test_what_cannot_be_held_is_booked_first_and_undone_when_another_fails(
    world: World,
) -> None:
    citizen = await world.log_in()
    slots = await three(world)
    for town in ("mechelen", "horebeke"):
        world.declare(town, without=NO_HOLD)
    made = (await citizen.choose(*slots)).json()
    world.goes_wrong("horebeke", "book", SlotTaken("Gone."))

    refused = await citizen.confirm(made)

    assert (made["guarantee"], made["risks"]) == ("compensating", ["mailedThenCancelled"])
    assert (refused.status_code, refused.json()["code"]) == (409, "slotTaken")
    assert standing(world) == [0, 0, 0]
    assert world.held("aalst") == []
    visit = await citizen.visit(made)
    assert (visit["state"], states(visit)) == ("compensated", ["cancelled", "cancelled", "failed"])
    assert [item.get("cancelledBy") for item in visit["items"]] == [
        "compensation",
        "compensation",
        None,
    ]
    assert world.adapter("aalst").faults.calls["confirm"] == 0
    assert world.adapter("mechelen").faults.calls["cancel"] == 1


async def test_of_what_can_be_undone_the_scarcest_is_booked_first(world: World) -> None:
    """When that is gone meanwhile, nobody has to be told of a booking that is undone."""
    citizen = await world.log_in()
    for town in ("aalst", "mechelen", "horebeke"):
        world.declare(town, without=NO_HOLD)
    for other in ("sam", "robin"):  # there is room for two
        await (await world.log_in(other)).book(await world.slot("horebeke"))
    made = (await citizen.choose(*await three(world))).json()
    world.goes_wrong("horebeke", "book", SlotTaken("Gone."))

    refused = await citizen.confirm(made)

    assert (refused.status_code, refused.json()["code"]) == (409, "slotTaken")
    assert standing(world) == [0, 0, 2]
    calls = [world.adapter(town).faults.calls["book"] for town in ("aalst", "mechelen")]
    assert calls == [0, 0]


async def test_what_can_neither_be_held_nor_cancelled_is_booked_after_what_can(
    world: World,
) -> None:
    citizen = await world.log_in()
    slots = await three(world)
    world.declare("aalst", without=NO_HOLD, cancellable=False)
    world.declare("mechelen", without=NO_HOLD)
    made = (await citizen.choose(*slots)).json()
    world.goes_wrong("mechelen", "book", SlotTaken("Gone."))

    refused = await citizen.confirm(made)

    assert refused.status_code == 409, refused.text
    assert world.adapter("aalst").faults.calls["book"] == 0


async def test_two_that_can_neither_be_held_nor_cancelled_are_refused_beforehand(
    world: World,
) -> None:
    citizen = await world.log_in()
    slots = await three(world)
    for town in ("aalst", "mechelen"):
        world.declare(town, without=NO_HOLD, cancellable=False)

    refused = await citizen.choose(*slots)
    separate = await citizen.choose(*slots, policy="bestEffort")

    assert (refused.status_code, refused.json()["code"]) == (422, "productsNotCombinable")
    assert separate.status_code == 201, separate.text


async def test_the_one_that_is_not_held_is_the_last_resource(world: World) -> None:
    citizen = await world.log_in()
    slots = await three(world)
    world.declare("horebeke", without=NO_HOLD)

    made = (await citizen.choose(*slots)).json()
    booked = await citizen.confirm(made)

    assert (made["state"], made["guarantee"]) == ("chosen", "lastResource")
    assert booked.json()["state"] == "confirmed"


async def test_best_effort_keeps_what_it_gets(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world), policy="bestEffort")).json()
    world.goes_wrong("mechelen", "confirm", SlotTaken("Gone."))

    booked = await citizen.confirm(made)

    assert booked.status_code == 200, booked.text
    assert booked.json()["state"] == "partiallyConfirmed"
    assert states(booked.json()) == ["confirmed", "failed", "confirmed"]
    refusals = [item.get("refusal") for item in booked.json()["items"]]
    assert refusals == [None, "slotTaken", None]
    assert (await citizen.confirm(made)).json()[
        "code"
    ] == "bookingChanged"  # a new wish, a new visit


async def test_best_effort_that_lost_a_hold_waits_for_the_citizen(world: World) -> None:
    citizen = await world.log_in()
    slots = await three(world)
    world.goes_wrong("mechelen", "hold", SlotTaken("Gone."))

    made = await citizen.choose(*slots, policy="bestEffort")
    await world.sweep(3)

    assert (made.status_code, made.json()["state"]) == (201, "held")
    assert states(made.json()) == ["held", "failed", "held"]
    assert standing(world) == [0, 0, 0]  # nothing is booked before it is agreed to
    assert (await citizen.confirm(made.json())).json()["state"] == "partiallyConfirmed"


@pytest.mark.parametrize("applied", [True, False])
async def test_all_wait_for_an_unknown_one_and_go_its_way(world: World, *, applied: bool) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world))).json()
    world.goes_wrong("mechelen", "confirm", LOST, applied=applied)

    answer = await citizen.confirm(made)
    assert answer.status_code == 202, answer.text
    assert states(answer.json()) == ["confirmed", "confirming", "held"]
    assert world.adapter("horebeke").faults.calls["confirm"] == 0

    world.clock.advance(seconds=10)
    await world.sweep()
    visit = await citizen.visit(made)
    if applied:
        assert (visit["state"], standing(world)) == ("confirmed", [1, 1, 1])
    else:
        assert (visit["state"], standing(world)) == ("compensated", [0, 0, 0])
        assert world.held("horebeke") == []


async def test_what_waits_too_long_for_an_unknown_one_is_let_go_and_so_are_all(
    world: World,
) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world))).json()
    world.goes_wrong("mechelen", "confirm", LOST, applied=True)
    await citizen.confirm(made)
    world.gateway.sources.switch("mechelen", Accepts.NOTHING)

    world.clock.advance(minutes=21)
    await world.sweep(2)
    waiting = await citizen.visit(made)
    assert states(waiting) == ["confirmed", "confirming", "expired"]
    assert await world.gateway.parts.ledger.visits.contact(made["id"]) is None

    world.gateway.sources.switch("mechelen", Accepts.EVERYTHING)
    world.clock.advance(minutes=25)
    citizen = await world.log_in()
    await world.sweep(2)
    visit = await citizen.visit(made)
    assert (visit["state"], standing(world)) == ("compensated", [0, 0, 0])


async def test_undoing_waits_for_a_vendor_that_is_down(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world))).json()
    world.goes_wrong("mechelen", "confirm", SlotTaken("Gone."))
    for _ in range(2):
        world.goes_wrong("aalst", "cancel", VendorUnavailable("Down."))

    answer = await citizen.confirm(made)
    assert (answer.status_code, answer.json()["state"]) == (202, "compensating")
    assert standing(world) == [1, 0, 0]
    (undone,) = (each for each in answer.json()["items"] if each["state"] == "confirmed")
    assert undone["cancelledBy"] == "compensation"

    for seconds in (6, 12):
        world.clock.advance(seconds=seconds)
        await world.sweep(2)
    assert (await citizen.visit(made))["state"] == "compensated"
    assert standing(world) == [0, 0, 0]
    assert world.adapter("aalst").faults.calls["cancel"] == 3


async def test_a_vendor_that_stays_down_leaves_the_undoing_to_a_person(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world))).json()
    world.goes_wrong("mechelen", "confirm", SlotTaken("Gone."))
    world.adapter("aalst").settings = world.adapter("aalst").settings.model_copy(
        update={"cancel_until_hours": -1000}
    )
    for _ in range(10):
        world.goes_wrong("aalst", "cancel", VendorUnavailable("Down."))

    await citizen.confirm(made)
    for _ in range(5):
        world.clock.advance(hours=6)
        await world.sweep(2)

    assert (await (await world.log_in()).visit(made))["state"] == "needsDecision"


@pytest.mark.parametrize(
    ("error", "state"), [(CancellationClosed("No."), "needsDecision"), (LOST, "compensated")]
)
async def test_an_undoing_that_is_refused_or_unknown(
    world: World, error: BookingError, state: str
) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world))).json()
    world.goes_wrong("mechelen", "confirm", SlotTaken("Gone."))
    world.goes_wrong("aalst", "cancel", error)

    await citizen.confirm(made)
    world.clock.advance(seconds=30)
    await world.sweep(3)

    assert (await citizen.visit(made))["state"] == state


async def test_what_the_citizen_takes_out_no_longer_counts(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world))).json()

    dropped = await citizen.cancel(made["items"][1])
    booked = await citizen.confirm(made)

    assert (dropped.status_code, dropped.json()["state"]) == (200, "cancelled")
    assert (booked.status_code, booked.json()["state"]) == (200, "confirmed")
    assert world.held("mechelen") == []
    assert standing(world) == [1, 0, 1]


async def test_one_wish_at_two_overlapping_times_is_refused(world: World) -> None:
    citizen = await world.log_in()

    refused = await citizen.choose(await world.slot("aalst"), await world.slot("aalst"))

    assert (refused.status_code, refused.json()["code"]) == (409, "citizenTimeConflict")


async def test_an_item_is_not_cancelled_while_its_visit_is_worked_on(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world))).json()
    visits = world.gateway.parts.ledger.visits
    record = await visits.get(made["id"])
    assert record is not None
    generation = await visits.begin_phase(made["id"], VisitState.CONFIRMING)
    refused = await citizen.cancel(made["items"][0])
    assert generation is not None
    await visits.end_phase(made["id"], generation)

    assert (refused.status_code, refused.json()["code"]) == (409, "bookingChanged")


async def test_best_effort_does_not_wait_for_an_unknown_one(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(*await three(world), policy="bestEffort")).json()
    world.goes_wrong("aalst", "confirm", LOST, applied=True)

    waiting = await citizen.confirm(made)

    assert (waiting.status_code, waiting.json()["state"]) == (202, "confirming")
    assert states(waiting.json()) == ["confirming", "confirmed", "confirmed"]
    assert waiting.json()["items"][0]["pending"]["outcome"] == "unknown"
    world.clock.advance(seconds=6)
    await world.sweep()
    assert (await citizen.visit(made))["state"] == "confirmed"


def asking(label: str) -> Json:
    """A town that asks a question under a key that others use too."""
    question = {"name": "answers.1", "label": label}
    product = {"id": "identiteitskaart", "name": "Identiteitskaart", "questions": [question]}
    return {"products": [product], "locations": [{"id": "stadhuis", "name": "Stadhuis"}]}


async def test_each_vendor_gets_the_answers_to_its_own_questions(folder: Path) -> None:
    towns = {"aalst": asking("Partner"), "mechelen": asking("Number plate")}
    async with running_world(folder, towns) as world:
        citizen = await world.log_in()
        slots = await world.slot("aalst"), await world.slot("mechelen", number=3)
        made = (await citizen.choose(*slots)).json()
        asked = [field["name"] for item in made["items"] for field in item["intakeFields"]]
        assert {"answers.aalst.1", "answers.mechelen.1"} <= set(asked)

        answers = {"aalst.1": "Lou", "mechelen.1": "1-ABC-234"}
        booked = await citizen.confirm(made, CONTACT | {"answers": answers})

        assert booked.json()["state"] == "confirmed", booked.text
        for town, answer in (("aalst", "Lou"), ("mechelen", "1-ABC-234")):
            (entry,) = world.standing(town)
            assert entry.request is not None
            assert entry.request.answers == {"1": answer}


async def test_what_a_vendor_refuses_of_an_answer_is_told_by_the_name_it_was_asked_by(
    folder: Path,
) -> None:
    async with running_world(folder, {"aalst": asking("One"), "mechelen": asking("Two")}) as world:
        citizen = await world.log_in()
        slots = await world.slot("aalst"), await world.slot("mechelen", number=3)
        made = (await citizen.choose(*slots)).json()
        issue = Issue(type="urn:x", name="answers.1", detail="too short")
        world.goes_wrong("mechelen", "confirm", CustomerFieldsMissing("No.", issues=(issue,)))

        refused = await citizen.confirm(made)

        assert [each["name"] for each in refused.json()["issues"]] == ["contact.answers.mechelen.1"]
