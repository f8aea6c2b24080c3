"""Traffic recorded at a running ZMS, replayed through the adapter."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from adapters.vendors.zms.adapter import Adapter, ZmsSettings
from contracts.adapter import AdapterContext
from contracts.errors import (
    AppointmentNotFound,
    BookingError,
    CustomerFieldsMissing,
    OutcomeUnknown,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
    SlotTaken,
)
from contracts.models import (
    AppointmentStatus,
    BookingRequest,
    Hold,
    Person,
    ProductQuantity,
    Slot,
    SlotQuery,
)
from tests.adapters.vendors.zms.city import request, soon
from tests.adapters.vendors.zms.recordings import ABSENT, answered, recorded, response, sent

BASE_URL = "https://stadt.example.org/api/citizen/"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 19, 35, tzinfo=UTC)
RUPPERTSTRASSE = "10489"
PASSPORT, IDENTITY_CARD, RESIDENCE = "1063453", "1063441", "1063475"
CHOSEN = (
    ProductQuantity(product_id=PASSPORT),
    ProductQuantity(product_id=IDENTITY_CARD, quantity=2),
)
PERSON = Person(
    given_name="An",
    family_name="Peeters",
    email="an.peeters@example.org",
    phone="+32 470 00 00 00",
)

pytestmark = pytest.mark.skipif(ABSENT, reason="the recordings are not here")


class Recording(httpx.AsyncBaseTransport):
    """Answers what was recorded for each call; ``instead`` names another recording."""

    def __init__(self) -> None:
        self.instead: dict[str, str] = {}
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        call = str(request.url).removeprefix(BASE_URL).partition("?")[0].rstrip("/")
        if call == "available-calendar" and call not in self.instead:
            return _calendar(request.url.params)
        return response(self.instead.get(call) or _USUAL[call])

    def bodies(self) -> list[tuple[str, object]]:
        """What was posted, in order."""
        return [
            (posted.url.path.rpartition("/api/citizen/")[2].rstrip("/"), json.loads(posted.content))
            for posted in self.sent
            if posted.method == "POST"
        ]


_USUAL = {
    "offices-and-services": "offices_and_services",
    "reserve-appointment": "reserve",
    "update-appointment": "update",
    "confirm-appointment": "confirm_before_preconfirm",
    "appointment": "get_confirmed",
    "cancel-appointment": "cancel",
}


def _calendar(params: httpx.QueryParams) -> httpx.Response:
    """Of the days, one was recorded with its times; it was asked for two offices at once."""
    day = params.get("slotsStartDate")
    name = "available_calendar_slots_window" if day else "available_calendar_two_services"
    asked = httpx.URL(BASE_URL).join(recorded(name)["request"]["path"]).params
    differ = {key for key in params if params[key] != asked.get(key)}
    if differ == {"officeIds"}:
        return response(name)
    assert differ == {"officeIds", "slotsStartDate", "slotsEndDate"}
    return httpx.Response(200, json={"availableDays": []})


@pytest.fixture
def recording() -> Recording:
    return Recording()


@pytest.fixture
def adapter(recording: Recording) -> Adapter:
    context = AdapterContext("muenchen", BERLIN, lambda: NOW)
    return Adapter(ZmsSettings(base_url=BASE_URL), context, transport=recording)


def slots_query(*products: ProductQuantity) -> SlotQuery:
    return SlotQuery(
        location_id=RUPPERTSTRASSE,
        products=products,
        first_day=date(2026, 11, 1),
        last_day=date(2026, 12, 3),
    )


def slot() -> Slot:
    start = datetime.fromtimestamp(sent("reserve")["timestamp"], UTC)
    return Slot(
        location_id=RUPPERTSTRASSE,
        start=start,
        end=start + timedelta(minutes=30),
        products=CHOSEN,
        vendor_data={"slotMinutes": 5},
    )


def asked_for() -> BookingRequest:
    return request(booker=PERSON, answers={"customTextfield": "ref"})


async def everything(adapter: Adapter) -> None:
    await adapter.slots(slots_query(*CHOSEN), deadline=soon())
    booked = await adapter.confirm(await reserved(adapter), asked_for(), deadline=soon())
    await adapter.appointment(booked.ref, deadline=soon())


async def reserved(adapter: Adapter) -> Hold:
    return await adapter.hold(slot(), "reference-1", deadline=soon())


async def test_the_catalogue_is_read(adapter: Adapter) -> None:
    products = {product.id: product for product in await adapter.products(deadline=soon())}
    passport = products[PASSPORT]
    assert (passport.name, passport.max_quantity) == ("Reisepass", 3)
    assert passport.duration == timedelta(minutes=10)
    assert products["1"].name == "Auskunft zur Rente Video"
    assert "8" not in products, "the office that does it has no scope"
    places = {place.id: place for place in await adapter.locations(deadline=soon())}
    assert places.keys() == {RUPPERTSTRASSE, "10502", "1", "2", "3"}
    town_hall = places[RUPPERTSTRASSE]
    assert (town_hall.name, town_hall.zone) == ("Bürgerbüro Ruppertstraße", "Europe/Berlin")
    assert town_hall.address is not None
    assert (town_hall.address.house_number, town_hall.address.city) == ("19", "München")


async def test_combinations_are_read_from_the_catalogue(adapter: Adapter) -> None:
    places = await adapter.locations(CHOSEN, deadline=soon())
    assert {place.id for place in places} == {RUPPERTSTRASSE, "10502"}
    other = ProductQuantity(product_id=RESIDENCE)
    with pytest.raises(ProductsNotCombinable):
        await adapter.slots(slots_query(CHOSEN[0], other), deadline=soon())
    too_many = ProductQuantity(product_id=PASSPORT, quantity=4)
    with pytest.raises(QuantityExceeded):
        await adapter.slots(slots_query(too_many), deadline=soon())


async def test_fields_are_asked_as_the_office_asks_them(adapter: Adapter) -> None:
    fields = {field.name: field for field in await adapter.intake_fields(CHOSEN, deadline=soon())}
    assert list(fields)[2:] == ["email", "phone", "answers.customTextfield"]
    required = {name for name, field in fields.items() if field.required}
    assert required == {"familyName", "email", "answers.customTextfield"}
    assert fields["answers.customTextfield"].label == "Zusätzliche Bemerkungen"


async def test_slots_are_read_a_day_at_a_time(adapter: Adapter, recording: Recording) -> None:
    slots = await adapter.slots(slots_query(*CHOSEN), deadline=soon())
    local = [each.start.astimezone(BERLIN) for each in slots]
    assert {start.date() for start in local} == {date(2026, 11, 24), date(2026, 11, 25)}
    assert (local[0].hour, local[0].minute) == (8, 0)
    assert {each.end - each.start for each in slots} == {timedelta(minutes=30)}
    asked = [call.url.params for call in recording.sent if "calendar" in call.url.path]
    days = sorted(params.get("slotsStartDate", "") for params in asked)
    later = (date(2026, 11, 25) + timedelta(days=n) for n in range(9))
    assert days == ["", *(str(day) for day in later)]


async def test_a_booking_is_made_as_the_recorded_client_did(
    adapter: Adapter, recording: Recording
) -> None:
    hold = await reserved(adapter)
    assert hold.expires_at == NOW + timedelta(minutes=15)
    booked = await adapter.confirm(hold, asked_for(), deadline=soon())
    key = {name: sent("update")[name] for name in ("processId", "authKey")}
    assert recording.bodies() == [
        ("reserve-appointment", sent("reserve")),
        # A second text without a label is not asked, so it is not sent.
        ("update-appointment", {k: v for k, v in sent("update").items() if v}),
        ("confirm-appointment", key),
    ]
    assert (booked.start, booked.end, booked.products) == (slot().start, slot().end, CHOSEN)
    assert booked.status is AppointmentStatus.CONFIRMED
    assert await adapter.appointment(booked.ref, deadline=soon()) == booked


async def test_a_cancellation_replaces_the_key(adapter: Adapter, recording: Recording) -> None:
    ref = (await reserved(adapter)).ref
    cancelled = await adapter.cancel(ref, deadline=soon())
    assert cancelled.vendor_state["authKey"] == answered("cancel")["authKey"]
    assert recording.bodies()[-1] == ("cancel-appointment", sent("cancel"))
    recording.instead = {"cancel-appointment": "cancel_again"}
    assert await adapter.cancel(ref, deadline=soon()) == ref
    recording.instead = {"appointment": "cancel"}
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(cancelled, deadline=soon())
    assert await adapter.cancel(cancelled, deadline=soon()) == cancelled


@pytest.mark.parametrize(
    ("call", "name", "error"),
    [
        ("reserve-appointment", "reserve_unavailable_time", SlotTaken),
        ("update-appointment", "update_missing_required", CustomerFieldsMissing),
        ("update-appointment", "preconfirm", OutcomeUnknown),
        ("confirm-appointment", "confirm", OutcomeUnknown),
        ("appointment", "get_wrong_key", AppointmentNotFound),
        ("available-calendar", "available_calendar_missing_params", ResourceNotFound),
    ],
)
async def test_a_recorded_refusal_is_understood(
    adapter: Adapter, recording: Recording, call: str, name: str, error: type[BookingError]
) -> None:
    recording.instead = {call: name}
    with pytest.raises(error) as refused:
        await everything(adapter)
    if error is CustomerFieldsMissing:
        assert [issue.name for issue in refused.value.issues] == ["answers.customTextfield"]
