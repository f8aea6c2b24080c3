"""The calls of Qmatic Orchestra's Calendar public API, in the vendor's own words."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import httpx

from adapters.http import VendorClient, decode, understood
from adapters.vendors.qmatic import wire
from contracts.errors import BadAnswer, OutcomeUnknown, ResourceNotFound, SlotTaken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.vendors.qmatic.settings import QmaticSettings
    from contracts.deadline import Deadline

T = TypeVar("T")

OK, NO_CONTENT, NOT_FOUND = httpx.codes.OK, httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND
TAKEN_IN = {200, 201, 202}
"""`book` is known to say 202; of `reserve` and `confirm` it is not known."""
REFUSED = set(range(400, 600)) - {401, 403, 408, 429, 502, 503, 504}
"""Statuses of a write that the vendor gives itself; what is wrong stands in a header."""


class Orchestra:
    """One Orchestra, spoken to. Lists are whole, and hold what citizens may choose only."""

    def __init__(
        self, settings: QmaticSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._counting = settings.number_of_customers
        token, password = settings.auth_token, settings.password
        self._client = VendorClient(
            settings.base_url,
            auth=httpx.BasicAuth(settings.username or "", password.get_secret_value())
            if password
            else None,
            headers={"auth-token": token.get_secret_value()} if token else None,
            transport=transport,
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def services(self, deadline: Deadline, branch: str = "") -> list[wire.Service]:
        """All services, or those of one branch."""
        path = f"v1/branches/{_part(branch)}/services" if branch else "v1/services"
        listed = await self._read(path, wire.Services, deadline)
        return [
            service
            for service in _whole(listed.service_list, listed.meta)
            if service.active and service.public_enabled
        ]

    async def branches(self, deadline: Deadline, service: str = "") -> list[wire.Branch]:
        """All branches, or those with one service; a virtual one has no postal code."""
        path = f"v1/services/{_part(service)}/branches" if service else "v1/branches"
        listed = await self._read(path, wire.Branches, deadline)
        return [branch for branch in _whole(listed.branch_list, listed.meta) if branch.address_zip]

    async def branch_groups(
        self, services: Sequence[str], deadline: Deadline
    ) -> list[wire.BranchGroups]:
        """At each branch, the groups in which these services are."""
        path = f"v1/services/groups{_matrix(services)}"
        return await self._read(path, list[wire.BranchGroups], deadline)

    async def groups(
        self, branch: str, services: Sequence[str], deadline: Deadline
    ) -> list[wire.Group]:
        """At one branch, the groups in which these services are."""
        path = f"v2/branches/{_part(branch)}/services/groups{_matrix(services)}"
        return await self._read(path, list[wire.Group], deadline)

    async def dates(
        self, branch: str, services: Sequence[str], people: int, deadline: Deadline
    ) -> list[date]:
        """All days with a free time, however far off."""
        matrix = _matrix(services) + self._number(people)
        path = f"v2/branches/{_part(branch)}/dates{matrix}"
        listed = await self._read(path, wire.Dates, deadline)
        return [moment.date() for moment in _whole(listed.dates, listed.meta)]

    async def times(
        self, branch: str, day: date, services: Sequence[str], people: int, deadline: Deadline
    ) -> list[str]:
        """The free times of a day, on the clock of the branch."""
        matrix = _matrix(services) + self._number(people)
        path = f"v2/branches/{_part(branch)}/dates/{day}/times{matrix}"
        listed = await self._read(path, wire.Times, deadline)
        return _whole(listed.times, listed.meta)

    async def reserve(
        self, time: wire.FreeTime, services: Sequence[str], people: int, deadline: Deadline
    ) -> wire.Reservation:
        """Keep a time for nobody yet. Raises ``SlotTaken``."""
        path = f"{_path(time)}/reserve{self._number(people)}"
        body: dict[str, object] = {"services": [{"publicId": service} for service in services]}
        return await self._post(path, body, wire.Reservation, deadline)

    async def confirm(
        self, public_id: str, whom: dict[str, object], deadline: Deadline
    ) -> wire.Appointment:
        """Make an appointment of a reservation. ``BadAnswer`` when it is refused."""
        path = f"v2/branches/appointments/{_part(public_id)}/confirm"
        return await self._post(path, whom, wire.Appointment, deadline)

    async def book(
        self,
        time: wire.FreeTime,
        services: Sequence[str],
        whom: dict[str, object],
        deadline: Deadline,
    ) -> wire.Appointment:
        """Book a free time in one go; as many come as there are customers."""
        body = {"services": [{"publicId": service} for service in services], **whom}
        return await self._post(f"{_path(time)}/book", body, wire.Appointment, deadline)

    async def appointment(self, public_id: str, deadline: Deadline) -> wire.Appointment | None:
        """An appointment or a reservation; ``None`` when it is gone."""
        response = await self._client.read(
            "GET", f"v1/appointments/{_part(public_id)}", deadline=deadline, ok=(OK, NOT_FOUND)
        )
        if response.status_code == OK:
            return decode(response, wire.OneAppointment).appointment
        if "error_code" not in response.headers:
            decode(response, wire.Message)  # else it is not this vendor that says so
        return None

    async def appointments_of(self, external_id: str, deadline: Deadline) -> list[wire.Appointment]:
        """What a customer has, reservations and the past included."""
        path = f"v1/customers/externalId/{_part(external_id)}/appointments"
        response = await self._client.read("GET", path, deadline=deadline, ok=(OK, NOT_FOUND))
        if response.status_code == OK:
            listed = decode(response, wire.Appointments)
            return _whole(listed.appointment_list, listed.meta)
        if wire.NOBODY not in decode(response, wire.Message).msg:
            raise BadAnswer("It does not know one citizen under this external id.")
        return []

    async def delete(self, public_id: str, deadline: Deadline) -> None:
        """Cancel an appointment, or give up a reservation; whoever asks."""
        path = f"v1/appointments/{_part(public_id)}"
        response = await self._client.write(
            "DELETE", path, deadline=deadline, ok={NO_CONTENT, *REFUSED}
        )
        if response.status_code != NOT_FOUND:
            _check(response)

    async def _read(self, path: str, into: type[T], deadline: Deadline) -> T:
        return decode(await self._client.read("GET", path, deadline=deadline), into)

    async def _post(
        self, path: str, body: dict[str, object], into: type[T], deadline: Deadline
    ) -> T:
        response = await self._client.write(
            "POST", path, json=body, deadline=deadline, ok=TAKEN_IN | REFUSED
        )
        _check(response)
        if response.headers.get("Content-Type", "").startswith("application/text"):
            response.headers["Content-Type"] = "application/json"  # it is, recorded at `book`
        with understood(wrote=True):
            return decode(response, into)

    def _number(self, people: int) -> str:
        """Two public clients understand this parameter differently; each is followed here."""
        if self._counting == "total":
            return f";numberOfCustomers={people}"
        return f";numberOfCustomers={people - 1}" if people > 1 else ""


def _path(time: wire.FreeTime) -> str:
    return f"v2/branches/{_part(time.branch)}/dates/{time.date}/times/{time.time}"


def _matrix(services: Sequence[str]) -> str:
    """Matrix parameters belong to the path: their ``;`` and ``=`` stay as they are."""
    return "".join(f";servicePublicId={_part(service)}" for service in services)


def _part(value: str) -> str:
    """A value as one segment of a path, whatever is in it."""
    if not value.strip("."):
        raise ResourceNotFound("It knows nothing by this name.")
    return quote(value, safe="")


def _whole(listed: list[T], meta: wire.Meta) -> list[T]:
    if meta.total_results > len(listed):
        raise BadAnswer("It gives a part of a list only.")
    return listed


def _check(response: httpx.Response) -> None:
    """Raise what a write's answer means: business errors are 4xx or 500 with headers."""
    if response.is_success:
        return
    code = re.sub(r"[^A-Za-z0-9_-]", "", response.headers.get("error_code", ""))[:20]
    if response.is_server_error and not code:
        raise OutcomeUnknown(f"It answered {response.status_code}.")
    if code == wire.TAKEN:
        raise SlotTaken(vendor_code=code)
    raise BadAnswer("It refuses, and its reason is not known here.", vendor_code=code or None)
