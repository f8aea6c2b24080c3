"""A town hall that speaks the standard: its server, and adapters in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from adapters.simulation import serve
from adapters.vendors.standard.adapter import Adapter
from adapters.vendors.standard.settings import StandardSettings
from adapters.vendors.standard.simulator import Simulator
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import BookingRequest, ProductQuantity, Slot, SlotQuery
from contracts.suite import Clock, Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)


@dataclass
class TownHall:
    """The server at work, and what is needed to talk to it."""

    simulator: Simulator
    clock: Clock
    settings: dict[str, Any]
    stack: AsyncExitStack

    def adapter(
        self, transport: httpx.AsyncBaseTransport | None = None, **changes: object
    ) -> Adapter:
        context = AdapterContext("genk-standard", BRUSSELS, self.clock)
        settings = StandardSettings.model_validate(self.settings | changes)
        adapter = Adapter(settings, context, transport=transport)
        self.stack.push_async_callback(adapter.aclose)
        return adapter

    async def faulty(self, fault: Fault) -> Adapter:
        proxy = FaultyProxy(self.settings["base_url"], fault, is_write=Simulator.is_write)
        url = (await self.stack.enter_async_context(proxy)).url
        urls: dict[str, object] = {"base_url": url}
        if "token_url" in self.settings:
            urls["token_url"] = f"{url}/oauth/token"
        return self.adapter(None, **urls)

    def query(
        self, *products: str | tuple[str, int], first: date | None = None, days: int = 14
    ) -> SlotQuery:
        pairs = [(item, 1) if isinstance(item, str) else item for item in products or ("eid",)]
        first = first or self.clock().date()
        return SlotQuery(
            location_id="stadhuis",
            products=tuple(ProductQuantity(product_id=name, quantity=n) for name, n in pairs),
            first_day=first,
            last_day=first + timedelta(days=days),
        )

    async def free(self, *products: str | tuple[str, int]) -> list[Slot]:
        return list(await self.adapter().slots(self.query(*products), deadline=soon()))


@asynccontextmanager
async def town_hall(now: datetime = MONDAY, **options: Any) -> AsyncIterator[TownHall]:  # noqa: ANN401 those of Simulator
    async with AsyncExitStack() as stack:
        clock = Clock(now)
        simulator = Simulator(clock, **options)
        base_url = await stack.enter_async_context(serve(simulator.app))
        yield TownHall(simulator, clock, simulator.settings(base_url), stack)


def request(reference: str = "reference-1", **changes: object) -> BookingRequest:
    fields = {"client_reference": reference, "booker": BOOKER, **changes}
    return BookingRequest.model_validate(fields)


def soon() -> Deadline:
    return Deadline.after(10)
