"""Every vendor behind one handle: its simulator at work, adapters before it, and what it keeps.

What all vendors are tested for alike is written once, over ``VENDORS``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypedDict
from uuid import uuid4
from zoneinfo import ZoneInfo

from adapters import registry
from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.settings import LocationSettings, MemorySettings
from adapters.vendors.zms.simulated_city import EID, KIDS
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import (
    AppointmentStatus,
    BookingRequest,
    ProductQuantity,
    Slot,
    SlotQuery,
)
from contracts.suite import Clock
from contracts.suite.harness import BOOKER, AnyAdapter
from tests.adapters.vendors.caldav import office as caldav
from tests.adapters.vendors.easyappointments import town_hall as easyappointments
from tests.adapters.vendors.jcc_rest import town_hall as jcc_rest
from tests.adapters.vendors.jcc_soap import town_hall as jcc_soap
from tests.adapters.vendors.msbookings import town_hall as msbookings
from tests.adapters.vendors.pretix import town_hall as pretix
from tests.adapters.vendors.qmatic import town_hall as qmatic
from tests.adapters.vendors.standard import genk as standard
from tests.adapters.vendors.zms import city as zms

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Wanted:
    """What a source is to be like: how many fit in one slot, what time it is, when it is open."""

    radicale: str
    now: datetime = MONDAY
    capacity: int = 1
    hours: tuple[time, time] | None = None

    def options(self, places: str, hours: str = "hours", **others: Any) -> dict[str, Any]:  # noqa: ANN401 those of a simulator
        """The same in the words of a simulator; open every day where hours are asked for."""
        opened: dict[str, Any] = {hours: (self.hours,), "days": range(7)} if self.hours else {}
        return {places: self.capacity, **opened, **others}


@dataclass(frozen=True)
class Source:
    """One vendor's system at work.

    Attributes:
        make: another adapter before it, as another process would have; takes a ``base_url``.
        base_url: where it is; empty for the one that is in this process.
        kept: how many places of its agenda are held or booked, by its own store.
        standing: how many of those are booked, where a booking is more than one step.
        books: whether a request, head and body, is one that books.
        query: free slots of the product that it takes most of.
        several: the same for two products in one appointment, where it takes those.
    """

    make: Callable[..., AnyAdapter]
    clock: Clock
    base_url: str
    kept: Callable[[], Awaitable[int]]
    query: SlotQuery
    several: SlotQuery | None = None
    books: Callable[[bytes], bool] = lambda request: request.startswith((b"POST", b"PUT"))
    answers: Mapping[str, str] = field(default_factory=dict)
    standing: Callable[[], Awaitable[int]] | None = None

    async def booked(self) -> int:
        """How many are booked, by its own store."""
        return await (self.standing or self.kept)()

    def request(self) -> BookingRequest:
        """A booking with a client reference of its own."""
        return BookingRequest(
            client_reference=uuid4().hex, booker=BOOKER, answers=dict(self.answers)
        )

    def on(self, first: date, last: date | None = None, quantity: int = 1) -> SlotQuery:
        """The query on other days, or for more of its product."""
        product = self.query.products[0].product_id
        return self.query.model_copy(
            update={
                "first_day": first,
                "last_day": last or first,
                "products": (ProductQuantity(product_id=product, quantity=quantity),),
            }
        )

    async def free(self, query: SlotQuery | None = None) -> Sequence[Slot]:
        """The free slots of a query."""
        return await self.make().slots(query or self.query, deadline=soon())


def soon() -> Deadline:
    """Time enough, also on a busy machine."""
    return Deadline.after(60)


def _length_of(store: Any) -> Callable[[], Awaitable[int]]:  # noqa: ANN401 anything with a length
    async def kept() -> int:
        return len(store)

    return kept


class _Days(TypedDict):
    first: date
    last: date


def _week(wanted: Wanted) -> _Days:
    today = wanted.now.date()
    return {"first": today, "last": today + timedelta(days=7)}


@asynccontextmanager
async def _caldav(wanted: Wanted) -> AsyncIterator[Source]:
    office = await caldav.open_office(wanted.radicale, desks=wanted.capacity)
    office.clock.move_to(wanted.now)
    adapters: list[AnyAdapter] = []
    first = wanted.now.date()
    days = {"first_day": first, "last_day": first + timedelta(days=7)}
    opened: dict[str, Any] = {}
    if wanted.hours:
        hours = {day: [f"{wanted.hours[0]:%H:%M}-{wanted.hours[1]:%H:%M}"] for day in DAYS}
        places = [{**place.model_dump(), "hours": hours} for place in office.settings.locations]
        opened["locations"] = places

    def make(**changes: object) -> AnyAdapter:
        adapters.append(office.adapter(**opened, **changes))
        return adapters[-1]

    async def kept() -> int:
        return sum([len(await office.names(desk=n)) for n in range(wanted.capacity)])

    async def standing() -> int:
        paths = [
            office.desks[n] + name
            for n in range(wanted.capacity)
            for name in await office.names(desk=n)
        ]
        return sum(["STAGE:booked" in (await office.get(path) or "") for path in paths])

    both = tuple(ProductQuantity(product_id=name) for name in ("kort", "lang"))
    query = caldav.query().model_copy(update=days)
    try:
        yield Source(
            make,
            office.clock,
            office.url,
            kept,
            query,
            query.model_copy(update={"products": both}),
            standing=standing,
        )
    finally:
        for adapter in adapters:
            await adapter.aclose()


@asynccontextmanager
async def _easyappointments(wanted: Wanted) -> AsyncIterator[Source]:
    options = wanted.options("counters", breaks=())
    if wanted.hours:
        options["hours"] = wanted.hours
    async with easyappointments.town_hall(wanted.now, **options) as hall:
        yield Source(
            hall.adapter,
            hall.clock,
            hall.settings["base_url"],
            _length_of(hall.simulator.appointments),
            hall.query(days=7),
            books=lambda request: b"POST" in request[:4] and b"/appointments" in request[:200],
        )


@asynccontextmanager
async def _jcc_rest(wanted: Wanted) -> AsyncIterator[Source]:
    async with jcc_rest.town_hall(wanted.now, **wanted.options("counters")) as hall:
        yield Source(
            hall.adapter,
            hall.clock,
            hall.settings["base_url"],
            _length_of(hall.simulator.appointments),
            hall.query("Identiteitskaart aanvragen", **_week(wanted)),
            hall.query("Reispas aanvragen", "Rijbewijs aanvragen", **_week(wanted)),
            lambda request: b"POST" in request[:4] and b"/connect/token" not in request[:200],
        )


@asynccontextmanager
async def _jcc_soap(wanted: Wanted) -> AsyncIterator[Source]:
    async with jcc_soap.town_hall(wanted.now, **wanted.options("counters")) as hall:
        yield Source(
            hall.adapter,
            hall.clock,
            hall.settings["base_url"],
            _length_of(hall.simulator.appointments),
            hall.query(jcc_soap.EID, **_week(wanted)),
            hall.query(jcc_soap.PASS, jcc_soap.LICENCE, **_week(wanted)),
            lambda request: b"bookGovAppointment" in request,
        )


@asynccontextmanager
async def _memory(wanted: Wanted) -> AsyncIterator[Source]:
    clock = Clock(wanted.now)
    place = LocationSettings(id="stadhuis", name="Stadhuis", desks=wanted.capacity)
    settings = MemorySettings(locations=(place,))
    if wanted.hours:
        hours = {day: [f"{wanted.hours[0]:%H:%M}-{wanted.hours[1]:%H:%M}"] for day in DAYS}
        opened = {"locations": [place], "hours": hours}
        settings = MemorySettings.model_validate(opened)
    context = AdapterContext("memory", BRUSSELS, clock)
    first = MemoryAdapter(settings, context)

    def make() -> AnyAdapter:
        return MemoryAdapter(settings, context, store=first.store)

    async def kept() -> int:
        there = first.store.standing("stadhuis"), first.store.held("stadhuis", clock())
        return sum(len(list(entries)) for entries in there)

    def asking(*products: str) -> SlotQuery:
        return SlotQuery(
            location_id="stadhuis",
            products=tuple(ProductQuantity(product_id=name) for name in products),
            first_day=wanted.now.date(),
            last_day=wanted.now.date() + timedelta(days=7),
        )

    yield Source(make, clock, "", kept, asking("reispas"), asking("reispas", "identiteitskaart"))


@asynccontextmanager
async def _msbookings(wanted: Wanted) -> AsyncIterator[Source]:
    options = wanted.options("staff")
    if wanted.hours:
        options["worked"] = wanted.hours
    async with msbookings.town_hall(wanted.now, **options) as hall:
        yield Source(
            hall.adapter,
            hall.clock,
            hall.settings["base_url"],
            _length_of(hall.simulator.appointments),
            msbookings.query(msbookings.EID, **_week(wanted)),
            books=lambda request: b"POST" in request[:4] and b"/appointments " in request[:300],
        )


@asynccontextmanager
async def _pretix(wanted: Wanted) -> AsyncIterator[Source]:
    async with pretix.town_hall(wanted.now, **wanted.options("counters")) as hall:

        async def kept() -> int:
            sold = [order for order in hall.simulator.orders.values() if order.status in "np"]
            return len(sold) + len(hall.simulator.cart)

        yield Source(
            hall.adapter,
            hall.clock,
            hall.settings["base_url"],
            kept,
            pretix.query(pretix.PASSPORT, **_week(wanted)),
            pretix.query(pretix.PASSPORT, pretix.DRIVING, **_week(wanted)),
        )


@asynccontextmanager
async def _qmatic(wanted: Wanted) -> AsyncIterator[Source]:
    async with qmatic.town_hall(wanted.now, **wanted.options("resources")) as hall:
        yield Source(
            hall.adapter,
            hall.clock,
            hall.settings["base_url"],
            _length_of(hall.simulator.appointments),
            qmatic.query("Identiteitskaart", **_week(wanted)),
            qmatic.query("Reispas", "Rijbewijs", **_week(wanted)),
        )


@asynccontextmanager
async def _standard(wanted: Wanted) -> AsyncIterator[Source]:
    options: dict[str, Any] = {"counters": wanted.capacity}
    if wanted.hours:
        options["hours"] = dict.fromkeys(range(7), (wanted.hours,))
    async with standard.town_hall(wanted.now, **options) as hall:

        async def kept() -> int:
            there = hall.simulator.desk.entries.values()
            return len(
                [entry for entry in there if entry.status is not AppointmentStatus.CANCELLED]
            )

        yield Source(
            hall.adapter,
            hall.clock,
            hall.settings["base_url"],
            kept,
            hall.query("eid", days=7),
            hall.query("eid", "reispas", days=7),
            lambda request: b"POST" in request[:4] and b"/bookings " in request[:200],
        )


@asynccontextmanager
async def _zms(wanted: Wanted) -> AsyncIterator[Source]:
    async with zms.city(wanted.now, **wanted.options("workstations")) as leuven:

        async def kept() -> int:
            return count("reserved", "preconfirmed", "confirmed")

        async def standing() -> int:
            return count("preconfirmed", "confirmed")

        def count(*statuses: str) -> int:
            there = leuven.simulator.processes.values()
            return len([process for process in there if process.status in statuses])

        yield Source(
            leuven.adapter,
            leuven.clock,
            leuven.base_url,
            kept,
            zms.query(EID, **_week(wanted)),
            zms.query(EID, KIDS, **_week(wanted)),
            answers=zms.ANSWERS,
            standing=standing,
        )


MANIFESTS = {name: registry.manifest(name) for name in registry.vendors()}

VENDORS: dict[str, Callable[[Wanted], AbstractAsyncContextManager[Source]]] = {
    "caldav": _caldav,
    "easyappointments": _easyappointments,
    "jcc_rest": _jcc_rest,
    "jcc_soap": _jcc_soap,
    "memory": _memory,
    "msbookings": _msbookings,
    "pretix": _pretix,
    "qmatic": _qmatic,
    "standard": _standard,
    "zms": _zms,
}
