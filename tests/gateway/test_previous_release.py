"""A visit begun by an earlier release finishes under this one.

``releases/`` holds the databases of release 1, as ``sqlite3 … .dump`` gives them: a citizen chose
a time in Mechelen and confirmed it, and the process was killed before it sent the booking. They
stay as they are for as long as that release may be replaced by this one.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from adapters.simulation import serve
from adapters.vendors.jcc_rest.simulator import Simulator
from gateway.ledger.executors import LAPSED
from tests.gateway.victim import VendorSource, directory_of
from tests.gateway.world import Clock, running_world

RELEASES = Path(__file__).parent / "releases"
VISIT = {"id": "59d122dd-4332-405e-b200-85db3f95791a"}
ACTIVITY = "8b55f5b1-c28c-5f0c-8e8f-a2645e3b1b85"


@pytest.fixture
def left_behind(tmp_path: Path) -> Path:
    """A folder with what the earlier release left."""
    for dump in RELEASES.glob("*.sql"):
        connection = sqlite3.connect(tmp_path / f"{dump.stem}.sqlite")
        connection.executescript(dump.read_text())
        connection.close()
    return tmp_path


async def test_what_release_1_had_begun_is_booked_once(left_behind: Path) -> None:
    clock = Clock()
    jcc = Simulator(now=clock)
    async with serve(jcc.app) as url:
        source = VendorSource("jcc_rest", {"1041": ACTIVITY}, jcc.settings(url))
        directory = directory_of({"mechelen": source})
        async with running_world(left_behind, directory, clock) as world:
            citizen = await world.log_in()
            assert (await citizen.visit(VISIT))["state"] == "confirming"
            clock.advance(seconds=LAPSED.total_seconds())
            await world.sweep(3)
            assert (await citizen.visit(VISIT))["state"] == "confirmed"
            (item,) = (await citizen.appointments())["items"]

    assert item["state"] == "confirmed"
    assert len(jcc.appointments) == 1
