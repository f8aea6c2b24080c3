"""A small municipality with two desks, as the tests meet it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from adapters.http import VendorClient
from adapters.transport import AiohttpTransport
from adapters.vendors.caldav import server
from adapters.vendors.caldav.adapter import CalDavAdapter
from adapters.vendors.caldav.settings import CalDavSettings
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import (
    Appointment,
    AppointmentRef,
    BookingRequest,
    MatchKey,
    Person,
    ProductQuantity,
    Slot,
    SlotQuery,
)
from contracts.suite import Clock

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 8, tzinfo=UTC)
_numbers = count(1)

OFFER: dict[str, Any] = {
    "lead_minutes": 0,
    "horizon_days": 366,
    "products": [
        {"id": "kort", "name": "Attest", "minutes": 15, "max_quantity": 3},
        {"id": "lang", "name": "Reispas", "minutes": 40, "extra_minutes": 10, "max_quantity": 3},
        {"id": "elders", "name": "Rijbewijs", "minutes": 15, "locations": ["bijhuis"]},
    ],
}
WEEK = {
    day: ["09:00-12:00", "13:00-16:00"]
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}


@dataclass(frozen=True)
class Office:
    """A municipality's calendars on one of the servers, and an adapter in front of them."""

    url: str
    desks: tuple[str, ...]
    clock: Clock
    settings: CalDavSettings

    def adapter(self, **changes: object) -> CalDavAdapter:
        settings = CalDavSettings.model_validate({**self.settings.model_dump(), **changes})
        return CalDavAdapter(settings, AdapterContext("dorp", BRUSSELS, self.clock))

    async def put(self, event: str, name: str = "hand.ics", *, desk: int = 0) -> None:
        """A new event, as a clerk's calendar program writes it."""
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Hand//NL", "BEGIN:VEVENT"]
        lines += [f"UID:{name}", "DTSTAMP:20270301T120000Z"]
        lines += [*event.splitlines(), "END:VEVENT", "END:VCALENDAR", ""]
        await self.save("\r\n".join(lines), self.desks[desk] + name)

    async def copy_for(self, citizen: MatchKey, slot: Slot) -> AppointmentRef:
        """What is in the calendar once a clerk has copied a citizen's appointment to another time.

        The program gives the copy a name of its own, and keeps what it does not understand.
        """
        name = f"copy-{next(_numbers)}.ics"
        chosen = "&".join(f"{each.product_id}={each.quantity}" for each in slot.products)
        event = [
            f"DTSTART:{slot.start.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTEND:{slot.end.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            "SUMMARY:Attest (kopie)",
            "X-AFSPRAKENPOORT-STAGE:booked",
            f"X-AFSPRAKENPOORT-PRODUCTS:{chosen}",
            f"X-AFSPRAKENPOORT-LOCATION:{slot.location_id}",
            f"X-AFSPRAKENPOORT-REFERENCE:{uuid4().hex}",
            f"X-AFSPRAKENPOORT-CITIZEN:{citizen.value}",
        ]
        await self.put("\n".join(event), name)
        return AppointmentRef(vendor_ref=name)

    async def save(self, text: str, address: str) -> None:
        async with self._client() as client:
            headers = {"Content-Type": "text/calendar; charset=utf-8"}
            answer = await client.put(address, content=text, headers=headers)
            assert answer.is_success, answer.text

    async def edit(self, booked: Appointment, *changes: tuple[str, str]) -> None:
        """What a clerk does to an appointment that was made here."""
        address = "".join(map(str, booked.ref.vendor_state.values()))
        text = await self.get(address)
        assert text
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        await self.save(text, address)

    async def get(self, address: str) -> str | None:
        async with self._client() as client:
            answer = await client.get(address)
            return answer.text if answer.status_code == httpx.codes.OK else None

    async def delete(self, address: str) -> None:
        async with self._client() as client:
            answer = await client.delete(address)
            assert answer.is_success

    async def names(self, *, desk: int = 0) -> list[str]:
        """Everything that stands in a calendar."""
        async with self._client() as client:
            answer = await client.request("PROPFIND", self.desks[desk], headers={"Depth": "1"})
            found = httpx.codes.MULTI_STATUS
            assert answer.status_code == found
            return sorted(
                part.split("<")[0].rsplit("/", 1)[-1]
                for part in answer.text.split("href>")
                if part.split("<")[0].endswith(".ics")
            )

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, trust_env=False)


class Gate(httpx.AsyncBaseTransport):
    """The real network, with something done before the nth request of a method."""

    def __init__(self, method: str, nth: int, then: Callable[[], Awaitable[None]]) -> None:
        self._inner = AiohttpTransport(max_bytes=20_000_000)
        self._seen: Counter[str] = Counter()
        self._when = method, nth
        self._then = then

    def stand_before(self, adapter: CalDavAdapter) -> None:
        adapter._client = VendorClient(
            adapter.settings.base_url, headers={"Accept": "*/*"}, transport=self
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._seen[request.method] += 1
        if (request.method, self._seen[request.method]) == self._when:
            await self._then()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def query(product: str = "kort", quantity: int = 1, days: tuple[int, int] = (8, 16)) -> SlotQuery:
    """Days of March 2027, from Monday the eighth."""
    return SlotQuery(
        location_id="gemeentehuis",
        products=(ProductQuantity(product_id=product, quantity=quantity),),
        first_day=MONDAY.date().replace(day=days[0]),
        last_day=MONDAY.date().replace(day=days[1]),
    )


def request_of(number: int, **changes: object) -> BookingRequest:
    """A booking with a client reference of its own."""
    booker = Person(given_name="Noor", family_name="Peeters", email="noor@example.org")
    fields = {"client_reference": f"reference-{number:04}", "booker": booker, **changes}
    return BookingRequest.model_validate(fields)


def soon() -> Deadline:
    """Time enough, also on a busy machine."""
    return Deadline.after(60)


async def starts(adapter: CalDavAdapter, asked: SlotQuery) -> list[str]:
    """The wall times of the free slots."""
    slots: Sequence[Slot] = await adapter.slots(asked, deadline=soon())
    return [f"{slot.start:%d %H:%M}" for slot in slots]


async def open_office(url: str, *, desks: int = 2) -> Office:
    number = next(_numbers)
    calendars = tuple(f"user/office-{number}-{desk}/" for desk in range(desks))
    await server.make_calendars(url, [*calendars, "user/bijhuis/"])
    bijhuis = {"id": "bijhuis", "name": "Bijhuis", "desks": ["user/bijhuis/"], "hours": WEEK}
    gemeentehuis = {"id": "gemeentehuis", "name": "Gemeentehuis", "desks": calendars, "hours": WEEK}
    settings = CalDavSettings.model_validate(
        {"base_url": url, "locations": [gemeentehuis, bijhuis], **OFFER}
    )
    return Office(url, calendars, Clock(MONDAY), settings)
