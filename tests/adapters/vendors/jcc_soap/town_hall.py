"""A town hall with JCC-Afspraken over SOAP: its simulator, served, and adapters in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from lxml import etree

from adapters.simulation import serve
from adapters.vendors.jcc_soap.adapter import Adapter
from adapters.vendors.jcc_soap.settings import JccSoapSettings
from adapters.vendors.jcc_soap.simulator import Simulator
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import (
    AppointmentRef,
    BookingRequest,
    ProductQuantity,
    Slot,
    SlotQuery,
)
from contracts.suite import Clock, Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
PASS, EID, LICENCE, MOVED, WEDDING = "1", "2", "5", "8", "15"
CITIZEN = "85073003328"
REF = AppointmentRef(vendor_ref="1234567890")
WRITES = ("bookGovAppointment", "updateGovAppointment", "deleteGovAppointment")


def operation(request: httpx.Request) -> str:
    """What a SOAP request is for; its address does not tell."""
    return str(request.headers.get("SOAPAction", "")).strip('"').rpartition("/")[2]


def asked(body: bytes) -> str:
    """What a SOAP request is for, as a proxy sees it."""
    return etree.QName(etree.fromstring(body)[0][0]).localname.removesuffix("Request")


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
        **changes: object,
    ) -> Adapter:
        settings = {**self.settings, **({"base_url": base_url} if base_url else {}), **changes}
        context = AdapterContext("diest-jcc-soap", BRUSSELS, self.clock)
        adapter = Adapter(JccSoapSettings.model_validate(settings), context, transport=transport)
        self.stack.push_async_callback(adapter.aclose)
        return adapter

    def adapter_hearing(
        self, answers: Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
    ) -> Adapter:
        """An adapter that hears other answers than those of the simulator."""
        return self.adapter(transport=httpx.MockTransport(answers))

    async def faulty(self, fault: Fault) -> Adapter:
        proxy = FaultyProxy(
            self.settings["base_url"], fault, is_write=lambda _, name: name in WRITES, asked=asked
        )
        url = (await self.stack.enter_async_context(proxy)).url
        return self.adapter(url, client_id="nationalNumber")

    def query(self, *chosen: str | tuple[str, int], first: date, last: date) -> SlotQuery:
        pairs = [(item, 1) if isinstance(item, str) else item for item in chosen]
        return SlotQuery(
            location_id="1",
            products=tuple(
                ProductQuantity(product_id=id_, quantity=quantity) for id_, quantity in pairs
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


async def slots_of(hall: TownHall, day: date, *products: str | tuple[str, int]) -> list[Slot]:
    query = hall.query(*(products or (EID,)), first=day, last=day)
    return list(await hall.adapter().slots(query, deadline=soon()))


async def first_slot(hall: TownHall, *products: str | tuple[str, int]) -> Slot:
    return (await slots_of(hall, hall.clock().date(), *products))[0]
