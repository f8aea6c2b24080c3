"""Pages, tokens, throttling and answers that no Graph ever gave."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from adapters.vendors.msbookings.settings import MsBookingsSettings
from adapters.vendors.msbookings.simulated import guid
from adapters.vendors.msbookings.simulator import BUSINESS, CLIENT_SECRET, LOGIN
from contracts.errors import BadAnswer, OutcomeUnknown, SlotTaken, VendorUnavailable
from contracts.models import AppointmentRef
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening
from tests.adapters.vendors.msbookings.answers import Between, failure
from tests.adapters.vendors.msbookings.town_hall import (
    PASSPORT,
    TownHall,
    query,
    request,
    soon,
    town_hall,
)

TUESDAY = date(2027, 3, 9)
REF = AppointmentRef(vendor_ref="AAMkAD0123456789AAA=")


async def products_of(hall: TownHall, between: Between) -> set[str]:
    products = await hall.adapter(transport=between).products(deadline=soon())
    return {product.id for product in products}


# Pages --------------------------------------------------------------------------------------


async def test_every_page_is_read() -> None:
    async with town_hall(page_size=2) as hall:
        between = Between()
        assert len(await products_of(hall, between)) == 5
        assert between.bodies("GET /services") == [{}, *({"$skiptoken": str(n)} for n in (2, 4, 6))]


async def test_the_pages_of_a_calendar_keep_to_its_days() -> None:
    async with town_hall(page_size=1, staff=3) as hall:
        slot = (await hall.free(TUESDAY, PASSPORT))[0]
        for number in range(2):
            await hall.adapter().book(slot, request(f"reference-{number}"), deadline=soon())
        between = Between()
        await hall.adapter(transport=between).book(slot, request("reference-2"), deadline=soon())
        asked = between.bodies("GET /calendarView")
        assert len(asked) == 2 * (2 + 3)  # each list twice, to see that nothing moved
        assert {each["start"] for each in asked} == {"2027-03-09T04:00:00Z"}
        with pytest.raises(SlotTaken):
            await hall.adapter().book(slot, request(), deadline=soon())
        found = await hall.adapter().find_by_client_reference(
            "reference-1", near=slot, deadline=soon()
        )
        assert found is not None


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.microsoft.com.example/v1.0/x",
        "http://127.0.0.1:1/v1.0/x",
        "//evil.example/v1.0",
        "file:///etc/passwd",
    ],
)
async def test_a_next_page_on_another_host_is_not_asked_for(link: str) -> None:
    async with town_hall() as hall:
        between = Between({"GET /services": {"value": [], "@odata.nextLink": link}})
        with pytest.raises(BadAnswer, match="another host"):
            await products_of(hall, between)
        assert {name for name, _ in between.seen} == {f"POST {LOGIN}", "GET ", "GET /services"}


async def test_pages_that_never_end_end() -> None:
    async with town_hall() as hall:
        link = f"{hall.settings['base_url']}..{BUSINESS}/services?$skiptoken=1"
        between = Between({"GET /services": {"value": [], "@odata.nextLink": link}})
        with pytest.raises(BadAnswer, match="no end"):
            await products_of(hall, between)
        assert between.count("GET /services") == 50


async def test_a_calendar_that_is_another_at_every_reading_is_a_bad_answer() -> None:
    async with town_hall() as hall:
        slot = (await hall.free(TUESDAY, PASSPORT))[0]
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        shown = hall.simulator.appointments[booked.ref.vendor_ref].shown
        link = f"{hall.settings['base_url']}..{BUSINESS}/calendarView?$skiptoken=1"
        pages = [
            {
                "value": [shown | {"id": f"{page}"}],
                **({} if page % 2 else {"@odata.nextLink": link}),
            }
            for page in range(20)
        ]
        adapter = hall.adapter(transport=Between({"GET /calendarView": pages}))
        with pytest.raises(BadAnswer, match="faster than it can be read"):
            await adapter.find_by_client_reference("reference-1", near=slot, deadline=soon())


# Tokens and throttling ----------------------------------------------------------------------


async def test_many_calls_at_once_fetch_one_token() -> None:
    async with town_hall() as hall:
        between = Between()
        adapter = hall.adapter(transport=between)
        await asyncio.gather(*(adapter.products(deadline=soon()) for _ in range(10)))
        assert between.count(f"POST {LOGIN}") == 1


async def test_a_token_that_is_refused_is_renewed_once_for_all() -> None:
    async with town_hall() as hall:
        between = Between()
        adapter = hall.adapter(transport=between)
        slot = (await adapter.slots(query(PASSPORT, first=TUESDAY, last=TUESDAY), deadline=soon()))[
            0
        ]
        hall.simulator.tokens.clear()
        await asyncio.gather(*(adapter.products(deadline=soon()) for _ in range(10)))
        assert between.count(f"POST {LOGIN}") == 2
        hall.simulator.tokens.clear()
        await adapter.book(slot, request(), deadline=soon())
        assert between.count(f"POST {LOGIN}") == 3
        assert len(hall.simulator.appointments) == 1


async def test_a_token_that_is_refused_twice_is_not_asked_for_for_ever() -> None:
    async with town_hall() as hall:
        between = Between({"GET ": failure(401, "InvalidAuthenticationToken")})
        with pytest.raises(VendorUnavailable, match="credentials"):
            await products_of(hall, between)
        assert between.count("GET ") == 2


async def test_credentials_that_are_wrong_are_said_without_saying_them() -> None:
    async with town_hall() as hall:
        hall.settings["client_secret"] = f"{CLIENT_SECRET}!"
        with pytest.raises(VendorUnavailable, match="credentials") as refused:
            await hall.adapter().products(deadline=soon())
        assert CLIENT_SECRET not in str(refused.value)


async def test_a_read_that_is_throttled_is_asked_again_when_it_may() -> None:
    async with town_hall(throttles=2) as hall:
        assert await hall.adapter().products(deadline=soon())
        assert hall.simulator.throttles == 0


async def test_who_is_told_to_wait_beyond_the_deadline_does_not_wait() -> None:
    async with town_hall() as hall:
        later = httpx.Response(429, json={}, headers={"Retry-After": "120"})
        between = Between({"GET ": later})
        with pytest.raises(VendorUnavailable) as refused:
            await products_of(hall, between)
        assert refused.value.retry_after == 120
        assert between.count("GET ") == 1


async def test_a_booking_that_is_throttled_was_not_made_and_is_not_sent_again() -> None:
    async with town_hall() as hall:
        slot = (await hall.free(TUESDAY, PASSPORT))[0]
        between = Between({"POST /appointments": httpx.Response(429, headers={"Retry-After": "0"})})
        with pytest.raises(VendorUnavailable):
            await hall.adapter(transport=between).book(slot, request(), deadline=soon())
        assert between.count("POST /appointments") == 1


async def test_the_mailbox_and_the_ids_go_into_the_path_as_they_are() -> None:
    async with listening(Vendor()) as vendor, town_hall() as hall:
        vendor.answers = [answer(b'{"access_token": "t"}'), answer(b"{}", "404 Not Found")]
        hall.settings["login_url"] = vendor.url
        ref = AppointmentRef(vendor_ref="AAMkAD+/_-=")
        with pytest.raises(BadAnswer):
            await hall.adapter(vendor.url).appointment(ref, deadline=soon())
        target = vendor.requests[1].split(b" ")[1].decode()
        assert target.endswith("/afspraken@kortrijk.example/appointments/AAMkAD%2B%2F_-%3D")


# Answers that a simulator never gives -------------------------------------------------------


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 1000000000\r\n\r\n{")
    while not writer.is_closing():
        writer.write(b" " * 100_000)
        await writer.drain()


def _business(**fields: object) -> Say:
    return answer(json.dumps({"displayName": "Stad", **fields}).encode())


HOSTILE: dict[str, Say] = {
    "1 GB": _endless,
    "deep nesting": answer(b'{"displayName": "x", "address":' + b'{"a":' * 200_000),
    "control characters": answer(b'{"displayName": "\x00\x1b[2J"}'),
    "wrong charset": answer('{"displayName": "é"}'.encode("latin-1")),
    "utf-16": answer('{"displayName": "x"}'.encode("utf-16")),
    "truncated": answer(b'{"displayName": "x"'),
    "html": answer(b"<!DOCTYPE html>", "200 OK", "text/html"),
    "another shape": answer(b'[{"displayName": "x"}]'),
    "null": answer(b"null"),
    "a redirect": answer(b"", "302 Found", "text/html", "Location: https://evil.example/"),
    "a duration of ages": _business(schedulingPolicy={"maximumAdvance": "P99999999999D"}),
    "hours that are none": _business(
        businessHours=[{"day": "monday", "timeSlots": [{"startTime": "25:00", "endTime": "1"}]}]
    ),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_answer_is_a_bad_answer_soon_enough(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [hostile]
        async with asyncio.timeout(5):
            with pytest.raises(BadAnswer):
                await hall.adapter(vendor.url).products(deadline=soon())


WRITTEN = {
    name: say
    for name, say in HOSTILE.items()
    if name not in {"a duration of ages", "hours that are none"}
}


@pytest.mark.parametrize("hostile", [*WRITTEN.values(), hang_up], ids=[*WRITTEN, "hangs up"])
async def test_a_hostile_answer_to_a_cancellation_leaves_it_unknown(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [hostile]
        async with asyncio.timeout(5):
            with pytest.raises(OutcomeUnknown):
                await hall.adapter(vendor.url).cancel(REF, deadline=soon())
        assert len(vendor.requests) == 1


APPOINTMENT = {
    "id": "AAMkAD1",
    "startDateTime": {"dateTime": "2027-03-09T08:00:00.0000000Z", "timeZone": "UTC"},
    "endDateTime": {"dateTime": "2027-03-09T08:15:00.0000000Z", "timeZone": "UTC"},
    "serviceId": guid(PASSPORT),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ".."},
        {"id": ""},
        {"id": "a?b#c"},
        {"id": "x" * 201},
        {"id": 7},
        {"startDateTime": None},
        {"startDateTime": {"dateTime": "soon", "timeZone": "UTC"}},
        {"startDateTime": {"dateTime": "2027-03-09T08:00:00", "timeZone": "Mars"}},
        {"startDateTime": {"dateTime": "2027-03-09T08:00:00", "timeZone": None}},
        {"endDateTime": {"dateTime": "0001-01-01T00:00:00+14:00", "timeZone": "UTC"}},
        {"staffMemberIds": "everybody"},
        {"preBuffer": "PT5X"},
        {"createdDateTime": "2027-03-09T08:00:00"},
        {"filledAttendeesCount": "two"},
    ],
)
async def test_an_appointment_that_makes_no_sense_is_bad_or_leaves_a_booking_unknown(
    changes: dict[str, Any],
) -> None:
    async with town_hall() as hall:
        slot = (await hall.free(TUESDAY, PASSPORT))[0]
        odd = APPOINTMENT | changes
        between = Between(
            {
                "GET /appointments/*": odd,
                "POST /appointments": httpx.Response(201, json=odd),
            }
        )
        adapter = hall.adapter(transport=between)
        with pytest.raises(BadAnswer):
            await adapter.appointment(REF, deadline=soon())
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slot, request(), deadline=soon())
        assert hall.simulator.appointments == {}


@pytest.mark.parametrize("answered", [{}, {"value": None}, [], {"value": [{"staffId": "a"}, 1]}])
async def test_availability_that_makes_no_sense_is_no_empty_list(answered: object) -> None:
    async with town_hall() as hall:
        between = Between({"POST /getStaffAvailability": httpx.Response(200, json=answered)})
        asked = query(PASSPORT, first=TUESDAY, last=TUESDAY)
        with pytest.raises(BadAnswer):
            await hall.adapter(transport=between).slots(asked, deadline=soon())


# Settings -----------------------------------------------------------------------------------

GOOD = {
    "tenant": "kortrijk.onmicrosoft.com",
    "client_id": "00000000-0000-0000-0000-000000000000",
    "client_secret": "only in the tests",
    "business": "afspraken@kortrijk.be",
}


def test_four_settings_are_enough() -> None:
    settings = MsBookingsSettings.model_validate(GOOD)
    assert settings.base_url == "https://graph.microsoft.com/v1.0/"
    assert "only in the tests" not in repr(settings)


@pytest.mark.parametrize(
    "mistake",
    [
        {"tenant": ""},
        {"tenant": "../common"},
        {"tenant": "https://login.microsoftonline.com/x"},
        {"client_id": " "},
        {"client_secret": ""},
        {"business": "afspraken"},
        {"business": "afspraken@kortrijk.be/services"},
        {"base_url": "http://graph.microsoft.com/v1.0/"},
        {"login_url": "login.microsoftonline.com"},
        {"mailbox": "afspraken@kortrijk.be"},
    ],
    ids=str,
)
def test_a_mistake_in_the_settings_is_found_where_it_is(mistake: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        MsBookingsSettings.model_validate(GOOD | mistake)
    assert [error["loc"] for error in refused.value.errors()] == [tuple(mistake)]


@pytest.mark.parametrize("name", GOOD)
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        MsBookingsSettings.model_validate({key: GOOD[key] for key in GOOD.keys() - {name}})
