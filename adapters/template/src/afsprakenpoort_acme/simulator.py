"""Acme, to be run here: it speaks the vendor's protocol over HTTP, and remembers.

Nothing awaits between looking and booking: two callers never get the same counter.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Litestar, Request, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

Json = dict[str, Any]

API_KEY = "only-for-the-simulator"
SITES = {"town-hall": "Stadhuis", "north": "Dienstencentrum Noord"}
SERVICES = {"passport": "Reispas aanvragen", "identity-card": "Identiteitskaart aanvragen"}
MINUTES, MOST, STEP = 15, 4, timedelta(minutes=15)
OPENS, CLOSES, WORKING_DAYS = time(9), time(16), range(5)
ZONE = ZoneInfo("Europe/Brussels")


class Refused(Exception):
    """Answered with HTTP 400 and this code."""


@dataclass
class Simulator:
    """One town's Acme; ``app`` is its ASGI application.

    As a ``sandbox`` it lets a test empty its agenda and move its clock, as yours may on a machine
    of its own.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    counters: int = 2
    sandbox: bool = False
    bookings: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1001)

        @get("/services", sync_to_thread=False)
        def services() -> list[Json]:
            return [{"code": c, "title": t, "most": MOST} for c, t in SERVICES.items()]

        @get("/sites", sync_to_thread=False)
        def sites(service: FromQuery[str | None] = None) -> list[Json]:
            _demand("unknownService", that=service is None or service in SERVICES)
            return [{"code": code, "title": title} for code, title in SITES.items()]

        @get("/openings", sync_to_thread=False)
        def openings(request: Request[Any, Any, Any]) -> Json:
            return self._openings(dict(request.query_params))

        @get("/bookings", sync_to_thread=False)
        def find(reference: FromQuery[str]) -> list[Json]:
            return [each for each in self.bookings.values() if each["reference"] == reference]

        @post("/bookings", sync_to_thread=False)
        def book(data: JSONBody[Json]) -> Json:
            return self._book(data)

        @get("/bookings/{number:str}", sync_to_thread=False)
        def read(number: FromPath[str]) -> Json:
            _demand("unknownBooking", that=number in self.bookings)
            return self.bookings[number]

        @delete("/bookings/{number:str}", sync_to_thread=False)
        def cancel(number: FromPath[str]) -> None:
            _demand("unknownBooking", that=number in self.bookings)
            self.bookings[number]["state"] = "cancelled"

        @put("/sandbox", sync_to_thread=False)
        def begin(data: JSONBody[Json]) -> None:
            self.bookings.clear()
            self._stand_still(data)

        @put("/sandbox/clock", sync_to_thread=False)
        def tell(data: JSONBody[Json]) -> None:
            self._stand_still(data)

        self.app = Litestar(
            [
                *(services, sites, openings, find, book, read, cancel),
                *((begin, tell) if self.sandbox else ()),
            ],
            exception_handlers={Refused: _refuse},
            before_request=_let_in,
            logging_config=None,
            openapi_config=None,
        )

    def settings(self, base_url: str) -> Json:
        """The settings of a source that talks to it, served at ``base_url``."""
        return {"base_url": base_url, "api_key": API_KEY}

    def _stand_still(self, asked: Json) -> None:
        told = datetime.fromisoformat(asked["now"])
        self.now = lambda: told

    def _openings(self, asked: Json) -> Json:
        minutes = _minutes(asked["site"], asked["service"], int(asked["persons"]))
        days = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
        free = [
            start.isoformat()
            for start in self._starts(*days, minutes)
            if self._is_free(asked["site"], start, minutes)
        ]
        return {"minutes": minutes, "starts": free}

    def _book(self, asked: Json) -> Json:
        minutes = _minutes(asked["site"], asked["service"], asked["persons"])
        start = datetime.fromisoformat(asked["start"])
        _demand("begun", that=start >= self._local())
        offered = start in self._starts(start.date(), start.date(), minutes)
        _demand("taken", that=offered and self._is_free(asked["site"], start, minutes))
        number = str(next(self._numbers))
        self.bookings[number] = {**asked, "number": number, "minutes": minutes, "state": "booked"}
        return self.bookings[number]

    def _local(self) -> datetime:
        return self.now().astimezone(ZONE).replace(tzinfo=None)

    def _starts(self, first: date, last: date, minutes: int) -> Iterator[datetime]:
        """Every time at which a visit can begin, on working days of the coming year."""
        now = self._local()
        first, last = max(first, now.date()), min(last, now.date() + timedelta(days=365))
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            start, closes = datetime.combine(day, OPENS), datetime.combine(day, CLOSES)
            while day.weekday() in WORKING_DAYS and start + timedelta(minutes=minutes) <= closes:
                if start >= now:
                    yield start
                start += STEP

    def _is_free(self, site: str, start: datetime, minutes: int) -> bool:
        end = start + timedelta(minutes=minutes)
        busy = 0
        for each in self.bookings.values():
            begins = datetime.fromisoformat(each["start"])
            ends = begins + timedelta(minutes=each["minutes"])
            if each["state"] == "booked" and each["site"] == site and begins < end and start < ends:
                busy += 1
        return busy < self.counters


def _demand(code: str, *, that: bool) -> None:
    if not that:
        raise Refused(code)


def _minutes(site: str, service: str, persons: int) -> int:
    _demand("unknownSite", that=site in SITES)
    _demand("unknownService", that=service in SERVICES)
    _demand("tooManyPersons", that=persons <= MOST)
    return MINUTES * persons


def _let_in(request: Request[Any, Any, Any]) -> Response[Json] | None:
    known = request.headers.get("x-api-key") == API_KEY
    return None if known else Response({"error": "unknownKey"}, status_code=401)


def _refuse(_request: Request[Any, Any, Any], refused: Refused) -> Response[Json]:
    return Response({"error": str(refused)}, status_code=400)
