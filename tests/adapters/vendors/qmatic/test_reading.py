"""What the contract tests do not ask of reading: zones, people, lookups, hostile answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import ValidationError

from adapters.vendors.qmatic import simulated
from adapters.vendors.qmatic.settings import QmaticSettings
from adapters.vendors.qmatic.simulator import AUTH_TOKEN
from contracts.errors import (
    BadAnswer,
    CapabilityNotSupported,
    OutcomeUnknown,
    ProductsNotCombinable,
    ResourceNotFound,
    VendorUnavailable,
)
from contracts.models import AppointmentRef, MatchKey, ProductQuantity, Slot
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening
from tests.adapters.vendors.qmatic.town_hall import (
    BRUSSELS,
    GENTBRUGGE,
    VIRTUAL,
    ZUID,
    TownHall,
    beside,
    passed_on,
    query,
    request,
    soon,
    town_hall,
)

EID, PASSPORT, KIDS = "Identiteitskaart", "Reispas", "Kids_ID"
TUESDAY = date(2027, 3, 9)
AT_NIGHT = ((time(0, 30), time(3)),)
NOOR = MatchKey(kind="externalId", value="noor")
REF = AppointmentRef(vendor_ref="1" * 64)


@pytest.fixture
async def hall() -> AsyncIterator[TownHall]:
    async with town_hall() as hall:
        yield hall


async def slots_of(
    hall: TownHall, *products: str | tuple[str, int], day: date = TUESDAY
) -> list[Slot]:
    asked = query(*(products or (EID,)), first=day)
    return list(await hall.adapter().slots(asked, deadline=soon()))


# Time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sunday", "wall_times"),
    [
        (date(2027, 3, 28), ["00:30+01:00", "01:30+01:00"]),
        (date(2027, 10, 31), ["00:30+02:00", "01:30+02:00", "02:30+02:00"]),
    ],
    ids=["to summer time", "to winter time"],
)
async def test_in_a_night_that_the_clock_changes_only_real_times_are_offered(
    sunday: date, wall_times: list[str]
) -> None:
    now = datetime.combine(sunday - timedelta(days=2), time(12), UTC)
    async with town_hall(now, hours=AT_NIGHT, days=range(7), step=60) as hall:
        slots = await slots_of(hall, day=sunday)
        shown = [slot.start.astimezone(BRUSSELS).isoformat("T", "minutes")[11:] for slot in slots]
        assert shown == wall_times
        assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=10)}
        for slot in slots:
            booked = await hall.adapter().book(slot, request(), deadline=soon())
            read = await hall.adapter().appointment(booked.ref, deadline=soon())
            assert (read.start, read.end) == (slot.start, slot.end)


async def test_times_are_those_of_the_branch_and_of_no_other_zone() -> None:
    async with town_hall(zone="Atlantic/Azores", full_zone="Asia/Tokyo") as hall:
        locations = await hall.adapter().locations(deadline=soon())
        assert {location.zone for location in locations} == {"Atlantic/Azores"}
        slot = (await slots_of(hall))[0]
        assert slot.start.astimezone(ZoneInfo("Atlantic/Azores")).time() == time(9)
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        assert (booked.start, booked.end) == (slot.start, slot.end)


async def test_a_branch_without_a_zone_is_in_that_of_the_source(hall: TownHall) -> None:
    branches = hall.simulator._branches()
    for branch in branches["branchList"]:
        branch["timeZone"] = None
    adapter = hall.adapter(beside({"GET v1/branches": branches}))
    locations = await adapter.locations(deadline=soon())
    assert {location.zone for location in locations} == {"Asia/Tokyo"}


async def test_an_instant_without_an_offset_is_meant_in_the_zone_of_the_branch(
    hall: TownHall,
) -> None:
    slot = (await slots_of(hall))[0]
    booked = await hall.adapter().book(slot, request(), deadline=soon())
    shown = simulated.one("appointment", hall.simulator._shown(booked.ref.vendor_ref))
    shown["appointment"] |= {"start": "2027-03-09T09:00:00", "end": "2027-03-09T09:10:00.000"}
    adapter = hall.adapter(beside({f"GET v1/appointments/{booked.ref.vendor_ref}": shown}))
    read = await adapter.appointment(booked.ref, deadline=soon())
    assert (read.start, read.end) == (slot.start, slot.end)


async def test_days_outside_the_query_are_not_asked(hall: TownHall) -> None:
    asked: list[str] = []

    async def note(sent: httpx.Request) -> httpx.Response:
        asked.append(sent.url.path)
        return await passed_on(sent)

    adapter = hall.adapter(httpx.MockTransport(note))
    await adapter.slots(query(EID, first=TUESDAY, last=date(2027, 3, 14)), deadline=soon())
    assert len([path for path in asked if "/times;" in path]) == 4


@pytest.mark.parametrize("day", [date(2026, 3, 9), date(2028, 3, 9)], ids=["past", "too far"])
async def test_days_that_are_past_or_too_far_have_no_slots(hall: TownHall, day: date) -> None:
    assert await slots_of(hall, day=day) == []


# Products and people -----------------------------------------------------------------------


@pytest.mark.parametrize("counting", ["total", "additional"])
@pytest.mark.parametrize(
    ("products", "minutes"),
    [
        ([(EID, 1)], 10),
        ([(EID, 2)], 15),
        ([(EID, 4), (KIDS, 4)], 50),
        ([(EID, 1), (KIDS, 1)], 20),
        ([(EID, 3), (KIDS, 1)], 40),  # everybody is given time for everything
        ([(EID, 33)], 170),
    ],
)
async def test_the_vendor_gives_each_slot_as_long_as_it_was_offered(
    counting: str, products: list[tuple[str, int]], minutes: int
) -> None:
    async with town_hall(counting=counting) as hall:
        slot = (await slots_of(hall, *products))[0]
        assert slot.end - slot.start == timedelta(minutes=minutes)
        held = await hall.adapter().hold(slot, "reference-0", deadline=soon())
        booked = await hall.adapter().confirm(held, request(), deadline=soon())
        assert (booked.start, booked.end, booked.products) == (slot.start, slot.end, slot.products)
        await hall.adapter().cancel(booked.ref, deadline=soon())
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        assert (booked.start, booked.end, booked.products) == (slot.start, slot.end, slot.products)


async def test_more_people_than_fit_in_a_day_have_no_slots(hall: TownHall) -> None:
    assert await slots_of(hall, (EID, 100)) == []


async def test_counting_wrongly_by_default_gives_too_much_time_and_never_too_little() -> None:
    async with town_hall(counting="additional") as hall:
        adapter = hall.adapter(number_of_customers="total")
        slot = (await adapter.slots(query((EID, 2), first=TUESDAY), deadline=soon()))[0]
        held = await adapter.hold(slot, "reference-0", deadline=soon())
        booked = await adapter.confirm(held, request(), deadline=soon())
        assert booked.end - booked.start == timedelta(minutes=20)
        assert slot.end - slot.start == timedelta(minutes=15)


async def test_what_citizens_may_not_book_is_not_there(hall: TownHall) -> None:
    adapter = hall.adapter()
    assert "Balie_intern" not in {each.id for each in await adapter.products(deadline=soon())}
    assert {each.id for each in await adapter.locations(deadline=soon())} == {ZUID, GENTBRUGGE}
    with pytest.raises(ResourceNotFound):
        await slots_of(hall, "Balie_intern")
    virtual = query(EID, first=TUESDAY).model_copy(update={"location_id": VIRTUAL})
    with pytest.raises(ResourceNotFound):
        await adapter.slots(virtual, deadline=soon())


async def test_locations_are_those_whose_groups_have_all_products(hall: TownHall) -> None:
    here = simulated.branch_groups(ZUID, [EID, PASSPORT])
    there = {"branchPublicId": GENTBRUGGE, "serviceGroups": [{"services": [{"publicId": EID}]}]}
    path = f"v1/services/groups;servicePublicId={EID};servicePublicId={PASSPORT}"
    adapter = hall.adapter(beside({f"GET {path}": [here, there]}))
    chosen = [ProductQuantity(product_id=product) for product in (EID, PASSPORT)]
    assert [each.id for each in await adapter.locations(chosen, deadline=soon())] == [ZUID]
    wedding = ProductQuantity(product_id="Aangifte_huwelijk")
    with pytest.raises(ProductsNotCombinable):
        await adapter.locations([chosen[0], wedding], deadline=soon())


async def test_an_id_is_data_whatever_is_in_it(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = "a;b=c/../d é%2F?x#y"
    service = simulated.Service("Odd", 10, 0, "odd", info="Oké")
    monkeypatch.setitem(simulated.SERVICES, odd, service)
    slot = (await slots_of(hall, odd))[0]
    booked = await hall.adapter().book(slot, request(), deadline=soon())
    assert booked.products == slot.products
    chosen = [ProductQuantity(product_id=odd)]
    assert len(await hall.adapter().locations(chosen, deadline=soon())) == 2


@pytest.mark.parametrize("dots", [".", ".."])
async def test_dots_are_no_way_out_of_a_path(hall: TownHall, dots: str) -> None:
    with pytest.raises(ResourceNotFound):
        await hall.adapter().cancel(AppointmentRef(vendor_ref=dots), deadline=soon())
    key = MatchKey(kind="externalId", value=dots)
    with pytest.raises(ResourceNotFound):
        await hall.adapter().appointments_of(key, deadline=soon())


@pytest.mark.parametrize(
    ("custom", "text"),
    [
        ('{"infoText": "Breng uw eID mee."}', "Breng uw eID mee."),
        ('{"infoText": null, "cancelEnabled": null}', ""),
        ('{"infoText": 7}', ""),
        ("kleur: blauw", ""),
        ("", ""),
        (None, ""),
        ("[" * 100_000, ""),
    ],
    ids=range(7),
)
async def test_a_product_is_one_whatever_is_in_custom(
    hall: TownHall, custom: str | None, text: str
) -> None:
    services = simulated.listed("serviceList", [simulated.service(EID) | {"custom": custom}])
    adapter = hall.adapter(beside({"GET v1/services": services}))
    (product,) = await adapter.products(deadline=soon())
    assert (product.description, product.duration) == (text, timedelta(minutes=10))


# Lookups -----------------------------------------------------------------------------------


async def test_a_citizen_has_each_upcoming_appointment_once(hall: TownHall) -> None:
    slots = await slots_of(hall)
    adapter = hall.adapter()
    for slot in (slots[4], slots[0], slots[8]):
        await adapter.book(slot, request(match_key=NOOR), deadline=soon())
    reserved = await adapter.hold(slots[2], "reference-0", deadline=soon())
    customer = next(iter(hall.simulator.customers))
    hall.simulator.appointments[reserved.ref.vendor_ref].customers = [customer]
    hall.clock.move_to(slots[0].end)
    listed = hall.simulator._appointments_of("externalId", "noor")
    listed["appointmentList"] *= 2
    twice = hall.adapter(beside({"GET v1/customers/externalId/noor/appointments": listed}))
    found = await twice.appointments_of(NOOR, deadline=soon())
    assert [each.start for each in found] == [slots[4].start, slots[8].start]


@pytest.mark.parametrize(
    "answered",
    [
        httpx.Response(404, json={"msg": "ExternalID identified 2 customers."}),
        httpx.Response(404, json={"msg": "No such path."}),
        httpx.Response(404, html="identified 0 customers"),
        httpx.Response(404),
        httpx.Response(200, json={"appointmentList": []}),
        httpx.Response(200, json={"appointmentList": [], "meta": {"totalResults": 3}}),
    ],
    ids=range(6),
)
async def test_a_citizen_who_is_not_found_for_another_reason_has_no_empty_list(
    hall: TownHall, answered: httpx.Response
) -> None:
    adapter = hall.adapter(beside({"GET v1/customers/externalId/noor/appointments": answered}))
    with pytest.raises(BadAnswer):
        await adapter.appointments_of(NOOR, deadline=soon())


async def test_nobody_is_looked_up_by_national_number(hall: TownHall) -> None:
    key = MatchKey(kind="nationalNumber", value="90051700295")
    with pytest.raises(CapabilityNotSupported):
        await hall.adapter().appointments_of(key, deadline=soon())


@pytest.mark.parametrize("page", [httpx.Response(404, html="<html>"), httpx.Response(404)])
async def test_a_page_that_is_not_the_vendors_does_not_make_an_appointment_unknown(
    hall: TownHall, page: httpx.Response
) -> None:
    adapter = hall.adapter(beside({f"GET v1/appointments/{REF.vendor_ref}": page}))
    with pytest.raises(BadAnswer):
        await adapter.appointment(REF, deadline=soon())
    with pytest.raises(BadAnswer):
        await adapter.cancel(REF, deadline=soon())


# Getting in --------------------------------------------------------------------------------


async def test_a_token_opens_the_gateway_in_front(hall: TownHall) -> None:
    through = hall.settings["base_url"].replace("/calendar", "/rest/calendar")
    keys: dict[str, Any] = {"username": None, "password": None, "auth_token": AUTH_TOKEN}
    assert await hall.adapter(base_url=through, **keys).products(deadline=soon())
    with pytest.raises(VendorUnavailable):
        await hall.adapter(base_url=through).products(deadline=soon())


async def test_wrong_credentials_are_tried_once_and_shown_to_nobody(hall: TownHall) -> None:
    async with listening(Vendor()) as vendor:
        vendor.answers = [answer(b"", "401 Unauthorized")]
        adapter = hall.adapter(base_url=f"{vendor.url}/public/api/", password="pass-word-1")
        with pytest.raises(VendorUnavailable) as refused:
            await adapter.products(deadline=soon())
        assert len(vendor.requests) == 1
        assert "pass-word-1" not in f"{refused.value!r} {adapter.settings!r}"


async def test_a_vendor_that_asks_for_patience_is_asked_again_in_time(hall: TownHall) -> None:
    services = json.dumps(hall.simulator._services()).encode()
    busy = answer(b"", "429 Too Many Requests", "text/plain", "Retry-After: 0")
    async with listening(Vendor()) as vendor:
        vendor.answers = [busy, answer(services)]
        adapter = hall.adapter(base_url=f"{vendor.url}/public/api/")
        assert await adapter.products(deadline=soon())
        vendor.answers = [answer(b"", "429 Too Many Requests", "text/plain", "Retry-After: 3600")]
        async with asyncio.timeout(5):
            with pytest.raises(VendorUnavailable) as refused:
                await adapter.products(deadline=soon())
        assert refused.value.retry_after == 3600


BASE = "https://qmatic.example.org:8443/calendar-backend/public/api/"
LOGIN = {"username": "u", "password": "p"}


@pytest.mark.parametrize(
    ("settings", "about"),
    [
        ({"base_url": BASE}, "username and password, or else auth_token"),
        ({"base_url": BASE, "username": "u"}, "username and password, or else auth_token"),
        ({"base_url": BASE, "password": "p", "auth_token": "t"}, "or else auth_token"),
        ({"base_url": BASE, **LOGIN, "auth_token": "t"}, "or else auth_token"),
        ({"base_url": f"{BASE}v1/", **LOGIN}, "base_url"),
        ({"base_url": "ftp://qmatic/public/api/", **LOGIN}, "base_url"),
        ({"base_url": BASE, **LOGIN, "number_of_customers": "all"}, "'total' or 'additional'"),
        ({"base_url": BASE, **LOGIN, "hold_seconds": 5}, "30"),
        ({"base_url": BASE, **LOGIN, "fields": {}}, "at least 1"),
        ({"base_url": BASE, **LOGIN, "fields": {"shoeSize": "required"}}, "shoeSize"),
        ({"base_url": BASE, **LOGIN, "fields": {"email": True}}, "'required' or 'optional'"),
        ({"base_url": BASE, **LOGIN, "tenant": "x"}, "tenant"),
    ],
)
def test_a_mistake_in_the_settings_says_what_was_expected(
    settings: dict[str, object], about: str
) -> None:
    with pytest.raises(ValidationError, match=about):
        QmaticSettings.model_validate(settings)


@pytest.mark.parametrize("keys", [LOGIN, {"auth_token": "t"}])
def test_either_way_in_is_enough(keys: dict[str, str]) -> None:
    settings = QmaticSettings.model_validate({"base_url": BASE, **keys})
    assert (settings.number_of_customers, settings.hold_seconds) == ("total", 300)


# Answers that a simulator never gives ------------------------------------------------------


META = {"totalResults": 1}
MATRIX = f";servicePublicId={EID};numberOfCustomers=1"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (f"dates{MATRIX}", {}),
        (f"dates{MATRIX}", {"dates": None, "meta": META}),
        (f"dates{MATRIX}", {"dates": ["2027-03-09T00:00:00Z"], "meta": META}),
        (f"dates{MATRIX}", {"dates": [], "meta": META}),
        (f"dates/2027-03-09/times{MATRIX}", {"times": ["9:00"], "meta": META}),
        (f"dates/2027-03-09/times{MATRIX}", {"times": ["24:00"], "meta": META}),
        (f"dates/2027-03-09/times{MATRIX}", {"times": ["09:00+02:00"], "meta": META}),
        (f"dates/2027-03-09/times{MATRIX}", {"times": ["09:00/../../x"], "meta": META}),
        (f"dates/2027-03-09/times{MATRIX}", {"times": [], "meta": META}),
        (f"dates/2027-03-09/times{MATRIX}", {"times": []}),
    ],
    ids=range(10),
)
async def test_times_that_make_no_sense_are_no_empty_list(
    hall: TownHall, path: str, given: dict[str, object]
) -> None:
    adapter = hall.adapter(beside({f"GET v2/branches/{ZUID}/{path}": given}))
    with pytest.raises(BadAnswer):
        await adapter.slots(query(EID, first=TUESDAY), deadline=soon())


@pytest.mark.parametrize("duration", [0, -10, 10**18])
async def test_a_duration_that_makes_no_sense_offers_nothing(hall: TownHall, duration: int) -> None:
    services = simulated.listed("serviceList", [simulated.service(EID) | {"duration": duration}])
    adapter = hall.adapter(beside({f"GET v1/branches/{ZUID}/services": services}))
    with pytest.raises(BadAnswer):
        await adapter.slots(query(EID, first=TUESDAY), deadline=soon())


async def test_a_time_listed_twice_is_offered_once(hall: TownHall) -> None:
    times = {"times": ["10:00", "09:00", "10:00"], "meta": {"totalResults": 3}}
    path = f"v2/branches/{ZUID}/dates/2027-03-09/times{MATRIX}"
    adapter = hall.adapter(beside({f"GET {path}": times}))
    slots = await adapter.slots(query(EID, first=TUESDAY), deadline=soon())
    assert [slot.start.astimezone(BRUSSELS).hour for slot in slots] == [9, 10]


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 1000000000\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" " * 100_000)
        await writer.drain()


def _services(**changes: object) -> Say:
    service = {"publicId": "x", "name": "x", "duration": 1} | changes
    return answer(json.dumps({"serviceList": [service], "meta": META}).encode())


HOSTILE: dict[str, Say] = {
    "1 GB": _endless,
    "deep nesting": answer(b'{"serviceList":' * 200_000),
    "control characters": answer(b'{"serviceList": [{"publicId": "\x00\x1b[2J"}]}'),
    "wrong charset": answer('{"serviceList": [{"publicId": "é"}]}'.encode("latin-1")),
    "truncated": answer(b'{"serviceList": ['),
    "html": answer(b"<!DOCTYPE html>", "200 OK", "text/html"),
    "another shape": answer(b"[]"),
    "an id too long": _services(publicId="x" * 201),
    "a name too long": _services(name="x" * 501),
    "an endless duration": _services(duration=10**18),
    "no number": answer(b'{"serviceList": [{"publicId": "x", "name": "x", "duration": NaN}]}'),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_answer_is_a_bad_answer_soon_enough(hall: TownHall, hostile: Say) -> None:
    async with listening(Vendor()) as vendor:
        vendor.answers = [hostile]
        adapter = hall.adapter(base_url=f"{vendor.url}/public/api/")
        async with asyncio.timeout(5):
            with pytest.raises(BadAnswer):
                await adapter.products(deadline=soon())


@pytest.mark.parametrize("hostile", [*HOSTILE.values(), hang_up], ids=[*HOSTILE, "hangs up"])
async def test_a_hostile_answer_to_a_booking_leaves_it_unknown(
    hall: TownHall, hostile: Say
) -> None:
    slot = (await slots_of(hall))[0]
    async with listening(Vendor()) as vendor:
        vendor.answers = [hostile]
        adapter = hall.adapter(base_url=f"{vendor.url}/public/api/")
        async with asyncio.timeout(5):
            with pytest.raises(OutcomeUnknown):
                await adapter.book(slot, request(), deadline=soon())
        assert len(vendor.requests) == 1
