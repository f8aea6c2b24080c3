"""A stateful pretix over real HTTP, for tests, the demo and ``poort simulate``.

Written from PROTOCOLS.md section 12, recorded traffic, and what pretix 2026.8.0 did when it was
run (``make test-live``). Its quirks: several cart positions are each decided for themselves; an
idempotency key answers for every call, whatever is called; a position is changed by its id and
not by its number; a time that has passed is sold all the same; cancelling twice is refused.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from litestar import Litestar, Request, Response, route

from adapters.vendors.pretix import simulated
from adapters.vendors.pretix.simulated import EVENT, ITEMS, CartPosition, Order, Position

Json = dict[str, Any]

PATH = f"/api/v1/organizers/stad/events/{EVENT}"
TOKEN = "only-for-the-simulator"  # noqa: S105 as it says
OFFICE_HOURS = ((time(9), time(12)),)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ3789"
PAGE = 50
NO_ROOM = 'There is not enough quota available on quota "loketten" to perform the operation.'
NO_CAPACITY = "The quota loketten does not have enough capacity left to perform the operation."


class Refused(Exception):
    """An answer with another status than 200; its body is the argument."""

    def __init__(self, body: object, status: int = 400) -> None:
        super().__init__()
        self.status, self.body = status, body


@dataclass
class Simulator:
    """One event series; ``app`` is its ASGI application.

    Attributes:
        now: the current instant; dates are there for a year from its first day.
        zone: in which the dates were planned.
        counters: how many places each date has.
        hours: between which times of day there are dates.
        days: on which days of the week, Monday is 0.
        step: how long a date is, in minutes.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = "Europe/Brussels"
    counters: int = 2
    hours: Sequence[tuple[time, time]] = OFFICE_HOURS
    days: Sequence[int] = range(5)
    step: int = 30
    orders: dict[str, Order] = field(default_factory=dict)
    cart: dict[int, CartPosition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        zone = ZoneInfo(self.zone)
        first = self.now().astimezone(zone).date()
        planned = simulated.dates(first, self.days, self.hours, self.step, zone)
        self.subevents = {each.id: each for each in planned}
        self._numbers = itertools.count(1)
        self._codes = map("".join, itertools.permutations(LETTERS, 5))
        self._answered: dict[str, tuple[int, object]] = {}

        @route("/{path:path}", http_method=["GET", "POST", "PATCH", "DELETE"])
        async def answer(request: Request[Any, Any, Any]) -> Response[Any]:
            status, body = self._answer(request, await request.body())
            return Response(body, status_code=status, media_type="application/json")

        self.app = Litestar([answer], logging_config=None, openapi_config=None)

    def settings(self, base_url: str) -> Json:
        """The settings of a source that talks to it, served at ``base_url``."""
        return {
            "base_url": f"{base_url}/api/v1/",
            "organizer": "stad",
            "event": EVENT,
            "token": TOKEN,
            "locations": {"stadhuis": simulated.PLACE},
        }

    def fill(self) -> None:
        """Leave no place on any date."""
        self.counters = 0

    def standing(self) -> list[tuple[str, datetime]]:
        """Every appointment that will take place; see ``adapters.rehearsal``."""
        return [
            (order.code, self.subevents[order.positions[0].subevent].start)
            for order in self.orders.values()
            if order.status in {"n", "p"}
        ]

    # Answering ----------------------------------------------------------------------------

    def _answer(self, request: Request[Any, Any, Any], body: bytes) -> tuple[int, object]:
        shown = request.headers.get("authorization")
        if shown != f"Token {TOKEN}":
            reason = "Invalid token." if shown else "Authentication credentials were not provided."
            return 401, {"detail": reason}
        key = request.headers.get("x-idempotency-key") if request.method != "GET" else None
        if key and key in self._answered:
            return self._answered[key]
        try:
            answer = self._call(request, body)
        except Refused as refused:
            answer = refused.status, refused.body
        except (msgspec.DecodeError, LookupError, TypeError, ValueError):
            answer = 400, {"detail": "JSON parse error"}
        if key:
            self._answered[key] = answer
        return answer

    def _call(self, request: Request[Any, Any, Any], body: bytes) -> tuple[int, object]:  # noqa: C901, PLR0911, PLR0912 a call each
        path, given = request.scope["raw_path"].decode(), msgspec.json.decode(body or b"null")
        if not path.startswith(f"{PATH}/") or not path.endswith("/"):
            raise _no("event")
        match [request.method, *path.removeprefix(PATH).strip("/").split("/")]:
            case ["GET", "items"]:
                return self._page(request, [simulated.item(known) for known in ITEMS])
            case ["GET", "subevents"]:
                return self._page(request, self._dates(request.query_params))
            case ["GET", "subevents", known]:
                return 200, self._date(int(known))
            case ["GET", "quotas"]:
                return self._page(request, self._quotas(request.query_params))
            case ["GET", "orders"]:
                return self._page(request, self._search(request.query_params))
            case ["GET", "orders", code]:
                return 200, self._shown(code)
            case ["DELETE", "cartpositions", known]:
                del self.cart[self._kept(known).id]
                return 204, None
            case ["POST", "cartpositions"]:
                return 201, self._keep(given)
            case ["POST", "cartpositions", "bulk_create"]:
                return 200, {"results": [self._tried(each) for each in given]}
            case ["POST", "orders"]:
                return 201, self._sell(given)
            case ["PATCH", "orders", code]:
                self._order(code).comment = given["comment"]
                return 200, self._shown(code)
            case ["POST", "orders", code, "change"]:
                return 200, self._change(self._order(code), given)
            case ["POST", "orders", code, "mark_canceled"]:
                return 200, self._cancel(self._order(code))
        raise _no("page")

    def _page(self, request: Request[Any, Any, Any], found: Iterable[Json]) -> tuple[int, object]:
        asked = dict(request.query_params)
        size, number = min(PAGE, int(asked.get("page_size", PAGE))), int(asked.get("page", 1))
        everything = list(found)

        def other(page: int) -> str | None:
            if not 1 <= page <= -(-len(everything) // size):
                return None
            return (
                f"{request.base_url}".rstrip("/")
                + f"{request.scope['path']}?"
                + urlencode(asked | {"page": page})
            )

        return 200, {
            "count": len(everything),
            "next": other(number + 1),
            "previous": other(number - 1),
            "results": everything[(number - 1) * size : number * size],
        }

    # Reading ------------------------------------------------------------------------------

    def _dates(self, asked: Any) -> Iterable[Json]:  # noqa: ANN401 any mapping
        after = datetime.fromisoformat(asked.get("date_from_after", "1970-01-01T00:00:00Z"))
        before = datetime.fromisoformat(asked.get("date_from_before", "9999-01-01T00:00:00Z"))
        for known, date in self.subevents.items():
            if after <= date.start <= before:
                state = {"best_availability_state": 100 if self._left(known) > 0 else 0}
                yield self._date(known) | (state if "with_availability_for" in asked else {})

    def _date(self, known: int) -> Json:
        if known not in self.subevents:
            raise _no("SubEvent")
        return simulated.subevent(self.subevents[known], self.now())

    def _quotas(self, asked: Any) -> Iterable[Json]:  # noqa: ANN401 any mapping
        for known in asked.get("subevent__in", asked.get("subevent", "")).split(","):
            if int(known) in self.subevents:
                yield simulated.quota(int(known), self.counters, self._left(int(known)))

    def _left(self, subevent: int) -> int:
        sold = [
            position.subevent
            for order in self.orders.values()
            if order.status in {"n", "p"}
            for position in order.positions
        ]
        kept = [each.subevent for each in self.cart.values() if each.expires >= self.now()]
        return self.counters - sold.count(subevent) - kept.count(subevent)

    def _search(self, asked: Any) -> list[Json]:  # noqa: ANN401 any mapping
        wanted = asked.get("search", "").casefold()
        email = asked.get("email", "").casefold()
        return [
            self._shown(order.code)
            for order in self.orders.values()
            if wanted in f"{order.code}\n{order.comment}\n{order.email}".casefold()
            and email in {"", (order.email or "").casefold()}
        ]

    def _order(self, code: str) -> Order:
        if code not in self.orders:
            raise _no("Order")
        return self.orders[code]

    def _shown(self, code: str) -> Json:
        return simulated.order(self._order(code), self.now())

    def _kept(self, known: str) -> CartPosition:
        if int(known) not in self.cart:
            raise _no("CartPosition")
        return self.cart[int(known)]

    # Writing ------------------------------------------------------------------------------

    def _tried(self, given: Json) -> Json:
        try:
            return {"success": True, "data": self._keep(given), "errors": None}
        except Refused as refused:
            errors = refused.body
            if isinstance(errors, list):
                errors = {"non_field_errors": errors}
            return {"success": False, "data": None, "errors": errors}

    def _keep(self, given: Json) -> Json:
        number = next(self._numbers)
        cart = given.get("cart_id") or f"cart{number}@api"
        if wrong := self._wrong(given):
            raise Refused(wrong)
        if not cart.endswith("@api"):
            raise Refused({"cart_id": ["Cart ID should end in @api or be empty."]})
        if self._left(given["subevent"]) < 1:
            raise Refused([NO_ROOM])
        expires = datetime.fromisoformat(given["expires"])
        made = CartPosition(number, cart, given["item"], given["subevent"], self.now(), expires)
        self.cart[number] = made
        return simulated.cart_position(made)

    def _sell(self, given: Json) -> Json:
        errors: Json = {}
        if "positions" not in given:
            errors["positions"] = ["This field is required."]
        if given.get("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", given["email"]):
            errors["email"] = ["Enter a valid email address."]
        if errors:
            raise Refused(errors)
        wrong = [self._wrong(place) for place in given["positions"]]
        carts = set(given.get("consume_carts", ()))
        taken = {known: kept for known, kept in self.cart.items() if kept.cart_id in carts}
        living = [kept for kept in taken.values() if kept.expires > self.now()]
        if not any(wrong):
            free = Counter(kept.subevent for kept in living)
            for place, mistakes in zip(given["positions"], wrong, strict=True):
                free[place["subevent"]] -= 1
                if -free[place["subevent"]] > self._left(place["subevent"]):
                    mistakes["item"] = [NO_ROOM]
        if any(wrong):
            raise Refused({"positions": wrong})
        self.cart = {known: kept for known, kept in self.cart.items() if known not in taken}
        code = next(self._codes)
        self.orders[code] = Order(
            code,
            given.get("status", "n"),
            given.get("email"),
            given.get("phone"),
            given.get("comment", ""),
            given.get("require_approval", False),
            self.now(),
            [
                Position(
                    next(self._numbers),
                    place["item"],
                    place["subevent"],
                    place.get("attendee_name_parts", {}),
                )
                for place in given["positions"]
            ],
        )
        return self._shown(code)

    def _wrong(self, place: Json) -> Json:
        unknown = 'Invalid pk "{}" - object does not exist.'
        wrong = {}
        if place["item"] not in ITEMS:
            wrong["item"] = [unknown.format(place["item"])]
        if place["subevent"] not in self.subevents:
            wrong["subevent"] = [unknown.format(place["subevent"])]
        return wrong

    def _change(self, order: Order, given: Json) -> Json:
        known = {position.id: position for position in order.positions}
        moves = {each["position"]: each["body"]["subevent"] for each in given["patch_positions"]}
        if not moves.keys() <= known.keys():
            raise Refused({"patch_positions": [{"position": ["Invalid pk."]}]})
        if order.status not in {"n", "p"}:
            raise Refused(["This action is only allowed for pending or paid orders."])
        coming = Counter(to for which, to in moves.items() if known[which].subevent != to)
        if any(self._left(to) < number for to, number in coming.items()):
            raise Refused([NO_CAPACITY])
        for which, to in moves.items():
            known[which].subevent = to
        return self._shown(order.code)

    def _cancel(self, order: Order) -> Json:
        if order.status not in {"n", "p"}:
            raise Refused({"detail": "The order is not allowed to be canceled."})
        order.status, order.cancelled = "c", self.now()
        return self._shown(order.code)


def _no(what: str) -> Refused:
    return Refused({"detail": f"No {what} matches the given query."}, 404)
