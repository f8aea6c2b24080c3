"""A vendor that takes any booking: who may stay, what a 500 means, and what staff is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters.vendors.msbookings.agenda import Entry, may_stand
from adapters.vendors.msbookings.simulated import guid
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    CancellationClosed,
    CustomerFieldsMissing,
    OutcomeUnknown,
    OutsideBookingWindow,
    QuantityExceeded,
    ResourceNotFound,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)
from contracts.models import Appointment, Person, ProductQuantity, Slot
from contracts.suite import Fault
from contracts.suite.harness import BOOKER
from tests.adapters.vendors.msbookings.answers import Between, failure
from tests.adapters.vendors.msbookings.town_hall import (
    EID,
    LICENCE,
    MARRIAGE,
    MONDAY,
    MOVING,
    PASSPORT,
    TownHall,
    query,
    request,
    soon,
    town_hall,
)

TUESDAY = MONDAY.date() + timedelta(days=1)
NOON = datetime(2027, 3, 9, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


async def first(hall: TownHall, *chosen: str | tuple[str, int]) -> Slot:
    return (await hall.free(TUESDAY, *(chosen or [PASSPORT])))[0]


async def booked(hall: TownHall, slot: Slot, reference: str = "reference-1") -> Appointment:
    return await hall.adapter().book(slot, request(reference), deadline=soon())


async def race(
    hall: TownHall, slot: Slot, between: Between, citizens: int
) -> Sequence[Appointment | BaseException]:
    adapters = [hall.adapter(transport=between) for _ in range(4)]
    return await asyncio.gather(
        *(
            adapters[n % 4].book(slot, request(f"citizen-{n:04}"), deadline=soon())
            for n in range(citizens)
        ),
        return_exceptions=True,
    )


# Who may stay -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [PASSPORT, LICENCE, EID])
async def test_of_twenty_at_once_as_many_stay_as_there_is_staff(name: str) -> None:
    async with town_hall(staff=3) as hall:
        between = Between(gathers=20)  # all have looked before any of them books
        results = await race(hall, await first(hall, name), between, 20)
        won = [result for result in results if isinstance(result, Appointment)]
        assert len(won) == 3
        assert [type(result) for result in results if result not in won] == [SlotTaken] * 17
        assert between.count("POST /appointments") > 19
        assert set(hall.simulator.appointments) == {each.ref.vendor_ref for each in won}
        staff = [each.shown["staffMemberIds"][0] for each in hall.simulator.appointments.values()]
        assert sorted(staff) == sorted(hall.simulator.staff_ids)


async def test_of_twenty_at_a_vendor_that_looks_first_no_two_stay() -> None:
    async with town_hall(staff=1, refuses_clashes=True) as hall:
        slot = await first(hall)
        results = await race(hall, slot, Between(gathers=20), 20)
        won = [result for result in results if isinstance(result, Appointment)]
        assert len(won) == len(hall.simulator.appointments) == 1
        lost = {type(result) for result in results if result not in won}
        assert lost <= {SlotTaken, OutcomeUnknown}  # a 500 may have booked all the same
        unknown = [n for n, result in enumerate(results) if isinstance(result, OutcomeUnknown)]
        for number in unknown[:3]:
            assert await found(hall, f"citizen-{number:04}", slot) is None


async def test_without_a_time_of_saving_no_two_stay() -> None:
    async with town_hall(staff=1, dates_appointments=False) as hall:
        results = await race(hall, await first(hall), Between(gathers=5), 5)
        # One that is saved after all others were undone has nobody to yield to.
        won = [result for result in results if isinstance(result, Appointment)]
        assert len(won) <= 1
        assert {type(result) for result in results if result not in won} == {SlotTaken}
        assert set(hall.simulator.appointments) == {each.ref.vendor_ref for each in won}


async def test_a_slot_taken_after_the_query_is_refused_before_anything_is_sent() -> None:
    async with town_hall(staff=1) as hall:
        slot = await first(hall)
        await booked(hall, slot)
        between = Between()
        with pytest.raises(SlotTaken):
            await hall.adapter(transport=between).book(slot, request(), deadline=soon())
        assert between.count("POST /appointments") == 0


async def test_busy_staff_that_is_called_free_is_found_busy_in_the_calendar() -> None:
    async with town_hall(staff=1, calls_busy_free=True) as hall:
        slot = await first(hall, LICENCE)
        await booked(hall, slot)
        starts = {free.start: free for free in await hall.free(TUESDAY, LICENCE)}
        between = Between()
        adapter = hall.adapter(transport=between)
        for start in (slot.start, slot.start + QUARTER, slot.start + 2 * QUARTER):
            with pytest.raises(SlotTaken):
                await adapter.book(starts[start], request(), deadline=soon())
        assert between.count("POST /appointments") == 0
        await booked(hall, starts[slot.start + 3 * QUARTER])


async def test_a_booking_begins_with_other_staff_each_time() -> None:
    async with town_hall(staff=4) as hall:
        slots = await hall.free(TUESDAY, PASSPORT)
        for number, slot in enumerate(slots[:12]):
            await booked(hall, slot, f"reference-{number}")
        staff = {each.shown["staffMemberIds"][0] for each in hall.simulator.appointments.values()}
        assert len(staff) > 1


async def test_what_is_offered_differently_by_now_is_refused() -> None:
    async with town_hall() as hall:
        slot = await first(hall)
        hall.simulator.services[guid(PASSPORT)]["defaultDuration"] = "PT30M"
        with pytest.raises(SlotTaken):
            await booked(hall, slot)
        hall.simulator.services[guid(PASSPORT)]["defaultDuration"] = "PT15M"
        hall.simulator.hours = hall.simulator.hours[1:]
        with pytest.raises(SlotTaken):
            await booked(hall, slot)
        del hall.simulator.services[guid(PASSPORT)]
        with pytest.raises(ResourceNotFound):
            await booked(hall, slot)
        assert hall.simulator.appointments == {}


async def test_a_slot_that_has_become_too_soon_is_outside_the_window() -> None:
    async with town_hall() as hall:
        slot = await first(hall, MOVING)
        hall.clock.move_to(slot.start - timedelta(minutes=59))
        with pytest.raises(OutsideBookingWindow):
            await booked(hall, slot)


class Meanwhile(Between):
    """Lets something happen before a call is passed on, the first time that it is made.

    ``a second page`` is one of the calendar's.
    """

    def __init__(self, happens: dict[str, Callable[[], Awaitable[object]]]) -> None:
        super().__init__()
        self._happens = happens

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        call = f"{request.method} /{request.url.path.rpartition('/')[2]}"
        if call == "GET /calendarView" and "$skiptoken" in request.url.params:
            call = "a second page"
        if happens := self._happens.pop(call, None):
            await happens()
        return await super().handle_async_request(request)


async def test_what_goes_while_a_list_is_read_hides_nobody_who_came_first() -> None:
    async with town_hall(staff=1, page_size=2) as hall:
        one, other, wanted = (await hall.free(TUESDAY, PASSPORT))[:3]
        goes = await booked(hall, one, "citizen-who-cancels")
        await booked(hall, other, "citizen-elsewhere")
        between = Meanwhile(
            {
                "POST /appointments": lambda: booked(hall, wanted, "citizen-who-came-first"),
                "a second page": lambda: hall.adapter().cancel(goes.ref, deadline=soon()),
            }
        )
        adapter = hall.adapter(transport=between)
        with pytest.raises(SlotTaken):
            await adapter.book(wanted, request("citizen-who-is-late"), deadline=soon())
        standing = [each.shown["serviceNotes"] for each in hall.simulator.appointments.values()]
        assert standing == ["Ref. citizen-elsewhere", "Ref. citizen-who-came-first"]


def entry(id_: str, created: datetime | None = NOON, **changes: Any) -> Entry:  # noqa: ANN401 any field
    fields: dict[str, Any] = {
        "id": id_,
        "service_id": "s",
        "staff": frozenset({"a"}),
        "start": NOON,
        "end": NOON + QUARTER,
        "before": timedelta(0),
        "after": timedelta(0),
        "quantity": 1,
        "created": created,
        "notes": "",
    }
    return Entry(**{**fields, **changes})


@pytest.mark.parametrize(
    ("other", "stands"),
    [
        (entry("2", NOON), True),
        (entry("0", NOON), False),
        (entry("2", NOON - QUARTER), False),
        (entry("0", NOON + QUARTER), True),
        (entry("2", None), False),
        (entry("0", NOON, staff=frozenset({"b"})), True),
        (entry("0", NOON, staff=frozenset({"b", "a"})), False),
        (entry("0", NOON, start=NOON + QUARTER, end=NOON + 2 * QUARTER), True),
        (entry("0", NOON, start=NOON - QUARTER, end=NOON), True),
        (entry("0", NOON, start=NOON - QUARTER, end=NOON, after=QUARTER), False),
        (entry("0", NOON, start=NOON + QUARTER, end=NOON + 2 * QUARTER, before=QUARTER), False),
    ],
)
def test_who_came_first_stands_and_ids_break_a_tie(other: Entry, *, stands: bool) -> None:
    assert may_stand(entry("1"), [other, entry("1")]) is stands


def test_an_agenda_without_the_appointment_cannot_judge_it() -> None:
    with pytest.raises(BadAnswer):
        may_stand(entry("1"), [entry("2")])


# A 500 that may have booked -----------------------------------------------------------------


async def found(hall: TownHall, reference: str, near: Slot) -> Appointment | None:
    return await hall.adapter().find_by_client_reference(reference, near=near, deadline=soon())


async def test_a_booking_answered_with_500_is_unknown_and_found_afterwards() -> None:
    async with town_hall(fails_after_booking=1) as hall:
        slot = await first(hall)
        with pytest.raises(OutcomeUnknown):
            await booked(hall, slot)
        assert len(hall.simulator.appointments) == 1
        there = await found(hall, "reference-1", slot)
        assert there is not None
        assert (there.start, there.client_reference) == (slot.start, "reference-1")
        assert await found(hall, "reference-2", slot) is None


async def test_a_500_that_booked_nothing_is_unknown_and_not_found() -> None:
    async with town_hall() as hall:
        slot = await first(hall)
        between = Between({"POST /appointments": failure(500)})
        with pytest.raises(OutcomeUnknown):
            await hall.adapter(transport=between).book(slot, request(), deadline=soon())
        assert between.count("POST /appointments") == 1
        assert await found(hall, "reference-1", slot) is None


async def test_a_booking_that_staff_moved_is_found_and_stays() -> None:
    async with town_hall(staff=1, fails_after_booking=1) as hall:
        slots = await hall.free(TUESDAY, PASSPORT)
        with pytest.raises(OutcomeUnknown):
            await booked(hall, slots[0])
        await booked(hall, slots[7], "reference-2")
        shown = next(iter(hall.simulator.appointments.values())).shown
        shown["startDateTime"]["dateTime"] = f"{slots[7].start:%Y-%m-%dT%H:%M:%S}.0000000Z"
        shown["endDateTime"]["dateTime"] = f"{slots[7].end:%Y-%m-%dT%H:%M:%S}.0000000Z"
        there = await found(hall, "reference-1", slots[0])
        assert there is not None
        assert there.start == slots[7].start
        assert len(hall.simulator.appointments) == 2


async def test_an_unjudged_booking_that_came_too_late_is_undone_when_it_is_looked_up() -> None:
    async with town_hall(staff=1) as hall:
        slot = await first(hall)
        blind = Between({"GET /calendarView": {"value": []}})
        with pytest.raises(OutcomeUnknown):  # both: what was saved is not listed
            await hall.adapter(transport=blind).book(slot, request("first-one"), deadline=soon())
        hall.simulator.calls_busy_free = True
        with pytest.raises(OutcomeUnknown):
            await hall.adapter(transport=blind).book(slot, request("second-one"), deadline=soon())
        assert len(hall.simulator.appointments) == 2
        assert await found(hall, "second-one", slot) is None
        assert await found(hall, "first-one", slot) is not None
        assert len(hall.simulator.appointments) == 1


class Counting(Between):
    """Knows how many calls were under way at once."""

    under_way = most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await super().handle_async_request(request)
        finally:
            self.under_way -= 1


async def test_a_look_up_asks_no_more_at_once_than_graph_takes_of_one_mailbox() -> None:
    async with town_hall() as hall:
        slots = (await hall.free(TUESDAY, PASSPORT))[:8]
        for number, slot in enumerate(slots):
            await booked(hall, slot, f"reference-{number}")
        between = Counting()
        adapter = hall.adapter(transport=between)
        missing = "reference-of-nobody"
        assert not await adapter.find_by_client_reference(missing, near=slots[0], deadline=soon())
        assert between.count("GET /appointments/*") == 8
        assert between.most <= 4


async def test_notes_that_only_look_like_a_reference_find_nothing() -> None:
    async with town_hall(fails_after_booking=1) as hall:
        slot = await first(hall)
        with pytest.raises(OutcomeUnknown):
            await booked(hall, slot)
        shown = next(iter(hall.simulator.appointments.values())).shown
        shown["serviceNotes"] = "Belt terug over Ref. reference-1"
        assert await found(hall, "reference-1", slot) is None


async def test_a_booking_that_cannot_be_judged_is_unknown() -> None:
    async with town_hall() as hall:
        between = Between({"GET /calendarView": [None, failure(500)]})
        with pytest.raises(OutcomeUnknown):
            await hall.adapter(transport=between).book(
                await first(hall), request(), deadline=soon()
            )
        assert len(hall.simulator.appointments) == 1


async def test_a_booking_that_cannot_be_undone_is_unknown() -> None:
    async with town_hall(staff=1) as hall:
        between = Between({"DELETE /appointments/*": failure(500)}, gathers=2)
        results = await race(hall, await first(hall), between, 2)
        assert {type(result) for result in results} == {Appointment, OutcomeUnknown}


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.ANSWER_GARBLED])
async def test_a_vendor_that_breaks_off_in_the_middle_has_booked_once(fault: Fault) -> None:
    async with town_hall() as hall:
        slot = await first(hall, (EID, 2))
        adapter = await hall.faulty(fault)
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slot, request(), deadline=soon())
        assert len(hall.simulator.appointments) == 1
        there = await found(hall, "reference-1", slot)
        assert there is not None
        assert there.products == slot.products


# Quantity -----------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [1, 2, 4])
async def test_a_company_shares_one_appointment_that_nobody_else_joins(quantity: int) -> None:
    async with town_hall(staff=1) as hall:
        slot = await first(hall, (EID, quantity))
        assert slot.end - slot.start == QUARTER
        made = await booked(hall, slot)
        read = await hall.adapter().appointment(made.ref, deadline=soon())
        assert read.products == (ProductQuantity(product_id=guid(EID), quantity=quantity),)
        (kept,) = hall.simulator.appointments.values()
        assert kept.shown["maximumAttendeesCount"] == quantity
        assert kept.shown["filledAttendeesCount"] == quantity
        (customer,) = kept.shown["customers"]  # who is not on the list would have been left out
        assert customer["customerId"] in hall.simulator.customers
        assert slot.start not in {free.start for free in await hall.free(TUESDAY, EID)}


async def test_more_than_fit_in_one_appointment_are_refused() -> None:
    async with town_hall() as hall:
        with pytest.raises(QuantityExceeded):
            await first(hall, (EID, 5))
        with pytest.raises(QuantityExceeded):
            await first(hall, (PASSPORT, 2))


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        (failure(500), VendorUnavailable),
        (httpx.Response(201, html="<html>"), BadAnswer),
        (httpx.Response(201, json={}), BadAnswer),
        (failure(400, "BadRequest"), BadAnswer),
    ],
)
async def test_a_customer_that_cannot_be_listed_means_that_nothing_was_booked(
    answered: httpx.Response, error: type[VendorError]
) -> None:
    async with town_hall() as hall:
        slot = await first(hall, EID)
        between = Between({"POST /customers": answered})
        with pytest.raises(error):
            await hall.adapter(transport=between).book(slot, request(), deadline=soon())
        assert between.count("POST /appointments") == 0


# What is asked and what is told -------------------------------------------------------------


async def test_staff_reads_our_reference_and_who_comes() -> None:
    async with town_hall() as hall:
        child = Person(given_name="Lou", family_name="Peeters")
        asked = request("our-reference", attendee=child)
        await hall.adapter().book(await first(hall, (EID, 2)), asked, deadline=soon())
        (kept,) = hall.simulator.appointments.values()
        assert kept.shown["serviceNotes"] == "Ref. our-reference\nVoor Lou Peeters\nAantal: 2"
        (customer,) = kept.shown["customers"]
        assert (customer["name"], customer["emailAddress"]) == ("Noor Peeters", BOOKER.email)
        assert customer["timeZone"] == "Europe/Brussels"


async def marriage(hall: TownHall) -> Slot:
    location = (await hall.adapter().locations(deadline=soon()))[1].id
    last = TUESDAY + timedelta(days=2)
    return (await hall.slots(query(MARRIAGE, first=TUESDAY, last=last, location=location)))[0]


WITH, LANGUAGE = guid("Met wie gaat u trouwen?"), guid("In welke taal?")


async def test_the_questions_of_a_service_are_asked_and_their_answers_sent() -> None:
    async with town_hall() as hall:
        slot = await marriage(hall)
        fields = await hall.adapter().intake_fields(slot.products, deadline=soon())
        own = {field.label: field for field in fields if field.label}
        assert own["Met wie gaat u trouwen?"].required
        assert own["In welke taal?"].options[0].value == "Nederlands"
        answers = {WITH: " Bo Maes ", LANGUAGE: "Frans", "another": "x"}
        await hall.adapter().book(slot, request(answers=answers), deadline=soon())
        (kept,) = hall.simulator.appointments.values()
        told = kept.shown["customers"][0]["customQuestionAnswers"]
        assert [(each["questionId"], each["answer"], each["selectedOptions"]) for each in told] == [
            (WITH, "Bo Maes", []),
            (LANGUAGE, "Frans", ["Frans"]),
        ]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"answers": {}}, f"answers.{WITH}"),
        ({"answers": {WITH: " "}}, f"answers.{WITH}"),
        ({"answers": {WITH: "Bo", LANGUAGE: "Latijn"}}, f"answers.{LANGUAGE}"),
        ({"booker": BOOKER.model_copy(update={"email": None})}, "email"),
        ({"booker": BOOKER.model_copy(update={"email": "noor@peeters"})}, "email"),
        ({"booker": BOOKER.model_copy(update={"given_name": " "})}, "givenName"),
    ],
)
async def test_what_is_missing_or_not_valid_is_named_and_nothing_is_sent(
    changes: dict[str, Any], named: str
) -> None:
    async with town_hall() as hall:
        slot = await marriage(hall)
        between = Between()
        asked = request(**{"answers": {WITH: "Bo"}, **changes})
        with pytest.raises(CustomerFieldsMissing) as refused:
            await hall.adapter(transport=between).book(slot, asked, deadline=soon())
        assert [issue.name for issue in refused.value.issues] == [named]
        assert between.count("POST /appointments") == 0


async def test_a_question_that_is_not_listed_is_a_bad_answer() -> None:
    async with town_hall() as hall:
        assigned = [{"questionId": guid("nobody knows"), "isRequired": True}]
        hall.simulator.services[guid(PASSPORT)]["customQuestions"] = assigned
        product = (ProductQuantity(product_id=guid(PASSPORT)),)
        with pytest.raises(BadAnswer):
            await hall.adapter().intake_fields(product, deadline=soon())


# Cancelling ---------------------------------------------------------------------------------


async def test_the_notice_that_is_asked_for_bookings_is_asked_for_cancellations_too() -> None:
    async with town_hall() as hall:
        made = await booked(hall, await first(hall, MOVING))
        assert made.cancellable_until == made.start - timedelta(hours=1)
        hall.clock.move_to(made.start - timedelta(minutes=59))
        read = await hall.adapter().appointment(made.ref, deadline=soon())
        for ref in (made.ref, read.ref):
            with pytest.raises(CancellationClosed):
                await hall.adapter().cancel(ref, deadline=soon())
        assert len(hall.simulator.appointments) == 1
        hall.clock.move_to(made.start - timedelta(hours=1))
        await hall.adapter().cancel(read.ref, deadline=soon())
        assert hall.simulator.appointments == {}


@pytest.mark.parametrize(
    ("instead", "error"),
    [
        ({"GET ": failure(404)}, OutcomeUnknown),
        ({"GET ": failure(503)}, OutcomeUnknown),
        ({"DELETE /appointments/*": httpx.Response(404, html="<html>")}, OutcomeUnknown),
        ({"DELETE /appointments/*": httpx.Response(404)}, OutcomeUnknown),
        ({"DELETE /appointments/*": failure(500)}, OutcomeUnknown),
        ({"DELETE /appointments/*": httpx.Response(200, html="<html>")}, OutcomeUnknown),
        ({"DELETE /appointments/*": failure(403)}, VendorUnavailable),
        ({"DELETE /appointments/*": failure(400)}, BadAnswer),
    ],
)
async def test_a_404_means_gone_only_where_the_business_itself_is_there(
    instead: dict[str, httpx.Response], error: type[VendorError]
) -> None:
    async with town_hall() as hall:
        made = await booked(hall, await first(hall))
        hall.simulator.appointments.clear()
        with pytest.raises(error):
            await hall.adapter(transport=Between(instead)).cancel(made.ref, deadline=soon())
        await hall.adapter().cancel(made.ref, deadline=soon())


async def test_an_appointment_is_unknown_only_where_the_business_itself_is_there() -> None:
    async with town_hall() as hall:
        made = await booked(hall, await first(hall))
        hall.simulator.appointments.clear()
        gone = hall.adapter(transport=Between({"GET ": failure(404)}))
        with pytest.raises(VendorUnavailable):
            await gone.appointment(made.ref, deadline=soon())
        with pytest.raises(AppointmentNotFound):
            await hall.adapter().appointment(made.ref, deadline=soon())


async def test_an_appointment_of_a_service_that_is_gone_can_still_be_read() -> None:
    async with town_hall() as hall:
        made = await booked(hall, await first(hall))
        del hall.simulator.services[guid(PASSPORT)]
        read = await hall.adapter().appointment(made.ref, deadline=soon())
        assert (read.start, read.location_id) == (made.start, "main")
