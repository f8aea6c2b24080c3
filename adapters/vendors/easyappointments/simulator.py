"""An Easy!Appointments that can be run here: its REST API v1 over HTTP, quirks included.

It saves any appointment that is well formed: taken, past and outside opening hours too. Bad
input of any kind is HTTP 500, what is unknown is 404 without a body, no login is 401 in plain
text; lists have 20 rows unless told and no totals; every answer sets a cookie. An appointment is
inserted at once; between looking for an e-mail address and inserting its customer somebody
else may do the same.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Litestar, Request, Response, route

from adapters.vendors.easyappointments import simulated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Json = dict[str, Any]
    Rows = dict[int, Json]

PATH = "/index.php/api/v1/"
ADMIN, PASSWORD = "administrator", "only-for-the-simulator"
API_TOKEN, WEBHOOK_TOKEN = "a-token-for-the-simulator", "a-secret-for-the-simulator"
JSON, HTML = "application/json; charset=utf-8", "text/html"
DEFAULT_LENGTH = 20
FURTHEST = timedelta(days=90)
_DATE = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?))|(?:(\d\d?)-(\d\d?)-(\d{4}))")
_SEARCHED = ("firstName", "lastName", "email", "phone", "address", "city", "zip", "notes")


class NotValidError(Exception):
    """What was sent is answered with HTTP 500 and this message."""


@dataclass
class Simulator:
    """One installation; ``app`` is its ASGI application.

    Attributes:
        now: the current instant.
        zone: that of the server and, to begin with, of every provider.
        counters: how many providers there are; each of them offers every service.
        attendants: how many may share a time at one provider.
        hours: when they are at work, on which ``days`` of the week (Monday is 0).
        webhooks: headers and body of each that was posted.
        sessions: one for each request that came without a cookie.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = "Europe/Brussels"
    counters: int = 1
    attendants: int = 1
    hours: tuple[time, time] = (time(9), time(18))
    breaks: Sequence[tuple[time, time]] = ((time(14, 30), time(15)),)
    days: Sequence[int] = range(5)
    appointments: Rows = field(default_factory=dict)
    customers: Rows = field(default_factory=dict)
    webhooks: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)  # a deleted one's is not given out again
        self._users = itertools.count(2 + self.counters)  # 1 is the administrator
        self.services: Rows = simulated.services(self.attendants)
        plan = simulated.plan(self.hours, self.breaks, self.days)
        self.providers: Rows = {
            id_: simulated.provider(id_, list(self.services), self.zone, plan)
            for id_ in range(2, 2 + self.counters)
        }

        @route(f"{PATH}{{call:path}}", http_method=["GET", "POST", "PUT", "DELETE"])
        async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
            status, content = await self._answer(request)
            if "ea_session" not in request.cookies:
                self.sessions.append(uuid4().hex)
            headers = {"Set-Cookie": f"ea_session={self.sessions[-1]}; path=/; HttpOnly"}
            if not isinstance(content, str):
                body = msgspec.json.encode(content)
                return Response(body, status_code=status, headers=headers, media_type=JSON)
            if content:
                headers["WWW-Authenticate"] = 'Basic realm="Easy!Appointments"'
            return Response(content.encode(), status_code=status, headers=headers, media_type=HTML)

        self.app = Litestar([answer], logging_config=None, openapi_config=None)

    def settings(self, base_url: str) -> Json:
        """The settings of a source that talks to it, served at ``base_url``."""
        return {
            "base_url": base_url + PATH,
            "api_token": API_TOKEN,
            "webhook_token": WEBHOOK_TOKEN,
            "location": {
                "name": "Huis van de Bruggeling",
                "street": "Frank van Ackerpromenade",
                "house_number": "2",
                "postal_code": "8000",
                "city": "Brugge",
            },
        }

    def fill(self) -> None:
        """Leave no time free: every provider has every day off."""
        for provider in self.providers.values():
            provider["settings"]["workingPlan"] = dict.fromkeys(simulated.DAYS)

    def is_write(self, method: str, path: str) -> bool:
        """Whether a call books or cancels; a customer without an appointment is neither."""
        return method != "GET" and path.startswith(f"{PATH}appointments")

    def standing(self) -> list[tuple[str, datetime]]:
        """Every appointment that will take place; see ``adapters.rehearsal``."""
        return [(str(id_), self._instant(row)) for id_, row in self.appointments.items()]

    def _instant(self, row: Json) -> datetime:
        zone = ZoneInfo(self.providers[row["providerId"]]["timezone"])
        return simulated.naive(row["start"]).replace(tzinfo=zone)

    # The calls ----------------------------------------------------------------------------

    async def _answer(self, request: Request[Any, Any, Any]) -> tuple[int, object]:
        """Status and body for one call: text where it is not JSON."""
        if not _is_admin(request.headers.get("authorization", "")):
            return 401, "You are not authorized to use the API."
        path = request.scope["path"].removeprefix(PATH)
        try:
            sent = msgspec.json.decode(await request.body() or b"{}")
            return await self._call(request.method, path, dict(request.query_params), sent)
        except NotValidError as error:
            return 500, {"success": False, "message": str(error)}
        except ValueError as error:  # PHP's TypeError: not a number, say
            return 500, {"success": False, "message": f"TypeError: {error}"}

    async def _call(
        self, method: str, path: str, query: Mapping[str, str], sent: Json
    ) -> tuple[int, object]:
        name, _, number = path.partition("/")
        lists = {
            "GET services": self.services,
            "GET providers": self.providers,
            "GET customers": self.customers,
            "GET appointments": self.appointments,
        }
        rows = {f"{listed}/*": table for listed, table in lists.items()} | {
            "PUT appointments/*": self.appointments,
            "DELETE appointments/*": self.appointments,
        }
        call = f"{method} {name}/*" if number else f"{method} {name}"
        if call == "GET availabilities":
            return 200, self._availabilities(query)
        if call in lists:
            return 200, self._page(self._listed(name, lists[call], query), query)
        if call in {"POST customers", "POST appointments"}:
            return 201, await self._create(name, sent)
        row = rows.get(call, {}).get(int(number)) if number else None
        return self._one(method, row, sent) if row else (404, "")

    async def _create(self, name: str, sent: Json) -> Json:
        if name == "customers":
            return await self._create_customer(sent)
        return self._save(next(self._numbers), simulated.UNSAVED | sent)

    def _one(self, method: str, row: Json, sent: Json) -> tuple[int, object]:
        if method == "PUT":
            return 200, self._save(row["id"], row | sent)
        if method == "DELETE":
            del self.appointments[row["id"]]
            self._notify("appointment_delete", row)
            return 204, ""
        return 200, row

    # Lists --------------------------------------------------------------------------------

    def _page(self, rows: list[Json], query: Mapping[str, str]) -> list[Json]:
        page, length = int(query.get("page", 1)), int(query.get("length", DEFAULT_LENGTH))
        for token in reversed([each for each in query.get("sort", "").split(",") if each]):
            rows.sort(key=lambda row: row[token.strip("+- ")], reverse=token.startswith("-"))
        return rows[(page - 1) * length : page * length]

    def _listed(self, name: str, table: Rows, query: Mapping[str, str]) -> list[Json]:
        """Where there is a keyword it searches, and no other condition counts."""
        keyword = query.get("q", "").casefold()
        rows = list(table.values())
        if name == "appointments" and not keyword:
            return [row for row in rows if _is_asked(row, query)]
        return [row for row in rows if keyword in self._searched(row).casefold()]

    def _searched(self, row: Json) -> str:
        texts = [row.get(name) for name in (*_SEARCHED, "name", "start", "end", "hash")]
        if "customerId" in row:
            customer = self.customers.get(row["customerId"], {})
            texts += [customer.get(name) for name in _SEARCHED[:4]]
            texts.append(self.services[row["serviceId"]]["name"])
        return "\n".join(text for text in texts if text)

    # Times --------------------------------------------------------------------------------

    def _availabilities(self, query: Mapping[str, str]) -> list[str]:
        provider = self.providers.get(int(query.get("providerId", 0)))
        service = self.services.get(int(query.get("serviceId", 0)))
        if provider is None or service is None:
            raise NotValidError("The provided ID was not found in the database.")
        zone = ZoneInfo(provider["timezone"])
        here = self.now().astimezone(zone)
        day = _day(query["date"]) if query.get("date") else here.date()
        if datetime.combine(day, time(), zone) >= here + FURTHEST:
            return []
        starts = self._starts(provider, service, day)
        return sorted(
            {f"{start:%H:%M}" for start in starts if start.replace(tzinfo=zone) > self.now()}
        )

    def _starts(self, provider: Json, service: Json, day: date) -> Iterator[datetime]:
        taken = [row for row in self.appointments.values() if row["providerId"] == provider["id"]]
        busy = [(simulated.naive(row["start"]), simulated.naive(row["end"])) for row in taken]
        length = timedelta(minutes=service["duration"])
        shared = service["attendantsNumber"] > 1
        for opens, closes in simulated.periods(provider, day, [] if shared else busy):
            start = opens
            while start + length <= closes:
                there = [
                    row["serviceId"]
                    for row, (begin, end) in zip(taken, busy, strict=True)
                    if begin < start + length and start < end
                ]
                alike = there.count(service["id"])
                if not shared or len(there) == alike < service["attendantsNumber"]:
                    yield start
                start += timedelta(minutes=service["slotInterval"])

    # Saving -------------------------------------------------------------------------------

    async def _create_customer(self, sent: Json) -> Json:
        row: Json = dict.fromkeys(simulated.CUSTOMER) | sent
        if not all(row[name] for name in ("firstName", "lastName", "email", "phone")):
            raise NotValidError(f"Not all required fields are provided: {simulated.dump(row)}")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", row["email"]):
            raise NotValidError(f"Invalid email address provided: {row['email']}")
        if row["email"].casefold() in {
            each["email"].casefold() for each in self.customers.values()
        }:
            message = "The provided email address is already in use, please use a different one."
            raise NotValidError(message)
        await asyncio.sleep(0)  # two statements without a transaction or a unique index
        id_ = next(self._users)
        self.customers[id_] = {"id": id_, **row}
        return self.customers[id_]

    def _save(self, id_: int, row: Json) -> Json:
        """Insert or change: only its form is checked, and that those it is about exist."""
        if not all(row[name] for name in ("start", "serviceId", "providerId", "customerId")):
            raise NotValidError(f"Not all required fields are provided: {simulated.dump(row)}")
        if row["serviceId"] in self.services and not row["end"]:
            length = timedelta(minutes=self.services[row["serviceId"]]["duration"])
            row["end"] = str(simulated.naive(row["start"]) + length)
        for name in ("start", "end"):
            if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row[name]):
                raise NotValidError(f"The appointment {name} date time is invalid.")
        if simulated.naive(row["end"]) - simulated.naive(row["start"]) < timedelta(minutes=5):
            raise NotValidError("The appointment duration cannot be less than 5 minutes.")
        if row["providerId"] not in self.providers:
            raise NotValidError("The appointment provider ID was not found in the database: 0")
        if row["customerId"] not in self.customers:
            raise NotValidError("The appointment customer ID was not found in the database: 0")
        if row["serviceId"] not in self.services:
            raise NotValidError("Appointment service id is invalid.")
        if id_ not in self.appointments:
            local = self.now().astimezone(ZoneInfo(self.zone))
            row |= {"id": id_, "book": f"{local:%Y-%m-%d %H:%M:%S}", "hash": uuid4().hex[:12]}
        self.appointments[id_] = row
        self._notify("appointment_save", row)
        return row

    def _notify(self, action: str, row: Json) -> None:
        body = msgspec.json.encode({"action": action, "payload": simulated.in_the_database(row)})
        headers = {
            "User-Agent": "GuzzleHttp/7",
            "Content-Type": "application/json",
            "X-Ea-Token": WEBHOOK_TOKEN,
            "Content-Length": str(len(body)),
        }
        self.webhooks.append((headers, body))


def _is_admin(authorization: str) -> bool:
    pair = base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()
    return authorization in {f"Bearer {API_TOKEN}", f"Basic {pair}"}


def _is_asked(row: Json, query: Mapping[str, str]) -> bool:
    holds = {
        "date": row["start"][:10].__eq__,
        "from": row["start"][:10].__ge__,
        "till": row["end"][:10].__le__,
    }
    days = all(holds[name](str(_day(query[name]))) for name in holds if query.get(name))
    ids = ("serviceId", "providerId", "customerId")
    return days and all(str(row[name]) == query[name] for name in ids if query.get(name))


def _day(text: str) -> date:
    """A day as PHP reads it: year first or day first."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise NotValidError(f"Failed to parse time string ({text})")
    year, month, day = (int(found[i] or found[7 - i]) for i in (1, 2, 3))
    return date(year, month, day)
