"""A town hall with Microsoft Bookings: its simulator, served, and adapters in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from adapters.simulation import serve
from adapters.vendors.msbookings.adapter import Adapter
from adapters.vendors.msbookings.settings import MsBookingsSettings
from adapters.vendors.msbookings.simulated import guid
from adapters.vendors.msbookings.simulator import Simulator
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import BookingRequest, ProductQuantity, Slot, SlotQuery
from contracts.suite import Clock, Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
EID, PASSPORT, LICENCE = "Identiteitskaart", "Reispas", "Rijbewijs"
MOVING, MARRIAGE = "Adreswijziging", "Aangifte van huwelijk"


@dataclass
class TownHall:
    """The simulator at work, and what is needed to talk to it."""

    simulator: Simulator
    clock: Clock
    settings: dict[str, Any]
    stack: AsyncExitStack

    def adapter(
        self,
        base_url: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        zone: ZoneInfo = BRUSSELS,
    ) -> Adapter:
        settings = self.settings | ({"base_url": base_url} if base_url else {})
        context = AdapterContext("kortrijk-bookings", zone, self.clock)
        adapter = Adapter(MsBookingsSettings.model_validate(settings), context, transport=transport)
        self.stack.push_async_callback(adapter.aclose)
        return adapter

    async def faulty(self, fault: Fault) -> Adapter:
        proxy = FaultyProxy(self.settings["base_url"], fault, is_write=is_write)
        return self.adapter((await self.stack.enter_async_context(proxy)).url)

    async def free(self, day: date, *chosen: str | tuple[str, int]) -> list[Slot]:
        return await self.slots(query(*chosen, first=day, last=day))

    async def slots(self, asked: SlotQuery) -> list[Slot]:
        return list(await self.adapter().slots(asked, deadline=soon()))


@asynccontextmanager
async def town_hall(now: datetime = MONDAY, **options: Any) -> AsyncIterator[TownHall]:  # noqa: ANN401 those of Simulator
    async with AsyncExitStack() as stack:
        clock = Clock(now)
        simulator = Simulator(clock, **options)
        base_url = await stack.enter_async_context(serve(simulator.app))
        yield TownHall(simulator, clock, simulator.settings(base_url), stack)


def query(
    *chosen: str | tuple[str, int], first: date, last: date, location: str = "main"
) -> SlotQuery:
    pairs = [(item, 1) if isinstance(item, str) else item for item in chosen or [EID]]
    return SlotQuery(
        location_id=location,
        products=tuple(
            ProductQuantity(product_id=guid(name), quantity=quantity) for name, quantity in pairs
        ),
        first_day=first,
        last_day=last,
    )


def request(reference: str = "reference-1", **changes: object) -> BookingRequest:
    fields = {"client_reference": reference, "booker": BOOKER, **changes}
    return BookingRequest.model_validate(fields)


def soon() -> Deadline:
    return Deadline.after(10)


def is_write(method: str, path: str) -> bool:
    return method == "DELETE" or (method == "POST" and path.endswith("/appointments"))
