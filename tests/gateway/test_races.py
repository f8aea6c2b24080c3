"""Many citizens want the last places at a vendor that would let them all in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.adapters.vendors.easyappointments.town_hall import EID, TownHall, town_hall
from tests.gateway.victim import VendorSource, directory_of
from tests.gateway.world import CONTACT, MONDAY, Browser, Json, World, running_world

CITIZENS = 20
FORM: Json = {"booker": CONTACT["booker"] | {"phone": "0470000000"}}


@asynccontextmanager
async def one_town(folder: Path, hall: TownHall) -> AsyncIterator[World]:
    sources = {"aalst": VendorSource("easyappointments", {"697": EID}, hall.settings)}
    async with running_world(folder, directory_of(sources)) as world:
        world.gateway.visits._patience = 60.0
        yield world


async def wants(world: World, number: int, slot: Json) -> tuple[int, str]:
    """What a citizen is told who books a slot that others want."""
    citizen: Browser = await world.log_in(f"citizen-{number}")
    made = await citizen.choose(slot)
    assert made.status_code == 201, made.text
    booker = FORM["booker"] | {"email": f"citizen-{number}@example.org"}
    answer = await citizen.confirm(made.json(), {"booker": booker})
    return answer.status_code, answer.json().get("code") or answer.json()["state"]


@pytest.mark.parametrize(
    ("counters", "attendants"), [(1, 1), (1, 3), (3, 1)], ids=["one place", "three", "counters"]
)
async def test_as_many_as_there_is_room_win_and_nothing_else_is_left(
    folder: Path, counters: int, attendants: int
) -> None:
    room = counters * attendants
    async with (
        town_hall(MONDAY, counters=counters, attendants=attendants) as hall,
        one_town(folder, hall) as world,
    ):
        slot = await world.slot(number=3)
        answers = await asyncio.gather(*(wants(world, n, slot) for n in range(CITIZENS)))

        assert Counter(answers) == {
            (200, "confirmed"): room,
            (409, "slotTaken"): CITIZENS - room,
        }
        assert len(hall.simulator.appointments) == room
        assert slot["start"] not in {free["start"] for free in await world.slots()}


async def test_overlapping_times_are_as_scarce_as_one(folder: Path) -> None:
    """Slots of one counter that begin at other times and overlap all the same."""
    async with town_hall(MONDAY) as hall, one_town(folder, hall) as world:
        hall.simulator.services[int(EID)]["slotInterval"] = 5
        slots = await world.slots()
        overlapping = [slot for slot in slots if slot["start"] < slots[0]["end"]]
        answers = await asyncio.gather(
            *(wants(world, n, overlapping[n % len(overlapping)]) for n in range(8))
        )
        assert len(overlapping) > 1
        assert Counter(answers) == {(200, "confirmed"): 1, (409, "slotTaken"): 7}
        assert len(hall.simulator.appointments) == 1
