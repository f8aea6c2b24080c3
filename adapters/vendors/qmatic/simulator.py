"""A Qmatic Orchestra that can be run here: the Calendar public API over HTTP, quirks included.

Parameters are matrix parameters of the raw path, so an escaped ``;`` is none. Times of day are
local to the branch, instants are UTC with ``+0000``; ``book`` calls its JSON text; business
errors are HTTP 500 with headers; whoever knows an id may read and delete what it names. Of the
error codes only E440 is known. Nothing awaits between looking and booking.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Litestar, Request, Response, route

from adapters.vendors.qmatic import simulated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Json = dict[str, Any]
    Matrix = dict[str, list[str]]

PATH = "/calendar-backend/public/api/"
USERNAME, PASSWORD = "afsprakenpoort", "only-for-the-simulator"
AUTH_TOKEN = "only-for-the-simulators-gateway"  # noqa: S105 as it says
JSON, TEXT = "application/json", "application/text;charset=UTF-8"
RESERVED, BOOKED = 10, 20
OFFICE_HOURS = ((time(9), time(12)), (time(13, 30), time(17)))


@dataclass
class Appointment:
    """Booked, or reserved until ``held_until``. ``customers`` are public ids."""

    branch: str
    resource: int
    start: datetime
    end: datetime
    services: list[str]
    people: int
    created: datetime
    held_until: datetime | None = None
    customers: list[str] = field(default_factory=list)
    title: str = "Pending reservation"
    notes: str | None = None
    custom: str | None = None


@dataclass
class Simulator:
    """One Orchestra; ``app`` is its ASGI application.

    Attributes:
        now: the current instant.
        zone: in which every branch keeps its hours (``timeZone``).
        full_zone: what a branch says besides, and nothing follows (``fullTimeZone``).
        resources: how many appointments one branch takes at a time.
        hours: when they are open.
        days: on which days of the week, Monday is 0.
        step: minutes between two starts.
        counting: what ``numberOfCustomers`` counts, all people or those beside the first.
        hold_seconds: how long a reservation is kept.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = "Europe/Brussels"
    full_zone: str = "Etc/UTC"
    resources: int = 1
    hours: Sequence[tuple[time, time]] = OFFICE_HOURS
    days: Sequence[int] = range(5)
    step: int = 15
    counting: str = "total"
    hold_seconds: int = 300
    appointments: dict[str, Appointment] = field(default_factory=dict)
    customers: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        @route("/{path:path}", http_method=["GET", "POST", "DELETE"])
        async def answer(request: Request[Any, Any, Any]) -> Response[Any]:
            # As it was sent: what is escaped is a value, what is not is a separator.
            return self._answer(
                request.method,
                request.scope["raw_path"].decode("ascii"),
                request.headers,
                await request.body(),
            )

        self.app = Litestar([answer], logging_config=None, openapi_config=None)

    def fill(self) -> None:
        """Leave no time free."""
        self.resources = 0

    def settings(self, base_url: str) -> Json:
        """The settings of a source that talks to it, served at ``base_url``."""
        return {
            "base_url": base_url + PATH,
            "username": USERNAME,
            "password": PASSWORD,
            "number_of_customers": self.counting,
            "hold_seconds": self.hold_seconds,
        }

    def standing(self) -> list[tuple[str, datetime]]:
        """Every appointment that will take place; see ``adapters.rehearsal``."""
        return [
            (known, kept.start)
            for known, kept in self.appointments.items()
            if kept.held_until is None
        ]

    def book_at_desk(
        self, branch: str, start: datetime, services: Sequence[str], external_id: str
    ) -> str:
        """Staff makes an appointment; gives its public id."""
        local = start.astimezone(ZoneInfo(self.zone))
        body = {
            "services": [{"publicId": service} for service in services],
            "customers": [{"lastName": "Aan de balie", "externalId": external_id}],
        }
        public_id: str = self._book(branch, f"{local.date()}", f"{local:%H:%M}", body)["publicId"]
        return public_id

    def _answer(self, method: str, path: str, headers: Any, body: bytes) -> Response[Any]:  # noqa: ANN401 any mapping
        exposed = {"Access-Control-Expose-Headers": "error_code, error_message"}
        through_gateway = path.startswith(f"/rest{PATH}")
        login = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        shown = headers.get("auth-token" if through_gateway else "authorization")
        if shown != (AUTH_TOKEN if through_gateway else f"Basic {login}"):
            return Response(None, status_code=401, headers=exposed)
        for lapsed in [key for key, kept in self.appointments.items() if self._lapsed(kept)]:
            del self.appointments[lapsed]
        try:
            status, content, kind = self._call(method, path.partition(PATH)[2], body)
        except simulated.Refused as error:
            exposed |= {"error_code": error.code, "error_message": f"{error}"}
            return Response(
                {"msg": f"{error}"}, status_code=error.status, headers=exposed, media_type=JSON
            )
        except (LookupError, TypeError, ValueError):
            return Response("", status_code=400, headers=exposed, media_type="text/plain")
        text = b"" if content is None else json.dumps(content).encode()
        return Response(text, status_code=status, headers=exposed, media_type=kind)

    def _lapsed(self, kept: Appointment) -> bool:
        return kept.held_until is not None and kept.held_until <= self.now()

    def _call(self, method: str, path: str, body: bytes) -> tuple[int, object, str]:
        *segments, last = path.split("/")
        last, *pairs = last.split(";")
        matrix: Matrix = {}
        for name, _, value in (pair.partition("=") for pair in pairs):
            matrix.setdefault(unquote(name), []).append(unquote(value))
        asked = [unquote(segment) for segment in (*segments, last)]
        if method == "GET":
            return 200, self._read(asked, matrix), JSON
        return self._write(method, asked, matrix, body)

    def _read(self, asked: list[str], matrix: Matrix) -> object:  # noqa: C901, PLR0911 a call each
        wanted = matrix.get("servicePublicId", [])
        match asked:
            case ["v1", "services"]:
                return self._services()
            case ["v1", "branches"]:
                return self._branches()
            case ["v1", "branches", branch]:
                return simulated.one("branch", self._branch(branch))
            case ["v1", "branches", branch, "services"] if self._branch(branch):
                return self._services()
            case ["v1", "services", "groups"]:
                return [simulated.branch_groups(known, wanted) for known in simulated.BRANCHES]
            case ["v1", "services", service, "branches"] if simulated.service(service):
                return self._branches()
            case ["v2", "branches", branch, "services", "groups"] if self._branch(branch):
                return simulated.groups(wanted)
            case ["v2", "branches", branch, "dates"]:
                days = [f"{day}T00:00:00" for day in self._dates(branch, matrix)]
                return simulated.listed("dates", days, matrix)
            case ["v2", "branches", branch, "dates", day, "times"]:
                starts = self._times(branch, date.fromisoformat(day), self._length(matrix))
                return simulated.listed("times", [f"{start:%H:%M}" for start in starts], matrix)
            case ["v1", "appointments", known]:
                return simulated.one("appointment", self._shown(known))
            case ["v1", "customers", "externalId", external_id, "appointments"]:
                return self._appointments_of("externalId", external_id)
            case ["v1", "customers", public_id, "appointments"]:
                return self._appointments_of("publicId", public_id)
        raise simulated.Refused(404, simulated.UNKNOWN, "No such resource.")

    def _write(
        self, method: str, asked: list[str], matrix: Matrix, body: bytes
    ) -> tuple[int, object, str]:
        match [method, *asked]:
            case ["POST", "v2", "branches", branch, "dates", day, "times", clock, "reserve"]:
                given = msgspec.json.decode(body)
                return 200, self._reserve(branch, day, clock, given, self._people(matrix)), JSON
            case ["POST", "v2", "branches", branch, "dates", day, "times", clock, "book"]:
                return 202, self._book(branch, day, clock, msgspec.json.decode(body)), TEXT
            case ["POST", "v2", "branches", "appointments", known, "confirm"]:
                return 200, self._confirm(known, msgspec.json.decode(body)), JSON
            case ["DELETE", "v1", "appointments", known] if self._shown(known):
                del self.appointments[known]
                return 204, None, JSON
        raise simulated.Refused(404, simulated.UNKNOWN, "No such resource.")

    def _services(self) -> Json:
        services = [simulated.service(known) for known in simulated.SERVICES]
        return simulated.listed("serviceList", services)

    def _branches(self) -> Json:
        branches = [self._branch(known) for known in simulated.BRANCHES]
        return simulated.listed("branchList", branches)

    # The agenda --------------------------------------------------------------------------

    def _people(self, matrix: Matrix) -> int:
        number = int(matrix.get("numberOfCustomers", ["0"])[0])
        return max(1, number) if self.counting == "total" else number + 1

    def _length(self, matrix: Matrix) -> timedelta:
        services = matrix["servicePublicId"]
        if not simulated.groups(services):
            raise simulated.Refused(500, simulated.REFUSED, "The services are not in one group.")
        return simulated.length(services, self._people(matrix))

    def _local(self) -> datetime:
        return self.now().astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def _dates(self, branch: str, matrix: Matrix) -> Iterator[date]:
        length = self._length(matrix)
        for n in range(180):
            day = self._local().date() + timedelta(days=n)
            if any(True for _ in self._times(branch, day, length)):
                yield day

    def _times(self, branch: str, day: date, length: timedelta) -> Iterator[datetime]:
        """Naive starts on the clock of the branch; none ends after the schedule does."""
        self._branch(branch)
        for opens, closes in self.hours if day.weekday() in self.days else ():
            start = datetime.combine(day, opens)
            while start + length <= datetime.combine(day, closes):
                if start >= self._local() and self._resource(branch, start, length) is not None:
                    yield start
                start += timedelta(minutes=self.step)

    def _resource(self, branch: str, start: datetime, length: timedelta) -> int | None:
        begins = start.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        busy = {
            kept.resource
            for kept in self.appointments.values()
            if kept.branch == branch and kept.start < begins + length and begins < kept.end
        }
        return next((number for number in range(self.resources) if number not in busy), None)

    # Appointments ------------------------------------------------------------------------

    def _take(self, branch: str, day: str, clock: str, services: list[str], people: int) -> str:
        if not services or not simulated.groups(services):
            raise simulated.Refused(500, simulated.REFUSED, "The services are not in one group.")
        start = datetime.fromisoformat(f"{day}T{clock}")
        length = simulated.length(services, people)
        resource = self._resource(branch, start, length)
        if resource is None or start not in self._times(branch, start.date(), length):
            raise simulated.Refused(500, simulated.TAKEN, "The time slot is not available.")
        begins = start.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        known = sha256(uuid4().bytes).hexdigest()
        self.appointments[known] = Appointment(
            branch, resource, begins, begins + length, services, people, self.now()
        )
        return known

    def _reserve(self, branch: str, day: str, clock: str, body: Json, people: int) -> Json:
        known = self._take(branch, day, clock, _ids(body), people)
        self.appointments[known].held_until = self.now() + timedelta(seconds=self.hold_seconds)
        return self._shown(known)

    def _confirm(self, known: str, body: Json) -> Json:
        shown = self._shown(known)
        if shown["status"] != RESERVED:
            raise simulated.Refused(500, simulated.REFUSED, "The appointment is not reserved.")
        self._write_down(self.appointments[known], body)
        return self._shown(known)

    def _book(self, branch: str, day: str, clock: str, body: Json) -> Json:
        known = self._take(branch, day, clock, _ids(body), len(body["customers"]))
        self._write_down(self.appointments[known], body)
        return self._shown(known)

    def _write_down(self, kept: Appointment, body: Json) -> None:
        kept.customers = [self._customer(given) for given in body["customers"]]
        kept.title, kept.notes = body.get("title", ""), body.get("notes")
        kept.custom, kept.held_until = body.get("custom"), None

    def _customer(self, given: Json) -> str:
        """The public id: of the one with the same external id, else of a new one."""
        known = next(
            (
                key
                for key, customer in self.customers.items()
                if given.get("externalId") and customer["externalId"] == given["externalId"]
            ),
            sha256(uuid4().bytes).hexdigest(),
        )
        self.customers[known] = simulated.customer(known, given, self.zone, self.now())
        return known

    def _appointments_of(self, name: str, value: str) -> Json:
        found = [key for key, customer in self.customers.items() if customer[name] == value]
        if len(found) != 1:
            by = {"externalId": "ExternalID", "publicId": "PublicID"}[name]
            message = f"{by} identified {len(found)} customers. Must identify a single customer."
            raise simulated.Refused(404, simulated.UNKNOWN, message)
        theirs = [key for key, kept in self.appointments.items() if found[0] in kept.customers]
        return simulated.listed("appointmentList", [self._shown(key) for key in theirs])

    def _shown(self, known: str) -> Json:
        if known not in self.appointments:
            raise simulated.Refused(404, simulated.UNKNOWN, "The appointment was not found.")
        kept = self.appointments[known]
        return {
            "publicId": known,
            "status": BOOKED if kept.held_until is None else RESERVED,
            "start": simulated.utc(kept.start),
            "end": simulated.utc(kept.end),
            "branch": self._branch(kept.branch),
            "services": [simulated.service(service) for service in kept.services],
            "customers": [self.customers[customer] for customer in kept.customers],
            "numberOfCustomers": kept.people,
            "resource": {"name": f"Loket {kept.resource + 1}", "custom": None},
            "title": kept.title,
            "notes": kept.notes,
            "custom": kept.custom,
            "created": simulated.milliseconds(kept.created),
            "updated": simulated.milliseconds(kept.created),
            "allDay": False,
            "blocking": False,
            "customSlotLength": None,
        }

    def _branch(self, known: str) -> Json:
        return simulated.branch(known, self.zone, self.full_zone)


def _ids(body: Json) -> list[str]:
    return [service["publicId"] for service in body["services"]]
