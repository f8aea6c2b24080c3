"""The standard adapter keeps the contract in front of the reference server, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import time

import pytest

from adapters import registry
from contracts.adapter import Capability
from contracts.models import AppointmentRef, MatchKey, Slot
from contracts.suite import AdapterContract, Harness
from tests.adapters.vendors.standard.genk import TownHall, town_hall

COUNTERS = 2
MANIFEST = registry.manifest("standard")
CORE = frozenset({Capability.FIND_BY_CLIENT_REFERENCE})


def harness_of(hall: TownHall) -> Harness:
    async def book_at_desk(slot: Slot, citizen: MatchKey) -> AppointmentRef:
        return AppointmentRef(vendor_ref=hall.simulator.desk.book_by_phone(slot, citizen))

    async def notification(ref: AppointmentRef) -> tuple[Mapping[str, str], bytes]:
        return hall.simulator.notification(ref.vendor_ref)

    return Harness(
        hall.adapter(),
        second=hall.adapter(),
        clock=hall.clock,
        manifest=MANIFEST,
        query=hall.query("eid"),
        opens=time(9),
        capacity=COUNTERS,
        combined=hall.query("eid", "reispas"),
        not_combinable=hall.query("eid", "rijbewijs"),
        approval=hall.query("huwelijk"),
        answers={"partner": "Bo Maes"},
        book_at_desk=book_at_desk,
        faulty=hall.faulty,
        notification=notification,
    )


class TestStandard(AdapterContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        async with town_hall(counters=COUNTERS) as hall:
            yield harness_of(hall)

    async def test_it_can_do_all_that_the_contract_knows(self, harness: Harness) -> None:
        assert harness.adapter.available() == frozenset(Capability)


class TestStandardWithTheCoreAlone(AdapterContract):
    """As for the smallest system: nothing else is counted on, and a plain token was given."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        async with town_hall(counters=COUNTERS) as hall:
            hall.settings = {
                "base_url": hall.settings["base_url"],
                "capabilities": [],
                "token": "reference-token",
            }
            yield harness_of(hall)

    async def test_it_can_look_up_a_write_and_nothing_more(self, harness: Harness) -> None:
        assert harness.adapter.available() == CORE
