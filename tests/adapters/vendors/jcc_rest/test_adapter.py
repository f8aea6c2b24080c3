"""What the contract tests do not ask: DST nights, races, refusals and hostile answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from pydantic.alias_generators import to_camel

from adapters.vendors.jcc_rest import intake
from adapters.vendors.jcc_rest.simulator import PATH
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    CancellationClosed,
    CapabilityNotSupported,
    CustomerFieldsMissing,
    OutcomeUnknown,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)
from contracts.models import Appointment, AppointmentRef, Gender, IntakeField, Person, Slot
from contracts.suite.harness import BOOKER
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening
from tests.adapters.vendors.jcc_rest.town_hall import (
    BRUSSELS,
    TownHall,
    request,
    soon,
    town_hall,
)

EID = "Identiteitskaart aanvragen"
AT_NIGHT = ((time(0, 30), time(3)),)
REF = AppointmentRef(vendor_ref="11111111-1111-4111-8111-111111111111")


async def slots_of(hall: TownHall, day: date, *products: str | tuple[str, int]) -> list[Slot]:
    query = hall.query(*(products or (EID,)), first=day, last=day)
    return list(await hall.adapter().slots(query, deadline=soon()))


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
        slots = await slots_of(hall, sunday)
        shown = [slot.start.astimezone(BRUSSELS).isoformat("T", "minutes")[11:] for slot in slots]
        assert shown == wall_times
        assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=10)}
        for slot in slots:
            booked = await hall.adapter().book(slot, request(), deadline=soon())
            read = await hall.adapter().appointment(booked.ref, deadline=soon())
            assert (read.start, read.end) == (slot.start, slot.end)


async def test_a_year_is_asked_in_windows_that_the_vendor_takes() -> None:
    async with town_hall() as hall:
        first = hall.clock().date()
        query = hall.query(EID, first=first, last=first + timedelta(days=366))
        slots = await hall.adapter().slots(query, deadline=soon())
        days = {slot.start.astimezone(BRUSSELS).date() for slot in slots}
        weekdays = [first + timedelta(days=n) for n in range(365)]
        assert days == {day for day in weekdays if day.weekday() < 5}
        assert len({slot.start for slot in slots}) == len(slots)


@pytest.mark.parametrize("days", [-400, 800])
async def test_days_that_are_past_or_too_far_have_no_slots(days: int) -> None:
    async with town_hall() as hall:
        assert await slots_of(hall, hall.clock().date() + timedelta(days=days)) == []


@pytest.mark.parametrize(("quantity", "minutes"), [(1, 10), (2, 20), (4, 40)])
async def test_the_vendor_says_how_long_a_quantity_takes(quantity: int, minutes: int) -> None:
    async with town_hall() as hall:
        slots = await slots_of(hall, hall.clock().date(), (EID, quantity))
        assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=minutes)}
        booked = await hall.adapter().book(slots[0], request(), deadline=soon())
        read = await hall.adapter().appointment(booked.ref, deadline=soon())
        assert (read.end, read.products) == (slots[0].end, slots[0].products)


async def test_many_calls_at_once_fetch_one_token_and_renew_it_once() -> None:
    async with town_hall() as hall:
        adapter = hall.adapter()
        for _ in range(2):
            await asyncio.gather(*(adapter.products(deadline=soon()) for _ in range(20)))
            assert len(hall.simulator.tokens) == 1
            hall.simulator.tokens.clear()  # as when it was restarted: what we have is refused


async def test_a_vendor_clock_that_runs_ahead_renews_the_token() -> None:
    async with town_hall(token_seconds=60) as hall:
        adapter = hall.adapter()
        await adapter.products(deadline=soon())
        slot = (await slots_of(hall, hall.clock().date()))[-1]
        hall.clock.advance(timedelta(minutes=2))
        await adapter.book(slot, request(), deadline=soon())
        assert len(hall.simulator.appointments) == 1


# Races and refusals ------------------------------------------------------------------------


async def test_of_twenty_at_once_as_many_win_as_there_is_room() -> None:
    async with town_hall(counters=3) as hall:
        slot = (await slots_of(hall, hall.clock().date()))[0]
        adapters = [hall.adapter() for _ in range(4)]
        results = await asyncio.gather(
            *(
                adapters[n % 4].book(slot, request(f"reference-{n}"), deadline=soon())
                for n in range(20)
            ),
            return_exceptions=True,
        )
        won = [result for result in results if isinstance(result, Appointment)]
        assert len(won) == 3
        assert [type(result) for result in results if result not in won] == [SlotTaken] * 17
        assert set(hall.simulator.appointments) == {booked.ref.vendor_ref for booked in won}


async def test_a_slot_taken_after_the_query_is_refused_with_the_vendors_code() -> None:
    async with town_hall() as hall:
        one, other = (await slots_of(hall, hall.clock().date()))[:2]
        await hall.adapter().book(one, request(), deadline=soon())
        with pytest.raises(SlotTaken) as refused:
            await hall.adapter().book(one, request(), deadline=soon())
        assert refused.value.vendor_code == "5"
        await hall.adapter().book(other, request(), deadline=soon())


async def test_the_clerk_reads_our_reference_and_who_it_is_for() -> None:
    async with town_hall() as hall:
        slot = (await slots_of(hall, hall.clock().date()))[0]
        child = Person(given_name="Lou", family_name="Peeters")
        await hall.adapter().book(slot, request("our-reference", attendee=child), deadline=soon())
        (booked,) = hall.simulator.appointments.values()
        assert booked.shown["message"] == "Ref. our-reference\nVoor Lou Peeters"
        assert booked.shown["customerList"][0]["firstName"] == BOOKER.given_name


async def test_a_fixed_telephone_is_posted_under_another_name_than_the_rules_have() -> None:
    async with town_hall() as hall:
        slot = (await slots_of(hall, hall.clock().date(), "Reispas aanvragen"))[0]
        booker = BOOKER.model_copy(update={"phone": "015 00 00 00", "mobile_phone": None})
        await hall.adapter().book(slot, request(booker=booker), deadline=soon())
        (booked,) = hall.simulator.appointments.values()
        assert booked.shown["customerList"][0]["phoneNumber"] == "015 00 00 00"


# Answers that a simulator never gives ------------------------------------------------------


Answers = dict[str, Any]


def beside(
    answers: Answers, heard: Callable[[httpx.Request], None] = lambda _: None
) -> httpx.MockTransport:
    """The simulator's answers, but for some calls another one: JSON, or a response."""

    async def answer_to(asked: httpx.Request) -> httpx.Response:
        heard(asked)
        call = f"{asked.method} {asked.url.path.removeprefix(PATH)}"
        if call in answers:
            given = answers[call]
            return given if isinstance(given, httpx.Response) else httpx.Response(200, json=given)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.send(asked)

    return httpx.MockTransport(answer_to)


@pytest.mark.parametrize(
    ("acknowledged", "error"),
    [
        ({"acknowledgeIsSuccess": False, "code": 99}, BadAnswer),
        ({"acknowledgeIsSuccess": False, "code": "33333", "id": "x"}, BadAnswer),
        ({"acknowledgeIsSuccess": False, "validateErrors": ["Peeters"]}, CustomerFieldsMissing),
        ({"id": "x"}, OutcomeUnknown),
        ({"acknowledgeIsSuccess": True}, OutcomeUnknown),
        ({"acknowledgeIsSuccess": True, "id": 7}, OutcomeUnknown),
        ({"acknowledgeIsSuccess": True, "id": "x" * 501}, OutcomeUnknown),
        ([], OutcomeUnknown),
        (httpx.Response(500, json={}), OutcomeUnknown),
        (httpx.Response(200, html="<html>"), OutcomeUnknown),
        (httpx.Response(400, json={}), BadAnswer),
    ],
)
async def test_an_odd_answer_to_a_booking_is_refused_or_unknown(
    acknowledged: object, error: type[VendorError]
) -> None:
    async with town_hall() as hall:
        slot = (await slots_of(hall, hall.clock().date()))[0]
        adapter = hall.adapter(transport=beside({"POST appointment": acknowledged}))
        with pytest.raises(error) as refused:
            await adapter.book(slot, request(), deadline=soon())
        assert "Peeters" not in str(refused.value)


INTERNAL = httpx.Response(
    500, json={"type": "http://www.jccsoftware.nl/rfc7807/internal-exception", "code": -1}
)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"DELETE appointment": {"id": "x", "acknowledgeIsSuccess": False}}, CancellationClosed),
        ({"DELETE appointment": INTERNAL}, VendorUnavailable),
        ({"DELETE appointment": INTERNAL, "GET appointment": {}}, OutcomeUnknown),
        (
            {"DELETE appointment": INTERNAL, "GET appointment": INTERNAL, "GET version": INTERNAL},
            OutcomeUnknown,
        ),
        ({"DELETE appointment": httpx.Response(500, html="<html>")}, OutcomeUnknown),
        ({"DELETE appointment": httpx.Response(200, html="<html>")}, OutcomeUnknown),
        ({"DELETE appointment": httpx.Response(503)}, OutcomeUnknown),
    ],
)
async def test_a_cancellation_that_is_refused_is_told_from_one_that_is_lost(
    answers: Answers, error: type[Exception]
) -> None:
    async with town_hall() as hall:
        slot = (await slots_of(hall, hall.clock().date()))[0]
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        adapter = hall.adapter(transport=beside(answers))
        with pytest.raises(error):
            await adapter.cancel(booked.ref, deadline=soon())
        assert len(hall.simulator.appointments) == 1


async def test_a_broken_vendor_does_not_make_an_appointment_unknown() -> None:
    async with town_hall() as hall:
        answers = {"GET appointment": INTERNAL, "GET version": INTERNAL}
        broken = hall.adapter(transport=beside(answers))
        with pytest.raises(VendorUnavailable):
            await broken.appointment(REF, deadline=soon())
        with pytest.raises(AppointmentNotFound):
            await hall.adapter().appointment(REF, deadline=soon())


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"availableTimesList": None, "appointmentDuration": 600},
        {"availableTimesList": ["2027-03-08T09:00:00Z"], "appointmentDuration": 600},
        {"availableTimesList": ["2027-03-08T10:00:00"], "appointmentDuration": 0},
        {"availableTimesList": ["2027-03-08T10:00:00"], "appointmentDuration": 10**18},
        {"availableTimesList": ["2027-03-08T10:00:00"]},
    ],
)
async def test_times_that_make_no_sense_are_no_empty_list(times: Answers) -> None:
    async with town_hall() as hall:
        answers = {"GET appointment/availabletimelist": times}
        adapter = hall.adapter(transport=beside(answers))
        day = hall.clock().date()
        with pytest.raises(BadAnswer):
            await adapter.slots(hall.query(EID, first=day, last=day), deadline=soon())


async def test_a_time_listed_twice_is_offered_once() -> None:
    async with town_hall() as hall:
        listed = ["2027-03-08T10:00:00", "2027-03-08T09:00:00", "2027-03-08T10:00:00"]
        times = {"availableTimesList": listed, "appointmentDuration": 600}
        answers = {"GET appointment/availabletimelist": times}
        adapter = hall.adapter(transport=beside(answers))
        day = hall.clock().date()
        slots = await adapter.slots(hall.query(EID, first=day, last=day), deadline=soon())
        assert [slot.start.hour for slot in slots] == [8, 9]


async def test_only_days_on_which_appointments_can_be_made_are_asked_for() -> None:
    async with town_hall() as hall:
        heard: list[httpx.Request] = []
        bounds = {"minDate": "2027-03-10T00:00:00", "maxDate": "2027-03-11T00:00:00"}
        answers = {"GET activity/appointmentdaterange": bounds}
        adapter = hall.adapter(transport=beside(answers, heard.append))
        first = hall.clock().date()
        query = hall.query(EID, first=first, last=first + timedelta(days=90))
        slots = await adapter.slots(query, deadline=soon())
        assert {slot.start.date().day for slot in slots} == {10, 11}
        (asked,) = [each for each in heard if each.url.path.endswith("availabletimelist")]
        assert (asked.url.params["fromDate"], asked.url.params["toDate"]) == (
            "2027-03-10",
            "2027-03-12",
        )


async def test_a_place_that_is_no_longer_in_use_is_not_shown() -> None:
    async with town_hall() as hall:
        places = [{"id": "1", "isActive": True}, {"id": "2", "isActive": False}, {"id": "3"}]
        adapter = hall.adapter(transport=beside({"GET location": places}))
        assert [place.id for place in await adapter.locations(deadline=soon())] == ["1", "3"]


async def test_each_product_is_added_to_all_that_were_chosen_before_it() -> None:
    async with town_hall() as hall:
        heard: list[httpx.Request] = []
        adapter = hall.adapter(transport=beside({}, heard.append))
        day = hall.clock().date()
        query = hall.query("Reispas aanvragen", EID, "Rijbewijs aanvragen", first=day, last=day)
        await adapter.locations(query.products, deadline=soon())
        ids = [product.product_id for product in query.products]
        added = [each.url.params for each in heard if each.url.path.endswith("/additional")]
        assert [each.get_list("selectedActivityId") for each in added] == [ids[:1], ids[:2]]


async def test_texts_are_asked_for_in_the_sources_language_and_a_booking_has_the_citizens() -> None:
    async with town_hall() as hall:
        heard: list[httpx.Request] = []
        slot = (await slots_of(hall, hall.clock().date()))[0]
        adapter = hall.adapter(transport=beside({}, heard.append))
        await adapter.products(deadline=soon())
        await adapter.book(slot, request(language="fr"), deadline=soon())
        languages = {each.method: each.headers["language"] for each in heard[1:]}
        assert languages == {"GET": "nl", "POST": "fr"}


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 1000000000\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" " * 100_000)
        await writer.drain()


HOSTILE: dict[str, Say] = {
    "1 GB": _endless,
    "deep nesting": answer(b'[{"id":' * 200_000),
    "control characters": answer(b'[{"id": "\x00\x1b[2J", "appointmentDuration": 1}]'),
    "wrong charset": answer('[{"id": "é", "appointmentDuration": 1}]'.encode("latin-1")),
    "truncated": answer(b'[{"id": "1",'),
    "html": answer(b"<!DOCTYPE html>", "200 OK", "text/html"),
    "another shape": answer(b'{"items": []}'),
    "an id too long": answer(json.dumps([{"id": "x" * 201, "appointmentDuration": 1}]).encode()),
    "a negative limit": answer(b'[{"id": "x", "appointmentDuration": 1, "maxCountForEvent": -1}]'),
    "an endless duration": answer(b'[{"id": "x", "appointmentDuration": 1000000000000000000}]'),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_answer_is_a_bad_answer_soon_enough(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [answer(b'{"access_token": "t"}'), hostile]
        async with asyncio.timeout(5):
            with pytest.raises(BadAnswer):
                await hall.adapter(vendor.url).products(deadline=soon())


@pytest.mark.parametrize("hostile", [*HOSTILE.values(), hang_up], ids=[*HOSTILE, "hangs up"])
async def test_a_hostile_answer_to_a_cancellation_leaves_it_unknown(hostile: Say) -> None:
    async with town_hall() as hall, listening(Vendor()) as vendor:
        vendor.answers = [answer(b'{"access_token": "t"}'), hostile]
        async with asyncio.timeout(5):
            with pytest.raises(OutcomeUnknown):
                await hall.adapter(vendor.url).cancel(REF, deadline=soon())
        assert [head.split(b" ")[0] for head in vendor.requests].count(b"DELETE") == 1


# What is asked -----------------------------------------------------------------------------


def asked(**rules: int | bool) -> dict[str, IntakeField]:
    return {field.name: field for field in intake.fields(rules)}


def test_what_the_rules_do_not_name_is_asked_and_not_required() -> None:
    fields = asked()
    assert {name for name, field in fields.items() if field.required} == {"familyName"}
    assert {"givenName", "email", "phone", "birthDate", "city", "gender"} <= fields.keys()


def test_what_is_hidden_is_not_asked() -> None:
    assert not {"email", "phone"} & asked(emailAddress=1, mainPhoneNumber=1).keys()


def test_the_national_number_is_asked_only_where_it_is_required() -> None:
    assert "nationalNumber" not in asked() | asked(socialSecurityNumber=0)
    assert asked(socialSecurityNumber=2)["nationalNumber"].required


@pytest.mark.parametrize(
    ("rules", "required", "together"),
    [
        ({}, set(), {"phone", "mobilePhone"}),
        ({"mainPhoneNumber": 1}, {"mobilePhone"}, set()),
        ({"mobilePhoneNumber": 1}, {"phone"}, set()),
        ({"mainPhoneNumber": 1, "mobilePhoneNumber": 1}, {"phone"}, set()),
        ({"mainPhoneNumber": 2}, {"phone"}, set()),
        ({"mainPhoneNumber": 2, "mobilePhoneNumber": 2}, {"phone", "mobilePhone"}, set()),
    ],
)
def test_one_of_two_telephones_is_enough_where_both_are_asked(
    rules: dict[str, int], required: set[str], together: set[str]
) -> None:
    fields = asked(isAnyPhoneNumberRequired=True, **rules)
    assert {name for name, field in fields.items() if field.required} == {"familyName", *required}
    assert {name for name, field in fields.items() if field.one_of_group} == together


def test_what_cannot_be_sent_is_said_and_not_asked() -> None:
    with pytest.raises(CapabilityNotSupported, match="nationality"):
        asked(nationality=2)


@pytest.mark.parametrize(
    ("number", "suffix", "posted"),
    [
        ("12", None, {"houseNumber": 12}),
        ("12A", None, {"houseNumber": 12, "houseNumberSuffix": "A"}),
        (" 12 bus 3", None, {"houseNumber": 12, "houseNumberSuffix": "bus 3"}),
        ("12A", "bus 3", {"houseNumber": 12, "houseNumberSuffix": "A bus 3"}),
    ],
)
def test_a_house_number_is_an_integer_with_a_suffix(
    number: str, suffix: str | None, posted: dict[str, object]
) -> None:
    person = Person(family_name="Peeters", house_number=number, house_number_suffix=suffix)
    customer = intake.customer(person, intake.fields({}))
    assert {name: customer[name] for name in customer if name.startswith("house")} == posted


def test_only_what_is_asked_is_sent() -> None:
    hidden = dict.fromkeys(("emailAddress", "city", "gender", "birthDate"), 1)
    person = BOOKER.model_copy(update={"national_number": "90051700295"})
    sent = intake.customer(person, intake.fields(hidden))
    assert not {"emailAddress", "city", "birthDate", "socialSecurityNumber"} & sent.keys()
    assert sent["gender"] == 0


@pytest.mark.parametrize(("gender", "sent"), [(None, 0), *zip(Gender, (1, 2, 0), strict=True)])
def test_the_gender_is_sent_as_the_vendor_counts(gender: Gender | None, sent: int) -> None:
    person = Person(family_name="Peeters", gender=gender)
    assert intake.customer(person, intake.fields({}))["gender"] == sent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("mobile_phone", "+32 470 12 34 56 78 90"),
        ("house_number", "twaalf"),
        ("family_name", "  "),
    ],
)
def test_each_field_that_is_not_valid_is_named_without_its_value(field: str, value: str) -> None:
    person = BOOKER.model_copy(update={field: value})
    with pytest.raises(CustomerFieldsMissing) as refused:
        intake.customer(person, intake.fields({}))
    (issue,) = refused.value.issues
    assert issue.name == to_camel(field)
    assert not value.strip() or value not in f"{refused.value} {issue}"
