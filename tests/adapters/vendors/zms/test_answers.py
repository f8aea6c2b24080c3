"""Limits, hostile answers and settings that lead nowhere."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from pydantic import ValidationError

from adapters.vendors.zms.adapter import ZmsSettings
from adapters.vendors.zms.simulated_city import EID
from contracts.errors import BadAnswer, OutcomeUnknown, VendorUnavailable
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening
from tests.adapters.vendors.zms.city import City, catalogue, city, query, refusal, slots_of, soon

# Limits and hostile answers -----------------------------------------------------------------


async def test_a_rate_limit_is_the_vendor_being_unavailable() -> None:
    async with city(rate_limit=1) as leuven:
        await leuven.adapter().products(deadline=soon())
        with pytest.raises(VendorUnavailable):
            await leuven.adapter().products(deadline=soon())


async def test_a_read_waits_as_long_as_it_is_told_to_where_there_is_time() -> None:
    body = json.dumps(catalogue()).encode()
    limited = answer(b"{}", "429 Too Many Requests", "application/json", "Retry-After: 0")
    never = answer(b"{}", "429 Too Many Requests", "application/json", "Retry-After: 60")
    async with city() as leuven, listening(Vendor([limited, answer(body)])) as vendor:
        assert len(await leuven.adapter(vendor.url).products(deadline=soon())) == 2
        vendor.answers = [never]
        async with asyncio.timeout(5):
            with pytest.raises(VendorUnavailable) as refused:
                await leuven.adapter(vendor.url).products(deadline=soon())
        assert refused.value.retry_after == 60


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 1000000000\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" " * 100_000)
        await writer.drain()


def _offices(**changes: object) -> bytes:
    office = {"id": 7, "name": "Loket", "slotTimeInMinutes": 5, "scope": {}} | changes
    service = {"id": 1, "name": "Dienst"}
    relation = {"officeId": 7, "serviceId": 1, "slots": 2}
    found = {"offices": [office], "services": [service], "relations": [relation]}
    return json.dumps(found).encode()


HOSTILE: dict[str, Say] = {
    "1 GB": _endless,
    "deep nesting": answer(b'{"offices":' * 200_000),
    "control characters": answer(_offices().replace(b"Dienst", b"\x00\x1b[2J")),
    "wrong charset": answer(_offices().replace(b"Dienst", "é".encode("latin-1"))),
    "truncated": answer(_offices()[:-9]),
    "html": answer(b"<!DOCTYPE html>", "200 OK", "text/html"),
    "another shape": answer(b"[]"),
    "a refusal without reasons": answer(b"{}", "400 Bad Request"),
    "html with a refusal": answer(b"<!DOCTYPE html>", "404 Not Found", "text/html"),
    "an endless slot": answer(_offices(slotTimeInMinutes=10**18)),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_answer_is_a_bad_answer_soon_enough(leuven: City, hostile: Say) -> None:
    async with listening(Vendor([hostile])) as vendor, asyncio.timeout(5):
        with pytest.raises(BadAnswer):
            await leuven.adapter(vendor.url).products(deadline=soon())


TO_A_WRITE = ("1 GB", "deep nesting", "truncated", "html", "another shape")


@pytest.mark.parametrize(
    "hostile", [hang_up, *(HOSTILE[name] for name in TO_A_WRITE)], ids=["hangs up", *TO_A_WRITE]
)
async def test_a_hostile_answer_to_a_reservation_leaves_it_unknown(
    leuven: City, hostile: Say
) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
    async with listening(Vendor([hostile])) as vendor, asyncio.timeout(5):
        with pytest.raises(OutcomeUnknown):
            await leuven.adapter(vendor.url).hold(slot, "reference-1", deadline=soon())
        assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    "days",
    [
        None,
        [{"date": "8 maart"}],
        [{"date": "2027-03-08", "offices": [{"officeId": 10489, "appointments": ["later"]}]}],
        [{"date": "2027-03-08", "offices": [{"officeId": 10489, "appointments": [10**15]}]}],
    ],
    ids=str,
)
async def test_times_that_make_no_sense_are_no_empty_list(leuven: City, days: object) -> None:
    adapter = leuven.beside({"GET available-calendar": {"availableDays": days}})
    day = leuven.clock().date()
    with pytest.raises(BadAnswer):
        await adapter.slots(query(EID, first=day, last=day), deadline=soon())


async def test_one_day_that_cannot_be_read_fails_the_whole_query(leuven: City) -> None:
    day = leuven.clock().date()
    listed = {"availableDays": [{"date": str(day)}]}
    answers = iter([httpx.Response(200, json=listed), refusal("serviceUnavailable", 503)])

    async def answer_to(asked: httpx.Request) -> httpx.Response:
        if "available-calendar" in asked.url.path:
            return next(answers, refusal("serviceUnavailable", 503))
        return httpx.Response(200, content=_offices(), headers={"Content-Type": "application/json"})

    adapter = leuven.adapter(transport=httpx.MockTransport(answer_to))
    with pytest.raises(VendorUnavailable):
        await adapter.slots(query(1, first=day, last=day, place="7"), deadline=soon())


# Settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"base_url": "stad.example.org/api"},
        {"base_url": "ftp://stad.example.org"},
        {"base_url": "http://stad.example.org"},  # keys and names would go in clear
        {"base_url": "https://stad.example.org/?key=1"},
        {"base_url": "https://stad.example.org", "api_key": "x"},
    ],
    ids=str,
)
def test_a_mistake_in_the_settings_is_told(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ZmsSettings.model_validate(settings)


async def test_an_address_where_no_citizen_api_is_says_so(leuven: City) -> None:
    adapter = leuven.adapter(f"{leuven.base_url}elsewhere")
    with pytest.raises(BadAnswer, match="notFound"):
        await adapter.products(deadline=soon())
