"""A JCC-Afspraken that can be run here: GGS2 in SOAP 1.1 over HTTP, quirks included.

Times are naive and local; an amount is a product id that is repeated; the result of a write is
a number inside HTTP 200; what is not known is an empty element. A message that its WSDL does
not allow is refused with a fault, which is stricter than .NET: that skips what it does not
expect. Nothing awaits between looking and booking: two callers never get the same counter.
"""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from litestar import Litestar, Request, Response, route

from adapters.vendors.jcc_soap.simulator_soap import MESSAGES, Content, NotUnderstood, Soap, fault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

PAGE = "/JCC/GenericGuidanceSystem2.asmx"
WRITES = frozenset({"bookGovAppointment", "updateGovAppointment", "deleteGovAppointment"})
USERNAME, PASSWORD = "afsprakenpoort", "only-for-the-simulator"
XML = "text/xml"  # Litestar adds the charset
OFFICE_HOURS = ((time(9), time(12)), (time(13, 30), time(17)))
PLANNED_AHEAD = timedelta(days=365)
NEVER = date.min  # .NET's way to say that there is none

OK, UNKNOWN_ERROR = 0, -1
IN_PAST, NO_LOCATION, NO_NAME, FULL, BAD_PRODUCTS = 1, 3, 4, 5, 7
MISSING_FIELDS, NO_SUCH_CLIENT, BAD_FIELD = 12, 13, 14
NOT_FOUND_OR_EXPIRED = 2  # of a cancellation

LENGTHS = {
    "clientID": 16,
    "clientLastName": 128,
    "clientInitials": 128,
    "clientAddress": 64,
    "clientPostalCode": 16,
    "clientCity": 80,
    "clientTel": 16,
    "clientMail": 254,
}
REQUIRED_IN = {
    "Address": "clientAddress",
    "AnyTel": "clientTel",
    "City": "clientCity",
    "Email": "clientMail",
    "ID": "clientID",
    "Initials": "clientInitials",
    "MainTel": "clientTel",
    "MobileTel": "clientTel",
    "PostalCode": "clientPostalCode",
    "Sex": "clientSex",
}


@dataclass(frozen=True)
class Product:
    """What can be come for. Products of one ``group`` go together; ``most`` 0 is no limit."""

    id: str
    code: str
    description: str
    minutes: int
    most: int = 0
    requires: tuple[str, ...] = ()
    group: str = "Burgerzaken"
    bring: str = ""


_BRING = "<body><p>Breng mee:</p><ul><li>uw oude reispas</li><li>een pasfoto</li></ul></body>"
_MOVED = ("Address", "PostalCode", "City")
PRODUCTS = (
    Product("1", "PASAAN", "Reispas aanvragen", 10, requires=("AnyTel", "Email"), bring=_BRING),
    Product("2", "EIDAAN", "Identiteitskaart aanvragen", 10, most=4, requires=("Initials",)),
    Product("5", "RIJAAN", "Rijbewijs aanvragen", 15, most=1, requires=("Sex", "MobileTel")),
    Product("8", "ADRES", "Adreswijziging doorgeven", 20, requires=_MOVED),
    Product("15", "HUWELIJK", "Huwelijk aangeven", 45, 1, ("ID", "MainTel"), "Burgerlijke stand"),
)
LOCATIONS = {"1": "Stadhuis", "2": "Dienstencentrum"}


@dataclass(frozen=True)
class Booked:
    """One appointment. ``start`` is naive, as everything here; ``details`` is what was sent."""

    place: str
    counter: int
    start: datetime
    length: timedelta
    details: Mapping[str, str]


@dataclass
class Simulator:
    """One installation; ``app`` is its ASGI application.

    Attributes:
        now: the current instant.
        zone: where its naive times are meant.
        counters: how many appointments one location takes at a time.
        hours: when they are open.
        days: on which days of the week, Monday is 0.
        step: minutes between two starts.
        lacks: the fields for which this installation is too old.
        clients: the client ids it knows; ``None`` where it takes any.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = "Europe/Brussels"
    counters: int = 1
    hours: Sequence[tuple[time, time]] = OFFICE_HOURS
    days: Collection[int] = range(5)
    step: int = 15
    lacks: Collection[str] = ()
    clients: Collection[str] | None = None
    appointments: dict[str, Booked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.products = {product.id: product for product in PRODUCTS}
        self._soap = Soap(self.lacks)
        self._numbers = itertools.count(1234567000)
        self._operations: dict[str, Callable[[Content], Content]] = {
            "getGovAvailableProducts": lambda _: self._listed([]),
            "getGovAvailableProductsByProduct": lambda asked: self._listed(
                _ids(asked["ProductNr"])
            ),
            "getGovProductDetails": self._product,
            "getGovLocations": lambda _: {"locationIDs": list(LOCATIONS)},
            "getGovLocationDetails": self._location,
            "getGovLocationsForProduct": self._places,
            "getGovLatestPlanDate": self._latest,
            "getGovAvailableDays": self._free_days,
            "getGovAvailableTimesPerDay": self._free_times,
            "getGovAppointmentDuration": lambda asked: {"out": self._minutes(asked["productID"])},
            "GetRequiredClientFields": self._required,
            "bookGovAppointment": lambda asked: self.book(asked["appDetail"]),
            "updateGovAppointment": self._update,
            "deleteGovAppointment": self._delete,
            "getGovAppointmentDetails": self._details,
            "getGovAppointmentsCase": lambda asked: self._found("caseID", asked["caseID"]),
            "getGovAppointmentsBSN": lambda asked: self._found("clientID", asked["BSN"]),
            "getGovAppointmentsByClientID": lambda asked: self._found(
                "clientID", asked["clientID"]
            ),
        }
        pair = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()

        @route(PAGE, http_method=["GET", "POST"])
        async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
            if request.headers.get("authorization") != f"Basic {pair}":
                return Response(b"", status_code=401)
            status, content = 200, self._soap.wsdl(f"{request.base_url}{PAGE[1:]}")
            if request.method == "POST":
                status, content = self._answer(await request.body())
            elif request.scope["query_string"].lower() != b"wsdl":
                return Response(b"<!DOCTYPE html>", status_code=200, media_type="text/html")
            return Response(content, status_code=status, media_type=XML)

        self.app = Litestar([answer], logging_config=None, openapi_config=None)

    def fill(self) -> None:
        """Leave no time free."""
        self.counters = 0

    def settings(self, base_url: str) -> dict[str, Any]:
        """The settings of a source that talks to it, served at ``base_url``."""
        return {
            "base_url": base_url + PAGE,
            "username": USERNAME,
            "password": PASSWORD,
            "client_id": "pseudonym" if self.clients is None else "none",
        }

    def is_write(self, method: str, path: str) -> bool:
        """Whether a call books, moves or cancels; ``path`` is its ``SOAPAction``."""
        return method != "GET" and path.removeprefix(MESSAGES) in WRITES

    def _answer(self, body: bytes) -> tuple[int, bytes]:
        try:
            operation, asked = self._soap.read(body)
            return 200, self._soap.write(operation, self._operations[operation](asked))
        except (NotUnderstood, LookupError):
            return 500, fault()

    # The catalogue -----------------------------------------------------------------------

    def _listed(self, chosen: Sequence[str]) -> Content:
        """All products, or those that may still be added to a choice."""
        groups = {self.products[known].group for known in chosen if known in self.products}
        return {
            "products": [
                {
                    "productId": product.id,
                    "productCode": product.code,
                    "productDesc": product.description,
                    **({"productMaxCountForEvent": product.most} if product.most else {}),
                }
                for product in PRODUCTS
                if not chosen
                or (groups == {product.group} and chosen.count(product.id) < (product.most or 99))
            ]
        }

    def _product(self, asked: Content) -> Content:
        product = self.products[asked["productID"]]
        pieces = [product.bring] if product.bring else []
        return {
            "out": {
                "description": product.description,
                "appDuration": product.minutes,
                "requisites": [base64.b64encode(piece.encode()).decode() for piece in pieces],
            }
        }

    def _location(self, asked: Content) -> Content:
        name = LOCATIONS[asked["locationID"]]
        where = {"address": "Grote Markt 1", "postalcode": "3290", "city": "Diest"}
        return {"locaties": {"locationDesc": name, **where, "telephone": "013 00 00 00"}}

    def _places(self, asked: Content) -> Content:
        ids = _ids(asked["productID"])
        if not self._go_together(ids):
            return {}
        moments = [moment for period in self.hours for moment in period][:6]
        names = [f"{way}Time{n}" for n in (1, 2, 3) for way in ("from", "till")]
        times = dict.fromkeys(names, f"{NEVER}T00:00:00") | {
            name: f"{NEVER}T{moment}" for name, moment in zip(names, moments, strict=False)
        }
        opening = [{"day": day + 1, **times} for day in self.days]
        return {
            "location": [
                {"locationID": known, "locationDesc": name, "locationOpeningHours": opening}
                for known, name in LOCATIONS.items()
            ]
        }

    def _required(self, asked: Content) -> Content:
        known = [self.products[each] for each in _ids(asked["productID"]) if each in self.products]
        return {"Result": list(dict.fromkeys(name for each in known for name in each.requires))}

    def _go_together(self, ids: Sequence[str]) -> bool:
        known = [self.products[each] for each in ids if each in self.products]
        few = all(not each.most or ids.count(each.id) <= each.most for each in known)
        return few and len(known) == len(ids) and len({each.group for each in known}) == 1

    # The agenda --------------------------------------------------------------------------

    def _local(self) -> datetime:
        return self.now().astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def _minutes(self, listed: str) -> int:
        ids = _ids(listed)
        return sum(self.products[each].minutes for each in ids) if self._go_together(ids) else 0

    def _latest(self, asked: Content) -> Content:
        known = self._go_together(_ids(asked["productId"]))
        return {"latestPlanDate": (self._local() + PLANNED_AHEAD).date() if known else NEVER}

    def _free_days(self, asked: Content) -> Content:
        first, last = (date.fromisoformat(asked[name]) for name in ("startDate", "endDate"))
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return {"dates": [day for day in days if any(self._free(day, asked))]}

    def _free_times(self, asked: Content) -> Content:
        day = date.fromisoformat(asked["date"])
        return {"times": [start.isoformat() for start in self._free(day, asked)]}

    def _free(self, day: date, asked: Content) -> Iterator[datetime]:
        # With a duration that the caller made up, these are other times than can be booked.
        minutes = int(asked["appDuration"]) or self._minutes(asked["productID"])
        length, place = timedelta(minutes=minutes), asked["locationID"]
        if minutes > 0 and place in LOCATIONS:
            for start in self._starts(day, length):
                if self._counter(place, start, length) is not None:
                    yield start

    def _starts(self, day: date, length: timedelta) -> Iterator[datetime]:
        now = self._local()
        for opens, closes in self.hours if day.weekday() in self.days else ():
            start = datetime.combine(day, opens)
            while start + length <= datetime.combine(day, closes):
                if now <= start <= now + PLANNED_AHEAD:
                    yield start
                start += timedelta(minutes=self.step)

    def _counter(
        self, place: str, start: datetime, length: timedelta, besides: str = ""
    ) -> int | None:
        busy = {
            booked.counter
            for known, booked in self.appointments.items()
            if known != besides and booked.place == place
            if booked.start < start + length and start < booked.start + booked.length
        }
        return next((counter for counter in range(self.counters) if counter not in busy), None)

    # Appointments ------------------------------------------------------------------------

    def book(self, details: Mapping[str, str]) -> Content:
        """``bookGovAppointment``, also for staff at the desk; its answer."""
        known = str(next(self._numbers))
        status = self._take(known, details)
        return {"updateStatus": status, "appID": "" if status else known}

    def _take(self, known: str, details: Mapping[str, str]) -> int:
        """Put an appointment where it wants to be, if that can be; the status."""
        listed, place = details.get("productID", ""), details.get("locationID", "")
        start = self._taken_for(details["appStartTime"])
        length = timedelta(minutes=self._minutes(listed))
        counter = self._counter(place, start, length, besides=known)
        open_then = start in self._starts(start.date(), length)
        refusals = (
            (BAD_PRODUCTS, not length),
            (NO_LOCATION, place not in LOCATIONS),
            (NO_NAME, not details.get("clientLastName")),
            (MISSING_FIELDS, not self._complete(listed, details)),
            (NO_SUCH_CLIENT, not self._knows(details.get("clientID", ""))),
            (BAD_FIELD, not _valid(details)),
            (IN_PAST, start < self._local()),
            (FULL, counter is None or not open_then),
        )
        for status, refused in refusals:
            if refused:
                return status
        assert counter is not None  # noqa: S101 FULL is refused
        self.appointments[known] = Booked(place, counter, start, length, dict(details))
        return OK

    def _taken_for(self, text: str) -> datetime:
        """With an offset, a time is registered as another one: that of UTC."""
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment

    def _complete(self, listed: str, details: Mapping[str, str]) -> bool:
        required = self._required({"productID": listed})["Result"]
        return all(details.get(REQUIRED_IN[name]) for name in required)

    def _knows(self, client_id: str) -> bool:
        return not client_id or self.clients is None or client_id in self.clients

    def _update(self, asked: Content) -> Content:
        known = asked["appId"] in self.appointments
        status = self._take(asked["appId"], asked["appUpdate"]) if known else UNKNOWN_ERROR
        return {"updateStatus": status}

    def _delete(self, asked: Content) -> Content:
        booked = self.appointments.get(asked["appID"])
        if booked is None or booked.start < self._local():
            return {"updateStatus": NOT_FOUND_OR_EXPIRED}
        del self.appointments[asked["appID"]]
        return {"updateStatus": OK}

    def _details(self, asked: Content) -> Content:
        booked = self.appointments.get(asked["appID"])
        return {"appointment": self._shown(booked) if booked else {}}

    def _found(self, name: str, value: str) -> Content:
        return {
            "appointment": [
                {
                    **self._shown(booked),
                    "appointmentID": known,
                    "clientName": booked.details["clientLastName"],
                    "clientBirthDate": booked.details["clientDateOfBirth"],
                    "locationDescription": LOCATIONS[booked.place],
                }
                for known, booked in self.appointments.items()
                if value and booked.details.get(name) == value
            ]
        }

    def _shown(self, booked: Booked) -> Content:
        return {
            **booked.details,
            "appStartTime": booked.start.isoformat(),
            "appEndTime": (booked.start + booked.length).isoformat(),
        }


def _ids(listed: str) -> list[str]:
    return [known for known in listed.split(",") if known]


def _valid(details: Mapping[str, str]) -> bool:
    fits = all(len(details.get(name, "")) <= length for name, length in LENGTHS.items())
    return fits and details.get("clientSex", "M") in {"M", "F"}
