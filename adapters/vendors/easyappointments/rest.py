"""The calls of Easy!Appointments' REST API: pages of lists, and refusals inside HTTP 500."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

import httpx

from adapters.http import VendorClient, decode, understood
from adapters.vendors.easyappointments import wire
from contracts.errors import AppointmentNotFound, BadAnswer, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.vendors.easyappointments.settings import EasyAppointmentsSettings
    from contracts.deadline import Deadline

    Params = Mapping[str, str | int]

T = TypeVar("T")
Listed = TypeVar("Listed", wire.Service, wire.Provider, wire.Customer)

PAGE = 100
"""Rows asked for at once; 20 unless told. The totals are never given."""

MOST_PAGES = 50
AGENDA = 5_000
"""The most appointments of a few days; all in one page, see ``agenda``."""

CREATED = httpx.codes.CREATED
NO_CONTENT, NOT_FOUND = httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND
OK, INTERNAL_ERROR = httpx.codes.OK, httpx.codes.INTERNAL_SERVER_ERROR

IN_USE = "The provided email address is already in use"
INCOMPLETE = "Not all required fields are provided"
BAD_EMAIL = "Invalid email address provided"
_SAID_BEFORE_SAVING = (
    IN_USE,
    INCOMPLETE,
    BAD_EMAIL,
    "The appointment start date time is invalid",
    "The appointment end date time is invalid",
    "The appointment duration cannot be less than",
    "The appointment provider ID was not found",
    "The appointment customer ID was not found",
    "Appointment service id is invalid",
)
"""How its messages begin when what was sent is not valid. What follows may quote the citizen."""


class NotSaved(Exception):
    """It does not accept what was sent. ``complaint`` is the beginning of its message."""

    def __init__(self, complaint: str) -> None:
        super().__init__(complaint)
        self.complaint = complaint


class Rest:
    """One installation, as an administrator sees it.

    A session cookie comes with every answer; ``VendorClient`` keeps none.
    """

    def __init__(
        self, settings: EasyAppointmentsSettings, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        auth: httpx.Auth | None = None
        headers = {}
        if settings.api_token:
            headers["Authorization"] = f"Bearer {settings.api_token.get_secret_value()}"
        elif settings.username and settings.password:
            auth = httpx.BasicAuth(settings.username, settings.password.get_secret_value())
        self._client = VendorClient(
            settings.base_url, auth=auth, headers=headers, transport=transport
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def all(
        self, path: str, into: type[list[Listed]], deadline: Deadline, **params: str
    ) -> dict[int, Listed]:
        """Every row of a list by its id: pages until one is not full."""
        found: dict[int, Listed] = {}
        for page in range(1, MOST_PAGES + 1):
            window: Params = {**params, "sort": "id", "length": PAGE, "page": page}
            rows = await self._read(path, window, into, deadline)
            found |= {row.id: row for row in rows}
            if len(rows) < PAGE:
                return found
        raise BadAnswer(f"Its list of {path} has no end.")

    async def times(
        self, provider: int, service: int, day: date, deadline: Deadline
    ) -> list[wire.Clock]:
        """Free starts of one provider, on a day and by a clock in the provider's zone."""
        asked: Params = {"providerId": provider, "serviceId": service, "date": day.isoformat()}
        return await self._read("availabilities", asked, list[wire.Clock], deadline)

    async def agenda(self, day: date, deadline: Deadline, **only: int) -> list[wire.Appointment]:
        """The appointments of a day and of those beside it, lowest id first.

        In one page, so that it is one moment of the agenda: between two pages a deleted row
        moves the later ones up, and one of them would be seen by nobody.
        """
        window: Params = {
            "from": (day - timedelta(days=1)).isoformat(),
            "till": (day + timedelta(days=1)).isoformat(),
        }
        return await self._appointments({**window, **only}, deadline)

    async def search(self, text: str, deadline: Deadline) -> list[wire.Appointment]:
        """Appointments with this text in their notes (or in much else)."""
        return await self._appointments({"q": text}, deadline)

    async def _appointments(self, params: Params, deadline: Deadline) -> list[wire.Appointment]:
        page: Params = {**params, "sort": "id", "length": AGENDA, "page": 1}
        rows = await self._read("appointments", page, list[wire.Appointment], deadline)
        if len(rows) >= AGENDA:
            raise BadAnswer(f"It lists more than {AGENDA} appointments in three days.")
        return sorted(rows, key=lambda row: row.id)

    async def appointment(self, number: int, deadline: Deadline) -> wire.Appointment:
        """One appointment. Raises ``AppointmentNotFound``: deleted ones leave no trace."""
        response = await self._client.read(
            "GET", f"appointments/{number}", deadline=deadline, ok=(OK, NOT_FOUND)
        )
        if _is_gone(response):
            raise AppointmentNotFound("It knows no such appointment.")
        return decode(response, wire.Appointment)

    async def create(
        self, path: str, body: Mapping[str, object], into: type[T], deadline: Deadline
    ) -> T:
        """Save something new.

        Raises:
            NotSaved: it is not valid.
            OutcomeUnknown: any other 500 too, since it also mails and synchronises before it
                answers.
            VendorUnavailable, BadAnswer: certainly not saved.
        """
        response = await self._client.write(
            "POST", path, json=body, deadline=deadline, ok=(CREATED, INTERNAL_ERROR)
        )
        with understood(wrote=True):
            if response.status_code == CREATED:
                return decode(response, into)
            message = decode(response, wire.Refusal).message
        for complaint in _SAID_BEFORE_SAVING:
            if message.startswith(complaint):
                raise NotSaved(complaint)
        raise OutcomeUnknown("It answered 500.")

    async def delete(self, number: int, deadline: Deadline) -> None:
        """Delete an appointment; one that is gone already is fine."""
        response = await self._client.write(
            "DELETE", f"appointments/{number}", deadline=deadline, ok=(NO_CONTENT, NOT_FOUND)
        )
        _is_gone(response)

    async def _read(self, path: str, params: Params, into: type[T], deadline: Deadline) -> T:
        return decode(await self._client.read("GET", path, params=params, deadline=deadline), into)


def _is_gone(response: httpx.Response) -> bool:
    """Whether it says that there is no such row: its own 404 has no body.

    Raises ``BadAnswer`` for that of a server before it, or of an address where it is no longer.
    """
    if response.status_code == NOT_FOUND and response.content:
        raise BadAnswer("It answered 404 with a page that is not its own.")
    return response.status_code == NOT_FOUND
