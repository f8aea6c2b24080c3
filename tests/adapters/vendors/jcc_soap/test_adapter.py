"""What the contract tests do not ask: DST nights, quantities, races, other installations."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import httpx
import pytest

from adapters.vendors.jcc_soap.simulator_soap import OPERATIONS
from contracts.errors import (
    BadAnswer,
    SlotInPast,
    SlotTaken,
)
from contracts.models import (
    Appointment,
    MatchKey,
    Person,
)
from contracts.suite.harness import BOOKER
from tests.adapters.vendors.jcc_soap import recordings
from tests.adapters.vendors.jcc_soap.answers import Answers, element
from tests.adapters.vendors.jcc_soap.town_hall import (
    BRUSSELS,
    CITIZEN,
    EID,
    LICENCE,
    MOVED,
    PASS,
    REF,
    WEDDING,
    first_slot,
    request,
    slots_of,
    soon,
    town_hall,
)

ALL_NIGHT = ((time(0), time(5)),)
PSEUDONYM = MatchKey(kind="externalId", value="cGF0aWVudGx5LWEtcHNldWRvbnlt")


# Time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sunday", "wall_times"),
    [
        (date(2027, 3, 28), ["01:30+01:00", "03:00+02:00", "03:30+02:00"]),
        (date(2027, 10, 31), ["01:30+02:00", "02:00+02:00", "02:30+02:00", "03:00+01:00"]),
    ],
    ids=["to summer time", "to winter time"],
)
async def test_in_a_night_that_the_clock_changes_only_real_times_are_offered(
    sunday: date, wall_times: list[str]
) -> None:
    now = datetime.combine(sunday - timedelta(days=2), time(12), UTC)
    async with town_hall(now, hours=ALL_NIGHT, days=range(7), step=30) as hall:
        slots = await slots_of(hall, sunday)
        shown = [slot.start.astimezone(BRUSSELS).isoformat("T", "minutes")[11:] for slot in slots]
        assert shown[3 : 3 + len(wall_times)] == wall_times
        assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=10)}
        for slot in slots:
            booked = await hall.adapter().book(slot, request(), deadline=soon())
            read = await hall.adapter().appointment(booked.ref, deadline=soon())
            assert (read.start, read.end) == (slot.start, slot.end)


async def test_an_appointment_at_a_time_that_never_comes_is_a_bad_answer() -> None:
    async with town_hall() as hall:
        await hall.adapter().book(await first_slot(hall), request(), deadline=soon())
        (made,) = hall.simulator.appointments.values()
        late = {**made.details, "appStartTime": "2027-03-28T02:30:00"}
        never = Answers({"getGovAppointmentDetails": element("appointment", late)})
        adapter = hall.adapter_hearing(never)
        with pytest.raises(BadAnswer):
            await adapter.appointment(REF, deadline=soon())


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
        (made,) = hall.simulator.appointments.values()
        assert made.details["productID"] == ",".join([EID] * quantity)
        read = await hall.adapter().appointment(booked.ref, deadline=soon())
        assert (read.end, read.products) == (slots[0].end, slots[0].products)


async def test_quantities_and_products_are_read_back_from_one_list() -> None:
    async with town_hall() as hall:
        slot = await first_slot(hall, (EID, 2), (PASS, 1), LICENCE)
        await hall.adapter().book(slot, request(), deadline=soon())
        (made,) = hall.simulator.appointments.values()
        made_up = {**made.details, "productID": "2,1,2,5"}
        order = Answers({"getGovAppointmentDetails": element("appointment", made_up)})
        read = await hall.adapter_hearing(order).appointment(REF, deadline=soon())
        assert read.products == slot.products
        assert slot.end - slot.start == timedelta(minutes=45)


# Races and refusals ------------------------------------------------------------------------


async def test_of_twenty_at_once_as_many_win_as_there_is_room() -> None:
    async with town_hall(counters=3) as hall:
        slot = await first_slot(hall)
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
            await hall.adapter().book(one, request("reference-2"), deadline=soon())
        assert refused.value.vendor_code == "5"
        await hall.adapter().book(other, request(), deadline=soon())


async def test_what_began_while_the_form_was_filled_in_is_not_sent() -> None:
    async with town_hall() as hall:
        slot = await first_slot(hall)
        hall.clock.move_to(slot.start + timedelta(seconds=1))
        asked = Answers()
        with pytest.raises(SlotInPast):
            await hall.adapter_hearing(asked).book(slot, request(), deadline=soon())
        assert "bookGovAppointment" not in asked.calls


async def test_the_clerk_reads_who_it_is_for() -> None:
    async with town_hall() as hall:
        child = Person(given_name="Lou", family_name="Peeters")
        slot = await first_slot(hall)
        await hall.adapter().book(slot, request("our-reference", attendee=child), deadline=soon())
        (made,) = hall.simulator.appointments.values()
        assert made.details["appointmentDesc"] == "Voor Lou Peeters"
        assert made.details["caseID"] == "our-reference"
        assert made.details["clientInitials"] == BOOKER.given_name


# Old and other installations ---------------------------------------------------------------


async def test_an_old_installation_gets_no_field_that_it_does_not_know() -> None:
    async with town_hall(lacks=("isRecurring", "clientLanguage")) as hall:
        slots = await slots_of(hall, hall.clock().date())
        booked = await hall.adapter().book(slots[0], request(), deadline=soon())
        await hall.adapter().reschedule(booked.ref, slots[1], "reference-2", deadline=soon())
        (made,) = hall.simulator.appointments.values()
        assert "isRecurring" not in made.details


async def test_the_wsdl_is_read_before_the_first_write_and_kept() -> None:
    async with town_hall() as hall:
        seen = Answers()
        adapter = hall.adapter_hearing(seen)
        slots = await slots_of(hall, hall.clock().date())
        await adapter.products(deadline=soon())
        assert "" not in seen.calls
        for slot in slots[:3]:
            await adapter.book(slot, request(), deadline=soon())
        assert seen.calls.count("") == 1


@pytest.mark.parametrize(
    "wsdl",
    [
        httpx.Response(200, html="<html>"),
        httpx.Response(200, headers={"Content-Type": "text/xml"}, content=b"<definitions/>"),
        httpx.Response(404),
    ],
)
async def test_without_its_wsdl_nothing_is_booked(wsdl: httpx.Response) -> None:
    async with town_hall() as hall:
        slot = await first_slot(hall)
        adapter = hall.adapter_hearing(Answers({"": wsdl}))
        with pytest.raises(BadAnswer):
            await adapter.book(slot, request(), deadline=soon())
        assert hall.simulator.appointments == {}


@recordings.present
async def test_everything_it_sends_is_in_the_real_wsdl() -> None:
    async with town_hall() as hall:
        seen = Answers()
        adapter = hall.adapter_hearing(seen)
        for products in ((EID,), (PASS, (EID, 2)), (LICENCE,), (MOVED,), (WEDDING,)):
            slots = await slots_of(hall, hall.clock().date() + timedelta(days=1), *products)
            booker = BOOKER.model_copy(update={"national_number": CITIZEN})
            booked = await adapter.book(slots[0], request(booker=booker), deadline=soon())
            await adapter.reschedule(booked.ref, slots[-1], "reference-2", deadline=soon())
            await adapter.cancel(booked.ref, deadline=soon())
        slot = await first_slot(hall)
        query = hall.query(PASS, EID, first=hall.clock().date(), last=hall.clock().date())
        await adapter.slots(query, deadline=soon())
        await adapter.products(deadline=soon())
        await adapter.locations(deadline=soon())
        await adapter.appointments_of(PSEUDONYM, deadline=soon())
        by_number = hall.adapter(transport=httpx.MockTransport(seen), client_id="nationalNumber")
        citizen = MatchKey(kind="nationalNumber", value=CITIZEN)
        await by_number.appointments_of(citizen, deadline=soon())
        await adapter.find_by_client_reference("reference-2", near=slot, deadline=soon())
        assert set(seen.calls) == {"", *OPERATIONS}
        assert [recordings.mistakes(body) for body in seen.bodies if body] == [
            [] for body in seen.bodies if body
        ]
