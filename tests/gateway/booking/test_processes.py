"""Slow vendors, callers who do not wait, processes that come and go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.faults import Fault
from contracts.errors import OutcomeUnknown
from contracts.models import Appointment
from contracts.states import Operation, VisitState
from gateway.booking import sending
from gateway.config.tables import Limits
from gateway.ledger import Executors
from gateway.ledger.executors import LAPSED
from tests.gateway.world import TWO_TOWNS, Clock, World, running_world

LATER = "/booking/v1/visits/"


async def test_a_caller_who_does_not_wait_is_told_where_to_look(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.gateway.visits._patience = 0.05
    answered = asyncio.Event()
    world.adapter("aalst").faults.script("confirm", until=answered)

    later = await citizen.confirm(made)
    assert (later.status_code, later.json()["state"]) == (202, "confirming")
    assert later.headers["Location"] == LATER + made["id"]
    while not world.adapter("aalst").faults.calls["confirm"]:  # noqa: ASYNC110 - it cannot tell
        await asyncio.sleep(0.01)
    assert (await citizen.visit(made))["items"][0]["pending"]["outcome"] == "running"

    answered.set()
    await world.at_rest()
    assert (await citizen.visit(made))["state"] == "confirmed"


async def test_a_sweep_leaves_a_workflow_that_works_alone(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.gateway.visits._patience = 0.05
    answered = asyncio.Event()
    world.adapter("aalst").faults.script("confirm", until=answered)
    await citizen.confirm(made)

    for _ in range(3):
        world.clock.advance(seconds=30)
        await world.gateway.reconciler.sweep()
    answered.set()
    await world.at_rest()

    assert (await citizen.visit(made))["state"] == "confirmed"
    assert world.adapter("aalst").faults.calls["confirm"] == 1


async def test_an_adapter_that_never_answers_leaves_it_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forever(*_: object, **__: object) -> Appointment:
        await asyncio.Event().wait()
        raise AssertionError

    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    monkeypatch.setattr(sending, "GRACE", sending.GRACE / 50)
    monkeypatch.setattr(MemoryAdapter, "confirm", forever)
    world.gateway.sources["aalst"].limits = Limits(timeout_seconds=0.5)

    answer = await citizen.confirm(made)

    assert answer.status_code == 202, answer.text
    assert answer.json()["items"][0]["pending"]["outcome"] == "unknown"


async def test_a_process_that_ends_waits_for_what_it_sent(folder: Path) -> None:
    async with running_world(folder, TWO_TOWNS) as first:
        citizen = await first.log_in()
        made = (await citizen.choose(await first.slot())).json()
        first.gateway.visits._patience = 0.05
        answered = asyncio.Event()
        first.adapter("aalst").faults.script("confirm", until=answered)
        assert (await citizen.confirm(made)).status_code == 202
        asyncio.get_running_loop().call_later(0.05, answered.set)

    async with running_world(folder, TWO_TOWNS, before=first) as second:
        visit = await (await second.log_in()).visit(made)

    assert visit["state"] == "confirmed"
    assert "pending" not in visit["items"][0]


async def test_a_visit_claimed_by_a_process_that_died_is_begun_by_the_next(folder: Path) -> None:
    clock = Clock()
    async with running_world(folder, TWO_TOWNS, clock) as first:
        citizen = await first.log_in()
        made = (await citizen.choose(await first.slot())).json()
        await first.gateway.parts.ledger.visits.begin_phase(made["id"], VisitState.HOLDING)

    async with running_world(folder, TWO_TOWNS, clock, before=first) as second:
        citizen = await second.log_in()
        assert (await citizen.visit(made))["state"] == "holding"
        clock.advance(seconds=30)
        await second.sweep()
        assert (await citizen.visit(made))["state"] == "held"
        assert (await citizen.confirm(made)).status_code == 200


async def test_a_cancel_that_was_claimed_and_never_begun_can_be_asked_again(world: World) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    ledger = world.gateway.parts.ledger
    await ledger.begin_write(item["id"], Operation.CANCEL, world.clock())

    assert (await citizen.cancel(item)).status_code == 202
    await world.sweep()
    again = await citizen.cancel(item)

    assert (again.status_code, again.json()["state"]) == (200, "cancelled")
    assert world.adapter("aalst").faults.calls["cancel"] == 1


async def test_a_defect_at_one_appointment_does_not_stop_the_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = await world.log_in()
    made = [(await citizen.choose(await world.slot(number=number))).json() for number in (0, 5)]
    visits = world.gateway.parts.ledger.visits
    expire = visits.expire

    async def broken(visit_id: str) -> object:
        if visit_id == made[0]["id"]:
            raise RuntimeError
        return await expire(visit_id)

    monkeypatch.setattr(visits, "expire", broken)
    world.clock.advance(minutes=21)
    await world.sweep()

    states = [(await citizen.visit(each))["state"] for each in made]
    assert states == ["held", "failed"]


async def test_a_look_that_takes_long_does_not_make_its_process_look_dead(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = Clock(), asyncio.Event()
    async with running_world(folder, TWO_TOWNS, clock) as world:
        gateway = world.gateway
        executors = Executors(gateway.database, clock)

        async def never() -> None:
            asked.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(gateway.reconciler, "look", never)
        async with gateway.sweeping(0.01):
            await asked.wait()
            clock.advance(seconds=LAPSED.total_seconds() + 1)
            while await executors.lapsed():  # noqa: ASYNC110 - it cannot tell
                await asyncio.sleep(0.01)


async def test_what_is_known_of_one_source_does_not_wait_for_another(world: World) -> None:
    citizen = await world.log_in()
    made = {}
    for number, town in enumerate(("aalst", "mechelen")):
        visit = (await citizen.choose(await world.slot(town, number=3 * number))).json()
        world.goes_wrong(town, "confirm", OutcomeUnknown("The answer was lost."), applied=True)
        assert (await citizen.confirm(visit)).status_code == 202
        made[town] = visit
    silent = asyncio.Event()
    world.adapter("aalst").faults.script("find_by_client_reference", until=silent)

    world.clock.advance(seconds=6)
    sweeping = asyncio.create_task(world.gateway.reconciler.sweep())
    while (await citizen.visit(made["mechelen"]))["state"] != "confirmed":  # noqa: ASYNC110 - it cannot tell
        await asyncio.sleep(0.01)
    assert (await citizen.visit(made["aalst"]))["state"] == "confirming"

    silent.set()
    await sweeping
    await world.at_rest()
    assert (await citizen.visit(made["aalst"]))["state"] == "confirmed"


async def test_a_source_that_is_silent_is_asked_once_in_a_sweep(world: World) -> None:
    citizen = await world.log_in()
    for number in (0, 3, 6):
        visit = (await citizen.choose(await world.slot(number=number))).json()
        world.goes_wrong("aalst", "confirm", OutcomeUnknown("The answer was lost."), applied=True)
        assert (await citizen.confirm(visit)).status_code == 202
    world.gateway.sources["aalst"].limits = Limits(timeout_seconds=0.05)
    world.adapter("aalst").faults.always = Fault(until=asyncio.Event())

    world.clock.advance(seconds=6)
    await world.sweep()
    assert world.adapter("aalst").faults.calls["find_by_client_reference"] == 1

    world.adapter("aalst").faults.always = Fault()
    world.clock.advance(seconds=30)
    await world.sweep()
    assert [item["state"] for item in (await citizen.appointments())["items"]] == ["confirmed"] * 3


async def test_what_fails_on_a_defect_is_left_alone_for_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = await world.log_in()
    visit = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "confirm", OutcomeUnknown("The answer was lost."), applied=True)
    assert (await citizen.confirm(visit)).status_code == 202
    outcomes = world.gateway.parts.writes.outcomes

    async def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as defect:
        defect.setattr(outcomes, "booked", broken)
        world.clock.advance(seconds=6)
        await world.sweep()
    assert await world.gateway.parts.ledger.due() == []

    world.clock.advance(minutes=2)
    await world.sweep()
    assert (await citizen.visit(visit))["state"] == "confirmed"
