"""Acme keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.simulation import serve
from afsprakenpoort_acme.simulator import Simulator
from contracts.suite import AdapterContract, Clock, Harness
from town_hall import MONDAY, town_hall


class TestAcme(AdapterContract):
    """All behaviours."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        """A fresh simulator for every behaviour."""
        clock = Clock(MONDAY)
        simulator = Simulator(clock)
        async with (
            serve(simulator.app) as url,
            town_hall(simulator.settings(url), clock) as harness,
        ):
            yield harness
