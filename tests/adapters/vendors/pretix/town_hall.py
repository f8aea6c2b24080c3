"""A town hall with a pretix: its simulator, served, and adapters in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from adapters.simulation import serve
from adapters.vendors.pretix.adapter import Adapter
from adapters.vendors.pretix.settings import PretixSettings
from adapters.vendors.pretix.simulator import Simulator
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import BookingRequest, ProductQuantity, SlotQuery
from contracts.suite import Clock, Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
DRIVING, PASSPORT, EID, WEDDING, INVITED = "11", "12", "13", "14", "15"


@dataclass
class TownHall:
    """The simulator at work, and what is needed to talk to it."""

    simulator: Simulator
    clock: Clock
    settings: dict[str, Any]
    stack: AsyncExitStack

    def adapter(
        self,
        transport: httpx.AsyncBaseTransport | None = None,
        **changes: Any,  # noqa: ANN401 any setting
    ) -> Adapter:
        settings = PretixSettings.model_validate(self.settings | changes)
        adapter = Adapter(
            settings, AdapterContext("oostende", BRUSSELS, self.clock), transport=transport
        )
        self.stack.push_async_callback(adapter.aclose)
        return adapter

    async def behind(self, proxy: FaultyProxy) -> Adapter:
        return self.adapter(base_url=(await self.stack.enter_async_context(proxy)).url)

    async def faulty(self, fault: Fault) -> Adapter:
        return await self.behind(FaultyProxy(self.settings["base_url"], fault))

    async def losing(self, end: str) -> Adapter:
        """Behind something that loses the answer to the first write to a path that ends so."""
        return await self.behind(
            FaultyProxy(
                self.settings["base_url"],
                Fault.ANSWER_LOST,
                is_write=lambda method, path: method != "GET" and path.endswith(end),
            )
        )


def query(*chosen: str | tuple[str, int], first: date, last: date | None = None) -> SlotQuery:
    pairs = [(item, 1) if isinstance(item, str) else item for item in chosen]
    return SlotQuery(
        location_id="stadhuis",
        products=tuple(ProductQuantity(product_id=id_, quantity=n) for id_, n in pairs),
        first_day=first,
        last_day=last or first,
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


def beside(answer: Callable[[httpx.Request], httpx.Response | None]) -> httpx.MockTransport:
    """The simulator's answers, but where this function has another one."""

    async def answer_to(asked: httpx.Request) -> httpx.Response:
        given = answer(asked)
        if given is not None:
            return given
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.send(asked)

    return httpx.MockTransport(answer_to)


def instead(call: str, given: httpx.Response) -> httpx.MockTransport:
    """Another answer to one call: a method and how a path ends."""
    method, _, end = call.partition(" ")
    return beside(
        lambda asked: given if asked.method == method and asked.url.path.endswith(end) else None
    )
