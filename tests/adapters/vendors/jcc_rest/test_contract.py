"""The jcc_rest adapter keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from adapters import registry
from adapters.simulation import serve
from adapters.vendors.jcc_rest.adapter import Adapter, JccRestSettings
from adapters.vendors.jcc_rest.simulator import (
    CLIENT_ID,
    CLIENT_SECRET,
    OFFICE_HOURS,
    PATH,
    Simulator,
)
from contracts.adapter import AdapterContext
from contracts.models import ProductQuantity, SlotQuery
from contracts.suite import AdapterContract, Clock, Fault, Harness
from contracts.suite.proxy import FaultyProxy

COUNTERS = 2
MANIFEST = registry.manifest("jcc_rest")


def adapter_at(url: str, clock: Clock) -> Adapter:
    settings = JccRestSettings(
        base_url=url, client_id=CLIENT_ID, client_secret=SecretStr(CLIENT_SECRET)
    )
    return Adapter(settings, AdapterContext("maldegem", ZoneInfo("Europe/Brussels"), clock))


def is_write(method: str, path: str) -> bool:
    return method != "GET" and not path.endswith("/connect/token")


def one_of(*descriptions: str, simulator: Simulator) -> tuple[ProductQuantity, ...]:
    known = {activity.description: id_ for id_, activity in simulator.activities.items()}
    return tuple(ProductQuantity(product_id=known[name]) for name in descriptions)


class TestJccRest(AdapterContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        clock = Clock(datetime(2027, 3, 8, 8, tzinfo=UTC))
        simulator = Simulator(clock, counters=COUNTERS)
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(serve(simulator.app)) + PATH

            def opened(at: str) -> Adapter:
                adapter = adapter_at(at, clock)
                stack.push_async_callback(adapter.aclose)
                return adapter

            async def faulty(fault: Fault) -> Adapter:
                proxy = FaultyProxy(url, fault, is_write=is_write)
                return opened((await stack.enter_async_context(proxy)).url)

            query = SlotQuery(
                location_id=next(iter(simulator.locations)),
                products=one_of("Identiteitskaart aanvragen", simulator=simulator),
                first_day=clock().date(),
                last_day=clock().date() + timedelta(days=14),
            )

            def asking(*descriptions: str) -> SlotQuery:
                products = one_of(*descriptions, simulator=simulator)
                return query.model_copy(update={"products": products})

            yield Harness(
                opened(url),
                second=opened(url),
                clock=clock,
                manifest=MANIFEST,
                query=query,
                opens=OFFICE_HOURS[0][0],
                capacity=COUNTERS,
                combined=asking("Reispas aanvragen", "Rijbewijs aanvragen"),
                not_combinable=asking("Reispas aanvragen", "Aangifte van huwelijk"),
                faulty=faulty,
            )
