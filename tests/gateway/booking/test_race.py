"""Two hundred citizens want visits that share a few times: nobody gets half of one."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

from contracts.adapter import Capability
from gateway.config.tables import Limits
from tests.gateway.world import CONTACT, Browser, Json, World, running_world

CITIZENS, TIMES = 200, 8
SCARCE = {"locations": [{"id": "stadhuis", "name": "Stadhuis", "desks": 1}]}
REFUSALS = {"slotTaken", "slotHeldByOther"}


async def choices(world: World) -> dict[str, list[Json]]:
    """A few times per town, none of which overlaps one of the other town."""
    aalst = [await world.slot("aalst", number=number) for number in range(TIMES)]
    last = max(slot["end"] for slot in aalst)
    later = [slot for slot in await world.slots("mechelen") if slot["start"] >= last]
    return {"aalst": aalst, "mechelen": later[:TIMES]}


async def books(citizen: Browser, *slots: Json) -> tuple[int, Json]:
    """In one step, as a form does it: status and answer."""
    body = {"contact": CONTACT, "guarantee": "lastResource"}
    answer = await citizen.choose(*slots, confirm=body)
    return answer.status_code, answer.json()


async def test_two_hundred_citizens_race_and_nobody_gets_half_a_visit(folder: Path) -> None:
    dice = random.Random(1)  # noqa: S311 - who wants what
    async with running_world(folder, {"aalst": SCARCE, "mechelen": SCARCE}) as world:
        world.gateway.visits._patience = 300  # the answer counts, however busy the machine is
        for source in world.gateway.sources:
            source.limits = Limits(timeout_seconds=60)
        world.declare("mechelen", without=[Capability.HOLD, Capability.CONFIRM])
        offered = await choices(world)
        citizens = [await world.log_in(f"citizen {number}") for number in range(CITIZENS)]
        answers = await asyncio.gather(
            *(
                books(citizen, *(dice.choice(offered[town]) for town in ("aalst", "mechelen")))
                for citizen in citizens
            )
        )
        await world.sweep(3)

        ended = Counter[str]()
        for citizen, (status, answer) in zip(citizens, answers, strict=True):
            if status in {200, 201}:
                ended[(await citizen.visit(answer))["state"]] += 1
            else:
                assert answer["code"] in REFUSALS, answer
                ended["refused"] += 1
        assert ended.keys() <= {"confirmed", "failed", "compensated", "refused"}
        assert ended["confirmed"] > 0
        for town in ("aalst", "mechelen"):
            times = Counter(entry.start for entry in world.standing(town))
            assert set(times.values()) == {1}
            assert times.total() == ended["confirmed"] <= TIMES
            assert world.held(town) == []
