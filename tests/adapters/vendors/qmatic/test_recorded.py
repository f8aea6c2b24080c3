"""Traffic recorded at a municipality with Qmatic Orchestra, replayed through the adapter."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from adapters.vendors.qmatic.adapter import Adapter
from adapters.vendors.qmatic.settings import QmaticSettings
from contracts.adapter import AdapterContext
from contracts.errors import ProductsNotCombinable
from contracts.models import (
    AppointmentRef,
    AppointmentStatus,
    Person,
    ProductQuantity,
    Slot,
    SlotQuery,
)
from tests.adapters.vendors.qmatic.town_hall import request, soon

FOLDER = Path(__file__).parents[5] / "shared" / "vendors" / "qmatic"
BASE_URL = "http://localhost:8080/qmatic/calendar-backend/public/api/"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2023, 10, 4, 9, tzinfo=UTC)
KCC = "f19fa2030bd653d429c42772209ba60cdcb60c5f1fa18a95c4d72b250a1c5f58"
DAY = date(2023, 10, 23)
EID = "Identiteitskaart"
SURNAME, BIRTH = "Achternaam_kind_kiezen", "Geboorteaangifte"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")

Call = tuple[str, str]


def recorded() -> dict[Call, dict[str, Any]]:
    """Every recorded call, its address letter by letter, with its last answer."""
    return {
        (each["request"]["method"], each["request"]["uri"].removeprefix(BASE_URL)): each
        for path in sorted(FOLDER.glob("*.yaml"))
        for each in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    }


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


class Recording(httpx.AsyncBaseTransport):
    """Answers what was recorded, and nothing else; ``added`` stands in for what was not."""

    def __init__(self, calls: dict[Call, dict[str, Any]]) -> None:
        self._calls = calls
        self.added: dict[str, object] = {}
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        path = str(request.url).removeprefix(BASE_URL)
        if request.method == "GET" and path in self.added:
            return httpx.Response(200, json=self.added[path])
        answer = self._calls[request.method, path]["response"]
        return httpx.Response(
            answer["status"]["code"],
            headers={"Content-Type": answer["headers"].get("Content-Type", [""])[0]},
            content=answer["body"]["string"],
        )


@pytest.fixture(scope="module")
def calls() -> dict[Call, dict[str, Any]]:
    return recorded()


@pytest.fixture
def recording(calls: dict[Call, dict[str, Any]]) -> Recording:
    return Recording(calls)


@pytest.fixture
def adapter(recording: Recording) -> Adapter:
    settings = {
        "base_url": BASE_URL,
        "auth_token": "token",
        "number_of_customers": "additional",  # as the client that was recorded understands it
        "fields": {"familyName": "required", "email": "optional"},
    }
    context = AdapterContext("kcc", ZoneInfo("Europe/Brussels"), lambda: NOW)
    return Adapter(QmaticSettings.model_validate(settings), context, transport=recording)


def asking(*products: str) -> SlotQuery:
    chosen = tuple(ProductQuantity(product_id=product) for product in products)
    return SlotQuery(location_id=KCC, products=chosen, first_day=DAY, last_day=DAY)


async def test_the_catalogue_is_read(adapter: Adapter, recording: Recording) -> None:
    recording.added["v1/services"] = read("services.json")
    one, other = await adapter.products(deadline=soon())
    assert (one.name, one.duration) == ("Service 01", timedelta(minutes=10))
    assert (other.name, other.duration) == ("Service 02", timedelta(minutes=5))
    assert (one.description, one.max_quantity) == ("", None)


async def test_branches_are_read_but_for_the_virtual_one(adapter: Adapter) -> None:
    kcc, wijz = await adapter.locations(deadline=soon())
    assert (kcc.id, kcc.name, kcc.zone) == (KCC, "KCC", "Europe/Amsterdam")
    assert kcc.telephone == "14 070"
    assert wijz.address is not None
    assert wijz.address.street == "Werk en Inkomen, Kon. Wilhelminalaan 2"
    assert (wijz.address.postal_code, wijz.address.city) == ("2264 BM", "Leidschendam")


async def test_a_street_in_the_second_line_is_read(adapter: Adapter, recording: Recording) -> None:
    recording.added["v1/branches"] = read("branches.json")
    locations = await adapter.locations(deadline=soon())
    streets = [each.address.street for each in locations if each.address]
    assert streets == ["Lageweg 35", "Straat 1"]


async def test_slots_are_read_in_the_zone_of_the_branch(
    adapter: Adapter, recording: Recording
) -> None:
    dates = read("dates.json")
    dates["dates"] = [f"{DAY - timedelta(days=1)}T00:00:00", f"{DAY}T00:00:00"]
    dates["meta"]["totalResults"] = 2
    recording.added[f"v2/branches/{KCC}/dates;servicePublicId={EID}"] = dates
    slots = await adapter.slots(asking(EID), deadline=soon())
    assert len(slots) == 21
    assert slots[0].start.astimezone(AMSTERDAM).isoformat() == "2023-10-23T08:45:00+02:00"
    assert slots[-1].start.astimezone(AMSTERDAM).isoformat() == "2023-10-23T12:15:00+02:00"
    assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=10)}


async def test_only_what_is_in_one_recorded_group_goes_together(
    adapter: Adapter, recording: Recording, calls: dict[Call, dict[str, Any]]
) -> None:
    groups = f"v2/branches/{KCC}/services/groups;servicePublicId={SURNAME}"
    together = json.loads(calls["GET", groups]["response"]["body"]["string"])
    for other in (BIRTH, EID):
        recording.added[f"{groups};servicePublicId={other}"] = together
    matrix = f";servicePublicId={SURNAME};servicePublicId={BIRTH}"
    dates = {"dates": [], "meta": {"totalResults": 0}}
    recording.added[f"v2/branches/{KCC}/dates{matrix}"] = dates
    assert await adapter.slots(asking(SURNAME, BIRTH), deadline=soon()) == []
    with pytest.raises(ProductsNotCombinable):
        await adapter.slots(asking(SURNAME, EID), deadline=soon())


async def test_a_booking_is_posted_as_the_recorded_client_did_and_cancelled(
    adapter: Adapter, recording: Recording, calls: dict[Call, dict[str, Any]]
) -> None:
    start = datetime(2023, 10, 23, 6, 45, tzinfo=UTC)
    slot = Slot(
        location_id=KCC,
        start=start,
        end=start + timedelta(minutes=10),
        products=(ProductQuantity(product_id=EID),),
        vendor_data={"date": "2023-10-23", "time": "08:45", "amounts": ""},
    )
    person = Person(family_name="TEST (automated)", email="automated-test@example.com")
    booked = await adapter.book(slot, request(booker=person), deadline=soon())
    assert (booked.start, booked.end, booked.location_id) == (slot.start, slot.end, KCC)
    assert (booked.status, booked.products) == (AppointmentStatus.CONFIRMED, slot.products)
    assert booked.cancellable_until is None

    path = f"v2/branches/{KCC}/dates/2023-10-23/times/08:45/book"
    post = json.loads(calls["POST", path]["request"]["body"])
    sent = json.loads(recording.sent[-1].content)
    assert sent.keys() == post.keys()
    assert (sent["customers"], sent["services"]) == (post["customers"], post["services"])

    answer = json.loads(calls["POST", path]["response"]["body"]["string"])
    known = f"v1/appointments/{booked.ref.vendor_ref}"
    recording.added[known] = {"appointment": answer}
    assert await adapter.cancel(booked.ref, deadline=soon()) == booked.ref
    assert recording.sent[-1].method == "DELETE"


async def test_an_older_appointment_is_read(adapter: Adapter, recording: Recording) -> None:
    recording.added["v1/appointments/old"] = {"appointment": read("book.json")}
    found = await adapter.appointment(AppointmentRef(vendor_ref="old"), deadline=soon())
    assert found.start == datetime(2016, 11, 10, 11, 30, tzinfo=UTC)
    assert [product.quantity for product in found.products] == [1]
    assert (found.status, found.client_reference) == (AppointmentStatus.CONFIRMED, None)
