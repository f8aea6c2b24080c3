"""Whatever two who write at once do: the first answer counts, and nothing is half done."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.errors import Outcome
from contracts.models import AppointmentRef
from contracts.states import (
    ItemState,
    Operation,
    PendingOutcome,
    TransitionRefused,
    VisitState,
)
from gateway.ledger import AppointmentRecord, Attempt, Closing, Ledger, PendingWrite
from tests.gateway.world import World


async def item(world: World, number: int = 0) -> AppointmentRecord:
    """An item that is chosen and held by nobody's workflow."""
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot(number=number))).json()
    record = await world.gateway.parts.ledger.appointment(made["items"][0]["id"])
    assert record is not None
    return record


def attempt(record: AppointmentRecord, world: World) -> Attempt:
    now = world.clock()
    name = f"{record.id}-confirm-1"
    return Attempt(name, record.id, Operation.CONFIRM, 1, now, now + timedelta(seconds=5))


@pytest.fixture
def ledger(world: World) -> Ledger:
    return world.gateway.parts.ledger


async def test_one_of_many_opens_an_attempt(world: World, ledger: Ledger) -> None:
    record = await item(world)
    wanted = attempt(record, world)

    answers = await asyncio.gather(*(ledger.open_attempt(wanted, record.version) for _ in range(5)))

    assert answers.count(None) == 1
    assert [answer.outcome for answer in answers if answer] == [None] * 4


async def test_the_first_answer_counts(world: World, ledger: Ledger) -> None:
    record = await item(world)
    opened = attempt(record, world)
    await ledger.open_attempt(opened, record.version)
    confirming = await ledger.change(record.id, "booking", state=ItemState.CONFIRMING)
    name = opened.client_reference

    await ledger.change(
        record.id,
        "booked",
        closing=Closing(name, Outcome.APPLIED),
        state=ItemState.CONFIRMED,
        ref=AppointmentRef(vendor_ref="A-1"),
    )
    unknown = PendingWrite(Operation.CONFIRM, world.clock(), PendingOutcome.UNKNOWN, "")
    late = await ledger.change(
        record.id, "unanswered", closing=Closing(name, None), pending=unknown
    )
    again = await ledger.change(
        record.id, "refused", closing=Closing(name, Outcome.NOT_APPLIED), state=ItemState.FAILED
    )

    assert (late.state, late.pending) == (ItemState.CONFIRMED, None)
    assert again == late
    assert again.version == confirming.version + 1


async def test_what_changed_meanwhile_is_left_alone(world: World, ledger: Ledger) -> None:
    record = await item(world)
    await ledger.change(record.id, "released", hold=None)

    unchanged = await ledger.change(
        record.id, "verified", version=record.version, state=ItemState.EXPIRED
    )

    assert unchanged.state is ItemState.HELD


async def test_a_change_that_may_not_be_leaves_its_attempt_open(
    world: World, ledger: Ledger
) -> None:
    record = await item(world)
    opened = attempt(record, world)
    await ledger.open_attempt(opened, record.version)

    with pytest.raises(TransitionRefused):
        await ledger.change(
            record.id,
            "impossible",
            closing=Closing(opened.client_reference, Outcome.APPLIED),
            state=ItemState.REPLACED,
        )

    assert await ledger.open_attempts(record.id) == [opened]
    assert await ledger.appointment(record.id) == record


async def test_one_write_at_a_time(world: World, ledger: Ledger) -> None:
    record = await item(world)
    soon = world.clock() + timedelta(minutes=1)

    claims = await asyncio.gather(
        *(ledger.begin_write(record.id, Operation.CANCEL, soon) for _ in range(3))
    )

    assert len([claim for claim in claims if claim]) == 1
    assert await ledger.visits.begin_phase(record.visit_id or "", VisitState.CONFIRMING) is None


async def test_one_workflow_at_a_time(world: World, ledger: Ledger) -> None:
    record = await item(world)
    visit_id = record.visit_id or ""

    claims = await asyncio.gather(
        *(ledger.visits.begin_phase(visit_id, VisitState.CONFIRMING) for _ in range(3))
    )

    (generation,) = [claim for claim in claims if claim]
    soon = world.clock() + timedelta(minutes=1)
    assert await ledger.begin_write(record.id, Operation.CANCEL, soon) is None

    await ledger.visits.end_phase(visit_id, generation - 1)  # one that was given up on
    visit = await ledger.visits.get(visit_id)
    assert visit is not None
    assert visit.is_worked_on_by(generation)
    await ledger.visits.end_phase(visit_id, generation)
    assert await ledger.begin_write(record.id, Operation.CANCEL, soon) is not None


async def test_a_visit_that_changed_since_the_sweep_read_it_does_not_rest(
    world: World, ledger: Ledger
) -> None:
    record = await item(world)
    (read,) = await ledger.visits.due()
    world.clock.advance(seconds=1)
    await ledger.change(record.id, "failed", state=ItemState.FAILED)

    await ledger.visits.rest(read)

    assert [visit.id for visit in await ledger.visits.due()] == [record.visit_id]


async def test_an_appointment_is_discovered_once(world: World, ledger: Ledger) -> None:
    record = await item(world)
    found = replace(
        record,
        id="11111111-1111-1111-1111-111111111111",
        visit_id=None,
        state=ItemState.CONFIRMED,
        hold=None,
        ref=AppointmentRef(vendor_ref="A-1"),
    )

    answers = await asyncio.gather(
        ledger.discover(found),
        ledger.discover(replace(found, id="22222222-2222-2222-2222-222222222222")),
    )

    assert {answer.id for answer in answers if answer} == {answers[0].id if answers[0] else ""}
