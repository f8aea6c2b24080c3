"""A JCC-Afspraken that can be run here: the WARP v1 protocol over HTTP, quirks included.

Times are naive and local, durations are in seconds except in ``calculateduration`` (minutes),
bad input of any kind is HTTP 500, a booking that cannot be made is HTTP 200 all the same, and
what has no value is absent. Nothing awaits between looking and booking: two callers never get
the same counter.
"""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import NAMESPACE_OID, uuid4, uuid5
from zoneinfo import ZoneInfo

import msgspec
from litestar import Litestar, Request, Response, route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Json = dict[str, Any]
    Query = dict[str, list[str]]

PATH = "/G-Plan/api/api/warp/v1/"
CLIENT_ID, CLIENT_SECRET = "afsprakenpoort", "only-for-the-simulator"
JSON_UTF8 = "application/json; charset=utf-8"
MOST_DAYS = 50
HIDDEN, REQUIRED = 1, 2  # visible is 0, and never sent
FULL = 5  # as in the SOAP interface; the codes of this one are not known
OFFICE_HOURS = ((time(9), time(12)), (time(13, 30), time(17)))


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"jcc_rest/{name}"))


@dataclass(frozen=True)
class Activity:
    """What can be come for. Activities of one ``group`` go together; ``most`` 0 is no limit."""

    description: str
    minutes: int
    group: str
    most: int = 0
    necessities: str = ""
    fields: dict[str, int] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()


_ONE_OF = {
    "areFirstNameOrInitialsRequired": {"firstName", "initials"},
    "isAnyPhoneNumberRequired": {"mainPhoneNumber", "mobilePhoneNumber"},
}
_RULES_ONLY = {"mainPhoneNumber"}
_CONTACT = {
    "emailAddress": REQUIRED,
    "socialSecurityNumber": HIDDEN,
    "nationality": HIDDEN,
    "language": HIDDEN,
    "country": HIDDEN,
}
_BRING = "<P>Wat brengt u mee?</P>\r\n<UL>\r\n<LI>uw oude reispas</LI>\r\n<LI>een pasfoto</LI></UL>"
ACTIVITIES = (
    Activity("Reispas aanvragen", 10, "Reisdocumenten", 0, _BRING, _CONTACT, tuple(_ONE_OF)),
    Activity("Identiteitskaart aanvragen", 10, "Reisdocumenten", 4, "", _CONTACT),
    Activity("Rijbewijs aanvragen", 15, "Reisdocumenten", 1, "", {"birthDate": REQUIRED}),
    Activity("Aangifte van huwelijk", 45, "Burgerlijke stand", 1, "", _CONTACT, tuple(_ONE_OF)),
)
LOCATIONS = ("Stadhuis", "Dienstencentrum")


@dataclass(frozen=True)
class Booked:
    """One appointment; ``start`` and ``end`` are naive, as everything here."""

    location: str
    counter: int
    start: datetime
    end: datetime
    shown: Json


@dataclass
class Simulator:
    """One tenant; ``app`` is its ASGI application.

    Attributes:
        now: the current instant.
        zone: where its naive times are meant.
        counters: how many appointments one location takes at a time.
        hours: when they are open.
        days: on which days of the week, Monday is 0.
        step: minutes between two starts.
        token_seconds: how long a token lives.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = "Europe/Brussels"
    counters: int = 1
    hours: Sequence[tuple[time, time]] = OFFICE_HOURS
    days: Sequence[int] = range(5)
    step: int = 15
    token_seconds: int = 3600
    appointments: dict[str, Booked] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.activities = {_id(activity.description): activity for activity in ACTIVITIES}
        self.locations = {_id(name): name for name in LOCATIONS}
        self._numbers = itertools.count(4632)

        @route(f"{PATH}{{call:path}}", http_method=["GET", "POST", "DELETE"])
        async def answer(request: Request[Any, Any, Any]) -> Response[Any]:
            status, content = self._answer(
                f"{request.method} {request.scope['path'].removeprefix(PATH)}",
                parse_qs(request.scope["query_string"].decode(), keep_blank_values=True),
                request.headers.get("authorization", ""),
                await request.body(),
            )
            encoded = msgspec.json.encode(content)
            return Response(encoded, status_code=status, media_type=JSON_UTF8)

        self.app = Litestar([answer], logging_config=None, openapi_config=None)

    def fill(self) -> None:
        """Leave no time free."""
        self.counters = 0

    def settings(self, base_url: str) -> Json:
        """The settings of a source that talks to it, served at ``base_url``."""
        return {
            "base_url": base_url + PATH,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }

    def is_write(self, method: str, path: str) -> bool:
        """Whether a call books or cancels; a token is asked for with a POST."""
        return method != "GET" and path == f"{PATH}appointment"

    def standing(self) -> list[tuple[str, datetime]]:
        """Every appointment that will take place; see ``adapters.rehearsal``."""
        zone = ZoneInfo(self.zone)
        return [
            (known, booked.start.replace(tzinfo=zone))
            for known, booked in self.appointments.items()
        ]

    def _answer(
        self, call: str, query: Query, authorization: str, body: bytes
    ) -> tuple[int, object]:
        """Status and body for one call; the calls are those of the protocol and no other."""
        if call == "POST connect/token":
            return self._token(authorization, parse_qs(body.decode()))
        expires = self.tokens.get(authorization.removeprefix("Bearer "))
        if expires is None or expires <= self.now():
            return 401, {}
        selected, ids = query.get("selectedActivityId", []), query.get("activityId", [])
        calls: dict[str, Callable[[], object]] = {
            "GET version": lambda: {"warpApiVersion": "1.0"},
            "GET activity/listforappointment": lambda: list(map(self._activity, self.activities)),
            "GET activity/listforappointment/additional": lambda: self._additional(query),
            "GET activity/appointmentdaterange": lambda: self._date_range(ids),
            "GET location": lambda: list(map(self._location, self.locations)),
            "GET location/forappointment": lambda: self._locations(selected),
            "GET appointment/availabletimelist": lambda: self._available(query),
            "GET appointment/calculateduration": lambda: self._calculated(query),
            "GET customer/customerfields/required": lambda: self._fields(selected),
            "POST appointment": lambda: self._book(msgspec.json.decode(body)),
            "GET appointment": lambda: self.appointments[query["id"][0]].shown,
            "GET appointment/qrcode": lambda: self.appointments[query["id"][0]].shown["id"][:14],
            "DELETE appointment": lambda: self._cancel(query["id"][0]),
        }
        calls |= {
            f"GET location/{known}": partial(self._location, known) for known in self.locations
        }
        try:
            return (200, calls[call]()) if call in calls else (404, {})
        except (LookupError, TypeError, ValueError):
            return 500, _internal_exception(call)

    def _token(self, authorization: str, form: Query) -> tuple[int, Json]:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {pair}":
            return 401, {"error": "invalid_client"}
        if form != {"grant_type": ["client_credentials"], "scope": ["warp-api"]}:
            return 400, {"error": "invalid_request"}
        token, lives = uuid4().hex, self.token_seconds
        self.tokens[token] = self.now() + timedelta(seconds=lives)
        return 200, {"access_token": token, "expires_in": lives, "token_type": "Bearer"}

    # The catalogue -----------------------------------------------------------------------

    def _known(self, ids: Sequence[str]) -> list[Activity]:
        if not ids:
            raise ValueError(ids)
        return [self.activities[known] for known in ids]

    def _activity(self, known: str) -> Json:
        activity = self.activities[known]
        return {
            "id": known,
            "number": list(self.activities).index(known) + 1,
            "description": activity.description,
            **({"necessities": activity.necessities} if activity.necessities else {}),
            "appointmentDuration": activity.minutes * 60,
            "maxCountForEvent": activity.most,
            "activityGroupId": _id(activity.group),
        }

    def _additional(self, query: Query) -> list[Json]:
        chosen = query["selectedActivityId"]
        groups = {activity.group for activity in self._known(chosen)}
        hidden = chosen if query["includeSelectedActivities"] == ["False"] else []
        return [
            self._activity(known)
            for known, activity in self.activities.items()
            if groups == {activity.group} and known not in hidden
        ]

    def _locations(self, selected: Sequence[str]) -> list[Json]:
        self._known(selected)
        return [self._location(known) for known in self.locations]

    def _location(self, known: str) -> Json:
        name = self.locations[known]
        number = list(self.locations).index(known) + 1

        def entity(kind: str) -> Json:
            return {"auditId": _id(f"audit of {kind} {name}"), "id": _id(f"{kind} {name}")}

        return {
            **({"isDefault": True} if number == 1 else {}),
            "locationNumber": number,
            "phoneNumberList": [
                {
                    "phoneNumber": {"value": "015 00 00 00", **entity("phone")},
                    "phoneNumberType": {"name": "WorkPhoneNumber", **entity("type")},
                    **entity("number"),
                }
            ],
            "description": name,
            "address": {
                "streetName": "Grote Markt",
                "houseNumber": str(number),
                "postalCode": "2800",
                "city": "Mechelen",
                "country": {"id": _id("BE"), "isoCode": "BE", "name": "België"},
                **entity("address"),
            },
            "isActive": True,
            **entity("location"),
            "id": known,
        }

    def _fields(self, selected: Sequence[str]) -> Json:
        """Merged over the activities: required beats visible, and visible beats hidden."""
        activities = self._known(selected)
        merged = {
            name: max((a.fields.get(name, 0) for a in activities), key=(HIDDEN, 0, REQUIRED).index)
            for name in itertools.chain(*(a.fields for a in activities))
        }
        shown: Json = {name: state for name, state in merged.items() if state != 0}
        return shown | dict.fromkeys(itertools.chain(*(a.one_of for a in activities)), True)

    # The agenda --------------------------------------------------------------------------

    def _local(self) -> datetime:
        return self.now().astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def _date_range(self, ids: Sequence[str]) -> Json:
        self._known(ids)
        today = self._local().date()
        last = today + timedelta(days=365)
        return {"minDate": f"{today}T00:00:00", "maxDate": f"{last}T00:00:00"}

    def _calculated(self, query: Query) -> int:
        _day(query["dateTime"][0])
        return self._length(query) // timedelta(minutes=1)

    def _length(self, query: Query) -> timedelta:
        chosen = zip(query["activityId"], map(int, query["amount"]), strict=True)
        minutes = 0
        for known, amount in chosen:
            activity = self.activities[known]
            if amount < 1 or 0 < activity.most < amount:
                raise ValueError(amount)
            minutes += activity.minutes * amount
        return timedelta(minutes=minutes)

    def _available(self, query: Query) -> Json:
        (place,), length = query["locationId"], self._length(query)
        first, end = _day(query["fromDate"][0]), _day(query["toDate"][0])
        if place not in self.locations or not 0 <= (end - first).days <= MOST_DAYS:
            raise ValueError(place)
        free = [
            start.isoformat()
            for start in self._starts(first, end, length)
            if self._counter(place, start, length) is not None
        ]
        return {"availableTimesList": free, "appointmentDuration": int(length.total_seconds())}

    def _starts(self, first: date, end: date, length: timedelta) -> Iterator[datetime]:
        now = self._local()
        for day in (first + timedelta(days=n) for n in range((end - first).days)):
            for opens, closes in self.hours if day.weekday() in self.days else ():
                start = datetime.combine(day, opens)
                while start + length <= datetime.combine(day, closes):
                    if now <= start <= now + timedelta(days=365):
                        yield start
                    start += timedelta(minutes=self.step)

    def _counter(self, place: str, start: datetime, length: timedelta) -> int | None:
        busy = {
            booked.counter
            for booked in self.appointments.values()
            if booked.location == place and booked.start < start + length and start < booked.end
        }
        return next((counter for counter in range(self.counters) if counter not in busy), None)

    # Appointments ------------------------------------------------------------------------

    def _book(self, body: Json) -> Json:
        if body["id"] is not None or body["fieldList"] is not None:
            raise ValueError(body)
        ids = [chosen["activityId"] for chosen in body["activityList"]]
        amounts = [chosen["amount"] for chosen in body["activityList"]]
        length, place = self._length({"activityId": ids, "amount": amounts}), body["locationId"]
        customer = self._customer(body["customerList"], self._fields(ids))
        start = datetime.fromisoformat(body["fromDateTime"])
        datetime.fromisoformat(body["toDateTime"])  # asked for, and computed anew
        if start.tzinfo:
            start = start.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        counter = self._counter(place, start, length)
        day = start.date()
        if counter is None or start not in self._starts(day, day + timedelta(days=1), length):
            return {"code": FULL, "acknowledgeIsSuccess": False}
        known = str(uuid4())
        shown = {
            "id": known,
            "startDateTime": start.isoformat(),
            "endDateTime": (start + length).isoformat(),
            "number": next(self._numbers),
            "activityList": [
                {"amount": amount, "activity": self._activity(activity)}
                for activity, amount in zip(ids, amounts, strict=True)
            ],
            "customerList": [{"id": str(uuid4()), **customer}],
            "location": {"id": place, "description": self.locations[place]},
            "fieldList": [],
            **({"message": body["message"]} if body["message"] else {}),
            "creationDateTime": self._local().isoformat(timespec="milliseconds"),
        }
        self.appointments[known] = Booked(place, counter, start, start + length, shown)
        return {"id": known, "acknowledgeIsSuccess": True}

    def _customer(self, customers: list[Json], rules: Json) -> Json:
        """The one customer, when all that is required is there."""
        (customer,) = customers
        if customer["id"] is not None or customer["isMainCustomer"] is not True:
            raise ValueError(customers)
        given = {name: value for name, value in customer.items() if value not in {None, ""}}
        if given["gender"] not in {0, 1, 2} or not given["lastName"]:
            raise ValueError(customers)
        # In the rules it is ``mainPhoneNumber``; posted under that name it is not looked at.
        names = {"mainPhoneNumber" if n == "phoneNumber" else n for n in given.keys() - _RULES_ONLY}
        for name, state in rules.items():
            if (state == REQUIRED or name in _ONE_OF) and not _ONE_OF.get(name, {name}) & names:
                raise ValueError(name)
        if "birthDate" in given:
            given["birthDate"] = f"{_day(given['birthDate'])}T00:00:00"
        return given

    def _cancel(self, known: str) -> Json:
        return {"id": self.appointments.pop(known).shown["id"]}


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _internal_exception(call: str) -> Json:
    detail = "InternalException: code -1"
    return {
        "title": "InternalException",
        "detail": detail,
        "instance": f"/api/warp/v1/{call.partition(' ')[2]}",
        "type": "http://www.jccsoftware.nl/rfc7807/internal-exception",
        "status": 500,
        "code": -1,
        "errors": [{"code": -1, "name": "InternalException", "detail": detail}],
    }
