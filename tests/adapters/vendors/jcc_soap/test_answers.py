"""Answers that the simulator never gives: odd ones, and those of whoever means us harm."""

from __future__ import annotations

import asyncio
import tracemalloc
from datetime import timedelta

import httpx
import pytest

from adapters.vendors.jcc_soap.service import MAX_BYTES
from contracts.errors import (
    BadAnswer,
    BookingError,
    CancellationClosed,
    CustomerFieldsMissing,
    OutcomeUnknown,
    ResourceNotFound,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    Person,
)
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening
from tests.adapters.vendors.jcc_soap.answers import Answers, envelope
from tests.adapters.vendors.jcc_soap.town_hall import (
    EID,
    PASS,
    REF,
    first_slot,
    request,
    slots_of,
    soon,
    town_hall,
)

GONE = '<appointment xmlns=""/>'


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        ("<updateStatus>-1</updateStatus>", OutcomeUnknown),
        ("<updateStatus>99</updateStatus>", OutcomeUnknown),
        ("<updateStatus>0</updateStatus><appID/>", OutcomeUnknown),
        ("<updateStatus>0</updateStatus>", OutcomeUnknown),
        ("<updateStatus/><appID>1</appID>", OutcomeUnknown),
        ("<updateStatus>ok</updateStatus><appID>1</appID>", OutcomeUnknown),
        ("<appID>1</appID>", OutcomeUnknown),
        ("", OutcomeUnknown),
        (f"<updateStatus>0</updateStatus><appID>{'1' * 501}</appID>", OutcomeUnknown),
        ("<updateStatus>3</updateStatus>", ResourceNotFound),
        ("<updateStatus>6</updateStatus>", SlotTaken),
        ("<updateStatus>14</updateStatus>", CustomerFieldsMissing),
        (httpx.Response(500, html="<html>"), OutcomeUnknown),
        (httpx.Response(200, html="<html>"), OutcomeUnknown),
        (httpx.Response(400), BadAnswer),
        (httpx.Response(401), VendorUnavailable),
    ],
)
async def test_an_odd_answer_to_a_booking_is_refused_or_unknown(
    answered: str | httpx.Response, error: type[BookingError]
) -> None:
    async with town_hall() as hall:
        slot = await first_slot(hall)
        answers = Answers({"bookGovAppointment": answered})
        with pytest.raises(error) as refused:
            await hall.adapter_hearing(answers).book(slot, request(), deadline=soon())
        assert type(refused.value) is error
        assert answers.calls.count("bookGovAppointment") == 1


@pytest.mark.parametrize("status", ["-1", "1", "99"])
async def test_a_move_whose_status_is_not_known_is_unknown(status: str) -> None:
    async with town_hall() as hall:
        slots = await slots_of(hall, hall.clock().date())
        booked = await hall.adapter().book(slots[0], request(), deadline=soon())
        answers = Answers({"updateGovAppointment": f"<updateStatus>{status}</updateStatus>"})
        adapter = hall.adapter_hearing(answers)
        with pytest.raises(OutcomeUnknown):
            await adapter.reschedule(booked.ref, slots[1], "reference-2", deadline=soon())


async def test_a_move_keeps_what_the_vendor_knows_of_the_client() -> None:
    async with town_hall() as hall:
        child = Person(given_name="Lou", family_name="Peeters")
        slots = await slots_of(hall, hall.clock().date())
        booked = await hall.adapter().book(slots[0], request(attendee=child), deadline=soon())
        (before,) = hall.simulator.appointments.values()
        await hall.adapter().reschedule(booked.ref, slots[3], "reference-2", deadline=soon())
        (after,) = hall.simulator.appointments.values()
        moved = {"appStartTime", "appEndTime", "caseID"}
        changed = dict(set(after.details.items()) - set(before.details.items()))
        assert changed.keys() == moved
        assert before.details.keys() == after.details.keys()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"deleteGovAppointment": "<updateStatus>2</updateStatus>"}, CancellationClosed),
        ({"deleteGovAppointment": "<updateStatus>1</updateStatus>"}, VendorUnavailable),
        ({"deleteGovAppointment": "<updateStatus>9</updateStatus>"}, VendorUnavailable),
        (
            {
                "deleteGovAppointment": "<updateStatus>2</updateStatus>",
                "getGovAppointmentDetails": httpx.Response(500),
            },
            OutcomeUnknown,
        ),
        ({"deleteGovAppointment": "<updateStatus/>"}, OutcomeUnknown),
        ({"deleteGovAppointment": httpx.Response(500)}, OutcomeUnknown),
        ({"deleteGovAppointment": httpx.Response(503)}, OutcomeUnknown),
        (
            {
                "deleteGovAppointment": "<updateStatus>1</updateStatus>",
                "getGovAppointmentDetails": GONE,
            },
            None,
        ),
    ],
)
async def test_a_cancellation_that_is_refused_is_told_from_one_that_is_lost(
    answers: dict[str, str | httpx.Response], error: type[BookingError] | None
) -> None:
    async with town_hall() as hall:
        booked = await hall.adapter().book(await first_slot(hall), request(), deadline=soon())
        adapter = hall.adapter_hearing(Answers(answers))
        if error is None:
            assert await adapter.cancel(booked.ref, deadline=soon()) == booked.ref
            return
        with pytest.raises(error):
            await adapter.cancel(booked.ref, deadline=soon())
        assert len(hall.simulator.appointments) == 1


async def test_an_appointment_that_has_begun_cannot_be_cancelled_any_more() -> None:
    async with town_hall() as hall:
        booked = await hall.adapter().book(await first_slot(hall), request(), deadline=soon())
        hall.clock.move_to(booked.end)
        with pytest.raises(CancellationClosed):
            await hall.adapter().cancel(booked.ref, deadline=soon())


# Answers that a simulator never gives ------------------------------------------------------


TIMES, LASTS = "getGovAvailableTimesPerDay", "getGovAppointmentDuration"


@pytest.mark.parametrize(
    "answers",
    [
        {TIMES: "<times>2027-03-08T10:00:00Z</times>"},
        {TIMES: "<times>2027-03-08T10:00:00+01:00</times>"},
        {TIMES: "<times>10:00</times>"},
        {TIMES: "<times/>"},
        {LASTS: "<out>0</out>"},
        {LASTS: "<out>-5</out>"},
        {LASTS: "<out/>"},
        {LASTS: ""},
        {LASTS: f"<out>{10**15}</out>"},
        {LASTS: f"<out>{10**400}</out>"},
        {"getGovAvailableDays": "<dates>soon</dates>"},
        {"getGovAvailableDays": "<dates/>"},
        {"getGovLatestPlanDate": ""},
        {"getGovLocationsForProduct": "<location/>"},
        {"getGovAvailableProducts": "<products><productDesc>x</productDesc></products>"},
        {
            "getGovAvailableProducts": "<products><productId>2</productId>"
            "<productMaxCountForEvent>many</productMaxCountForEvent></products>"
        },
        {"getGovAvailableProducts": httpx.Response(500)},
    ],
    ids=str,
)
async def test_an_answer_that_makes_no_sense_is_no_empty_list(
    answers: dict[str, str | httpx.Response],
) -> None:
    async with town_hall() as hall:
        adapter = hall.adapter_hearing(Answers(answers))
        day = hall.clock().date()
        with pytest.raises((BadAnswer, VendorUnavailable)):
            await adapter.slots(hall.query(EID, first=day, last=day), deadline=soon())


async def test_a_time_listed_twice_or_of_another_day_is_not_offered_again() -> None:
    async with town_hall() as hall:
        listed = ["08T10:00:00", "08T09:00:00.0000000", "09T09:00:00", "08T10:00:00"]
        times = "".join(f"<times>2027-03-{each}</times>" for each in listed)
        adapter = hall.adapter_hearing(Answers({TIMES: times}))
        day = hall.clock().date()
        slots = await adapter.slots(hall.query(EID, first=day, last=day), deadline=soon())
        assert [slot.start.hour for slot in slots] == [8, 9]


async def test_a_plan_date_that_was_never_set_is_no_limit() -> None:
    async with town_hall() as hall:
        answers = Answers({"getGovLatestPlanDate": "<latestPlanDate>0001-01-01</latestPlanDate>"})
        day = hall.clock().date()
        slots = await hall.adapter_hearing(answers).slots(
            hall.query(EID, first=day, last=day), deadline=soon()
        )
        assert slots == await slots_of(hall, day)


async def test_no_day_is_asked_for_after_the_last_that_can_be_planned() -> None:
    async with town_hall() as hall:
        latest = "<latestPlanDate>2027-03-09</latestPlanDate>"
        answers = Answers({"getGovLatestPlanDate": latest})
        first = hall.clock().date()
        await hall.adapter_hearing(answers).slots(
            hall.query(EID, first=first, last=first + timedelta(days=30)), deadline=soon()
        )
        (asked,) = [body for body in answers.bodies if b"<endDate>" in body]
        assert b"<endDate>2027-03-09</endDate>" in asked


async def test_fields_in_a_namespace_are_read_as_well() -> None:
    async with town_hall() as hall:
        fields = (
            '<locationDesc xmlns="urn:x">Stadhuis</locationDesc><city xmlns="urn:x">Diest</city>'
        )
        answers = Answers({"getGovLocationDetails": f"<locaties>{fields}</locaties>"})
        place = (await hall.adapter_hearing(answers).locations(deadline=soon()))[0]
        assert place.address
        assert (place.name, place.address.city) == ("Stadhuis", "Diest")


async def test_an_unknown_product_is_told_from_one_that_does_not_go_with_the_others() -> None:
    async with town_hall() as hall:
        with pytest.raises(ResourceNotFound):
            await first_slot(hall, PASS, "99")


async def test_a_vendor_that_is_too_busy_is_asked_again_when_it_says() -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        busy = answer(b"", "429 Too Many Requests", "text/html", "Retry-After: 0")
        vendor.answers = [busy, answer(envelope("getGovLocations"), "200 OK", "text/xml")]
        assert await hall.adapter(f"{vendor.url}/x.asmx").locations(deadline=soon()) == []
        assert len(vendor.requests) == 2


async def test_a_vendor_that_wants_to_be_left_alone_for_longer_is() -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [answer(b"", "429 Too Many Requests", "text/html", "Retry-After: 60")]
        with pytest.raises(VendorUnavailable) as refused:
            await hall.adapter(f"{vendor.url}/x.asmx").locations(deadline=soon())
        assert refused.value.retry_after == 60
        assert len(vendor.requests) == 1


# Answers of another kind ------------------------------------------------------------------


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n")
    writer.write(b"Content-Length: 1000000000\r\n\r\n<a>")
    while not writer.is_closing():
        writer.write(b" " * 100_000)
        await writer.drain()


def _xml(body: bytes) -> Say:
    return answer(body, "200 OK", "text/xml; charset=utf-8")


def _with_dtd(subset: str, name: str) -> Say:
    plain = envelope(LOCATIONS, f"<locationIDs>{name}</locationIDs>")
    return _xml(plain.replace(b"?>", f"?><!DOCTYPE x [{subset}]>".encode(), 1))


def _bomb() -> str:
    lines = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    return f"<!ENTITY l0 '{'ha' * 50}'>{lines}"


LOCATIONS = "getGovLocations"
LONG = " " * MAX_BYTES
HOSTILE: dict[str, Say] = {
    "1 GB": _endless,
    "deep nesting": _xml(b"<a>" * 300_000),
    "deep nesting, well-formed": _xml(b"<a>" * 50_000 + b"</a>" * 50_000),
    "a million elements": _xml(b"<a>" + b"<b/>" * 240_000 + b"</a>"),
    "deep nesting in an answer": _xml(
        envelope(LOCATIONS, f"<locationIDs>1{'<a>' * 1000}{'</a>' * 1000}</locationIDs>")
    ),
    "more than there can be": _xml(envelope(LOCATIONS, "<locationIDs>1</locationIDs>" + LONG)),
    "a wide attribute": _xml(b"<a " + b" ".join(b"a%d=''" % n for n in range(50_000)) + b"/>"),
    "an entity bomb": _with_dtd(_bomb(), "&l9;"),
    "an entity bomb in an attribute": _xml(
        b"<!DOCTYPE x [" + _bomb().encode() + b"]><x y='&l9;'/>"
    ),
    "an external entity": _with_dtd("<!ENTITY e SYSTEM 'file:///etc/hostname'>", "&e;"),
    "a DTD": _with_dtd("", "1"),
    "an external DTD": _xml(b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'><x/>"),
    "control characters": _xml(envelope(LOCATIONS, "<locationIDs>\x00\x1b[2J</locationIDs>")),
    "a control character by number": _xml(
        envelope(LOCATIONS, "<locationIDs>&#0;&#27;</locationIDs>")
    ),
    "wrong charset": _xml(
        envelope(LOCATIONS, "<locationIDs>é</locationIDs>").decode().encode("latin-1")
    ),
    "an unknown charset": _xml(b'<?xml version="1.0" encoding="klingon"?><a/>'),
    "truncated": _xml(envelope(LOCATIONS, "<locationIDs>1</locationIDs>")[:-9]),
    "html": answer(b"<!DOCTYPE html>", "200 OK", "text/html"),
    "html called XML": _xml(b"<html><body/></html>"),
    "json": answer(b"{}", "200 OK", "application/json"),
    "no type": answer(envelope(LOCATIONS), "200 OK", ""),
    "nothing": _xml(b""),
    "an empty body": _xml(b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>"),
    "a fault": _xml(
        b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>"
        b"<faultcode>s:Server</faultcode><faultstring>Peeters</faultstring></s:Fault></s:Body>"
        b"</s:Envelope>"
    ),
    "another answer": _xml(envelope("getGovAvailableDays")),
    "an id too long": _xml(envelope(LOCATIONS, f"<locationIDs>{'x' * 201}</locationIDs>")),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_answer_is_a_bad_answer_soon_enough(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        details = _xml(envelope("getGovLocationDetails", "<locaties/>"))
        vendor.answers = [hostile, details]
        adapter = hall.adapter(f"{vendor.url}/x.asmx")
        async with asyncio.timeout(5):
            with pytest.raises(BadAnswer) as refused:
                await adapter.locations(deadline=soon())
        assert "Peeters" not in str(refused.value)


@pytest.mark.parametrize("hostile", [*HOSTILE.values(), hang_up], ids=[*HOSTILE, "hangs up"])
async def test_a_hostile_answer_to_a_cancellation_leaves_it_unknown(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [hostile]
        async with asyncio.timeout(5):
            with pytest.raises(OutcomeUnknown):
                await hall.adapter(f"{vendor.url}/x.asmx").cancel(REF, deadline=soon())
        assert len(vendor.requests) == 1


async def test_no_hostile_answer_takes_much_memory() -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        adapter = hall.adapter(f"{vendor.url}/x.asmx")
        tracemalloc.start()
        try:
            for hostile in HOSTILE.values():
                vendor.answers = [hostile]
                with pytest.raises(BadAnswer):
                    await adapter.products(deadline=soon())
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 20_000_000
