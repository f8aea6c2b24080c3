"""The pretix adapter keeps the contract in front of pretix itself, from PyPI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr

from adapters import registry
from adapters.vendors.pretix.adapter import Adapter
from adapters.vendors.pretix.settings import PretixSettings
from contracts.adapter import AdapterContext
from contracts.models import ProductQuantity, SlotQuery
from contracts.suite import AdapterContract, Fault, Harness
from contracts.suite.proxy import FaultyProxy
from tests.live.pretix.running import SharedClock, pretix
from tests.live.pretix.server import COUNTERS, FIRST_DAY, ITEMS, STARTS, TOKEN

MANIFEST = registry.manifest("pretix")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
IDS = {name: f"{number}" for number, name in enumerate(ITEMS, 1)}


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> SharedClock:
    return SharedClock(MONDAY, tmp_path_factory.mktemp("pretix") / "clock")


@pytest.fixture(scope="module")
def server(clock: SharedClock) -> Iterator[str]:
    with pretix(clock.file.parent) as url:
        yield url


class TestLivePretix(AdapterContract):
    @pytest.fixture
    async def harness(self, server: str, clock: SharedClock) -> AsyncIterator[Harness]:
        clock.move_to(MONDAY)
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(f"{server}/reset")).raise_for_status()
        async with AsyncExitStack() as stack:

            def adapter(url: str = server) -> Adapter:
                settings = PretixSettings(
                    base_url=f"{url}/api/v1/",
                    organizer="stad",
                    event="burgerzaken",
                    token=SecretStr(TOKEN),
                    locations={"stadhuis": "Stadhuis"},
                )
                context = AdapterContext("live", ZoneInfo("Europe/Brussels"), clock)
                made = Adapter(settings, context)
                stack.push_async_callback(made.aclose)
                return made

            async def faulty(fault: Fault) -> Adapter:
                proxy = await stack.enter_async_context(FaultyProxy(server, fault))
                return adapter(proxy.url)

            yield Harness(
                adapter(),
                second=adapter(),
                clock=clock,
                manifest=MANIFEST,
                query=_query("passport"),
                opens=STARTS[0],
                capacity=COUNTERS,
                combined=_query("passport", "driving"),
                approval=_query("wedding"),
                faulty=faulty,
            )


def _query(*names: str) -> SlotQuery:
    return SlotQuery(
        location_id="stadhuis",
        products=tuple(ProductQuantity(product_id=IDS[name]) for name in names),
        first_day=FIRST_DAY,
        last_day=FIRST_DAY + timedelta(days=9),
    )
