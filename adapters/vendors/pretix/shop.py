"""The calls of pretix's API for one event series, in the vendor's own words."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx

from adapters.http import VendorClient, decode, understood
from adapters.together import together
from adapters.vendors.pretix import wire
from contracts.errors import (
    BadAnswer,
    BookingError,
    CustomerFieldsMissing,
    Issue,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.vendors.pretix.settings import PretixSettings
    from contracts.deadline import Deadline

T = TypeVar("T")

PAGE_SIZE = 50
"""The most that pretix gives at once."""

MOST_PAGES = 400
OK, CREATED, NO_CONTENT = httpx.codes.OK, httpx.codes.CREATED, httpx.codes.NO_CONTENT
REFUSED, NOT_FOUND, BUSY = 400, 404, 409

ASKED_OF = {
    "email": ("email",),
    "phone": ("phone",),
    "attendee_name_parts": ("givenName", "familyName"),
}
"""Which of our fields it is when pretix refuses one of its own."""


class Shop:
    """One event series, spoken to. Lists are whole."""

    def __init__(
        self, settings: PretixSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = VendorClient(
            f"{settings.base_url.rstrip('/')}/organizers/{settings.organizer}"
            f"/events/{settings.event}/",
            headers={"Authorization": f"Token {settings.token.get_secret_value()}"},
            transport=transport,
        )
        self._send_email = settings.send_email

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    # Reading ------------------------------------------------------------------------------

    async def items(self, deadline: Deadline) -> list[wire.Item]:
        """Everything that the event sells."""
        return await self._all("items/", wire.Page[wire.Item], {"active": "true"}, deadline)

    async def subevents(
        self, first: datetime, last: datetime, deadline: Deadline
    ) -> list[wire.SubEvent]:
        """The public dates that start in this time, both ends included."""
        asked = {
            "date_from_after": first.isoformat(),
            "date_from_before": last.isoformat(),
            "active": "true",
            "is_public": "true",
        }
        return await self._all("subevents/", wire.Page[wire.SubEvent], asked, deadline)

    async def quotas(self, subevents: Sequence[int], deadline: Deadline) -> list[wire.Quota]:
        """What is left on these dates, a page of dates at a time."""

        async def of(some: Sequence[int]) -> list[wire.Quota]:
            asked = {"subevent__in": ",".join(map(str, some)), "with_availability": "true"}
            return await self._all("quotas/", wire.Page[wire.Quota], asked, deadline)

        parts = [subevents[n : n + PAGE_SIZE] for n in range(0, len(subevents), PAGE_SIZE)]
        return [quota for found in await together(map(of, parts)) for quota in found]

    async def subevent(self, known: int, deadline: Deadline) -> wire.SubEvent:
        """One date, whether it can still be booked or not."""
        answer = await self._client.read("GET", f"subevents/{known}/", deadline=deadline)
        return decode(answer, wire.SubEvent)

    async def order(self, code: str, deadline: Deadline) -> wire.Order | None:
        """One order; ``None`` when pretix says that there is none."""
        answer = await self._client.read(
            "GET", f"orders/{code}/", deadline=deadline, ok=(OK, NOT_FOUND)
        )
        return None if _unknown(answer) else decode(answer, wire.Order)

    async def orders(self, search: str, deadline: Deadline) -> list[wire.Order]:
        """The orders in which this text stands somewhere, the staff's comment included."""
        return await self._all("orders/", wire.Page[wire.Order], {"search": search}, deadline)

    async def _all(
        self, path: str, pages: type[wire.Page[T]], asked: dict[str, str], deadline: Deadline
    ) -> list[T]:
        found: list[T] = []
        params: dict[str, Any] = {**asked, "page_size": PAGE_SIZE}
        for _ in range(MOST_PAGES):
            answer = await self._client.read("GET", path, deadline=deadline, params=params)
            page = decode(answer, pages)
            found += page.results
            if page.next is None:
                return found
            # Only what it asks for: behind a proxy the address itself may be another.
            with understood():
                params = dict(parse_qsl(urlsplit(page.next).query))
        raise BadAnswer("Its list has no end.")

    # Writing ------------------------------------------------------------------------------

    async def keep(
        self, positions: Sequence[dict[str, object]], key: str, deadline: Deadline
    ) -> list[wire.CartPosition]:
        """Keep all of these places. Raises ``SlotTaken`` and keeps none otherwise."""
        answer = await self._write("cartpositions/bulk_create/", positions, key, deadline)
        with understood(wrote=True):
            results = decode(answer, wire.KeptAll).results
            if len(results) != len(positions):
                raise BadAnswer("It answers for other places than were asked.")
            kept = [each.data for each in results if each.success and each.data]
        if len(kept) < len(positions):
            # Each is decided for itself. What cannot be given back now lapses by itself.
            with contextlib.suppress(VendorError):
                await self.let_go([each.id for each in kept], deadline)
            raise SlotTaken
        return kept

    async def let_go(self, positions: Sequence[int], deadline: Deadline) -> None:
        """Keep these places no longer; those that are gone are."""
        for position in positions:
            answer = await self._client.write(
                "DELETE",
                f"cartpositions/{position}/",
                deadline=deadline,
                ok=(NO_CONTENT, NOT_FOUND),
            )
            _unknown(answer)

    async def place(self, order: dict[str, object], key: str, deadline: Deadline) -> wire.Order:
        """Sell."""
        answer = await self._write("orders/", order, key, deadline)
        with understood(wrote=True):
            return decode(answer, wire.Order)

    async def comment(self, code: str, comment: str, deadline: Deadline) -> None:
        """Write down what staff reads beside an order."""
        await self._client.write(
            "PATCH", f"orders/{code}/", deadline=deadline, json={"comment": comment}
        )

    async def move(
        self, order: wire.Order, subevent: int, key: str, deadline: Deadline
    ) -> wire.Order:
        """Move all of an order to another date, or nothing of it."""
        change = {
            "patch_positions": [
                {"position": position.id, "body": {"subevent": subevent}}
                for position in order.positions
            ],
            "send_email": self._send_email,
        }
        answer = await self._write(f"orders/{order.code}/change/", change, key, deadline)
        with understood(wrote=True):
            return decode(answer, wire.Order)

    async def cancel(self, code: str, deadline: Deadline) -> bool:
        """Cancel; false when pretix does not let it be cancelled (any more, or again)."""
        answer = await self._client.write(
            "POST",
            f"orders/{code}/mark_canceled/",
            deadline=deadline,
            ok=(OK, REFUSED, NOT_FOUND),
            json={"send_email": self._send_email},
        )
        with understood(wrote=True):
            if answer.status_code == REFUSED:
                decode(answer, wire.Detail)
                return False
            if not _unknown(answer) and decode(answer, wire.Order).status != wire.CANCELLED:
                raise BadAnswer("It answers a cancellation with an order that stands.")
        return True

    async def _write(self, path: str, body: object, key: str, deadline: Deadline) -> httpx.Response:
        answer = await self._client.write(
            "POST",
            path,
            deadline=deadline,
            ok=(OK, CREATED, REFUSED, BUSY),
            json=body,
            headers={"X-Idempotency-Key": key},
        )
        if answer.status_code == BUSY:
            raise VendorUnavailable("It was too busy to take this in.", retry_after=5)
        if answer.status_code == REFUSED:
            raise _refusal(answer)
        return answer


def _refusal(answer: httpx.Response) -> BookingError:
    """Told by its shape: its sentences are in the language of the organizer."""
    body = decode(answer, wire.REFUSAL)
    if isinstance(body, list):
        return SlotTaken()
    positions = body.get("positions", [])
    wrong = [each for each in positions if isinstance(each, dict)]
    if any("item" in each for each in wrong):
        return SlotTaken()
    names = {
        name
        for fields in (body, *wrong)
        for field in fields.keys() & ASKED_OF.keys()
        for name in ASKED_OF[field]
    }
    if not names:
        return BadAnswer("It refuses our request (400).")
    issues = (Issue(type="invalid", name=name, detail="It refuses this.") for name in sorted(names))
    return CustomerFieldsMissing(issues=tuple(issues))


def _unknown(answer: httpx.Response) -> bool:
    """Whether pretix itself, and no proxy before it, says that there is no such thing."""
    return answer.status_code == NOT_FOUND and bool(decode(answer, wire.Detail))
