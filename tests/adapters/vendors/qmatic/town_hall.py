"""A town hall with a Qmatic Orchestra: its simulator, served, and adapters in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from adapters.simulation import serve
from adapters.vendors.qmatic.adapter import Adapter
from adapters.vendors.qmatic.settings import QmaticSettings
from adapters.vendors.qmatic.simulated import BRANCHES
from adapters.vendors.qmatic.simulator import Simulator
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import (
    AppointmentRef,
    BookingRequest,
    MatchKey,
    ProductQuantity,
    Slot,
    SlotQuery,
)
from contracts.suite import Clock, Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
ZUID, GENTBRUGGE, VIRTUAL = BRANCHES


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
        settings = QmaticSettings.model_validate(self.settings | changes)
        # Nothing is in the source's own zone here: the branches say theirs.
        context = AdapterContext("gent-qmatic", ZoneInfo("Asia/Tokyo"), self.clock)
        adapter = Adapter(settings, context, transport=transport)
        self.stack.push_async_callback(adapter.aclose)
        return adapter

    async def faulty(self, fault: Fault) -> Adapter:
        proxy = FaultyProxy(self.settings["base_url"], fault)
        return self.adapter(base_url=(await self.stack.enter_async_context(proxy)).url)

    async def book_at_desk(self, slot: Slot, citizen: MatchKey) -> AppointmentRef:
        services = [product.product_id for product in slot.products]
        known = self.simulator.book_at_desk(slot.location_id, slot.start, services, citizen.value)
        return AppointmentRef(vendor_ref=known)


def query(*chosen: str | tuple[str, int], first: date, last: date | None = None) -> SlotQuery:
    pairs = [(item, 1) if isinstance(item, str) else item for item in chosen]
    return SlotQuery(
        location_id=ZUID,
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


def beside(answers: Mapping[str, object]) -> httpx.MockTransport:
    """The simulator's answers, but for some calls another one: JSON, or a response.

    A call is a method and how a path ends, as it is written.
    """

    async def answer_to(asked: httpx.Request) -> httpx.Response:
        for call, given in answers.items():
            method, _, end = call.partition(" ")
            if asked.method == method and str(asked.url).endswith(end):
                if isinstance(given, httpx.Response):
                    return given
                return httpx.Response(200, json=given)
        return await passed_on(asked)

    return httpx.MockTransport(answer_to)


async def passed_on(asked: httpx.Request) -> httpx.Response:
    """What the simulator says to it."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.send(asked)
