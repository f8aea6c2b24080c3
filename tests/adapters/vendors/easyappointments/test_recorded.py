"""Traffic recorded at an Easy!Appointments 1.6.0, replayed through the adapter."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from adapters.vendors.easyappointments.adapter import Adapter
from adapters.vendors.easyappointments.settings import EasyAppointmentsSettings, Place
from contracts.adapter import AdapterContext
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    CustomerFieldsMissing,
    InvalidRequest,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import AppointmentRef, Person, ProductQuantity, Slot, SlotQuery
from tests.adapters.vendors.easyappointments.recordings import (
    body,
    recorded,
    response,
    where_they_are,
)
from tests.adapters.vendors.easyappointments.town_hall import BRUSSELS, call, request, soon

pytestmark = where_they_are

NOW = datetime(2026, 11, 23, 18, 20, tzinfo=UTC)
THURSDAY = date(2026, 11, 26)
BOOKER = Person(
    given_name="An",
    family_name="Peeters",
    email="an.peeters@example.org",
    phone="+32470000000",
)
SLOT = Slot(
    location_id="main",
    start=datetime(2026, 11, 26, 8, tzinfo=UTC),
    end=datetime(2026, 11, 26, 8, 10, tzinfo=UTC),
    products=(ProductQuantity(product_id="2"),),
    vendor_data={"providers": [2]},
)


class Recording(httpx.AsyncBaseTransport):
    """Answers what was recorded; ``added`` names another recording, or gives what was not."""

    def __init__(self) -> None:
        service = body("services_list")[0]
        second = service | {"id": 2, "duration": 10, "slotInterval": 10, "attendantsNumber": 2}
        provider = body("provider_tz") | {"services": [1, 2]}
        self.added: dict[str, object] = {
            "GET services": [service, second],
            "GET providers": [provider],
            "GET availabilities": "availabilities_weekday",
            "GET customers": "customers_search_email",
            "POST appointments": "appointment_create",
            "GET appointments": [body("appointment_create")],
            "GET appointments/": "appointment_get",
            "DELETE appointments/": "appointment_delete",
        }
        self.sent: list[httpx.Request] = []

    def body_of(self, name: str) -> Any:  # noqa: ANN401 JSON
        (sent,) = (each for each in self.sent if call(each) == name)
        return json.loads(sent.content)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        found = self.added[call(request)]
        return response(found) if isinstance(found, str) else httpx.Response(200, json=found)


@pytest.fixture
def recording() -> Recording:
    return Recording()


@pytest.fixture
def adapter(recording: Recording) -> Adapter:
    settings = EasyAppointmentsSettings(
        base_url="https://afspraken.example.org/index.php/api/v1/",
        username="admin",
        password=SecretStr("password"),
        location=Place(name="Stadhuis"),
        webhook_token=SecretStr("s3cret"),
    )
    context = AdapterContext("brugge", BRUSSELS, lambda: NOW)
    return Adapter(settings, context, transport=recording)


def asking(day: date = THURSDAY) -> SlotQuery:
    return SlotQuery(location_id="main", products=SLOT.products, first_day=day, last_day=day)


async def test_the_catalogue_is_read(adapter: Adapter, recording: Recording) -> None:
    recording.added |= {"GET services": "services_list", "GET providers": "providers_list"}
    (product,) = await adapter.products(deadline=soon())
    assert (product.id, product.name, product.max_quantity) == ("1", "Service", 1)
    assert product.duration == timedelta(minutes=30)
    (location,) = await adapter.locations(deadline=soon())
    assert (location.id, location.name) == ("main", "Stadhuis")


async def test_times_are_read_in_the_providers_zone(adapter: Adapter) -> None:
    slots = await adapter.slots(asking(), deadline=soon())
    assert slots[0] == SLOT
    assert len(slots) == 51
    around_the_break = [slot.start for slot in slots if slot.start.hour == 13]
    assert [f"{start:%M}" for start in around_the_break] == ["00", "10", "20"]
    assert slots[-1].start.astimezone(BRUSSELS).isoformat() == "2026-11-26T17:50:00+01:00"


async def test_a_time_that_two_have_taken_is_gone(adapter: Adapter, recording: Recording) -> None:
    recording.added["GET availabilities"] = "availabilities_after_two"
    assert SLOT not in await adapter.slots(asking(), deadline=soon())
    with pytest.raises(SlotTaken):
        await adapter.book(SLOT, request(), deadline=soon())
    assert "POST" not in {each.method for each in recording.sent}


async def test_a_day_without_times_is_empty(adapter: Adapter, recording: Recording) -> None:
    recording.added["GET availabilities"] = "availabilities_past"
    assert await adapter.slots(asking(), deadline=soon()) == []


async def test_a_booking_is_posted_as_it_was_recorded(
    adapter: Adapter, recording: Recording
) -> None:
    booked = await adapter.book(SLOT, request(booker=BOOKER), deadline=soon())
    sent, posted = recording.body_of("POST appointments"), recorded("appointment_create")
    assert sent == posted["request"]["body"] | {"notes": "Ref. reference-1"}
    assert booked.ref == AppointmentRef(
        vendor_ref="4", vendor_state={"book": "2026-11-23 19:20:23"}
    )
    read = await adapter.appointment(booked.ref, deadline=soon())
    assert read == booked
    assert (read.start, read.end, read.products) == (SLOT.start, SLOT.end, SLOT.products)
    await adapter.cancel(booked.ref, deadline=soon())
    recording.added["DELETE appointments/"] = "appointment_delete_again"
    await adapter.cancel(booked.ref, deadline=soon())


async def test_a_customer_is_posted_as_it_was_recorded(
    adapter: Adapter, recording: Recording
) -> None:
    recording.added |= {"GET customers": [], "POST customers": "customer_create"}
    await adapter.book(SLOT, request(booker=BOOKER), deadline=soon())
    posted = dict(recorded("customer_create")["request"]["body"])
    assert posted.pop("customField1") == "ref-1"
    assert recording.body_of("POST customers") == posted


async def test_the_second_of_two_stays_where_there_is_room(
    adapter: Adapter, recording: Recording
) -> None:
    both = [body("appointment_create"), body("appointment_create_same_slot")]
    recording.added |= {
        "POST appointments": "appointment_create_same_slot",
        "GET appointments": both,
    }
    booked = await adapter.book(SLOT, request(booker=BOOKER), deadline=soon())
    assert booked.ref.vendor_ref == "5"
    (service,) = body("services_list")
    recording.added["GET services"] = [service, service | {"id": 2, "duration": 10}]
    with pytest.raises(SlotTaken):
        await adapter.book(SLOT, request(booker=BOOKER), deadline=soon())
    assert recording.sent[-1].method == "DELETE"
    assert recording.sent[-1].url.path.endswith("/appointments/5")


async def test_an_email_address_in_use_is_looked_up_again(
    adapter: Adapter, recording: Recording
) -> None:
    recording.added |= {"GET customers": [], "POST customers": "customer_create_duplicate_email"}
    with pytest.raises(BadAnswer):
        await adapter.book(SLOT, request(booker=BOOKER), deadline=soon())
    assert [call(each) for each in recording.sent][-3:] == [
        "GET customers",
        "POST customers",
        "GET customers",
    ]


@pytest.mark.parametrize(
    "refused", ["appointment_create_iso_offset", "appointment_reschedule_start_only"]
)
async def test_what_it_refuses_is_not_booked(
    adapter: Adapter, recording: Recording, refused: str
) -> None:
    recording.added["POST appointments"] = refused
    with pytest.raises(BadAnswer):
        await adapter.book(SLOT, request(booker=BOOKER), deadline=soon())


async def test_what_was_deleted_is_not_found(adapter: Adapter, recording: Recording) -> None:
    recording.added["GET appointments/"] = "appointment_get_deleted"
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(AppointmentRef(vendor_ref="4"), deadline=soon())


async def test_a_moved_appointment_is_the_same_at_its_new_time(
    adapter: Adapter, recording: Recording
) -> None:
    ref = AppointmentRef(vendor_ref="4", vendor_state={"book": "2026-11-23 19:20:23"})
    recording.added["GET appointments/"] = "appointment_reschedule"
    moved = await adapter.appointment(ref, deadline=soon())
    assert (moved.ref, moved.start.hour) == (ref, 9)


async def test_no_login_is_a_source_that_cannot_be_used(
    adapter: Adapter, recording: Recording
) -> None:
    recording.added["GET services"] = "unauthorized"
    with pytest.raises(VendorUnavailable, match="credentials"):
        await adapter.products(deadline=soon())


async def test_incomplete_contact_data_never_reaches_it(
    adapter: Adapter, recording: Recording
) -> None:
    with pytest.raises(CustomerFieldsMissing):
        await adapter.book(SLOT, request(booker=Person(given_name="An")), deadline=soon())
    assert recording.sent == []


def test_the_recorded_webhooks_name_their_appointments(adapter: Adapter) -> None:
    posted = recorded("webhooks_received")
    told = [adapter.parse_webhook(each["headers"], each["body"].encode()) for each in posted]
    assert [[ref.vendor_ref for ref in refs] for refs in told] == [
        ["4"],
        ["5"],
        ["6"],
        ["4"],
        ["4"],
    ]
    with pytest.raises(InvalidRequest):
        adapter.parse_webhook({"X-Ea-Token": "s3cret2"}, posted[0]["body"].encode())
