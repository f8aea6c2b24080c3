"""A town hall with JCC-Afspraken: its simulator, served, and adapters in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from adapters.simulation import serve
from adapters.vendors.jcc_rest.adapter import Adapter
from adapters.vendors.jcc_rest.settings import JccRestSettings
from adapters.vendors.jcc_rest.simulator import Simulator
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import BookingRequest, ProductQuantity, SlotQuery
from contracts.suite import Clock, Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)


@dataclass
class TownHall:
    """The simulator at work, and what is needed to talk to it."""

    simulator: Simulator
    clock: Clock
    settings: dict[str, str]
    stack: AsyncExitStack

    def adapter(
        self, base_url: str = "", transport: httpx.AsyncBaseTransport | None = None
    ) -> Adapter:
        settings = self.settings | ({"base_url": base_url} if base_url else {})
        context = AdapterContext("mechelen-jcc-rest", BRUSSELS, self.clock)
        adapter = Adapter(JccRestSettings.model_validate(settings), context, transport=transport)
        self.stack.push_async_callback(adapter.aclose)
        return adapter

    async def faulty(self, fault: Fault) -> Adapter:
        proxy = FaultyProxy(self.settings["base_url"], fault, is_write=_is_write)
        return self.adapter((await self.stack.enter_async_context(proxy)).url)

    def query(self, *chosen: str | tuple[str, int], first: date, last: date) -> SlotQuery:
        known = {activity.description: id_ for id_, activity in self.simulator.activities.items()}
        pairs = [(item, 1) if isinstance(item, str) else item for item in chosen]
        return SlotQuery(
            location_id=next(iter(self.simulator.locations)),
            products=tuple(
                ProductQuantity(product_id=known[name], quantity=quantity)
                for name, quantity in pairs
            ),
            first_day=first,
            last_day=last,
        )


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


def _is_write(method: str, path: str) -> bool:
    return method != "GET" and not path.endswith("/connect/token")
