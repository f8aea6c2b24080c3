"""What the contract tests do not ask: zones, DST nights, lists, webhooks and hostile answers."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from anyio.lowlevel import checkpoint
from pydantic import ValidationError

from adapters.vendors.easyappointments.settings import EasyAppointmentsSettings
from adapters.vendors.easyappointments.simulator import ADMIN, PASSWORD, PATH, WEBHOOK_TOKEN
from adapters.vendors.easyappointments.times import AT_ONCE
from contracts.deadline import Deadline
from contracts.errors import (
    BadAnswer,
    InvalidRequest,
    OutcomeUnknown,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
    VendorUnavailable,
)
from contracts.models import AppointmentRef, ProductQuantity
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening
from tests.adapters.vendors.easyappointments.town_hall import (
    BRUSSELS,
    EID,
    INVITED,
    MOVING_HOUSE,
    PASSPORT,
    Between,
    TownHall,
    in_process,
    request,
    soon,
    town_hall,
)

AT_NIGHT = (time(0, 30), time(3))
REF = AppointmentRef(vendor_ref="1")


# Time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sunday", "wall_times"),
    [
        (date(2027, 3, 28), ["00:30+01:00", "01:00+01:00", "01:30+01:00"]),
        (
            date(2027, 10, 31),
            ["00:30+02:00", "01:00+02:00", "01:30+02:00", "02:00+02:00", "02:30+02:00"],
        ),
    ],
    ids=["to summer time", "to winter time"],
)
async def test_in_a_night_that_the_clock_changes_only_real_times_are_offered(
    sunday: date, wall_times: list[str]
) -> None:
    now = datetime.combine(sunday - timedelta(days=2), time(12), UTC)
    async with town_hall(now, hours=AT_NIGHT, breaks=(), days=range(7)) as hall:
        slots = await hall.free(INVITED, sunday)
        shown = [slot.start.astimezone(BRUSSELS).isoformat("T", "minutes")[11:] for slot in slots]
        assert shown == wall_times
        assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=30)}
        for number, slot in enumerate(slots):
            booked = await hall.adapter().book(slot, request(f"at-night-{number}"), deadline=soon())
            read = await hall.adapter().appointment(booked.ref, deadline=soon())
            assert (read.start, read.end) == (slot.start, slot.end)


async def test_a_provider_in_another_zone_is_booked_by_its_own_clock() -> None:
    async with town_hall() as hall:
        hall.simulator.providers[2]["timezone"] = "America/New_York"
        (slot, *_) = await hall.free()
        assert slot.start == datetime(2027, 3, 8, 14, tzinfo=UTC)
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        assert booked.start == slot.start
        (row,) = hall.simulator.appointments.values()
        assert (row["start"], row["end"]) == ("2027-03-08 09:00:00", "2027-03-08 09:10:00")


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
async def test_the_days_asked_for_are_ours_whatever_the_providers_are(zone: str) -> None:
    async with town_hall(hours=(time(0), time(23, 50)), breaks=(), days=range(7)) as hall:
        hall.simulator.providers[2]["timezone"] = zone
        slots = await hall.free(EID, date(2027, 3, 10))
        starts = [slot.start.astimezone(BRUSSELS) for slot in slots]
        assert {start.date() for start in starts} == {date(2027, 3, 10)}
        assert (starts[0].time(), starts[-1].time()) == (time(0), time(23, 50))


async def test_two_providers_in_two_zones_share_one_list() -> None:
    async with town_hall(counters=2) as hall:
        hall.simulator.providers[3]["timezone"] = "Europe/Lisbon"
        slots = await hall.free(EID, date(2027, 3, 9))
        starts = [slot.start for slot in slots]
        assert starts == sorted(set(starts))
        by_start = {slot.start: slot.vendor_data["providers"] for slot in slots}
        assert by_start[datetime(2027, 3, 9, 8, tzinfo=UTC)] == [2]
        assert by_start[datetime(2027, 3, 9, 9, tzinfo=UTC)] == [2, 3]
        assert by_start[datetime(2027, 3, 9, 17, tzinfo=UTC)] == [3]


@pytest.mark.parametrize("zone", [None, ""])
async def test_a_provider_without_a_zone_is_in_that_of_the_source(zone: str | None) -> None:
    async with town_hall() as hall:
        between = Between(hall.simulator)
        provider = hall.simulator.providers[2] | {"timezone": zone}
        between.instead["GET providers"] = httpx.Response(200, json=[provider])
        slots = await hall.adapter(between).slots(hall.query(), deadline=soon())
        assert slots[0].start == datetime(2027, 3, 8, 8, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe", "x" * 500, "\0"])
async def test_a_zone_that_does_not_exist_is_a_bad_answer(zone: str) -> None:
    async with town_hall() as hall:
        hall.simulator.providers[2]["timezone"] = zone
        with pytest.raises(BadAnswer):
            await hall.adapter().slots(hall.query(), deadline=soon())


# The number of calls -------------------------------------------------------------------------


class Counting(httpx.AsyncBaseTransport):
    """Counts the calls under way."""

    def __init__(self, hall: TownHall) -> None:
        self._inner = in_process(hall.simulator)
        self.under_way = self.most = 0
        self.days: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.days += request.url.params.get_list("date")
        try:
            await checkpoint()
            return await self._inner.handle_async_request(request)
        finally:
            self.under_way -= 1


async def test_times_are_asked_per_provider_and_day_a_few_at_once_and_not_without_end() -> None:
    async with town_hall(counters=3) as hall:
        counting = Counting(hall)
        adapter = hall.adapter(counting, days_ahead=20)
        slots = await adapter.slots(hall.query(days=300), deadline=soon())
        assert len(counting.days) == 3 * 21
        assert 1 < counting.most <= AT_ONCE
        assert slots[-1].start.astimezone(BRUSSELS).date() == date(2027, 3, 26)
        assert max(counting.days) == "2027-03-28"


@pytest.mark.parametrize("days", [-400, -1, 61, 4000])
async def test_no_time_is_asked_on_days_that_have_none(days: int) -> None:
    async with town_hall() as hall:
        between = Between(hall.simulator)
        day = date(2027, 3, 8) + timedelta(days=days)
        query = hall.query().model_copy(update={"first_day": day, "last_day": day})
        assert not await hall.adapter(between).slots(query, deadline=soon())
        assert set(between.calls) == {"GET services", "GET providers"}


@pytest.mark.parametrize("day", [date.min, date.max])
async def test_the_first_and_last_day_of_all_time_have_no_slots(day: date) -> None:
    async with town_hall() as hall:
        assert await hall.free(EID, day) == []


class OneFails(Counting):
    """The first day's times cannot be told, the others' are waited for without end."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.params.get("date") == "2027-03-08":
            return httpx.Response(500)
        if "date" in request.url.params:
            self.under_way += 1
            try:
                await asyncio.Event().wait()
            finally:
                self.under_way -= 1
        return await super().handle_async_request(request)


async def test_one_call_that_fails_fails_all_and_leaves_none_behind() -> None:
    async with town_hall() as hall:
        transport = OneFails(hall)
        before = asyncio.all_tasks()
        async with asyncio.timeout(5):
            with pytest.raises(VendorUnavailable):
                await hall.adapter(transport).slots(hall.query(), deadline=soon())
        assert transport.under_way == 0
        assert asyncio.all_tasks() <= before


@pytest.mark.parametrize(
    "times",
    [{}, None, ["9:00"], ["25:00"], ["09:00:00"], ["2027-03-08T09:00"], [9], ["09:00+05:00"]],
)
async def test_times_that_make_no_sense_are_no_empty_list(times: object) -> None:
    async with town_hall() as hall:
        between = Between(hall.simulator)
        between.instead["GET availabilities"] = httpx.Response(200, json=times)
        with pytest.raises(BadAnswer):
            await hall.adapter(between).slots(hall.query(), deadline=soon())


async def test_a_time_listed_twice_is_offered_once() -> None:
    async with town_hall() as hall:
        between = Between(hall.simulator)
        between.instead["GET availabilities"] = httpx.Response(
            200, json=["10:00", "09:00", "10:00"]
        )
        query = hall.query(days=0)
        slots = await hall.adapter(between).slots(query, deadline=soon())
        assert [slot.start.hour for slot in slots] == [8, 9]


# Products and locations ------------------------------------------------------------------------


async def test_all_pages_of_a_list_are_read() -> None:
    async with town_hall() as hall:
        simulator = hall.simulator
        for number in range(6, 251):
            simulator.services[number] = simulator.services[1] | {"id": number}
        simulator.providers[2]["services"] = list(simulator.services)
        products = await hall.adapter().products(deadline=soon())
        assert [product.id for product in products] == [str(number) for number in range(1, 251)]


async def test_a_list_without_an_end_is_a_bad_answer() -> None:
    async with town_hall() as hall:
        between = Between(hall.simulator)
        rows = [hall.simulator.services[1]] * 100
        between.instead["GET services"] = httpx.Response(200, json=rows)
        with pytest.raises(BadAnswer):
            await hall.adapter(between).products(deadline=soon())


async def test_what_nobody_offers_cannot_be_booked() -> None:
    async with town_hall(counters=2) as hall:
        hall.simulator.providers[2] |= {"services": [1, 2], "isPrivate": True}
        hall.simulator.providers[3] |= {"services": [2, 5]}
        products = await hall.adapter().products(deadline=soon())
        assert [product.id for product in products] == [PASSPORT, INVITED]
        with pytest.raises(ResourceNotFound):
            await hall.free(EID)
        slots = await hall.free(PASSPORT)
        assert slots[0].vendor_data == {"providers": [3]}


async def test_a_provider_who_stopped_offering_it_is_not_booked() -> None:
    async with town_hall(counters=2) as hall:
        slots = await hall.free()
        hall.simulator.providers[2]["services"] = [2]
        for number, slot in enumerate(slots[:6]):
            await hall.adapter().book(slot, request(f"reference-{number}"), deadline=soon())
        rows = hall.simulator.appointments.values()
        assert [row["providerId"] for row in rows] == [3] * 6


@pytest.mark.parametrize(
    ("products", "error"),
    [
        ([(EID, 2)], QuantityExceeded),
        ([(EID, 100)], QuantityExceeded),
        ([(EID, 1), (PASSPORT, 1)], ProductsNotCombinable),
        ([(EID, 1), (EID, 1)], ProductsNotCombinable),
        ([(EID, 1), ("99", 1)], ResourceNotFound),
    ],
)
async def test_one_product_once_is_all_that_an_appointment_takes(
    products: list[tuple[str, int]], error: type[Exception]
) -> None:
    async with town_hall() as hall:
        chosen = tuple(ProductQuantity(product_id=id_, quantity=n) for id_, n in products)
        query = hall.query().model_copy(update={"products": chosen})
        slot = (await hall.free())[0].model_copy(update={"products": chosen})
        adapter = hall.adapter()
        with pytest.raises(error):
            await adapter.slots(query, deadline=soon())
        with pytest.raises(error):
            await adapter.locations(chosen, deadline=soon())
        with pytest.raises(error):
            await adapter.book(slot, request(), deadline=soon())
        assert hall.simulator.appointments == {}


async def test_each_text_that_services_have_as_a_location_is_one() -> None:
    async with town_hall() as hall:
        hall.simulator.services[4]["location"] = "  Dienstencentrum\n"
        hall.simulator.services[5]["location"] = "x" * 600
        main, centre, long = await hall.adapter().locations(deadline=soon())
        assert (main.id, main.name, main.zone) == ("main", "Huis van de Bruggeling", BRUSSELS.key)
        assert main.address is not None
        assert (main.address.house_number, main.address.city) == ("2", "Brugge")
        assert (centre.name, centre.address, len(long.name)) == ("Dienstencentrum", None, 500)
        asked = [ProductQuantity(product_id=MOVING_HOUSE)]
        assert await hall.adapter().locations(asked, deadline=soon()) == [centre]
        slots = await hall.adapter().slots(
            hall.query(MOVING_HOUSE, location=centre.id), deadline=soon()
        )
        booked = await hall.adapter().book(slots[0], request(), deadline=soon())
        assert booked.location_id == centre.id
        with pytest.raises(ResourceNotFound):
            await hall.adapter().slots(hall.query(MOVING_HOUSE), deadline=soon())


async def test_a_place_without_an_address_has_none() -> None:
    async with town_hall() as hall:
        adapter = hall.adapter(location={"name": "Stadhuis", "telephone": "050 00 00 00"})
        place = (await adapter.locations(deadline=soon()))[0]
        assert (place.name, place.address, place.telephone) == ("Stadhuis", None, "050 00 00 00")


# What is asked of a citizen --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("required", "asked"),
    [
        ([], ["givenName", "familyName", "email"]),
        (["phone"], ["givenName", "familyName", "email", "phone"]),
        (
            ["street", "city", "postalCode"],
            ["givenName", "familyName", "email", "street", "houseNumber", "postalCode", "city"],
        ),
    ],
)
async def test_only_what_is_required_is_asked_and_sent(
    required: list[str], asked: list[str]
) -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        adapter = hall.adapter(required=required)
        fields = await adapter.intake_fields(slot.products, deadline=soon())
        assert [field.name for field in fields] == asked
        assert all(field.required for field in fields)
        between = Between(hall.simulator)
        between.instead["POST customers"] = httpx.Response(401)
        with pytest.raises(VendorUnavailable):
            await hall.adapter(between, required=required).book(slot, request(), deadline=soon())
        sent = json.loads(between.sent[-1].content)
        assert ("phone" in sent) == ("phone" in asked)
        assert sent.get("address") == ("Kerkstraat 12" if "street" in asked else None)
        assert (sent["timezone"], sent["language"]) == ("Europe/Brussels", "dutch")


# How it is asked -----------------------------------------------------------------------------


async def test_no_cookie_is_kept_from_one_call_to_the_next() -> None:
    async with town_hall() as hall:
        await hall.adapter().products(deadline=soon())
        before = len(hall.simulator.sessions)
        adapter = hall.adapter()
        await adapter.products(deadline=soon())
        await adapter.products(deadline=soon())
        assert len(hall.simulator.sessions) == before + 4


async def test_an_administrators_password_does_as_well_as_a_token() -> None:
    async with town_hall() as hall:
        pair: dict[str, Any] = {"username": ADMIN, "password": PASSWORD}
        assert await hall.adapter(api_token=None, **pair).products(deadline=soon())
        wrong = hall.adapter(api_token=None, **(pair | {"password": "wrong"}))
        with pytest.raises(VendorUnavailable, match="credentials"):
            await wrong.products(deadline=soon())


async def test_a_refused_token_is_not_tried_again() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        with pytest.raises(VendorUnavailable) as refused:
            await hall.adapter(between, api_token="wrong-token").book(
                slot, request(), deadline=soon()
            )
        assert between.calls == ["GET services"]
        assert "wrong-token" not in f"{refused.value}"


async def test_a_host_that_says_when_to_come_back_is_asked_then() -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        busy = answer(b"", "429 Too Many Requests", "text/html", "Retry-After: 0")
        vendor.answers = [busy, busy, answer(b"[]")]
        adapter = hall.adapter(base_url=f"{vendor.url}/")
        assert await adapter.products(deadline=soon()) == []
        assert len(vendor.requests) == 4
        vendor.answers = [answer(b"", "429 Too Many Requests", "text/html", "Retry-After: 60")]
        vendor.requests.clear()
        with pytest.raises(VendorUnavailable) as refused:
            await adapter.products(deadline=soon())
        assert refused.value.retry_after == 60
        assert len(vendor.requests) <= 2


async def test_the_vendor_down_in_the_middle_of_a_booking_leaves_it_unknown() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)

        def go_down() -> None:
            for name in ("GET appointments", "GET availabilities", "DELETE appointments/"):
                between.instead[name] = httpx.ConnectError("down")

        between.after["POST appointments"] = go_down
        with pytest.raises(OutcomeUnknown):
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert len(hall.simulator.appointments) == 1


async def test_a_booking_is_not_sent_after_its_deadline() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        seconds = [0.0]
        deadline = Deadline(at=5.0, clock=lambda: seconds[0])

        def dawdle() -> None:
            seconds[0] = 6.0

        between.after["POST customers"] = dawdle
        with pytest.raises(VendorUnavailable):
            await hall.adapter(between).book(slot, request(), deadline=deadline)
        assert "POST appointments" not in between.calls


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 1000000000\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" " * 100_000)
        await writer.drain()


HOSTILE: dict[str, Say] = {
    "1 GB": _endless,
    "deep nesting": answer(b'[{"id":' * 200_000),
    "control characters": answer(b'[{"id": 1, "name": "\x00\x1b[2J"}]'),
    "wrong charset": answer('[{"id": 1, "name": "é"}]'.encode("latin-1")),
    "truncated": answer(b'[{"id": 1,'),
    "html": answer(b"<!DOCTYPE html>", "200 OK", "text/html"),
    "another shape": answer(b'{"items": []}'),
    "an id below one": answer(b'[{"id": 0, "name": "x", "duration": 1}]'),
    "no duration": answer(b'[{"id": 1, "name": "x", "duration": 0}]'),
    "an endless duration": answer(b'[{"id": 1, "name": "x", "duration": 1000000000000000000}]'),
    "a text for a number": answer(b'[{"id": "1", "name": "x", "duration": 1}]'),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_answer_is_a_bad_answer_soon_enough(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [hostile]
        async with asyncio.timeout(5):
            with pytest.raises(BadAnswer):
                await hall.adapter(base_url=f"{vendor.url}/").products(deadline=soon())


@pytest.mark.parametrize("hostile", [*HOSTILE.values(), hang_up], ids=[*HOSTILE, "hangs up"])
async def test_a_hostile_answer_to_a_cancellation_leaves_it_unknown(hostile: Say) -> None:
    row = {"id": 1, "book": "x", "start": "2027-03-08 09:00:00", "end": "2027-03-08 09:10:00"}
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [answer(json.dumps(row).encode()), hostile]
        async with asyncio.timeout(5):
            with pytest.raises(OutcomeUnknown):
                await hall.adapter(base_url=f"{vendor.url}/").cancel(REF, deadline=soon())
        assert [head.split(b" ")[0] for head in vendor.requests].count(b"DELETE") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"serviceId": None},
        {"serviceId": 99},
        {"providerId": None},
        {"providerId": 99},
        {"start": "2027-03-28 02:30:00"},
        {"start": "0000-00-00 00:00:00"},
        {"start": "2027-03-08T09:00:00Z"},
        {"book": "x" * 100},
    ],
)
async def test_an_appointment_that_makes_no_sense_is_a_bad_answer(changes: dict[str, Any]) -> None:
    async with town_hall() as hall:
        await hall.adapter().book((await hall.free())[0], request(), deadline=soon())
        hall.simulator.appointments[1] |= changes
        with pytest.raises(BadAnswer):
            await hall.adapter().appointment(REF, deadline=soon())


# Webhooks ------------------------------------------------------------------------------------


SAVED = b'{"action":"appointment_save","payload":{"id":4,"book_datetime":"2026-11-23 19:20:23"}}'


async def test_a_notification_of_something_else_names_no_appointment() -> None:
    async with town_hall() as hall:
        body = b'{"action":"customer_save","payload":{"id":4}}'
        headers = {"x-ea-token": WEBHOOK_TOKEN}
        assert hall.adapter().parse_webhook(headers, body) == []
        (ref,) = hall.adapter().parse_webhook(headers, SAVED)
        assert ref == AppointmentRef(vendor_ref="4", vendor_state={"book": "2026-11-23 19:20:23"})


@pytest.mark.parametrize(
    "headers", [{}, {"X-Ea-Token": ""}, {"X-Ea-Token": "wrong"}, {"X-Ea-Token": "é\udc80"}]
)
async def test_a_notification_without_the_token_is_refused(headers: dict[str, str]) -> None:
    async with town_hall() as hall:
        for settings in ({}, {"webhook_token": None}):
            with pytest.raises(InvalidRequest):
                hall.adapter(**settings).parse_webhook(headers, SAVED)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"action":"appointment_save","payload":' + b"[" * 100_000,
        b'{"action":"appointment_save"}',
        b'{"action":"appointment_save","payload":null}',
        SAVED.replace(b"4", b'"../1"'),
        SAVED.replace(b"4", b"-4"),
    ],
)
async def test_a_notification_that_makes_no_sense_is_refused(body: bytes) -> None:
    async with town_hall() as hall:
        with pytest.raises(InvalidRequest):
            hall.adapter().parse_webhook({"X-Ea-Token": WEBHOOK_TOKEN}, body)


# Settings ------------------------------------------------------------------------------------


VALID = {
    "base_url": f"https://afspraken.example.org{PATH}",
    "api_token": "token",
    "location": {"name": "Stadhuis"},
}


def test_the_settings_that_can_do_without_are_few() -> None:
    settings = EasyAppointmentsSettings.model_validate(VALID)
    assert settings.required == {"phone"}
    assert settings.webhook_token is None
    assert "token" not in repr(settings).replace("token=", "")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"base_url": "http://afspraken.example.org/"}, "base_url"),
        ({"location": {}}, "location.name"),
        ({"location": {"name": " "}}, "location.name"),
        ({"location": {"name": "Stadhuis", "zip": "8000"}}, "location.zip"),
        ({"api_token": None}, ""),
        ({"api_token": ""}, "api_token"),
        ({"api_token": "a b"}, "api_token"),
        ({"api_token": "é"}, "api_token"),
        ({"username": "admin", "password": "x"}, ""),
        ({"username": "admin"}, ""),
        ({"api_token": None, "username": "admin"}, ""),
        ({"api_token": None, "password": "x"}, ""),
        ({"required": ["fax"]}, "required.0"),
        ({"days_ahead": 0}, "days_ahead"),
        ({"days_ahead": 367}, "days_ahead"),
        ({"webhook_token": ""}, "webhook_token"),
        ({"token": "x"}, "token"),
    ],
)
def test_a_mistake_in_the_settings_is_named(changes: dict[str, object], where: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        EasyAppointmentsSettings.model_validate(VALID | changes)
    assert [".".join(map(str, error["loc"])) for error in wrong.value.errors()] == [where]
