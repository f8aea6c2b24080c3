"""A Microsoft Bookings that can be run here: Graph's bookings over HTTP, quirks included.

Staff is told to be available outside opening hours too, for whole days around what was asked
and in the zone names that Windows shows; a window of less than half an hour is a 500, and so
is anything else that is wrong; lists leave notes out and come in pages; a customer who is not
known is silently left out of a shared appointment. Whether a time is taken is not looked at,
unless ``refuses_clashes``; then it is looked at first, and saved a moment later.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Litestar, Request, Response, route

from adapters.vendors.msbookings import simulated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Json = dict[str, Any]
    Query = dict[str, list[str]]

Asked = Request[Any, Any, Any]
TENANT, MAILBOX = "kortrijk.example", "afspraken@kortrijk.example"
CLIENT_ID, CLIENT_SECRET = "afsprakenpoort", "only-for-the-simulator"
LOGIN = f"/{TENANT}/oauth2/v2.0/token"
BUSINESS = f"/v1.0/solutions/bookingBusinesses/{MAILBOX}"
WINDOWS_ZONE = "Romance Standard Time"
_ZONES = {"UTC": UTC, WINDOWS_ZONE: ZoneInfo("Europe/Paris")}
SHOWN_ZONE = "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"
OFFICE_HOURS = ((time(9), time(12)), (time(13), time(17)))
SHORTEST = timedelta(minutes=30)
TOO_MANY, FAILED = 429, 500


class Refused(Exception):
    """A call that is answered with one of Graph's errors."""

    def __init__(self, status: int = FAILED, code: str = "UnknownError", message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Booked:
    """One appointment, as it is shown when it is read by its id."""

    start: datetime
    end: datetime
    busy: tuple[datetime, datetime]
    shown: Json


@dataclass
class Simulator:
    """One booking business in one tenant; ``app`` is its ASGI application.

    Attributes:
        now: the current instant.
        zone: of the business and its staff, one whose clocks agree with those of Brussels.
        staff: how many there are; all of them do everything.
        hours: when the doors are open.
        days: on which days of the week, Monday is 0.
        worked: when staff is there on those days.
        interval: minutes between two starts.
        token_seconds: how long a token lives.
        page_size: of every list.
        refuses_clashes: whether it looks if staff is busy before it books.
        calls_busy_free: whether it forgets appointments when it tells who is available.
        dates_appointments: whether it tells when an appointment was made.
        fails_after_booking: how many bookings are yet to be made and answered with 500.
        throttles: how many calls are yet to be answered with 429.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = "Europe/Brussels"
    staff: int = 2
    hours: Sequence[tuple[time, time]] = OFFICE_HOURS
    days: Sequence[int] = range(5)
    worked: tuple[time, time] = (time(8), time(18))
    interval: int = 15
    token_seconds: int = 3599
    page_size: int = 100
    refuses_clashes: bool = False
    calls_busy_free: bool = False
    dates_appointments: bool = True
    fails_after_booking: int = 0
    throttles: int = 0
    appointments: dict[str, Booked] = field(default_factory=dict)
    customers: dict[str, Json] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.staff_ids = [simulated.guid(f"staff {number}") for number in range(self.staff)]
        self.services = simulated.services(self.staff_ids)
        self._ticks = itertools.count()

        @route("/{call:path}", http_method=["GET", "POST", "DELETE"])
        async def answer(request: Asked) -> Response[bytes]:
            try:
                status, content = await self._answer(request)
            except Refused as refused:
                status, content = refused.status, _failure(refused, self.now())
            except (LookupError, TypeError, ValueError):
                status, content = FAILED, _failure(Refused(), self.now())
            return Response(
                b"" if content is None else msgspec.json.encode(content),
                status_code=status,
                headers={"Retry-After": "0"} if status == TOO_MANY else {},
                media_type="application/json; odata.metadata=minimal; charset=utf-8",
            )

        self.app = Litestar([answer], logging_config=None, openapi_config=None)

    def fill(self) -> None:
        """Leave no time free."""
        self.days = ()

    def settings(self, base_url: str) -> Json:
        """The settings of a source that talks to it, served at ``base_url``."""
        return {
            "tenant": TENANT,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "business": MAILBOX,
            "base_url": f"{base_url}/v1.0/",
            "login_url": base_url,
        }

    def is_write(self, method: str, path: str) -> bool:
        """Whether a call books or cancels; availability and a token are asked for with a POST."""
        return method != "GET" and path.startswith(f"{BUSINESS}/appointments")

    async def _answer(self, request: Asked) -> tuple[int, object]:
        """Status and body for one call; the calls are those of the protocol and no other."""
        path, body = unquote(request.scope["path"]), await request.body()
        authorization = request.headers.get("authorization", "")
        if path == LOGIN and request.method == "POST":
            return self._token(authorization, parse_qs(body.decode()))
        expires = self.tokens.get(authorization.removeprefix("Bearer "))
        if expires is None or expires <= self.now():
            raise Refused(401, "InvalidAuthenticationToken", "Lifetime validation failed.")
        if self.throttles:
            self.throttles -= 1
            raise Refused(TOO_MANY, "ApplicationThrottled")
        if not f"{path}/".startswith(f"{BUSINESS}/"):
            raise Refused(404, "ErrorItemNotFound", "The mailbox does not exist.")
        call, query = path.removeprefix(BUSINESS), parse_qs(request.url.query)
        return await self._call(request, f"{request.method} {call}", query, body)

    async def _call(
        self, request: Asked, call: str, query: Query, body: bytes
    ) -> tuple[int, object]:
        name, _, known = call.partition("appointments/")
        self.calls[name + "appointments/*" if known else call] += 1
        given = msgspec.json.decode(body) if body else {}
        if call == "POST /appointments":
            return 201, await self._book(given)
        rows: dict[str, Callable[[], list[Json]]] = {
            "GET /services": lambda: list(self.services.values()),
            "GET /customQuestions": lambda: list(simulated.QUESTIONS.values()),
            "GET /calendarView": lambda: self._view(query),
        }
        calls: dict[str, Callable[[], tuple[int, object]]] = {
            "GET ": lambda: (200, self._business()),
            "POST /getStaffAvailability": lambda: (200, self._availability(given)),
            "POST /customers": lambda: (201, self._customer(given)),
            f"GET /appointments/{known}": lambda: (200, self._found(known).shown),
            f"DELETE /appointments/{known}": lambda: self._delete(known),
        }
        if call in rows:
            return 200, self._page(str(request.url), query, rows[call]())
        if call in calls:
            return calls[call]()
        if call.startswith("POST /appointments/") and call.endswith("/cancel"):
            raise Refused(403, "AccessDenied", "Not for applications.")
        raise Refused(400, "BadRequest", "Resource not found for the segment.")

    def _token(self, authorization: str, form: Query) -> tuple[int, Json]:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {pair}":
            return 401, {"error": "invalid_client", "error_codes": [7000215]}
        scope = "https://graph.microsoft.com/.default"
        if form != {"grant_type": ["client_credentials"], "scope": [scope]}:
            return 400, {"error": "invalid_scope"}
        token, lives = uuid4().hex, self.token_seconds
        self.tokens[token] = self.now() + timedelta(seconds=lives)
        return 200, {"token_type": "Bearer", "expires_in": lives, "access_token": token}

    # What there is ------------------------------------------------------------------------

    def _business(self) -> Json:
        return {
            "id": MAILBOX,
            "displayName": "Stad Kortrijk",
            "businessType": "",
            "phone": "056 27 70 00",
            "email": MAILBOX,
            "languageTag": "nl-BE",
            "defaultCurrencyIso": "EUR",
            "isPublished": True,
            "address": {**simulated.address("Grote Markt 54"), "type": None},
            "businessHours": simulated.work_hours(self.days, self.hours),
            "schedulingPolicy": {
                "timeSlotInterval": f"PT{self.interval}M",
                "minimumLeadTime": "PT0S",
                "maximumAdvance": "P365D",
                "sendConfirmationsToOwner": True,
                "allowStaffSelection": True,
                "customAvailabilities": [],
                "generalAvailability": {
                    "availabilityType": "bookWhenStaffAreFree",
                    "businessHours": [],
                },
            },
        }

    def _page(self, url: str, query: Query, rows: list[Json]) -> Json:
        begin = int(query.get("$skiptoken", ["0"])[0])
        page: Json = {"value": rows[begin : begin + self.page_size]}
        if begin + self.page_size < len(rows):
            whole, _, _ = url.partition("$skiptoken")
            joint = "" if whole.endswith(("?", "&")) else "&" if "?" in whole else "?"
            page["@odata.nextLink"] = f"{whole}{joint}$skiptoken={begin + self.page_size}"
        return page

    # Who is available ---------------------------------------------------------------------

    def _availability(self, asked: Json) -> Json:
        start, end = _instant(asked["startDateTime"]), _instant(asked["endDateTime"])
        if end - start < SHORTEST or not set(asked["staffIds"]) <= set(self.staff_ids):
            raise Refused
        return {
            "staffAvailabilityItem": [
                {"staffId": each, "availabilityItems": list(self._windows(each, start, end))}
                for each in asked["staffIds"]
            ]
        }

    def _windows(self, staff: str, start: datetime, end: datetime) -> Iterator[Json]:
        zone = ZoneInfo(self.zone)
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        while day <= last:
            at = datetime.combine(day, self.worked[0], zone).astimezone(UTC)
            until = datetime.combine(day, self.worked[1], zone).astimezone(UTC)
            for one, other, service in (
                self._busy(staff, at, until) if day.weekday() in self.days else ()
            ):
                if at < one:
                    yield self._window("Available", at, one, "")
                yield self._window("Busy", max(at, one), other, service)
                at = max(at, other)
            if day.weekday() in self.days and at < until:
                yield self._window("Available", at, until, "")
            day += timedelta(days=1)

    def _busy(
        self, staff: str, at: datetime, until: datetime
    ) -> list[tuple[datetime, datetime, str]]:
        if self.calls_busy_free:
            return []
        return sorted(
            (*booked.busy, booked.shown["serviceId"])
            for booked in self.appointments.values()
            if staff in booked.shown["staffMemberIds"]
            and booked.busy[0] < until
            and at < booked.busy[1]
        )

    def _window(self, status: str, start: datetime, end: datetime, service: str) -> Json:
        zone = ZoneInfo(self.zone)

        def shown(moment: datetime) -> Json:
            naive = moment.astimezone(zone).replace(tzinfo=None)
            return {"dateTime": naive.isoformat(timespec="seconds"), "timeZone": SHOWN_ZONE}

        return {
            "status": status,
            "startDateTime": shown(start),
            "endDateTime": shown(end),
            "serviceId": service,
        }

    # Appointments -------------------------------------------------------------------------

    def _found(self, known: str) -> Booked:
        if known not in self.appointments:
            raise Refused(404, "ErrorItemNotFound", "The object was not found in the store.")
        return self.appointments[known]

    def _delete(self, known: str) -> tuple[int, None]:
        self._found(known)
        del self.appointments[known]
        return 204, None

    def _view(self, query: Query) -> list[Json]:
        start, end = (datetime.fromisoformat(query[name][0]) for name in ("start", "end"))
        return [
            {**booked.shown, "serviceNotes": None}
            for booked in self.appointments.values()
            if booked.start < end and start < booked.end
        ]

    def _customer(self, given: Json) -> Json:
        known = str(uuid4())
        self.customers[known] = {"id": known, "displayName": given["displayName"], **given}
        return self.customers[known]

    async def _book(self, given: Json) -> Json:
        service, staff = self.services[given["serviceId"]], given["staffMemberIds"]
        start, end = _instant(given["startDateTime"]), _instant(given["endDateTime"])
        length, before, after = (
            msgspec.convert(service[name], timedelta)
            for name in ("defaultDuration", "preBuffer", "postBuffer")
        )
        # A service's own policy goes before that of the business, which lets staff be chosen.
        chosen = (service["schedulingPolicy"] or {}).get("allowStaffSelection", True)
        able = staff and set(staff) <= set(service["staffMemberIds"])
        if end - start != length or not (chosen and able):
            raise Refused
        busy = (start - before, end + after)
        if self.refuses_clashes and any(self._busy(each, *busy) for each in staff):
            raise Refused(message="Staff not available.")
        await asyncio.sleep(0)
        known, made = f"AAMkAD{uuid4().hex}AAA=", self.now()
        made += timedelta(microseconds=next(self._ticks))
        shown = {
            "id": known,
            "selfServiceAppointmentId": "00000000-0000-0000-0000-000000000000",
            "isLocationOnline": False,
            "smsNotificationsEnabled": False,
            "customerTimeZone": given["customerTimeZone"],
            "serviceId": service["id"],
            "serviceName": service["displayName"],
            "duration": service["defaultDuration"],
            "preBuffer": service["preBuffer"],
            "postBuffer": service["postBuffer"],
            "priceType": "notSet",
            "price": 0.0,
            "serviceNotes": given.get("serviceNotes"),
            "optOutOfCustomerEmail": given["optOutOfCustomerEmail"],
            "staffMemberIds": staff,
            "startDateTime": _shown(start),
            "endDateTime": _shown(end),
            "serviceLocation": service["defaultLocation"],
            "reminders": [],
            "maximumAttendeesCount": given["maximumAttendeesCount"],
            "filledAttendeesCount": given["filledAttendeesCount"],
            "customers": self._attending(given["customers"], service),
        }
        if self.dates_appointments:
            shown["createdDateTime"] = f"{made:%Y-%m-%dT%H:%M:%S.%f}0Z"
        self.appointments[known] = Booked(start, end, busy, shown)
        if self.fails_after_booking:
            self.fails_after_booking -= 1
            raise Refused(message="Staff not available.")
        return shown

    def _attending(self, customers: list[Json], service: Json) -> list[Json]:
        """A new customer is taken by itself; who shares an appointment has to be known."""
        if service["maximumAttendeesCount"] > 1:
            return [each for each in customers if each.get("customerId") in self.customers]
        return [
            {"customerId": self._customer({"displayName": each["name"]})["id"], **each}
            for each in customers
        ]


def _instant(moment: Json) -> datetime:
    read = datetime.fromisoformat(moment["dateTime"])
    if read.tzinfo is None:
        read = read.replace(tzinfo=_ZONES[moment["timeZone"]])
    return read.astimezone(UTC)


def _shown(moment: datetime) -> Json:
    return {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}.0000000Z", "timeZone": "UTC"}


def _failure(refused: Refused, now: datetime) -> Json:
    known = str(uuid4())
    inner = {
        "date": f"{now:%Y-%m-%dT%H:%M:%S}",
        "request-id": known,
        "client-request-id": known,
    }
    return {"error": {"code": refused.code, "message": refused.message, "innerError": inner}}
