"""What a running pretix 2026.8 answered, replayed through the adapter and held to the simulator."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.errors import (
    CancellationClosed,
    CustomerFieldsMissing,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import AppointmentRef, AppointmentStatus, Slot
from tests.adapters.vendors.pretix.town_hall import (
    DRIVING,
    PASSPORT,
    TownHall,
    query,
    request,
    soon,
    town_hall,
)

FOLDER = Path(__file__).parents[5] / "shared/vendors/pretix/recorded"
BEFORE = datetime(2026, 11, 23, 20, tzinfo=UTC)
DAY = date(2026, 11, 26)
REF = AppointmentRef(vendor_ref="burgerzaken/RGEEZ")

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def body(name: str) -> Any:  # noqa: ANN401 any JSON
    return json.loads(recorded(name)["response"]["body"])


def replay(*names: str) -> httpx.MockTransport:
    """Answers as was recorded, by method and path; lists are at what is asked of them too."""
    answers = {}
    for name in names:
        asked, given = recorded(name)["request"], recorded(name)["response"]
        path = asked["path"].partition("?")[0].removeprefix("events/burgerzaken/")
        answers[asked["method"], path] = httpx.Response(
            given["status"], headers=given["headers"], text=given["body"]
        )

    def answer_to(asked: httpx.Request) -> httpx.Response:
        return answers[asked.method, asked.url.path.partition("/burgerzaken/")[2]]

    return httpx.MockTransport(answer_to)


async def slot_of(hall: TownHall) -> Slot:
    adapter = hall.adapter(replay("items", "subevents_with_availability", "quotas"))
    (slot,) = await adapter.slots(query("1", first=DAY), deadline=soon())
    return slot


async def test_recorded_items_are_products() -> None:
    async with town_hall(BEFORE) as hall:
        products = await hall.adapter(replay("items")).products(deadline=soon())
        assert [(each.id, each.name) for each in products] == [
            (f"{item['id']}", item["name"]["en"]) for item in body("items")["results"]
        ]


async def test_a_recorded_date_with_a_recorded_quota_is_a_slot() -> None:
    async with town_hall(BEFORE) as hall:
        slot = await slot_of(hall)  # the quota that was recorded is that of one date
        assert slot.start == datetime(2026, 11, 26, 8, tzinfo=UTC)
        assert slot.end == datetime(2026, 11, 26, 8, 15, tzinfo=UTC)


async def test_a_recorded_order_is_an_appointment() -> None:
    async with town_hall(BEFORE) as hall:
        adapter = hall.adapter(replay("order_create_from_cart"))
        booked = await adapter.book(await slot_of(hall), request(), deadline=soon())
        assert booked.ref == REF
        assert booked.status is AppointmentStatus.CONFIRMED


async def test_an_order_that_was_recorded_as_too_many_is_a_slot_that_is_taken() -> None:
    async with town_hall(BEFORE) as hall:
        adapter = hall.adapter(replay("order_create_full"))
        with pytest.raises(SlotTaken):
            await adapter.book(await slot_of(hall), request(), deadline=soon())


async def test_an_address_that_was_recorded_as_refused_is_named_to_the_citizen() -> None:
    async with town_hall(BEFORE) as hall:
        adapter = hall.adapter(replay("order_bad"))
        with pytest.raises(CustomerFieldsMissing) as raised:
            await adapter.book(await slot_of(hall), request(), deadline=soon())
        assert [issue.name for issue in raised.value.issues] == ["email"]


async def test_a_recorded_cancellation_cancels() -> None:
    async with town_hall(BEFORE) as hall:
        adapter = hall.adapter(replay("order_cancel"))
        assert await adapter.cancel(REF, deadline=soon()) == REF


async def test_an_order_that_stands_and_is_recorded_as_refused_can_no_longer_be_cancelled() -> None:
    async with town_hall(BEFORE) as hall:
        adapter = hall.adapter(replay("order_cancel_again", "order_get"))
        with pytest.raises(CancellationClosed):
            await adapter.cancel(REF, deadline=soon())


async def test_the_recorded_refusal_of_a_token_is_no_empty_list() -> None:
    async with town_hall(BEFORE) as hall:
        with pytest.raises(VendorUnavailable):
            await hall.adapter(replay("unauthorized")).products(deadline=soon())


async def test_we_order_as_was_recorded() -> None:
    asked = recorded("order_create_from_cart")["request"]
    async with town_hall() as hall:
        sent = await _sent(hall)
        ours, place = sent["orders/"], sent["orders/"]["positions"][0]
        assert ours.keys() >= asked["body"].keys() - {"locale"}
        assert place.keys() >= asked["body"]["positions"][0].keys()
        kept = recorded("cart_hold_create")["request"]["body"]
        assert sent["cartpositions/bulk_create/"][0].keys() == kept.keys() | {"cart_id"}


async def _sent(hall: TownHall) -> dict[str, Any]:
    """What the adapter sends to hold and to confirm, by path."""
    sent: dict[str, Any] = {}

    async def pass_on(asked: httpx.Request) -> httpx.Response:
        if asked.content:
            path = asked.url.path.partition("/burgerzaken/")[2]
            sent[path] = json.loads(asked.content)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.send(asked)

    adapter = hall.adapter(httpx.MockTransport(pass_on))
    today = hall.clock().date()
    slot = (await adapter.slots(query(PASSPORT, DRIVING, first=today), deadline=soon()))[0]
    held = await adapter.hold(slot, "reference-1", deadline=soon())
    await adapter.confirm(held, request(), deadline=soon())
    return sent


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("GET items/", "items"),
        ("GET subevents/?with_availability_for=web", "subevents_with_availability"),
        ("GET quotas/?subevent=1&with_availability=true", "quotas"),
        ("GET orders/?email=noor.peeters@example.org", "orders_by_email"),
    ],
)
async def test_the_simulator_lists_what_was_recorded_in_the_same_shape(
    call: str, name: str
) -> None:
    async with town_hall() as hall:
        await _sent(hall)
        method, _, path = call.partition(" ")
        base = f"{hall.settings['base_url']}organizers/stad/events/burgerzaken/"
        login = {"Authorization": f"Token {hall.settings['token']}"}
        async with httpx.AsyncClient(base_url=base, headers=login, trust_env=False) as client:
            shown = (await client.request(method, path)).json()
        assert shape(shown) == shape(body(name))


def shape(value: object) -> object:
    """Keys and kinds; of a list its first row, and nothing of what has no value."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items() if key not in FREE}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return "value"


FREE = frozenset({"name", "description", "location", "payments", "downloads", "sales_channels"})
"""Texts by language, and lists that are empty in one of the two."""
