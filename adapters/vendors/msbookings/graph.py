"""One booking business as Microsoft Graph tells it, call by call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import httpx

from adapters import staff_notes
from adapters.credentials import ClientCredentials
from adapters.http import VendorClient, decode, understood
from adapters.together import together
from adapters.vendors.msbookings import wire
from adapters.vendors.msbookings.agenda import Entry
from adapters.vendors.msbookings.opening import Span, joined
from adapters.vendors.msbookings.zones import Zones, instant, moment, zones
from contracts.errors import AppointmentNotFound, BadAnswer, OutcomeUnknown, VendorError
from contracts.errors import VendorUnavailable as Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.vendors.msbookings.settings import MsBookingsSettings
    from contracts.deadline import Deadline

T = TypeVar("T")

MOST_PAGES = 50
MOST_READINGS = 10
"""As often as a calendar that moves is read for one moment of it."""

WINDOW = timedelta(days=31)
"""How much availability is asked for at once; a limit of 62 days is known of a sister call."""

AT_ONCE = 4
"""Calls under way at once; Graph refuses a fifth to one mailbox."""

_OK, _CREATED, _NO_CONTENT = httpx.codes.OK, httpx.codes.CREATED, httpx.codes.NO_CONTENT
_NOT_FOUND = httpx.codes.NOT_FOUND


class Graph:
    """The calls of one business. All of them want the permissions of an application."""

    def __init__(
        self, settings: MsBookingsSettings, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self._path = f"solutions/bookingBusinesses/{quote(settings.business, safe='@')}"
        self._client = VendorClient(
            settings.base_url,
            auth=ClientCredentials(
                f"{settings.login_url.rstrip('/')}/{settings.tenant}/oauth2/v2.0/token",
                settings.client_id,
                settings.client_secret,
                scope="https://graph.microsoft.com/.default",
            ),
            transport=transport,
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    # What there is ------------------------------------------------------------------------

    async def business(self, deadline: Deadline) -> wire.Business:
        """The business itself."""
        response = await self._client.read(
            "GET", self._path, deadline=deadline, ok=(_OK, _NOT_FOUND)
        )
        if response.status_code == _NOT_FOUND:
            raise Unavailable(f"It knows no such business ({_code(response)}).")
        return decode(response, wire.Business)

    async def services(self, deadline: Deadline) -> dict[str, wire.Service]:
        """Its services, by id."""
        rows = await self._all("services", wire.Page[wire.Service], deadline)
        return {row.id: row for row in rows}

    async def questions(
        self, service: wire.Service, deadline: Deadline
    ) -> Mapping[str, wire.Question]:
        """The questions that its services may ask, by id; none where this one asks nothing."""
        if not service.custom_questions:
            return {}
        rows = await self._all("customQuestions", wire.Page[wire.Question], deadline)
        return {row.id: row for row in rows}

    async def _all(
        self, path: str, page: type[wire.Page[T]], deadline: Deadline, **params: str
    ) -> list[T]:
        """Every row of a collection."""
        return list(chain.from_iterable(await self._pages(path, page, deadline, **params)))

    async def _pages(
        self, path: str, page: type[wire.Page[T]], deadline: Deadline, **params: str
    ) -> list[list[T]]:
        """A collection as it comes. A next link has the parameters in it, and our host."""
        found: list[list[T]] = []
        link: str | None = f"{self._path}/{path}"
        for _ in range(MOST_PAGES):
            if link is None:
                return found
            response = await self._client.read(
                "GET", link, deadline=deadline, params=params or None
            )
            part = decode(response, page)
            found.append(part.value)
            link, params = part.next_link, {}
        raise BadAnswer(f"Its list of {path} has no end.")

    # What is free -------------------------------------------------------------------------

    async def availability(
        self, staff: Sequence[str], span: Span, deadline: Deadline
    ) -> dict[str, list[Span]]:
        """When each of the staff is free; more may be told than was asked for.

        Ask for whole days: a window of less than half an hour is answered with 500.
        """
        found: list[wire.StaffAvailability] = []
        start, end = span
        while start < end:
            until = min(start + WINDOW, end)
            asked = {
                "staffIds": staff,
                "startDateTime": moment(start),
                "endDateTime": moment(until),
            }
            response = await self._client.read(
                "POST", f"{self._path}/getStaffAvailability", json=asked, deadline=deadline
            )
            answer = decode(response, wire.StaffAvailabilities)
            rows = answer.value if answer.value is not None else answer.staff_availability_item
            if rows is None:
                raise BadAnswer("It does not tell who is available.")
            found += rows
            start = until
        free = [
            (row.staff_id, item)
            for row in found
            for item in row.availability_items
            if item.status.lower() == "available"
        ]
        known = await zones(
            chain.from_iterable((item.start_date_time, item.end_date_time) for _, item in free)
        )
        with understood():
            return {
                each: joined(_window(item, known) for whose, item in free if whose == each)
                for each in staff
            }

    # What is booked -----------------------------------------------------------------------

    async def agenda(self, span: Span, deadline: Deadline) -> list[Entry]:
        """The appointments that have any of this time. Their notes are left out by Graph.

        Pages are read again until nothing moved between them (docs/adr/0340): else an appointment
        that is deleted meanwhile hides another one.
        """
        window = {"start": _iso(span[0]), "end": _iso(span[1])}
        before: list[str] = []
        for _ in range(MOST_READINGS):
            pages = await self._pages(
                "calendarView", wire.Page[wire.Appointment], deadline, **window
            )
            rows = list(chain.from_iterable(pages))
            ids = [row.id for row in rows]
            if len(pages) == 1 or (ids == before and len({*ids}) == len(ids)):
                return await self._entries(rows)
            before = ids
        raise BadAnswer("Its calendar changes faster than it can be read.")

    async def appointment(self, known: str, deadline: Deadline) -> Entry:
        """One appointment, notes included. Raises ``AppointmentNotFound``."""
        response = await self._client.read(
            "GET", self._appointment_path(known), deadline=deadline, ok=(_OK, _NOT_FOUND)
        )
        if response.status_code == _NOT_FOUND:
            code = _code(response)
            # A mailbox that is gone or renamed has no appointments either.
            await self.business(deadline)
            raise AppointmentNotFound("It knows no such appointment.", vendor_code=code)
        return await self._read(response)

    async def under(
        self, reference: str, entries: Sequence[Entry], deadline: Deadline
    ) -> list[Entry]:
        """Those with this client reference in their notes, for which each of them is read."""
        read = await together((self._reread(entry, deadline) for entry in entries), AT_ONCE)
        return [each for each in read if each and staff_notes.reference(each.notes) == reference]

    async def _reread(self, entry: Entry, deadline: Deadline) -> Entry | None:
        try:
            return await self.appointment(entry.id, deadline)
        except AppointmentNotFound:
            return None  # deleted meanwhile

    async def create(self, body: Mapping[str, object], deadline: Deadline) -> Entry:
        """Make an appointment. Also a 500 may have made it: ``OutcomeUnknown``."""
        response = await self._client.write(
            "POST", f"{self._path}/appointments", json=body, deadline=deadline, ok=(_CREATED,)
        )
        try:
            return await self._read(response)
        except BadAnswer as error:
            raise OutcomeUnknown(error.detail) from None

    async def delete(self, known: str, deadline: Deadline) -> None:
        """Delete an appointment; one that is gone already is fine."""
        response = await self._client.write(
            "DELETE",
            self._appointment_path(known),
            deadline=deadline,
            ok=(_NO_CONTENT, _NOT_FOUND),
        )
        if response.status_code == _NOT_FOUND:
            with understood(wrote=True):
                _code(response)
            try:
                await self.business(deadline)
            except VendorError as error:
                raise OutcomeUnknown(error.detail) from None

    async def add_customer(self, body: Mapping[str, object], deadline: Deadline) -> str:
        """Put somebody on the list of customers; gives the id.

        Raises ``VendorUnavailable`` also when it may have been done: nothing is booked yet.
        """
        try:
            response = await self._client.write(
                "POST", f"{self._path}/customers", json=body, deadline=deadline, ok=(_CREATED,)
            )
        except OutcomeUnknown as lost:
            raise Unavailable(lost.detail) from None
        return decode(response, wire.Customer).id

    async def _read(self, response: httpx.Response) -> Entry:
        (entry,) = await self._entries([decode(response, wire.Appointment)])
        return entry

    async def _entries(self, rows: Sequence[wire.Appointment]) -> list[Entry]:
        known = await zones(moment for row in rows for moment in _moments(row))
        with understood():
            return [_entry(row, known) for row in rows]

    def _appointment_path(self, known: str) -> str:
        return f"{self._path}/appointments/{quote(known, safe='')}"


def _code(response: httpx.Response) -> str:
    """Graph's own code for a failure. Raises ``BadAnswer`` when somebody else says no."""
    return decode(response, wire.Failure).error.code[:80]


def _moments(row: wire.Appointment) -> Iterable[wire.Moment]:
    return row.start_date_time, row.end_date_time


def _entry(row: wire.Appointment, known: Zones) -> Entry:
    start, end = (instant(moment, known) for moment in _moments(row))
    return Entry(
        id=row.id,
        service_id=row.service_id or "",
        staff=frozenset(row.staff_member_ids or ()),
        start=start,
        end=end,
        before=row.pre_buffer,
        after=row.post_buffer,
        quantity=min(max(row.filled_attendees_count, 1), 100),
        created=row.created_date_time,
        notes=row.service_notes or "",
    )


def _window(item: wire.AvailabilityItem, known: Zones) -> Span:
    """The least that a window can mean where the clock shows one of its times twice."""
    opens = [instant(item.start_date_time, known, fold=fold) for fold in (0, 1)]
    closes = [instant(item.end_date_time, known, fold=fold) for fold in (0, 1)]
    return max(opens), min(closes)


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
