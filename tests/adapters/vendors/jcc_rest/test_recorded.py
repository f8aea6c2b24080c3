"""Traffic recorded at JCC's acceptance environment, replayed through the adapter."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml
from pydantic import SecretStr

from adapters.vendors.jcc_rest.adapter import Adapter
from adapters.vendors.jcc_rest.settings import JccRestSettings
from contracts.adapter import AdapterContext
from contracts.errors import ResourceNotFound
from contracts.models import Gender, Person, ProductQuantity, Slot, SlotQuery
from tests.adapters.vendors.jcc_rest.town_hall import request, soon

FOLDER = Path(__file__).parents[5] / "shared" / "vendors" / "jcc_rest"
BASE = "https://cloud-acceptatie.jccsoftware.nl/JCC/JCC_Leveranciers_Acceptatie/G-Plan/api"
BASE_URL = f"{BASE}/api/warp/v1/"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 8, 21, 10, 31, tzinfo=UTC)
PASSPORT = "6063baab-b077-4eaf-8671-98394793724c"
PERMIT = "2e656741-db4d-4c75-ae57-97fda6ce5ce8"
MEERBERGEN = "f3b8864b-2e08-4d01-99db-e36f49f3e19c"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")

Call = tuple[str, httpx.URL]


def recorded() -> dict[Call, dict[str, Any]]:
    """Every recorded call with its last answer."""
    return {
        (interaction["request"]["method"], httpx.URL(interaction["request"]["uri"])): interaction
        for path in sorted(FOLDER.glob("*.yaml"))
        for interaction in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    }


class Recording(httpx.AsyncBaseTransport):
    """Answers what was recorded, and nothing else; ``added`` stands in for what was not."""

    def __init__(self, calls: dict[Call, dict[str, Any]]) -> None:
        self._calls = calls
        self.added: dict[str, object] = {}
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        path = str(request.url).removeprefix(BASE_URL)
        if path in self.added:
            return httpx.Response(200, json=self.added[path])
        answer = self._calls[request.method, request.url]["response"]
        return httpx.Response(
            answer["status"]["code"],
            headers={"Content-Type": answer["headers"]["content-type"][0]},
            content=answer["body"]["string"].encode(),
        )


@pytest.fixture(scope="module")
def calls() -> dict[Call, dict[str, Any]]:
    return recorded()


@pytest.fixture
def recording(calls: dict[Call, dict[str, Any]]) -> Recording:
    return Recording(calls)


@pytest.fixture
def adapter(recording: Recording) -> Adapter:
    settings = JccRestSettings(base_url=BASE_URL, client_id="id", client_secret=SecretStr("secret"))
    return Adapter(
        settings, AdapterContext("meerbergen", AMSTERDAM, lambda: NOW), transport=recording
    )


async def test_the_catalogue_is_read(adapter: Adapter) -> None:
    products = {product.id: product for product in await adapter.products(deadline=soon())}
    assert len(products) == 35
    passport = products[PASSPORT]
    assert passport.name == "Paspoort (aanvraag)"
    assert passport.duration == timedelta(minutes=10)
    assert passport.max_quantity is None
    assert len(passport.bring) == 4
    assert all(item and "<" not in item for item in passport.bring)
    assert passport.description.splitlines()[0].startswith("Wat heeft u nodig")
    assert products[PERMIT].max_quantity == 1


async def test_locations_are_read_also_when_their_address_is_empty(adapter: Adapter) -> None:
    locations = {location.id: location for location in await adapter.locations(deadline=soon())}
    assert len(locations) == 4
    town_hall = locations[MEERBERGEN]
    assert (town_hall.name, town_hall.zone) == ("Gemeentehuis Meerbergen", "Europe/Amsterdam")
    assert town_hall.telephone == "0123-456789"
    assert town_hall.address is not None
    assert (town_hall.address.street, town_hall.address.country) == ("Raadhuisplein", "NL")
    assert [location.address for location in locations.values()].count(None) == 3


async def test_locations_for_a_product_are_read(adapter: Adapter) -> None:
    chosen = (ProductQuantity(product_id=PASSPORT),)
    (location,) = await adapter.locations(chosen, deadline=soon())
    assert location.id == MEERBERGEN


async def test_slots_are_read_in_the_sources_zone_and_with_seconds(adapter: Adapter) -> None:
    query = SlotQuery(
        location_id=MEERBERGEN,
        products=(ProductQuantity(product_id=PASSPORT),),
        first_day=date(2026, 8, 1),
        last_day=date(2026, 10, 9),
    )
    slots = await adapter.slots(query, deadline=soon())
    assert slots[0].start == datetime(2026, 8, 21, 11, 0, tzinfo=UTC)
    assert slots[-1].start.astimezone(AMSTERDAM).isoformat() == "2026-10-09T16:50:00+02:00"
    assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=10)}


async def test_a_booking_is_posted_as_the_recorded_client_did(
    adapter: Adapter, recording: Recording, calls: dict[Call, dict[str, Any]]
) -> None:
    recording.added[f"customer/customerfields/required?selectedActivityId={PERMIT}"] = {}
    person = Person(
        given_name="Vat",
        family_name="Boei",
        birth_date=date(2000, 2, 2),
        gender=Gender.UNSPECIFIED,
    )
    start = datetime(2026, 8, 21, 13, 40, tzinfo=UTC)
    slot = Slot(
        location_id=MEERBERGEN,
        start=start,
        end=start + timedelta(minutes=30),
        products=(ProductQuantity(product_id=PERMIT),),
    )
    booked = await adapter.book(slot, request(booker=person), deadline=soon())
    post = next(
        json.loads(interaction["request"]["body"])
        for (method, url), interaction in calls.items()
        if method == "POST" and url.path.endswith("/appointment")
    )
    sent = json.loads(recording.sent[-1].content)
    assert sent.pop("message") == "Ref. reference-1"
    assert post.pop("message") == ""
    assert sent == post
    read = await adapter.appointment(booked.ref, deadline=soon())
    assert (read.start, read.end, read.products) == (slot.start, slot.end, slot.products)
    assert await adapter.cancel(booked.ref, deadline=soon()) == booked.ref


async def test_fields_are_asked_as_recorded(adapter: Adapter, calls: dict[Call, Any]) -> None:
    url = next(url for _, url in calls if url.path.endswith("/customerfields/required"))
    chosen = [ProductQuantity(product_id=id_) for id_ in url.params.get_list("selectedActivityId")]
    fields = {field.name: field for field in await adapter.intake_fields(chosen, deadline=soon())}
    required = {name for name, field in fields.items() if field.required}
    assert required == {"familyName", "email", "mobilePhone"}
    assert set(fields) == required | {"givenName", "gender", "birthDate"}


async def test_an_internal_exception_is_bad_input_while_the_vendor_answers(
    adapter: Adapter, recording: Recording, calls: dict[Call, dict[str, Any]]
) -> None:
    failed = next(
        interaction
        for interaction in calls.values()
        if interaction["response"]["status"]["code"] == 500
    )
    unknown = httpx.URL(f"{BASE_URL}customer/customerfields/required?selectedActivityId=x")
    recording._calls = calls | {("GET", unknown): failed}
    recording.added["version"] = {}
    with pytest.raises(ResourceNotFound):
        await adapter.intake_fields([ProductQuantity(product_id="x")], deadline=soon())
