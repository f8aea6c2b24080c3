"""A gateway process of its own whose citizens want what those of another one want too."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

from gateway.booking import durable
from tests.gateway.victim import VendorSource, directory_of
from tests.gateway.world import CONTACT, ELSEWHERE, Databases, Json, World, running_world


@dataclass(frozen=True)
class Race:
    """What one process does: plain data, to be sent to it. Its answers go into ``answers``."""

    folder: Path
    databases: Databases
    sources: Mapping[str, VendorSource]
    slot: Json
    citizens: Sequence[str]
    answers: Path


def run(race: Race, begin: Barrier) -> None:
    """The whole life of the process."""
    with race.answers.with_suffix(".log").open("w") as log:
        sys.stdout = sys.stderr = log
        durable.POLLING_SECONDS = 0.02
        ELSEWHERE[race.folder] = race.databases
        answers = asyncio.run(_run(race, begin))
    race.answers.write_text(json.dumps(answers))


async def _run(race: Race, begin: Barrier) -> list[tuple[int, str]]:
    async with running_world(race.folder, directory_of(race.sources)) as world:
        world.gateway.visits._patience = 60.0
        await asyncio.to_thread(begin.wait, 60)
        return await asyncio.gather(*(_wants(world, each, race.slot) for each in race.citizens))


async def _wants(world: World, name: str, slot: Json) -> tuple[int, str]:
    citizen = await world.log_in(name)
    made = await citizen.choose(slot)
    booker = CONTACT["booker"] | {"phone": "0470000000", "email": f"{name}@example.org"}
    answer = await citizen.confirm(made.json(), {"booker": booker})
    said = answer.json()
    return answer.status_code, said.get("code") or said["state"]
