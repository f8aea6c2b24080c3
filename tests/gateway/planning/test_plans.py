"""``POST /plans/query``: the whole gateway over memory sources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import chain, pairwise
from pathlib import Path

import httpx
import pytest

from adapters.vendors.memory import faults
from contracts.adapter import Capability
from contracts.errors import VendorUnavailable
from gateway.planning import planner, questions
from gateway.settings import OnConflict
from tests.gateway.world import ZONE, Json, World, answered, running_world

HOURS = {day: ["09:00-12:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
CARD = {"id": "identiteitskaart", "name": "Kaart", "minutes": 10, "group": "paspoorten"}
PASSPORT = {"id": "reispas", "name": "Reispas", "minutes": 15, "group": "paspoorten"}
LICENCE = {"id": "rijbewijs", "name": "Rijbewijs", "minutes": 10, "max_quantity": 2}
MARRIAGE = {"id": "huwelijk", "name": "Huwelijk", "minutes": 60, "approval": True}
PRODUCTS = [CARD, PASSPORT, LICENCE, MARRIAGE]


@asynccontextmanager
async def town(folder: Path, **sources: Json) -> AsyncIterator[World]:
    """Sources of Aalst by the end of their name; everything is handled everywhere."""
    named = {
        f"{name.replace('_', '-')}": {"products": PRODUCTS, "hours": HOURS} | settings
        for name, settings in sources.items()
    }
    async with running_world(folder, named) as world:
        yield world


async def ask(world: World, *products: str, days: int = 7, **more: object) -> httpx.Response:
    today = world.clock().astimezone(ZONE).date()
    wanted = [product.partition("×") for product in products]
    return await world.client.post(
        "/booking/v1/plans/query",
        json={
            "municipalityIds": ["aalst"],
            "products": [
                {"productId": number, "quantity": int(quantity or 1)}
                for number, _, quantity in wanted
            ],
            "firstDay": str(today),
            "lastDay": str(today + timedelta(days=days)),
        }
        | more,
    )


async def plans(world: World, *products: str, days: int = 7, **more: object) -> Json:
    answer = await ask(world, *products, days=days, **more)
    assert answer.status_code == 200, answer.text
    return answered(answer)


def labelled(found: Json, label: str) -> Json:
    plan: Json = next(plan for plan in found["items"] if label in plan.get("labels", ()))
    return plan


def handled(plan: Json) -> list[list[tuple[str, int]]]:
    """Per stop, the products and how many of each."""
    return [[(each["id"], each["quantity"]) for each in stop["products"]] for stop in plan["stops"]]


async def test_what_goes_together_is_one_stop_and_what_does_not_is_the_next(folder: Path) -> None:
    async with town(folder, aalst={}) as world:
        found = await plans(world, "697", "1835×2", "1041")

    plan = labelled(found, "oneStop")
    assert sorted(map(len, handled(plan))) == [1, 2]
    assert sorted(chain(*handled(plan))) == [("1041", 1), ("1835", 2), ("697", 1)]
    assert found["complete"]
    assert found["total"] == len(found["items"]) <= 10
    assert {label for plan in found["items"] for label in plan.get("labels", ())} == {
        "oneStop",
        "leastWaiting",
        "soonest",
    }
    assert plan["guarantee"] == "held"


@pytest.mark.parametrize("rule", OnConflict)
async def test_who_is_logged_in_is_shown_no_time_that_would_be_refused(
    folder: Path, rule: OnConflict
) -> None:
    async with town(folder, aalst={}) as world:
        source = world.gateway.sources["aalst"]
        source.municipality = source.municipality.model_copy(update={"time_conflict": rule})
        citizen = await world.log_in()
        slot = await world.slot("aalst", "697", 0)
        await citizen.book(slot)
        query = {
            "municipalityIds": ["aalst"],
            "products": [{"productId": number} for number in ("1835", "1041")],
            "firstDay": slot["start"][:10],
            "lastDay": slot["start"][:10],
        }
        own = answered(await citizen.post("/booking/v1/plans/query", query))
        anybody = answered(await world.client.post("/booking/v1/plans/query", json=query))

    def taken(found: Json) -> list[Json]:
        stops = [stop for plan in found["items"] for stop in plan["stops"]]
        return [each for each in stops if slot["start"] <= each["start"] < slot["end"]]

    assert own["items"]
    assert taken(anybody)
    assert bool(taken(own)) == (rule is OnConflict.WARN)


async def test_between_two_stops_there_is_time_to_get_there(folder: Path) -> None:
    halls = [
        {"id": "stadhuis", "name": "Stadhuis", "products": ["identiteitskaart"]},
        {"id": "wijkhuis", "name": "Wijkhuis", "products": ["rijbewijs"]},
    ]
    async with town(folder, aalst={"locations": halls}) as world:
        found = await plans(world, "697", "1041")

    assert found["items"]
    for plan in found["items"]:
        for before, after in pairwise(plan["stops"]):
            between = datetime.fromisoformat(after["start"]) - datetime.fromisoformat(before["end"])
            minutes = between.total_seconds() / 60
            assert after["travel"] == 15
            assert minutes == after["travel"] + after["waiting"]
            assert after["waiting"] >= 5
        assert plan["travel"] == sum(stop["travel"] for stop in plan["stops"])
        assert plan["waiting"] == sum(stop["waiting"] for stop in plan["stops"])


async def test_a_plan_can_be_booked_as_it_is(folder: Path) -> None:
    async with town(folder, aalst={}, aalst_zuid={}) as world:
        found = await plans(world, "697", "1041")
        citizen = await world.log_in()
        for plan in found["items"]:
            booked = await citizen.book(*plan["stops"])
            assert [item["start"] for item in booked["items"]] == [
                stop["start"] for stop in plan["stops"]
            ]
            assert booked["guarantee"] == plan["guarantee"]
            assert booked["risks"] == plan["risks"]
            for item in booked["items"]:
                await citizen.cancel(item)


async def test_other_days_are_shown_beside_the_best_one(folder: Path) -> None:
    async with town(folder, aalst={}) as world:
        found = await plans(world, "697", "1041", days=4)

    days = [plan["start"][:10] for plan in found["items"]]
    assert len(set(days)) == 5


async def test_several_municipalities_are_one_trip(folder: Path) -> None:
    hall = [{"id": "stadhuis", "name": "Stadhuis"}]
    card = {"products": [CARD], "locations": hall}
    licence = {"products": [LICENCE], "locations": hall}
    async with town(folder, aalst=card, mechelen=licence) as world:
        found = await plans(world, "697", "1041", municipalityIds=["aalst", "mechelen"])

    plan = found["items"][0]
    assert {stop["municipalityId"] for stop in plan["stops"]} == {"aalst", "mechelen"}
    assert plan["travel"] == 60


async def test_a_preferred_location_wins_from_one_that_serves_as_well(folder: Path) -> None:
    async with town(folder, aalst={}, aalst_zuid={}) as world:
        for source in ("aalst", "aalst-zuid"):
            preferred = f"{source}.stadhuis"
            found = await plans(world, "697", "1041", preferredLocationIds=[preferred])
            stops = labelled(found, "soonest")["stops"]
            assert {stop["location"]["id"] for stop in stops} == {preferred}


async def test_who_does_not_answer_is_named_and_the_others_plan(folder: Path) -> None:
    async with town(folder, aalst={}, aalst_zuid={}) as world:
        down = faults.Fault(VendorUnavailable("down"))
        world.adapter("aalst-zuid").faults.always = down
        found = await plans(world, "697", "1041")
        assert found["items"]
        assert [each["source"] for each in found["unavailable"]] == ["aalst-zuid"]

        world.adapter("aalst").faults.always = down
        found = await plans(world, "697", "1041")
        assert found["items"] == []
        assert len(found["unavailable"]) == 2


async def test_a_source_that_never_says_where_costs_the_others_no_plan(folder: Path) -> None:
    async with town(folder, aalst={}, aalst_zuid={}) as world:
        await plans(world, "697", "1041")  # so that the names are known
        world.gateway.planner._patience = 1.5
        world.adapter("aalst-zuid").faults.always = faults.Fault(until=asyncio.Event())
        found = await plans(world, "697", "1835")

    assert found["items"]
    assert [(each["source"], each["reason"]) for each in found["unavailable"]] == [
        ("aalst-zuid", "timeout")
    ]


async def test_who_waits_too_long_for_a_turn_is_asked_to_come_back(folder: Path) -> None:
    async with town(folder, aalst={}) as world:
        world.gateway.planner._patience = 0.5
        world.gateway.planner._turns = asyncio.Semaphore(0)
        refused = await ask(world, "697")

    assert refused.status_code == 429
    assert refused.headers["Retry-After"]


async def test_more_plans_at_once_than_memory_is_for_are_refused_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "_MOST_BEGUN", 2)
    async with town(folder, aalst={}) as world:
        answered = asyncio.Event()
        world.adapter("aalst").faults.always = faults.Fault(until=answered)
        begun = [asyncio.create_task(ask(world, "697")) for _ in range(2)]
        while world.gateway.planner._begun < 2:  # noqa: ASYNC110 - it cannot tell
            await asyncio.sleep(0)

        assert (await ask(world, "697")).status_code == 429
        answered.set()
        assert [(await each).status_code for each in begun] == [200, 200]
        assert (await ask(world, "697")).status_code == 200


async def test_the_citizen_is_told_what_can_go_wrong_before_choosing(folder: Path) -> None:
    async with town(folder, aalst={}) as world:
        world.declare("aalst", without=[Capability.HOLD])
        found = await plans(world, "697", "1041")

    assert found["items"][0]["guarantee"] == "compensating"
    assert "mailedThenCancelled" in found["items"][0]["risks"]


async def test_nothing_that_all_or_nothing_cannot_promise_is_proposed(folder: Path) -> None:
    async with town(folder, aalst={}, aalst_zuid={}) as world:
        world.declare("aalst", without=[Capability.HOLD], cancellable=False)
        found = await plans(world, "697", "1041")
        assert found["items"]
        for plan in found["items"]:
            pivots = [stop for stop in plan["stops"] if stop["location"]["id"].startswith("aalst.")]
            assert len(pivots) <= 1

        world.declare("aalst-zuid", without=[Capability.HOLD], cancellable=False)
        refused = await ask(world, "697", "1041")
        assert refused.status_code == 422
        assert refused.json()["code"] == "productsNotCombinable"
        assert (await plans(world, "697", "1835"))["items"][0]["guarantee"] == "singleCall"


async def test_what_staff_has_to_approve_goes_with_nothing_else(folder: Path) -> None:
    async with town(folder, aalst={}) as world:
        assert (await plans(world, "1385"))["items"]
        refused = await ask(world, "1385", "697")

    assert refused.json()["code"] == "productsNotCombinable"


async def test_a_wish_that_nobody_can_fulfil_is_refused_with_the_reason(folder: Path) -> None:
    async with town(folder, aalst={}) as world:
        assert (await ask(world, "697", "1041×3")).json()["code"] == "quantityExceeded"
        assert (await ask(world, "697", "9999")).status_code == 404
        assert (await ask(world, "697", municipalityIds=["nergens"])).status_code == 404
        twice = await ask(world, "697", "697")
        assert twice.json()["issues"][0]["name"] == "products[1]"
        assert (await ask(world, "697", days=63)).status_code == 400


async def test_no_free_time_is_an_empty_answer_and_no_error(folder: Path) -> None:
    async with town(folder, aalst={"hours": {"sunday": ["09:00-12:00"]}}) as world:
        found = await plans(world, "697", "1041", days=1)

    assert (found["items"], found["unavailable"], found["complete"]) == ([], [], True)


async def test_a_source_that_takes_no_bookings_is_not_asked(folder: Path) -> None:
    async with town(folder, aalst={}, aalst_zuid={}) as world:
        world.gateway.sources["aalst-zuid"].certified = False
        found = await plans(world, "697", "1041")

    assert [each["reason"] for each in found["unavailable"]] == ["notCertified"]


async def test_sources_get_few_questions_and_it_is_told_when_there_were_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "MOST_QUESTIONS", 2)
    async with town(folder, aalst={}, aalst_zuid={}) as world:
        found = await plans(world, "697", "1041")

    assert found["items"]
    assert not found["complete"]
