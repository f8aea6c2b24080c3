"""A ZMS that can be run here: the citizen API over HTTP, quirks included.

Moments are seconds since 1970, as numbers and as text. A calendar has the times of one day;
it takes any combination of services. Reserving looks first and takes then, so that the loser
of a race gets one of two errors; the taking is atomic. An expired reservation stays until a
job deletes it, its number is then given out again. Cancelling changes the key.
"""

from __future__ import annotations

import asyncio
import calendar
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Litestar, Request, Response, route

from adapters.vendors.zms import simulated_checks as checks
from adapters.vendors.zms import simulated_city as city
from adapters.vendors.zms.simulated_checks import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from adapters.vendors.zms.simulated_city import Json

PATH = "/terminvereinbarung/api/citizen/"
JSON_UTF8 = "application/json; charset=utf-8"
PLACEHOLDER = "test@muenchen.de"
OFFICE_HOURS = ((time(8, 30), time(12)), (time(13), time(16)))
FIRST_NUMBER = 100348
KEEPS = ("reserved", "preconfirmed", "confirmed")
DELETED_FOR = timedelta(minutes=15)


@dataclass
class Process:
    """An appointment. ``services`` are ids with their counts, ``since`` its last change."""

    number: int
    key: str
    office: int
    start: datetime
    units: int
    services: list[tuple[int, int]]
    since: datetime
    status: str = "reserved"
    contact: Json = field(default_factory=lambda: {"email": PLACEHOLDER})


@dataclass
class Simulator:
    """One city; ``app`` is its ASGI application.

    Attributes:
        now: the current instant.
        zone: where its days are.
        workstations: how many appointments one office takes at a time.
        hours: when offices are open.
        days: on which days of the week, Monday is 0.
        horizon: how many days ahead can be booked.
        late: how long after its end an expired reservation is deleted.
        update_preconfirms: as recorded; later versions want an e-mail address and a
            preconfirmation of its own before the confirm.
        rate_limit: requests a minute.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = "Europe/Brussels"
    workstations: int = 2
    hours: Sequence[tuple[time, time]] = OFFICE_HOURS
    days: Sequence[int] = range(5)
    horizon: int = 180
    late: timedelta = timedelta(minutes=5)
    update_preconfirms: bool = True
    rate_limit: int = 600
    processes: dict[int, Process] = field(default_factory=dict)
    mailed: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._minute, self._count = 0, 0

        @route(f"{PATH}{{call:path}}", http_method=["GET", "POST"])
        async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
            status, content = 200, {}
            try:
                self._limit()
                self._delete_expired()
                content = await self._answer(
                    f"{request.method} {request.scope['raw_path'].decode().removeprefix(PATH)}",
                    dict(request.query_params.items()),
                    await request.body(),
                )
            except Refused as refused:
                status, content = refused.status, {"errors": refused.errors}
            headers = {
                "X-RateLimit-Limit": str(self.rate_limit),
                "X-RateLimit-Remaining": str(max(0, self.rate_limit - self._count)),
                "X-RateLimit-Reset": str((self._minute + 1) * 60),
            }
            encoded = msgspec.json.encode(content)
            return Response(encoded, status_code=status, media_type=JSON_UTF8, headers=headers)

        self.app = Litestar([answer], logging_config=None, openapi_config=None)

    def fill(self) -> None:
        """Leave no time free."""
        self.workstations = 0

    def settings(self, base_url: str) -> Json:
        """The settings of a source that talks to it, served at ``base_url``."""
        return {"base_url": base_url + PATH}

    def standing(self) -> list[tuple[str, datetime]]:
        """Every appointment that will take place; see ``adapters.rehearsal``."""
        return [
            (str(number), process.start)
            for number, process in self.processes.items()
            if process.status == "confirmed"
        ]

    async def _answer(self, call: str, query: Json, body: bytes) -> Json:
        """The body for one call; the calls are those of the protocol and no other."""
        match call:
            case "GET offices-and-services/":
                return city.catalogue()
            case "GET available-calendar/":
                return self._calendar(query)
            case "GET appointment/":
                return self._shown(self._known(query))
        calls = {
            "POST reserve-appointment/": self._reserve,
            "POST update-appointment/": self._update,
            "POST preconfirm-appointment/": self._preconfirm,
            "POST confirm-appointment/": self._confirm,
            "POST cancel-appointment/": self._cancel,
        }
        if call not in calls:
            raise Refused("notFound")
        try:
            data = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise Refused("invalidRequest") from None
        return await calls[call](data)

    def _limit(self) -> None:
        minute = int(self.now().timestamp() // 60)
        self._count = self._count + 1 if minute == self._minute else 1
        self._minute = minute
        if self._count > self.rate_limit:
            raise Refused("rateLimitExceeded")

    def _delete_expired(self) -> None:
        lives = {
            "reserved": timedelta(minutes=city.RESERVATION_MINUTES) + self.late,
            "preconfirmed": timedelta(minutes=city.ACTIVATION_MINUTES) + self.late,
            "blocked": timedelta(0),
            "deleted": DELETED_FOR,
        }
        now = self.now()
        self.processes = {
            number: process
            for number, process in self.processes.items()
            if process.status not in lives or now < process.since + lives[process.status]
        }

    # The calendar --------------------------------------------------------------------------

    def _calendar(self, query: Json) -> Json:
        offices, services, counts, first, last = checks.asked(query)
        units = {office: city.units(office, services, counts) for office in offices}
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        free = {
            day: able
            for day in days
            if (
                able := [
                    office for office in offices if any(self._free(office, day, units[office]))
                ]
            )
        }
        start = max(first, checks.day(query, "slotsStartDate", first))
        end = min(last, checks.day(query, "slotsEndDate", last))
        month, end_of_month = _first_of(start), _last_of(end)
        listed = [day for day in free if month <= day <= end_of_month]
        within = [day for day in listed if start <= day <= end] or (listed if start == end else [])
        if within:
            start = end = within[0]
        times = {
            office: [int(one.timestamp()) for one in self._free(office, start, units[office])]
            for office in (free.get(start, ()) if start == end else ())
        }
        return {
            "startDate": str(first),
            "endDate": str(last),
            "slotsStartDate": str(start),
            "slotsEndDate": str(end),
            "prevBookableDate": max((str(day) for day in free if day < month), default=None),
            "nextBookableDate": min((str(day) for day in free if day > end_of_month), default=None),
            "availableDays": [
                {
                    "date": str(day),
                    "providerIDs": ",".join(map(str, free[day])),
                    "offices": [
                        {"officeId": str(office), "appointments": starts}
                        for office, starts in times.items()
                        if day == start
                    ],
                }
                for day in listed
            ],
        }

    def _free(self, office: int, day: date, units: int) -> Iterator[datetime]:
        """Every start on a day at which so many units in a row have a workstation."""
        now, zone = self.now(), ZoneInfo(self.zone)
        if day.weekday() not in self.days or day > (now + timedelta(days=self.horizon)).date():
            return
        step = timedelta(minutes=city.SLOT_MINUTES)
        for opens, closes in self.hours:
            start = datetime.combine(day, opens, zone).astimezone(UTC)
            end = datetime.combine(day, closes, zone).astimezone(UTC)
            while start + units * step <= end:
                if start > now and self._has_room(office, start, units):
                    yield start
                start += step

    def _has_room(self, office: int, start: datetime, units: int) -> bool:
        step = timedelta(minutes=city.SLOT_MINUTES)
        busy = [
            (kept.start, kept.start + kept.units * step)
            for kept in self.processes.values()
            if kept.office == office and kept.status in KEEPS
        ]
        return all(
            sum(begins <= start + unit * step < ends for begins, ends in busy) < self.workstations
            for unit in range(units)
        )

    # Appointments --------------------------------------------------------------------------

    async def _reserve(self, data: Json) -> Json:
        office, start, services, counts = checks.reservation(data, self.now())
        units = city.units(office, services, counts)
        day = start.astimezone(ZoneInfo(self.zone)).date()
        if start not in self._free(office, day, units):
            raise Refused("appointmentNotAvailable")
        await asyncio.sleep(0)  # between looking and taking others get their turn
        if not self._has_room(office, start, units):
            raise Refused("unknownError", 404)
        number = next(n for n in range(FIRST_NUMBER, 10**6) if n not in self.processes)
        process = Process(
            number,
            secrets.token_hex(32),
            office,
            start,
            units,
            list(zip(services, counts, strict=True)),
            self.now(),
        )
        self.processes[number] = process
        return self._shown(process)

    async def _update(self, data: Json) -> Json:
        process = self._known(data)
        contact = checks.contact(data, process.office)
        if not self.update_preconfirms:
            self._must_be(process, "processNotReservedAnymore", "reserved")
        self._check_mails(process, contact.get("email", ""))
        process.contact |= contact
        if self.update_preconfirms and process.status == "reserved":
            process.status, process.since = "preconfirmed", self.now()
        return self._shown(process)

    async def _preconfirm(self, data: Json) -> Json:
        process = self._known(data)
        self._must_be(process, "processNotReservedAnymore", "reserved")
        self._refuse_placeholder(process)
        process.status, process.since = "preconfirmed", self.now()
        self.mailed.append(("activation", process.number))
        return self._shown(process)

    async def _confirm(self, data: Json) -> Json:
        process = self._known(data)
        also = ("reserved",) if self.update_preconfirms else ()
        self._refuse_placeholder(process)
        self._must_be(process, "processNotPreconfirmedAnymore", "preconfirmed", *also)
        process.status, process.since = "confirmed", self.now()
        self.mailed.append(("confirmation", process.number))
        return self._shown(process)

    async def _cancel(self, data: Json) -> Json:
        process = self._known(data)
        if process.start <= self.now():
            raise Refused("appointmentCanNotBeCanceled")
        if process.status == "reserved":
            shown = self._shown(process)
            process.status, process.key = "blocked", "deref!0"
            return shown
        process.status, process.since = "deleted", self.now()
        process.key = secrets.token_hex(32)
        process.contact["familyName"] = "(abgesagt)"
        self.mailed.append(("cancellation", process.number))
        return self._shown(process)

    def _known(self, data: Json) -> Process:
        """The appointment of a number and a key, whatever has become of it."""
        number, key = checks.number_and_key(data)
        process = self.processes.get(number)
        if process is None:
            raise Refused("appointmentNotFound")
        if not secrets.compare_digest(process.key, key):
            raise Refused("authKeyMismatch")
        return process

    def _must_be(self, process: Process, code: str, *allowed: str) -> None:
        if process.status not in allowed:
            raise Refused(code)

    def _refuse_placeholder(self, process: Process) -> None:
        if not self.update_preconfirms and process.contact["email"] == PLACEHOLDER:
            raise Refused("placeholderEmailNotAllowed")

    def _check_mails(self, process: Process, email: str) -> None:
        most = city.scope(process.office)["appointmentsPerMail"]
        same = [
            other
            for other in self.processes.values()
            if other.office == process.office
            and other.number != process.number
            and other.status in KEEPS[1:]
            and other.contact["email"] == email
        ]
        if most and email and len(same) >= int(most):
            raise Refused("tooManyAppointmentsWithSameMail")

    def _shown(self, process: Process) -> Json:
        return city.process(process, gone=process.status == "deleted")


def _first_of(day: date) -> date:
    return day.replace(day=1)


def _last_of(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
