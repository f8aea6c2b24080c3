"""Where the vendor checks no conflict, one booking at a time is let through to a day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contracts.deadline import Deadline
from contracts.errors import OutcomeUnknown
from contracts.manifest import ConflictCheck, Resolution
from contracts.models import ProductQuantity, Slot
from gateway.booking.turns import MARGIN, Turns
from gateway.config.tables import Limits
from gateway.ledger import Claim
from gateway.sources import Source
from tests.gateway.booking.test_unknown_outcomes import NO_HOLD
from tests.gateway.world import World

NINE = datetime(2027, 3, 9, 8, tzinfo=UTC)
SOON = 0.05


def slot(start: datetime = NINE, minutes: int = 15) -> Slot:
    return Slot(
        location_id="stadhuis",
        start=start,
        end=start + timedelta(minutes=minutes),
        products=(ProductQuantity(product_id="reispas"),),
    )


@pytest.fixture
def source(world: World) -> Source:
    world.declare("aalst", without=NO_HOLD, conflict_check=ConflictCheck.NONE)
    return world.gateway.sources["aalst"]


def impatient(source: Source) -> Source:
    source.limits = Limits(timeout_seconds=SOON)
    return source


@pytest.fixture
def processes(world: World) -> tuple[Turns, Turns]:
    """Two that share a ledger and nothing else."""
    ledger = world.gateway.parts.ledger
    return Turns(ledger), Turns(ledger)


async def comes(turns: Turns, source: Source, wanted: Slot, reference: str = "b") -> bool:
    async with turns.turn(source, wanted, reference) as turn:
        return turn.deadline is not None


@pytest.mark.parametrize("other", [0, 1], ids=["in one process", "in two processes"])
async def test_the_next_goes_when_the_first_is_answered(
    source: Source, processes: tuple[Turns, Turns], other: int
) -> None:
    async with processes[0].turn(source, slot(), "a") as first:
        overlapping = slot(NINE + timedelta(minutes=5))
        second = asyncio.create_task(comes(processes[other], source, overlapping))
        done, _ = await asyncio.wait({second}, timeout=SOON)
        assert not done
        await first.end()
    assert await second


@pytest.mark.parametrize("other", [0, 1], ids=["in one process", "in two processes"])
async def test_whose_turn_does_not_come_in_time_sends_nothing(
    source: Source, processes: tuple[Turns, Turns], other: int
) -> None:
    async with processes[0].turn(source, slot(), "a") as first:
        assert first.deadline
        assert not await comes(processes[other], impatient(source), slot())


async def test_another_day_is_another_line(source: Source, processes: tuple[Turns, Turns]) -> None:
    async with processes[0].turn(source, slot(), "a"):
        assert await comes(processes[1], source, slot(NINE + timedelta(days=1)))


async def test_what_goes_past_midnight_stands_in_both_lines(
    source: Source, processes: tuple[Turns, Turns]
) -> None:
    late = slot(datetime(2027, 3, 9, 22, 50, tzinfo=UTC), minutes=20)  # until 00:10 in Brussels
    async with processes[0].turn(source, late, "a"):
        for day in (9, 10):
            same_day = slot(NINE.replace(day=day))
            assert not await comes(processes[1], impatient(source), same_day)


async def test_what_ends_at_midnight_is_of_one_day(
    source: Source, processes: tuple[Turns, Turns]
) -> None:
    late = slot(datetime(2027, 3, 9, 22, 50, tzinfo=UTC), minutes=10)
    async with processes[0].turn(source, late, "a"):
        assert await comes(processes[1], source, slot(NINE.replace(day=10)))


async def test_a_claim_without_an_answer_lapses(
    world: World, source: Source, processes: tuple[Turns, Turns]
) -> None:
    lasts = timedelta(seconds=source.timeout) + MARGIN
    assert await comes(processes[0], source, slot(), "a")  # and its process dies

    world.clock.now += lasts - timedelta(seconds=1)
    assert not await comes(processes[1], impatient(source), slot())
    world.clock.now += timedelta(seconds=1)
    assert await comes(processes[1], source, slot())


async def test_who_lost_a_claim_takes_nothing_from_the_next(
    world: World, source: Source, processes: tuple[Turns, Turns]
) -> None:
    async with processes[0].turn(source, slot(), "slow") as slow:
        world.clock.advance(minutes=1)
        assert await comes(processes[1], source, slot(), "next")
        await slow.end()
        assert not await comes(processes[1], impatient(source), slot(), "third")


async def test_a_step_that_is_run_again_has_its_turn_still(
    source: Source, processes: tuple[Turns, Turns]
) -> None:
    assert await comes(processes[0], source, slot(), "a")
    assert await comes(processes[1], source, slot(), "a")


async def test_nobody_waits_at_a_vendor_that_checks(
    world: World, processes: tuple[Turns, Turns]
) -> None:
    checks = world.gateway.sources["mechelen"]
    async with processes[0].turn(checks, slot(), "a"):
        assert await comes(processes[1], checks, slot())


async def test_a_citizen_whose_turn_does_not_come_is_told_to_try_again(
    world: World, source: Source, processes: tuple[Turns, Turns]
) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    chosen = await world.gateway.parts.ledger.appointment(made["items"][0]["id"])
    assert chosen is not None
    async with processes[1].turn(source, chosen.slot, "somebody else"):
        impatient(source)
        refused = await citizen.confirm(made)

    assert (refused.status_code, refused.json()["code"]) == (503, "vendorUnavailable")
    assert refused.json()["outcome"] == "notApplied"
    assert world.adapter("aalst").faults.calls["book"] == 0
    assert (await citizen.visit(made))["state"] == "failed"


async def test_a_lost_answer_keeps_others_out_until_nobody_waits_for_it(
    world: World, source: Source, processes: tuple[Turns, Turns]
) -> None:
    world.declare("aalst", resolution=Resolution.BY_SCAN)
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    chosen = await world.gateway.parts.ledger.appointment(made["items"][0]["id"])
    assert chosen is not None
    world.goes_wrong("aalst", "book", OutcomeUnknown("Lost."))
    assert (await citizen.confirm(made)).status_code == 202

    patient = source.limits
    assert not await comes(processes[1], impatient(source), chosen.slot)
    world.clock.advance(seconds=patient.timeout_seconds + 2)
    assert await comes(processes[1], source, chosen.slot)


async def test_every_answer_lets_the_next_one_go(world: World, source: Source) -> None:
    one, other = await world.log_in("noor"), await world.log_in("sam")
    impatient(source).limits = Limits(timeout_seconds=5)
    booked = await one.book(await world.slot())
    again = await other.book(await world.slot())

    assert booked["state"] == again["state"] == "confirmed"
    assert world.adapter("aalst").faults.calls["book"] == 2


async def test_what_it_took_to_get_a_claim_is_not_left_to_send_in(
    world: World, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    ledger = world.gateway.parts.ledger
    claim = ledger.claim

    async def slowly(wanted: Claim, until: datetime) -> bool:
        taken, done = await claim(wanted, until), Deadline.after(SOON)
        while not done.passed:  # noqa: ASYNC110 - the monotonic clock says it
            await asyncio.sleep(0)
        return taken  # and has lapsed, or nearly so

    monkeypatch.setattr(ledger, "claim", slowly)
    impatient(source)
    refused = await citizen.confirm(made)

    assert (refused.status_code, refused.json()["code"]) == (503, "vendorUnavailable")
    assert world.adapter("aalst").faults.calls["book"] == 0
