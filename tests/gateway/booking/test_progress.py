"""A citizen watches a booking happen."""

from __future__ import annotations

import asyncio
import json
from itertools import count, pairwise

import pytest

from contracts.api import Visit
from contracts.errors import NotOwner, OutcomeUnknown, TooManyRequests
from gateway.booking.progress import Pace, Progress
from tests.gateway.world import Browser, Json, World

LOST = OutcomeUnknown("The answer was lost.")


def events(text: str) -> list[Json]:
    """The visits in a stream of server-sent events."""
    told = []
    for message in text.replace("\r\n", "\n").strip().split("\n\n"):
        kind, data = message.split("\n")
        assert kind == "event: visit"
        told.append(json.loads(data.removeprefix("data: ")))
    return told


async def being_booked(world: World, citizen: Browser) -> tuple[Json, asyncio.Event]:
    """A visit whose confirm waits for its vendor, until the event is set."""
    made = (await citizen.choose(await world.slot())).json()
    world.gateway.visits._patience = 0.05
    answered = asyncio.Event()
    world.adapter("aalst").faults.script("confirm", until=answered)
    assert (await citizen.confirm(made)).status_code == 202
    return made, answered


async def test_it_is_told_until_the_end(world: World) -> None:
    citizen = await world.log_in()
    made, answered = await being_booked(world, citizen)

    watching = asyncio.create_task(citizen.get(made["events"]))
    answered.set()
    answer = await watching

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    told = events(answer.text)
    assert told[-1] == await citizen.visit(made)
    assert told[-1]["state"] == "confirmed"
    assert all(earlier != later for earlier, later in pairwise(told))


async def test_of_a_visit_that_waits_for_nothing_it_is_told_once(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()

    held = events((await citizen.get(made["events"])).text)
    await citizen.confirm(made)
    confirmed = events((await citizen.get(made["events"])).text)

    assert [visit["state"] for visit in held] == ["held"]
    assert [visit["state"] for visit in confirmed] == ["confirmed"]


async def test_it_goes_on_until_an_unknown_outcome_is_settled(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "confirm", LOST, applied=True)
    await citizen.confirm(made)

    watching = asyncio.create_task(citizen.get(made["events"]))
    world.clock.advance(seconds=6)
    await world.sweep()
    told = events((await watching).text)

    assert told[-1]["state"] == "confirmed"


async def test_it_does_not_end_between_what_failed_and_its_undoing(world: World) -> None:
    citizen = await world.log_in()
    slots = [await world.slot("aalst"), await world.slot("mechelen", number=4)]
    made = (await citizen.choose(*slots)).json()
    world.goes_wrong("mechelen", "confirm", LOST, applied=False)
    await citizen.confirm(made)

    watching = asyncio.create_task(citizen.get(made["events"]))
    world.clock.advance(seconds=60)
    await world.sweep(2)
    told = events((await watching).text)

    assert told[-1]["state"] == "compensated"


async def test_somebody_else_cannot_watch(world: World) -> None:
    made = (await (await world.log_in()).choose(await world.slot())).json()

    refused = await (await world.log_in("sam")).get(made["events"])

    assert (refused.status_code, refused.json()["code"]) == (403, "notOwner")


async def test_what_another_process_changes_is_seen_too(world: World) -> None:
    citizen = await world.log_in()
    made, answered = await being_booked(world, citizen)
    deaf = Progress(world.gateway.visits, type(world.gateway.parts.ledger.changes)(), Pace(0.01))

    told: list[Visit | None] = []
    async for visit in await deaf.follow(citizen.citizen_key, made["id"], "nl"):
        told.append(visit)
        answered.set()

    states = [visit.state for visit in told if visit]
    assert (states[0], states[-1]) == ("confirming", "confirmed")


async def test_while_nothing_changes_it_says_that_it_is_there_and_ends_in_time(
    world: World,
) -> None:
    citizen = await world.log_in()
    made, answered = await being_booked(world, citizen)
    seconds = count()
    pace = Pace(look=0.001, beat=2, lifetime=12, clock=lambda: float(next(seconds)))
    progress = Progress(world.gateway.visits, world.gateway.parts.ledger.changes, pace)

    told = [visit async for visit in await progress.follow(citizen.citizen_key, made["id"], "nl")]
    answered.set()

    assert told[0] is not None
    assert told[0].state == "confirming"
    assert len(told) > 2
    assert set(told[1:]) == {None}


async def test_a_citizen_cannot_watch_without_end(world: World) -> None:
    citizen = await world.log_in()
    made, answered = await being_booked(world, citizen)
    pace = Pace(look=0.01, most=1)
    progress = Progress(world.gateway.visits, world.gateway.parts.ledger.changes, pace)
    key = citizen.citizen_key

    first = await progress.follow(key, made["id"], "nl")
    assert await anext(first) is not None
    with pytest.raises(TooManyRequests):
        await progress.follow(key, made["id"], "nl")
    with pytest.raises(NotOwner):
        await progress.follow("somebody else", made["id"], "nl")
    answered.set()
    async for _ in first:
        pass

    again = await progress.follow(key, made["id"], "nl")
    assert await anext(again) is not None
