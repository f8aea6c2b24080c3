"""A process is killed in the middle of a visit, and another one on the same PostgreSQL goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.rehearsal import Script, System, rehearse
from contracts.states import Operation
from gateway.app import SWEEP_EVERY
from gateway.ledger.executors import LAPSED
from tests.gateway.test_crash import FORM, killed
from tests.gateway.victim import Death, Moment, VendorSource, directory_of
from tests.gateway.world import ELSEWHERE, MONDAY, Browser, Clock, Json, World, running_world

# For each town: its vendor, what is booked there, and the vendor's own name for that.
TOWNS = {
    "horebeke": ("zms", "697", "1063441"),  # first: it offers one day
    "aalst": ("qmatic", "1835", "Reispas"),
    "mechelen": ("jcc_rest", "1041", "8b55f5b1-c28c-5f0c-8e8f-a2645e3b1b85"),
}
# What the three of them ask for together.
CONTACT = FORM | {"answers": {"customTextfield": "een vraag"}}
NONE = dict.fromkeys(TOWNS, 0)
EACH = dict.fromkeys(TOWNS, 1)
WITHIN = 10  # seconds after the heartbeat has lapsed


@dataclass
class Vendors:
    """Three systems beside the gateways: they survive the one that dies."""

    systems: Mapping[str, System]
    sources: Mapping[str, VendorSource]

    def booked(self) -> dict[str, int]:
        return {town: len(system.standing()) for town, system in self.systems.items()}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def vendors(clock: Clock) -> AsyncIterator[Vendors]:
    made = Vendors(systems := {}, sources := {})
    async with AsyncExitStack() as stack:
        for town, (vendor, product, theirs) in TOWNS.items():
            stage = await stack.enter_async_context(rehearse(vendor, clock, Script()))
            assert stage.system is not None
            systems[town] = stage.system
            sources[town] = VendorSource(vendor, {product: theirs}, stage.settings)
        yield made


async def chosen(world: World, citizen: Browser) -> Json:
    """One after the other: nobody is in two towns at once."""
    slots = list[Json]()
    for town, (_, product, _) in TOWNS.items():
        free = await world.slots(town, product)
        slots.append(next(each for each in free if not slots or each["start"] >= slots[-1]["end"]))
    answer = await citizen.choose(*slots)
    assert answer.status_code == 201, answer.text
    visit: Json = answer.json()
    return visit


def confirming(
    visit: Json, vendors: Vendors, folder: Path, at: tuple[Moment, Operation, int]
) -> Death:
    moment, operation, nth = at
    return Death(
        folder=folder,
        sources=vendors.sources,
        now=MONDAY,
        path=f"/booking/v1/visits/{visit['id']}/confirm",
        body={"contact": CONTACT, "guarantee": visit["guarantee"]},
        key="the-key-of-this-confirm",
        moment=moment,
        operation=operation,
        nth=nth,
        databases=ELSEWHERE[folder],
    )


@pytest.mark.parametrize(
    "at",
    [
        (Moment.BEFORE_ITS_ATTEMPT, Operation.BOOK, 1),
        (Moment.BEFORE_THE_STEP_ENDS, Operation.BOOK, 2),
        (Moment.BEFORE_THE_NEXT_STEP, Operation.BOOK, 2),
        (Moment.BEFORE_ITS_ATTEMPT, Operation.CONFIRM, 2),
        (Moment.BEFORE_THE_CALLER_KNOWS, Operation.CONFIRM, 1),
    ],
)
async def test_the_other_process_finishes_it(
    vendors: Vendors, folder: Path, clock: Clock, at: tuple[Moment, Operation, int]
) -> None:
    async with running_world(folder, directory_of(vendors.sources), clock) as other:
        citizen = await other.log_in()
        visit = await chosen(other, citizen)
        await killed(confirming(visit, vendors, folder, at))

        clock.advance(seconds=LAPSED.total_seconds() - 1)
        assert await other.gateway.durable.adopt() == 0
        await sweeps(other, seconds=WITHIN)

        assert (await citizen.visit(visit))["state"] == "confirmed"
    assert vendors.booked() == EACH


async def test_the_other_process_undoes_what_cannot_be_finished(
    vendors: Vendors, folder: Path, clock: Clock
) -> None:
    """Nobody knows whether the last part was booked until its vendor had its time: it was not."""
    async with running_world(folder, directory_of(vendors.sources), clock) as other:
        citizen = await other.log_in()
        visit = await chosen(other, citizen)
        at = (Moment.BEFORE_IT_IS_SENT, Operation.CONFIRM, 1)
        await killed(confirming(visit, vendors, folder, at))
        assert vendors.booked()["mechelen"] == 1

        clock.advance(seconds=LAPSED.total_seconds() - 1)
        await sweeps(other, seconds=WITHIN)
        assert (await citizen.visit(visit))["state"] == "confirming"
        for _ in range(40):
            clock.advance(minutes=1)  # one vendor mails a link that books for half an hour
            await other.sweep()

        citizen = await other.log_in()
        assert (await citizen.visit(visit))["state"] == "compensated"
    assert vendors.booked() == NONE


async def sweeps(world: World, *, seconds: float) -> None:
    """As often as in production."""
    for _ in range(int(seconds / SWEEP_EVERY)):
        world.clock.advance(seconds=SWEEP_EVERY)
        await world.sweep()
