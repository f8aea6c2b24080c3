"""Acme keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from adapters import registry
from adapters.simulation import serve
from afsprakenpoort_acme.adapter import AcmeSettings, Adapter
from afsprakenpoort_acme.simulator import OPENS, Simulator
from contracts.adapter import AdapterContext
from contracts.models import ProductQuantity, SlotQuery
from contracts.suite import AdapterContract, Clock, Fault, Harness
from contracts.suite.proxy import FaultyProxy

MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)


class TestAcme(AdapterContract):
    """All behaviours; what your system can do beyond this one, the harness has a field for."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        """A fresh simulator for every behaviour."""
        clock = Clock(MONDAY)
        simulator = Simulator(clock)
        async with AsyncExitStack() as stack:
            base_url = await stack.enter_async_context(serve(simulator.app))

            def adapter(url: str = base_url) -> Adapter:
                settings = AcmeSettings.model_validate(simulator.settings(url))
                context = AdapterContext("acme", ZoneInfo("Europe/Brussels"), clock)
                made = Adapter(settings, context)
                stack.push_async_callback(made.aclose)
                return made

            async def faulty(fault: Fault) -> Adapter:
                proxy = await stack.enter_async_context(FaultyProxy(base_url, fault))
                return adapter(proxy.url)

            yield Harness(
                adapter(),
                second=adapter(),
                clock=clock,
                manifest=registry.manifest("acme"),
                query=query("passport"),
                not_combinable=query("passport", "identity-card"),
                opens=OPENS,
                capacity=simulator.counters,
                faulty=faulty,
            )


def query(*services: str) -> SlotQuery:
    """The town hall in the coming two weeks."""
    return SlotQuery(
        location_id="town-hall",
        products=tuple(ProductQuantity(product_id=service) for service in services),
        first_day=MONDAY.date(),
        last_day=MONDAY.date() + timedelta(days=14),
    )
