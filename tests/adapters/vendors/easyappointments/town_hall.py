"""A town hall with Easy!Appointments: its simulator, served, and adapters in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from adapters.simulation import serve
from adapters.vendors.easyappointments.adapter import Adapter
from adapters.vendors.easyappointments.settings import EasyAppointmentsSettings
from adapters.vendors.easyappointments.simulator import PATH, Simulator
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import BookingRequest, ProductQuantity, Slot, SlotQuery
from contracts.suite import Clock, Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 6, tzinfo=UTC)
EID, PASSPORT, MOVING_HOUSE, INVITED = "1", "2", "3", "5"


@dataclass
class TownHall:
    """The simulator at work, and what is needed to talk to it."""

    simulator: Simulator
    clock: Clock
    settings: dict[str, Any]
    stack: AsyncExitStack

    def adapter(
        self, transport: httpx.AsyncBaseTransport | None = None, **settings: object
    ) -> Adapter:
        context = AdapterContext("brugge-easyappointments", BRUSSELS, self.clock)
        valid = EasyAppointmentsSettings.model_validate(self.settings | settings)
        adapter = Adapter(valid, context, transport=transport)
        self.stack.push_async_callback(adapter.aclose)
        return adapter

    async def faulty(self, fault: Fault) -> Adapter:
        is_write = self.simulator.is_write
        proxy = FaultyProxy(self.settings["base_url"], fault, is_write=is_write)
        return self.adapter(base_url=(await self.stack.enter_async_context(proxy)).url)

    def query(self, product: str = EID, *, days: int = 14, location: str = "main") -> SlotQuery:
        today = self.clock().astimezone(BRUSSELS).date()
        return SlotQuery(
            location_id=location,
            products=(ProductQuantity(product_id=product),),
            first_day=today,
            last_day=today + timedelta(days=days),
        )

    async def free(self, product: str = EID, day: date | None = None) -> list[Slot]:
        query = self.query(product)
        days = {"first_day": day, "last_day": day} if day else {}
        slots = await self.adapter().slots(query.model_copy(update=days), deadline=soon())
        return list(slots)


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


def in_process(simulator: Simulator) -> httpx.ASGITransport:
    app: Any = simulator.app  # httpx and Litestar each have types of their own for ASGI
    return httpx.ASGITransport(app)


class Between(httpx.AsyncBaseTransport):
    """Stands between an adapter and the simulator, sees every request, and may step in.

    ``instead`` gives an answer of its own to a call (``GET services``) or fails; ``before`` and
    ``after`` are done around a call that the simulator answers. Each is used once, but for
    ``instead`` with a whole response, which is given again and again.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = in_process(simulator)
        self.instead: dict[str, httpx.Response | Exception] = {}
        self.before: dict[str, Callable[[], object]] = {}
        self.after: dict[str, Callable[[], object] | Exception] = {}
        self.sent: list[httpx.Request] = []

    @property
    def calls(self) -> list[str]:
        return [call(request) for request in self.sent]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        name = call(request)
        if isinstance(answer := self.instead.get(name), Exception):
            raise answer
        if answer is not None:
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=answer.content
            )
        if name in self.before:
            self.before.pop(name)()
        response = await self._simulator.handle_async_request(request)
        match self.after.pop(name, None):
            case Exception() as lost:
                raise lost
            case None:
                pass
            case do:
                do()
        return response


def call(request: httpx.Request) -> str:
    """A request's method and path, an appointment's number left out."""
    path = request.url.path.removeprefix(PATH)
    return f"{request.method} {path.partition('/')[0]}" + ("/" if "/" in path else "")
