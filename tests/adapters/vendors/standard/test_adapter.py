"""What the contract tests do not ask: DST nights, races, refusals and hostile answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from adapters.vendors.standard import wire
from adapters.vendors.standard.adapter import Adapter
from contracts import errors
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    BookingError,
    CapabilityNotSupported,
    CustomerFieldsMissing,
    OutcomeUnknown,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    Hold,
    MatchKey,
    Slot,
    SlotQuery,
)
from contracts.suite import Fault
from contracts.suite.harness import BOOKER
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening
from tests.adapters.vendors.standard.genk import BRUSSELS, TownHall, request, soon, town_hall

AT_NIGHT = {day: ((time(0, 30), time(4)),) for day in range(7)}
REF = AppointmentRef(vendor_ref="0f8b6f0a")
ANNE = MatchKey(kind="externalId", value="pseudonym-of-anne")


# Time and amounts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sunday", "first", "hours"),
    [
        (date(2027, 3, 28), "00:30+01:00", 2.5),
        (date(2027, 10, 31), "00:30+02:00", 4.5),
    ],
    ids=["to summer time", "to winter time"],
)
async def test_a_night_is_as_long_as_the_clock_makes_it(
    sunday: date, first: str, hours: float
) -> None:
    now = datetime.combine(sunday - timedelta(days=2), time(12), UTC)
    async with town_hall(now, hours=AT_NIGHT) as hall:
        query = hall.query("eid", first=sunday, days=0)
        slots = list(await hall.adapter().slots(query, deadline=soon()))
        assert slots[0].start.astimezone(BRUSSELS).isoformat("T", "minutes")[11:] == first
        starts = [slot.start.timestamp() for slot in slots]
        assert starts == [starts[0] + 900 * n for n in range(int(hours * 4))]
        for slot in slots:
            booked = await hall.adapter().book(
                slot, request(f"reference-{slot.start.timestamp():.0f}"), deadline=soon()
            )
            read = await hall.adapter().appointment(booked.ref, deadline=soon())
            assert (read.start, read.end) == (slot.start, slot.end)


@pytest.mark.parametrize(("quantity", "minutes"), [(1, 10), (2, 20), (6, 60)])
async def test_the_system_says_how_long_a_quantity_takes(quantity: int, minutes: int) -> None:
    async with town_hall() as hall:
        slots = await hall.free(("eid", quantity))
        assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=minutes)}
        booked = await hall.adapter().book(slots[0], request(), deadline=soon())
        read = await hall.adapter().appointment(booked.ref, deadline=soon())
        assert (read.end, read.products) == (slots[0].end, slots[0].products)


async def test_several_products_are_one_appointment() -> None:
    async with town_hall() as hall:
        slot = (await hall.free(("eid", 2), "reispas", "kids-id"))[0]
        assert slot.end - slot.start == timedelta(minutes=45)
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        assert booked.products == slot.products
        assert len(hall.simulator.desk.entries) == 1


# Races, and what was sent before -----------------------------------------------------------


@pytest.mark.parametrize("kept", [False, True], ids=["booked", "held"])
async def test_of_twenty_at_once_as_many_win_as_there_is_room(kept: bool) -> None:  # noqa: FBT001
    async with town_hall(counters=3) as hall:
        slot = (await hall.free())[0]
        adapters = [hall.adapter() for _ in range(4)]

        def claim(n: int) -> Any:  # noqa: ANN401 - a booking or a hold, on its way
            adapter, key = adapters[n % 4], f"reference-{n}"
            if kept:
                return adapter.hold(slot, key, deadline=soon())
            return adapter.book(slot, request(key), deadline=soon())

        results = await asyncio.gather(*map(claim, range(20)), return_exceptions=True)
        won = [result for result in results if isinstance(result, Appointment | Hold)]
        assert len(won) == 3
        lost = {type(result) for result in results if not isinstance(result, Appointment | Hold)}
        assert lost == {errors.SlotHeldByOther if kept else SlotTaken}
        assert set(hall.simulator.desk.entries) == {each.ref.vendor_ref for each in won}


async def test_a_slot_taken_after_the_query_is_refused() -> None:
    async with town_hall(counters=1) as hall:
        one, other = (await hall.free())[:2]
        await hall.adapter().book(one, request("reference-1"), deadline=soon())
        with pytest.raises(SlotTaken):
            await hall.adapter().book(one, request("reference-2"), deadline=soon())
        await hall.adapter().book(other, request("reference-3"), deadline=soon())


async def test_a_booking_that_lost_its_answer_is_found_and_not_made_twice() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        with pytest.raises(OutcomeUnknown):
            await (await hall.faulty(Fault.ANSWER_LOST)).book(slot, request(), deadline=soon())
        found = await hall.adapter().find_by_client_reference(
            "reference-1", near=slot, deadline=soon()
        )
        assert found is not None
        again = await hall.adapter().book(slot, request(), deadline=soon())
        assert again.ref == found.ref
        assert len(hall.simulator.desk.entries) == 1


async def test_a_confirm_that_lost_its_answer_is_found_by_its_own_key() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        held = await hall.adapter().hold(slot, "reference-hold", deadline=soon())
        broken = await hall.faulty(Fault.ANSWER_LOST)
        with pytest.raises(OutcomeUnknown):
            await broken.confirm(held, request("reference-confirm"), deadline=soon())
        for key in ("reference-confirm", "reference-hold"):
            found = await hall.adapter().find_by_client_reference(key, near=slot, deadline=soon())
            assert found is not None
            assert found.status is AppointmentStatus.CONFIRMED


async def test_what_a_slot_carries_comes_back_with_the_booking() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0].model_copy(update={"vendor_data": {"calendar": 7}})
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        assert hall.simulator.desk.entries[booked.ref.vendor_ref].slot.vendor_data == {
            "calendar": 7
        }


# Answers that the reference server never gives ---------------------------------------------

Answers = dict[str, Any]


def beside(answers: Answers, seen: list[httpx.Request] | None = None) -> httpx.MockTransport:
    """The server's own answers, but for some calls another one: JSON, or a response."""

    async def answer_to(asked: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(asked)
        call = f"{asked.method} {asked.url.path}"
        if call in answers:
            given = answers[call]
            return given if isinstance(given, httpx.Response) else httpx.Response(200, json=given)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.send(asked)

    return httpx.MockTransport(answer_to)


def problem(status: int, code: str, **more: object) -> httpx.Response:
    return httpx.Response(
        status, json={"code": code, **more}, headers={"Content-Type": "application/problem+json"}
    )


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (problem(409, "slotTaken"), SlotTaken),
        (problem(409, "slotHeldByOther"), errors.SlotHeldByOther),
        (problem(409, "citizenTimeConflict"), errors.CitizenTimeConflict),
        (problem(409, "duplicateBooking"), errors.DuplicateBooking),
        (problem(422, "slotInPast"), errors.SlotInPast),
        (problem(422, "outsideBookingWindow"), errors.OutsideBookingWindow),
        (problem(422, "productsNotCombinable"), errors.ProductsNotCombinable),
        (problem(422, "quantityExceeded"), errors.QuantityExceeded),
        (problem(422, "customerFieldsMissing"), CustomerFieldsMissing),
        (problem(404, "resourceNotFound"), errors.ResourceNotFound),
        (problem(501, "capabilityNotSupported"), CapabilityNotSupported),
        (problem(400, "schemaViolation"), BadAnswer),
        (problem(422, "idempotencyKeyReused"), BadAnswer),
        (problem(409, "somethingNew"), BadAnswer),
        (problem(422, "slotTaken"), BadAnswer),
        (httpx.Response(404, html="<html>"), BadAnswer),
        (problem(401, "noAccessToken"), VendorUnavailable),
        (problem(403, "notOwner"), VendorUnavailable),
        (problem(429, "tooManyRequests"), VendorUnavailable),
        (problem(503, "vendorUnavailable", outcome="notApplied"), VendorUnavailable),
        (problem(500, "internalServerError", outcome="notApplied"), VendorUnavailable),
        (problem(503, "vendorUnavailable"), OutcomeUnknown),
        (problem(500, "internalServerError", outcome="unknown"), OutcomeUnknown),
        (problem(409, "idempotencyInFlight"), OutcomeUnknown),
        (problem(502, "vendorBadResponse", outcome="notApplied"), OutcomeUnknown),
        (httpx.Response(500, html="<html>"), OutcomeUnknown),
        (httpx.Response(501, html="<html>"), OutcomeUnknown),
        (httpx.Response(503), OutcomeUnknown),
        (httpx.Response(204), OutcomeUnknown),
        (httpx.Response(201, json={}), OutcomeUnknown),
        (httpx.Response(302), OutcomeUnknown),
    ],
)
async def test_a_refusal_is_told_from_an_outcome_that_nobody_knows(
    said: httpx.Response, error: type[BookingError]
) -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        adapter = hall.adapter(beside({"POST /bookings": said}))
        with pytest.raises(error) as refused:
            await adapter.book(slot, request(), deadline=soon())
        assert type(refused.value) is error


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"items": [{}]}, BadAnswer),
        ({"items": None}, BadAnswer),
        ([], BadAnswer),
        (problem(503, "vendorUnavailable"), VendorUnavailable),
        (problem(500, "internalServerError"), VendorUnavailable),
        (problem(404, "resourceNotFound"), errors.ResourceNotFound),
        (httpx.Response(404, html="<html>"), BadAnswer),
        (httpx.Response(204), BadAnswer),
    ],
)
async def test_a_list_that_cannot_be_read_is_not_empty(
    said: object, error: type[BookingError]
) -> None:
    async with town_hall() as hall:
        adapter = hall.adapter(beside({"POST /slots/query": said}))
        with pytest.raises(error):
            await adapter.slots(hall.query(), deadline=soon())


async def test_the_words_of_a_refusal_stay_with_the_system() -> None:
    said = problem(
        422,
        "customerFieldsMissing",
        detail="noor.peeters@example.org is refused",
        issues=[{"name": "email", "type": "x", "detail": "not valid: noor.peeters@example.org"}],
    )
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        adapter = hall.adapter(beside({"POST /bookings": said}))
        with pytest.raises(CustomerFieldsMissing) as refused:
            await adapter.book(slot, request(), deadline=soon())
        assert [issue.name for issue in refused.value.issues] == ["email"]
        assert "peeters" not in f"{refused.value} {refused.value.issues}"


@pytest.mark.parametrize(
    "change",
    [
        {"locationId": "loket-noord"},
        {"products": [{"productId": "reispas", "quantity": 1}]},
        {"vendorData": {"x": "x" * 1000}},
        {"start": "2027-03-08T10:00:00"},
        {"end": "2027-03-08T08:00:00+01:00"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_slot_that_was_not_asked_for_is_a_bad_answer(change: dict[str, Any]) -> None:
    slot = {
        "locationId": "stadhuis",
        "start": "2027-03-08T10:00:00+01:00",
        "end": "2027-03-08T10:10:00+01:00",
        "products": [{"productId": "eid", "quantity": 1}],
        "of a later version": [1],
    }
    async with town_hall() as hall:

        async def read(offered: dict[str, Any]) -> list[Slot]:
            adapter = hall.adapter(beside({"POST /slots/query": {"items": [offered]}}))
            return list(await adapter.slots(hall.query(), deadline=soon()))

        assert len(await read(slot)) == 1
        with pytest.raises(BadAnswer):
            await read(slot | change)


async def test_slots_are_sorted_and_those_that_have_begun_are_left_out() -> None:
    async with town_hall() as hall:
        now = hall.clock()
        starts = [now + timedelta(minutes=minutes) for minutes in (30, -1, 10)]
        offered = [
            {
                "locationId": "stadhuis",
                "start": start.isoformat(),
                "end": (start + timedelta(minutes=10)).isoformat(),
                "products": [{"productId": "eid", "quantity": 1}],
            }
            for start in starts
        ]
        adapter = hall.adapter(beside({"POST /slots/query": {"items": offered}}))
        slots = await adapter.slots(hall.query(), deadline=soon())
        assert [slot.start for slot in slots] == [starts[2], starts[0]]


async def test_the_appointment_of_another_is_a_bad_answer() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        other = {"vendorRef": "other", "status": "confirmed", "locationId": "stadhuis"}
        times = {"start": slot.start.isoformat(), "end": slot.end.isoformat(), "products": []}
        path = f"GET /appointments/{booked.ref.vendor_ref}"
        adapter = hall.adapter(beside({path: other | times}))
        with pytest.raises(BadAnswer):
            await adapter.appointment(booked.ref, deadline=soon())


async def test_several_appointments_for_one_write_are_a_bad_answer() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        times = {"start": slot.start.isoformat(), "end": slot.end.isoformat(), "products": []}
        found = {"status": "confirmed", "locationId": "stadhuis", **times}
        items = [found | {"vendorRef": ref} for ref in ("one", "other")]
        adapter = hall.adapter(beside({"POST /appointments/query": {"items": items}}))
        with pytest.raises(BadAnswer):
            await adapter.find_by_client_reference("reference-1", near=slot, deadline=soon())


async def test_a_cancellation_that_left_it_standing_is_unknown() -> None:
    async with town_hall() as hall:
        booked = await hall.adapter().book((await hall.free())[0], request(), deadline=soon())
        path = f"/appointments/{booked.ref.vendor_ref}"
        standing = hall.simulator.desk.appointment(booked.ref.vendor_ref)
        said = json.loads(standing.model_dump_json(exclude_none=True))
        adapter = hall.adapter(beside({f"POST {path}/cancel": said}))
        with pytest.raises(OutcomeUnknown):
            await adapter.cancel(booked.ref, deadline=soon())


@pytest.mark.parametrize("name", ["../products", "..", "a/b", "x?y=1", "x" * 201, "é", "x\n"])
async def test_a_reference_of_another_vendor_never_stands_in_a_path(name: str) -> None:
    async with town_hall() as hall:
        seen: list[httpx.Request] = []
        adapter, ref = hall.adapter(beside({}, seen)), AppointmentRef(vendor_ref=name)
        with pytest.raises(AppointmentNotFound):
            await adapter.appointment(ref, deadline=soon())
        assert await adapter.cancel(ref, deadline=soon()) == ref
        assert seen == []


async def test_nobody_stands_in_a_url() -> None:
    async with town_hall() as hall:
        seen: list[httpx.Request] = []
        await everything(hall.adapter(beside({}, seen)), hall.query())
        fields = [ANNE.value, *BOOKER.model_dump(mode="json", exclude_none=True).values()]
        long_enough_to_tell = [value for value in fields if len(value) > 4]
        for asked in seen:
            assert not [value for value in long_enough_to_tell if value in str(asked.url)]


async def everything(adapter: Adapter, query: SlotQuery) -> None:
    """Each call of the contract once, in an order in which all of them succeed."""
    one, other, *_ = await adapter.slots(query, deadline=soon())
    await adapter.products(deadline=soon())
    await adapter.locations(one.products, deadline=soon())
    await adapter.intake_fields(one.products, deadline=soon())
    cursor = (await adapter.changes(None, deadline=soon())).cursor
    held = await adapter.hold(one, "reference-a", deadline=soon())
    held = await adapter.extend(held, deadline=soon())
    person = request("reference-b", match_key=ANNE)
    booked = await adapter.confirm(held, person, deadline=soon())
    moved = await adapter.reschedule(booked.ref, other, "reference-c", deadline=soon())
    await adapter.release(await adapter.hold(one, "reference-d", deadline=soon()), deadline=soon())
    found = await adapter.find_by_client_reference("reference-c", near=other, deadline=soon())
    assert found == await adapter.appointment(moved.ref, deadline=soon())
    assert list(await adapter.appointments_of(ANNE, deadline=soon())) == [found]
    await adapter.cancel(moved.ref, deadline=soon())
    await adapter.book(one, request("reference-e"), deadline=soon())
    assert len((await adapter.changes(cursor, deadline=soon())).items) == 2


# Hostile answers ---------------------------------------------------------------------------


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 1000000000\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" " * 65_536)
        await writer.drain()


HOSTILE: dict[str, Say] = {
    "a page": answer(b"<html>", "200 OK", "text/html"),
    "a page called JSON": answer(b"<html>"),
    "1 GB": _endless,
    "deeply nested": answer(b'{"items":' + b"[" * 200_000),
    "a charset that it is not": answer('{"items":"é"}'.encode("utf-16")),
    "control characters": answer(b'{"items":"\x00\x1f"}'),
    "half of it": answer(b'{"items":', length=5000),
    "not HTTP": answer(b"", "999999 ?"),
    "another encoding": answer(b"x", "200 OK", "application/json", "Content-Encoding: br"),
}
CAPABLE = answer(
    json.dumps(
        {
            "version": 1,
            "capabilities": list(wire.CAPABILITIES),
        }
    ).encode()
)


def before(hall: TownHall, vendor: Vendor) -> Adapter:
    """An adapter in front of a vendor that says what it is told to."""
    for name in ("token_url", "client_id", "client_secret"):
        hall.settings.pop(name, None)
    return hall.adapter(None, base_url=vendor.url, token="t")


READS: dict[str, Callable[[Adapter, TownHall], Any]] = {
    "products": lambda adapter, _: adapter.products(deadline=soon()),
    "slots": lambda adapter, hall: adapter.slots(hall.query(), deadline=soon()),
    "appointment": lambda adapter, _: adapter.appointment(REF, deadline=soon()),
    "appointments_of": lambda adapter, _: adapter.appointments_of(ANNE, deadline=soon()),
    "changes": lambda adapter, _: adapter.changes("7", deadline=soon()),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_answer_is_a_bad_answer_soon_enough(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [CAPABLE, hostile]
        async with asyncio.timeout(5):
            with pytest.raises(BadAnswer):
                await before(hall, vendor).slots(hall.query(), deadline=soon())


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_no_read_takes_a_page_for_an_answer(
    read: Callable[[Adapter, TownHall], Any],
) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [CAPABLE, HOSTILE["a page"]]
        with pytest.raises(BadAnswer):
            await read(before(hall, vendor), hall)


@pytest.mark.parametrize("hostile", [*HOSTILE.values(), hang_up], ids=[*HOSTILE, "hangs up"])
async def test_a_hostile_answer_to_a_booking_leaves_it_unknown(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        slot = (await hall.free())[0]
        vendor.answers = [CAPABLE, hostile]
        async with asyncio.timeout(5):
            with pytest.raises(OutcomeUnknown):
                await before(hall, vendor).book(slot, request(), deadline=soon())
        assert [asked.split(b" ")[0] for asked in vendor.requests] == [b"GET", b"POST"]


async def test_a_refusal_with_an_odd_code_is_not_one_of_the_standard() -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        slot = (await hall.free())[0]
        vendor.answers = [CAPABLE, answer(b'{"code": "slotTaken\\n"}', "409 Conflict")]
        with pytest.raises(BadAnswer):
            await before(hall, vendor).book(slot, request(), deadline=soon())


# Ways in -----------------------------------------------------------------------------------


async def test_a_token_is_fetched_once_for_all_who_wait_for_it() -> None:
    async with town_hall() as hall:
        adapter = hall.adapter()
        await asyncio.gather(*(adapter.products(deadline=soon()) for _ in range(20)))
        assert len(hall.simulator.doors.tokens) == 1


async def test_a_token_that_was_withdrawn_is_renewed_once_also_for_a_write() -> None:
    async with town_hall() as hall:
        adapter, slot = hall.adapter(), (await hall.free())[0]
        await adapter.products(deadline=soon())
        hall.simulator.doors.tokens.clear()
        await adapter.book(slot, request(), deadline=soon())
        assert len(hall.simulator.desk.entries) == len(hall.simulator.doors.tokens) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": "wrong"},
        {"token": "wrong", "token_url": None, "client_id": None, "client_secret": None},
    ],
    ids=["client credentials", "token"],
)
async def test_wrong_credentials_say_so(changes: dict[str, object]) -> None:
    async with town_hall() as hall:
        with pytest.raises(VendorUnavailable, match="refuses our credentials"):
            await hall.adapter(None, **changes).products(deadline=soon())


async def test_a_read_waits_as_long_as_it_is_asked_to_and_a_write_does_not() -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        slow = answer(b"{}", "429 Too Many Requests", "application/json", "Retry-After: 0")
        vendor.answers = [CAPABLE, slow, answer(b'{"items": []}'), slow]
        slot = (await hall.free())[0]
        adapter = before(hall, vendor)
        assert list(await adapter.products(deadline=soon())) == []
        with pytest.raises(VendorUnavailable) as refused:
            await adapter.book(slot, request(), deadline=soon())
        assert refused.value.retry_after == 0
        assert len(vendor.requests) == 4


async def test_a_wait_beyond_the_deadline_is_not_waited() -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        later = answer(b"{}", "429 Too Many Requests", "application/json", "Retry-After: 60")
        vendor.answers = [CAPABLE, later]
        async with asyncio.timeout(5):
            with pytest.raises(VendorUnavailable) as refused:
                await before(hall, vendor).products(deadline=soon())
        assert refused.value.retry_after == 60
