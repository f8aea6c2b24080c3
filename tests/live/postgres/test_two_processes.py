"""Two gateway processes on one database, and a vendor that would let everybody in."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections import Counter
from pathlib import Path

import pytest

from tests.adapters.vendors.easyappointments.town_hall import EID, town_hall
from tests.gateway.victim import VendorSource, directory_of
from tests.gateway.world import ELSEWHERE, MONDAY, running_world
from tests.live.postgres import racer

PROCESSES = multiprocessing.get_context("forkserver")
CITIZENS = 20


@pytest.mark.parametrize("counters", [1, 3])
async def test_as_many_win_as_there_is_room_and_nothing_is_saved_in_vain(
    folder: Path, counters: int
) -> None:
    async with town_hall(MONDAY, counters=counters) as hall:
        sources = {"aalst": VendorSource("easyappointments", {"697": EID}, hall.settings)}
        directory = await asyncio.to_thread(directory_of, sources)
        async with running_world(folder, directory) as world:
            slot = await world.slot(number=3)
        begin = PROCESSES.Barrier(2)
        races = [
            racer.Race(
                folder=folder,
                databases=ELSEWHERE[folder],
                sources=sources,
                slot=slot,
                citizens=[f"citizen-{n}" for n in range(first, CITIZENS, 2)],
                answers=folder / f"answers-{first}.json",
            )
            for first in range(2)
        ]
        processes = [PROCESSES.Process(target=racer.run, args=(race, begin)) for race in races]
        for process in processes:
            process.start()
        for process in processes:
            await asyncio.to_thread(process.join, 120)

        logs = "".join(race.answers.with_suffix(".log").read_text() for race in races)
        assert [process.exitcode for process in processes] == [0, 0], logs
        answers = [tuple(each) for race in races for each in json.loads(race.answers.read_text())]
        posted = [body for _, body in hall.simulator.webhooks if b"appointment_save" in body]
        assert Counter(answers) == {
            (200, "confirmed"): counters,
            (409, "slotTaken"): CITIZENS - counters,
        }
        assert len(posted) == len(hall.simulator.appointments) == counters
