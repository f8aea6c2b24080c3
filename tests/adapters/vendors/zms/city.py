"""A city with ZMS: its simulator, served, and adapters in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from adapters.simulation import serve
from adapters.vendors.zms.adapter import Adapter, ZmsSettings
from adapters.vendors.zms.simulated_city import EID
from adapters.vendors.zms.simulator import PATH, Simulator
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import Appointment, BookingRequest, Hold, ProductQuantity, Slot, SlotQuery
from contracts.suite import Clock, Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
TOWN_HALL = "10489"
ANSWERS = {"customTextfield": "592-1234567-89"}
MANY = 100_000
"""Requests a minute: in tests the clock stands still."""

Answers = dict[str, Any]


@dataclass
class City:
    """The simulator at work, and what is needed to talk to it."""

    simulator: Simulator
    clock: Clock
    base_url: str
    stack: AsyncExitStack

    def adapter(
        self, base_url: str = "", transport: httpx.AsyncBaseTransport | None = None
    ) -> Adapter:
        settings = ZmsSettings(base_url=base_url or self.base_url)
        context = AdapterContext("leuven-zms", BRUSSELS, self.clock)
        adapter = Adapter(settings, context, transport=transport)
        self.stack.push_async_callback(adapter.aclose)
        return adapter

    async def faulty(self, fault: Fault) -> Adapter:
        proxy = await self.stack.enter_async_context(FaultyProxy(self.base_url, fault))
        return self.adapter(proxy.url)

    def beside(self, answers: Answers) -> Adapter:
        """An adapter that hears the simulator, but for some calls something else.

        An answer is JSON, a response, or an exception; with a ``*`` before the call the
        simulator carries it out all the same.
        """

        async def answer_to(asked: httpx.Request) -> httpx.Response:
            call = f"{asked.method} {asked.url.path.removeprefix(PATH).rstrip('/')}"
            answer = answers.get(call)
            if answer is None:
                async with httpx.AsyncClient(trust_env=False) as client:
                    answer = answers.get(f"*{call}", await client.send(asked))
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, httpx.Response):
                return answer
            return httpx.Response(200, json=answer)

        return self.adapter(transport=httpx.MockTransport(answer_to))


@asynccontextmanager
async def city(now: datetime = MONDAY, **options: Any) -> AsyncIterator[City]:  # noqa: ANN401 those of Simulator
    async with AsyncExitStack() as stack:
        clock = Clock(now)
        simulator = Simulator(clock, **({"rate_limit": MANY} | options))
        base_url = await stack.enter_async_context(serve(simulator.app))
        yield City(simulator, clock, simulator.settings(base_url)["base_url"], stack)


def query(
    *chosen: int | tuple[int, int], first: date, last: date, place: str = TOWN_HALL
) -> SlotQuery:
    pairs = [(item, 1) if isinstance(item, int) else item for item in chosen]
    return SlotQuery(
        location_id=place,
        products=tuple(
            ProductQuantity(product_id=str(known), quantity=quantity) for known, quantity in pairs
        ),
        first_day=first,
        last_day=last,
    )


async def slots_of(
    city: City, day: date, *chosen: int | tuple[int, int], place: str = TOWN_HALL
) -> list[Slot]:
    asked = query(*chosen, first=day, last=day, place=place)
    return list(await city.adapter().slots(asked, deadline=soon()))


def request(reference: str = "reference-1", **changes: object) -> BookingRequest:
    fields = {"client_reference": reference, "booker": BOOKER, "answers": ANSWERS, **changes}
    return BookingRequest.model_validate(fields)


def soon() -> Deadline:
    return Deadline.after(10)


async def held(city: City) -> Hold:
    slot = (await slots_of(city, city.clock().date(), EID))[0]
    return await city.adapter().hold(slot, "reference-1", deadline=soon())


async def booked(city: City) -> Appointment:
    slot = (await slots_of(city, city.clock().date(), EID))[0]
    return await city.adapter().book(slot, request(), deadline=soon())


def refusal(code: str, status: int, inside: int | None = None) -> httpx.Response:
    """A refusal for one reason; ``inside`` is its own idea of the status."""
    error = {"errorCode": code, "statusCode": inside or status, "errorType": "error"}
    return httpx.Response(status, json={"errors": [error]})


def catalogue(
    office: Answers | None = None, service: Answers | None = None, relation: Answers | None = None
) -> Answers:
    """One office that does services 1 and 2, which go together; with changes to all of a kind."""
    partners = {"1": {"1": [7]}, "2": {"2": [7]}}
    services = {"name": " Dienst ", "maxQuantity": None, "combinable": partners} | (service or {})
    relations = {"officeId": 7, "slots": 2, "maxQuantity": 0} | (relation or {})
    loket = {"id": 7, "name": "Loket", "slotTimeInMinutes": 5, "scope": {}} | (office or {})
    return {
        "offices": [loket],
        "services": [services | {"id": known} for known in (1, 2)],
        "relations": [relations | {"serviceId": known} for known in (1, 2)],
    }
