"""What the contract tests do not ask: DST nights, races, refusals and hostile answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta

import httpx
import pytest
from pydantic import ValidationError

from adapters.vendors.zms import intake
from adapters.vendors.zms.adapter import ZmsSettings
from adapters.vendors.zms.simulated_city import EID, KIDS, MOVING, PASSPORT, PLANS, WEDDING
from adapters.vendors.zms.wire import Scope
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    BookingError,
    CancellationClosed,
    CustomerFieldsMissing,
    DuplicateBooking,
    HoldExpired,
    OutcomeUnknown,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
    SlotInPast,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    Hold,
    IntakeField,
    Person,
    ProductQuantity,
)
from contracts.suite.harness import BOOKER
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening
from tests.adapters.vendors.zms.city import (
    ANSWERS,
    BRUSSELS,
    TOWN_HALL,
    Answers,
    City,
    city,
    query,
    request,
    slots_of,
    soon,
)

ALL_NIGHT = ((time(0), time(5)),)
BRANCH = "10502"
REF = AppointmentRef(
    vendor_ref="100348-1804489200", vendor_state={"authKey": "0" * 64, "slotMinutes": 5}
)


@pytest.fixture
async def leuven() -> AsyncIterator[City]:
    async with city() as leuven:
        yield leuven


def refusal(code: str, status: int, inside: int | None = None) -> httpx.Response:
    error = {"errorCode": code, "statusCode": inside or status, "errorType": "error"}
    return httpx.Response(status, json={"errors": [error]})


async def held(leuven: City) -> Hold:
    slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
    return await leuven.adapter().hold(slot, "reference-1", deadline=soon())


async def booked(leuven: City) -> Appointment:
    slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
    return await leuven.adapter().book(slot, request(), deadline=soon())


# Time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sunday", "wall_times"),
    [
        (date(2027, 3, 28), ["01:55+01:00", "03:00+02:00", "03:05+02:00"]),
        (date(2027, 10, 31), ["02:55+02:00", "02:00+01:00", "02:05+01:00"]),
    ],
    ids=["to summer time", "to winter time"],
)
async def test_in_a_night_that_the_clock_changes_every_instant_is_its_own(
    sunday: date, wall_times: list[str]
) -> None:
    now = datetime.combine(sunday - timedelta(days=2), time(12), UTC)
    async with city(now, hours=ALL_NIGHT, days=range(7)) as leuven:
        slots = await slots_of(leuven, sunday, EID)
        shown = [slot.start.astimezone(BRUSSELS).isoformat("T", "minutes")[11:] for slot in slots]
        first = shown.index(wall_times[0])
        assert shown[first : first + len(wall_times)] == wall_times
        assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=10)}
        for slot in slots[first : first + len(wall_times)]:
            made = await leuven.adapter().book(slot, request(), deadline=soon())
            read = await leuven.adapter().appointment(made.ref, deadline=soon())
            assert (read.start, read.end) == (slot.start, slot.end)


async def test_every_day_of_a_year_is_asked_and_none_twice(leuven: City) -> None:
    leuven.simulator.horizon = 500
    leuven.simulator.hours = ((time(9), time(9, 10)),)
    first = leuven.clock().date()
    asked = query(EID, first=first, last=first + timedelta(days=366))
    slots = await leuven.adapter().slots(asked, deadline=Deadline.after(60))
    days = [slot.start.astimezone(BRUSSELS).date() for slot in slots]
    weekdays = [first + timedelta(days=n) for n in range(367)]
    assert days == [day for day in weekdays if day.weekday() < 5]


@pytest.mark.parametrize("days", [-400, 400])
async def test_days_that_are_past_or_too_far_have_no_slots(leuven: City, days: int) -> None:
    assert await slots_of(leuven, leuven.clock().date() + timedelta(days=days), EID) == []


@pytest.mark.parametrize("code", ["noAppointmentForThisDay", "noAppointmentForThisScope"])
async def test_a_calendar_refused_for_want_of_time_has_no_slots(leuven: City, code: str) -> None:
    adapter = leuven.beside({"GET available-calendar": refusal(code, 404)})
    day = leuven.clock().date()
    assert await adapter.slots(query(EID, first=day, last=day), deadline=soon()) == []


async def test_times_that_were_not_asked_for_or_have_begun_are_left_out(leuven: City) -> None:
    begun = int(leuven.clock().timestamp())
    ours = {"officeId": 10489, "appointments": [1804498200, begun, begun - 300]}
    elsewhere = {"officeId": BRANCH, "appointments": [1804498500]}
    later = {"officeId": 10489, "appointments": [1807262100]}
    days = [
        {"date": "2027-03-08", "offices": [ours, elsewhere]},
        {"date": "2027-03-09", "offices": None},
        {"date": "2027-04-09", "offices": [later]},
    ]
    adapter = leuven.beside({"GET available-calendar": {"availableDays": days}})
    asked = query(EID, first=date(2027, 3, 8), last=date(2027, 3, 12))
    slots = await adapter.slots(asked, deadline=soon())
    assert [slot.start for slot in slots] == [datetime.fromtimestamp(1804498200, UTC)]


# What goes together, and how much ----------------------------------------------------------


@pytest.mark.parametrize(("quantity", "minutes"), [(1, 10), (2, 20), (3, 30)])
async def test_a_quantity_takes_as_long_as_the_vendor_keeps_it(
    leuven: City, quantity: int, minutes: int
) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), (EID, quantity)))[0]
    assert slot.end - slot.start == timedelta(minutes=minutes)
    made = await leuven.adapter().book(slot, request(), deadline=soon())
    read = await leuven.adapter().appointment(made.ref, deadline=soon())
    assert (read.end, read.products) == (slot.end, slot.products)


async def test_several_products_are_one_appointment(leuven: City) -> None:
    chosen = [(EID, 1), (PASSPORT, 2), (KIDS, 1)]
    slot = (await slots_of(leuven, leuven.clock().date(), *chosen))[0]
    made = await leuven.adapter().book(slot, request(), deadline=soon())
    read = await leuven.adapter().appointment(made.ref, deadline=soon())
    assert (read.products, read.end) == (slot.products, slot.start + timedelta(minutes=40))
    assert len(leuven.simulator.processes) == 1


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        ([(EID, 4)], QuantityExceeded),
        ([EID, MOVING], ProductsNotCombinable),
        ([PASSPORT, KIDS], ProductsNotCombinable),
        ([WEDDING], ResourceNotFound),
        ([PLANS], ResourceNotFound),
    ],
)
async def test_what_the_calendar_would_take_and_the_rules_do_not_is_refused(
    leuven: City, chosen: list[int | tuple[int, int]], error: type[BookingError]
) -> None:
    with pytest.raises(error):
        await slots_of(leuven, leuven.clock().date(), *chosen)


async def test_a_service_is_offered_only_where_it_is_done(leuven: City) -> None:
    adapter = leuven.adapter()
    moving = (ProductQuantity(product_id=str(MOVING)),)
    (place,) = await adapter.locations(moving, deadline=soon())
    assert place.id == TOWN_HALL
    assert place.address is not None
    assert (place.address.house_number, place.address.city) == ("1", "Leuven")
    with pytest.raises(ResourceNotFound):
        await slots_of(leuven, leuven.clock().date(), MOVING, place=BRANCH)


async def test_what_needs_a_captcha_or_takes_no_appointments_is_not_offered(leuven: City) -> None:
    adapter = leuven.adapter()
    products = {product.id for product in await adapter.products(deadline=soon())}
    assert products == {str(known) for known in (EID, PASSPORT, KIDS, MOVING)}
    places = {place.id for place in await adapter.locations(deadline=soon())}
    assert places == {TOWN_HALL, BRANCH}


def _catalogue(
    office: Answers | None = None, service: Answers | None = None, relation: Answers | None = None
) -> Answers:
    """One office that does services 1 and 2, which go together; with changes to all of a kind."""
    partners = {"1": {"1": [7]}, "2": {"2": [7]}}
    services = {"name": " Dienst ", "maxQuantity": None, "combinable": partners} | (service or {})
    relations = {"officeId": 7, "slots": 2, "maxQuantity": 0} | (relation or {})
    loket = {"id": 7, "name": "Loket", "slotTimeInMinutes": 5, "scope": {}} | (office or {})
    return {
        "offices": [loket],
        "services": [services | {"id": known} for known in (1, 2)],
        "relations": [relations | {"serviceId": known} for known in (1, 2)],
    }


@pytest.mark.parametrize(
    ("kind", "change", "error"),
    [
        ("office", {"slotsPerAppointment": "5"}, QuantityExceeded),
        ("office", {"disabledByServices": [2]}, ProductsNotCombinable),
        ("office", {"scope": None}, ResourceNotFound),
        ("office", {"scope": []}, ResourceNotFound),
        ("office", {"scope": {"captchaActivatedRequired": True}}, ResourceNotFound),
        ("office", {"slotTimeInMinutes": None}, ResourceNotFound),
        ("service", {"maxQuantity": 1}, QuantityExceeded),
        ("service", {"combinable": []}, ProductsNotCombinable),
        ("service", {"combinable": {"1": []}}, ProductsNotCombinable),
        ("service", {"combinable": {"1": {"1": [8]}, "2": {"2": [8]}}}, ProductsNotCombinable),
        ("service", {"public": False}, ResourceNotFound),
        ("relation", {"maxQuantity": 1}, QuantityExceeded),
        ("relation", {"public": False}, ResourceNotFound),
    ],
    ids=str,
)
async def test_the_rules_of_the_catalogue_are_kept_by_us(
    leuven: City, kind: str, change: Answers, error: type[BookingError]
) -> None:
    day = leuven.clock().date()
    asked = query((1, 2), 2, first=day, last=day, place="7")
    answers: Answers = {"GET available-calendar": {"availableDays": []}}
    plain = leuven.beside(answers | {"GET offices-and-services": _catalogue()})
    assert await plain.slots(asked, deadline=soon()) == []
    ruled = leuven.beside(answers | {"GET offices-and-services": _catalogue(**{kind: change})})
    with pytest.raises(error):
        await ruled.slots(asked, deadline=soon())


async def test_an_address_may_be_an_empty_list(leuven: City) -> None:
    adapter = leuven.beside({"GET offices-and-services": _catalogue(office={"address": []})})
    (place,) = await adapter.locations(deadline=soon())
    assert (place.name, place.address) == ("Loket", None)


# Races and refusals ------------------------------------------------------------------------


async def test_of_twenty_at_once_as_many_win_as_there_is_room() -> None:
    async with city(workstations=3) as leuven:
        slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
        adapters = [leuven.adapter() for _ in range(4)]
        results = await asyncio.gather(
            *(adapters[n % 4].book(slot, request(), deadline=soon()) for n in range(20)),
            return_exceptions=True,
        )
        won = [result for result in results if isinstance(result, Appointment)]
        assert len(won) == 3
        lost = [result for result in results if not isinstance(result, Appointment)]
        assert {type(result) for result in lost} == {SlotTaken}
        left = leuven.simulator.processes.values()
        assert [process.status for process in left] == ["confirmed"] * 3


@pytest.mark.parametrize(
    "told",
    [refusal("appointmentNotAvailable", 404), refusal("unknownError", 404, 520)],
    ids=["not available", "unknown error"],
)
async def test_who_loses_the_last_place_is_told_so_in_two_ways(
    leuven: City, told: httpx.Response
) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
    adapter = leuven.beside({"POST reserve-appointment": told})
    with pytest.raises(SlotTaken) as refused:
        await adapter.book(slot, request(), deadline=soon())
    assert refused.value.vendor_code in {"appointmentNotAvailable", "unknownError"}


async def test_a_slot_taken_after_the_query_is_refused(leuven: City) -> None:
    one, other = (await slots_of(leuven, leuven.clock().date(), EID))[:2]
    for _ in range(leuven.simulator.workstations):
        await leuven.adapter().book(one, request(), deadline=soon())
    with pytest.raises(SlotTaken):
        await leuven.adapter().book(one, request(), deadline=soon())
    with pytest.raises(SlotTaken):  # it overlaps: slots of 10 minutes start every 5
        await leuven.adapter().book(other, request(), deadline=soon())


async def test_an_address_with_too_many_appointments_is_a_duplicate_and_leaves_nothing(
    leuven: City,
) -> None:
    slots = await slots_of(leuven, leuven.clock().date(), EID, place=BRANCH)
    for slot in slots[:3]:
        await leuven.adapter().book(slot, request(), deadline=soon())
    with pytest.raises(DuplicateBooking):
        await leuven.adapter().book(slots[9], request(), deadline=soon())
    kept = [process.status for process in leuven.simulator.processes.values()]
    assert kept == ["confirmed"] * 3 + ["blocked"]


async def test_an_email_that_only_the_vendor_refuses_is_named_and_leaves_nothing(
    leuven: City,
) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
    booker = BOOKER.model_copy(update={"email": "noor+leuven@example.org"})
    with pytest.raises(CustomerFieldsMissing) as refused:
        await leuven.adapter().book(slot, request(booker=booker), deadline=soon())
    assert [issue.name for issue in refused.value.issues] == ["email"]
    assert "noor" not in f"{refused.value} {refused.value.issues}"
    assert [process.status for process in leuven.simulator.processes.values()] == ["blocked"]


async def test_the_vendors_clock_decides_what_has_begun(leuven: City) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
    adapter = leuven.beside({"POST reserve-appointment": refusal("invalidTimestamp", 400)})
    with pytest.raises(SlotInPast):
        await adapter.hold(slot, "reference-1", deadline=soon())


# From a reservation to a booking -----------------------------------------------------------


@pytest.mark.parametrize("update_preconfirms", [True, False], ids=["as recorded", "later"])
async def test_each_step_is_taken_once_and_only_where_it_is_needed(
    update_preconfirms: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    async with city(update_preconfirms=update_preconfirms) as leuven:
        made = await leuven.adapter().confirm(await held(leuven), request(), deadline=soon())
        (process,) = leuven.simulator.processes.values()
        assert (made.status, process.status) == (AppointmentStatus.CONFIRMED, "confirmed")
        sent = [mail for mail, _ in leuven.simulator.mailed]
        activated = [] if update_preconfirms else ["activation"]
        assert sent == [*activated, "confirmation"]


STEPS = ["update-appointment", "preconfirm-appointment", "confirm-appointment"]


@pytest.mark.parametrize("applied", ["", "*"], ids=["lost on the way", "answer lost"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_step_without_an_answer_is_settled_by_a_look_at_the_hold(
    step: str, applied: str
) -> None:
    async with city(update_preconfirms=False) as leuven:
        hold = await held(leuven)
        adapter = leuven.beside({f"{applied}POST {step}": httpx.ReadError("broken")})
        with pytest.raises(OutcomeUnknown):
            await adapter.confirm(hold, request(), deadline=soon())
        found = await leuven.adapter().appointment(hold.ref, deadline=soon())
        is_booked = bool(applied) and step == STEPS[-1]
        assert found.status is (
            AppointmentStatus.CONFIRMED if is_booked else AppointmentStatus.HELD
        )
        assert (found.start, found.end) == (hold.slot.start, hold.slot.end)


@pytest.mark.parametrize(
    ("step", "told", "error"),
    [
        (0, refusal("authKeyMismatch", 406), HoldExpired),
        (0, refusal("authKeyMismatch", 401, 406), HoldExpired),
        (0, refusal("appointmentNotFound", 404), HoldExpired),
        (0, refusal("processNotReservedAnymore", 409), OutcomeUnknown),
        (0, refusal("somethingNew", 400), BadAnswer),
        (0, refusal("unknownError", 404, 520), BadAnswer),
        (0, refusal("unknownError", 500, 520), OutcomeUnknown),
        (0, refusal("rateLimitExceeded", 429), VendorUnavailable),
        (0, httpx.Response(404, html="<html>"), BadAnswer),
        (0, httpx.Response(200, html="<html>"), OutcomeUnknown),
        (0, httpx.Response(200, json={"errors": []}), OutcomeUnknown),
        (0, httpx.Response(406, json={"errors": []}), BadAnswer),
        (1, refusal("preconfirmationExpired", 400), HoldExpired),
        (1, refusal("processNotReservedAnymore", 409), OutcomeUnknown),
        (1, refusal("rateLimitExceeded", 429), VendorUnavailable),
        (2, refusal("processNotPreconfirmedAnymore", 409), OutcomeUnknown),
        # The citizen has a mail with a link that books.
        (2, refusal("rateLimitExceeded", 429), OutcomeUnknown),
        (2, httpx.ConnectError("down"), OutcomeUnknown),
    ],
)
async def test_a_step_that_is_refused_is_told_from_one_that_is_lost(
    step: int, told: httpx.Response | Exception, error: type[BookingError]
) -> None:
    async with city(update_preconfirms=False) as leuven:
        hold = await held(leuven)
        adapter = leuven.beside({f"POST {STEPS[step]}": told})
        with pytest.raises(error):
            await adapter.confirm(hold, request(), deadline=soon())
        assert [process.status for process in leuven.simulator.processes.values()] != ["confirmed"]


@pytest.mark.parametrize(
    ("step", "status"), [("update", "conflict"), ("confirm", "preconfirmed"), ("update", "deleted")]
)
async def test_an_answer_that_does_not_say_confirmed_is_no_booking(
    leuven: City, step: str, status: str
) -> None:
    hold = await held(leuven)
    told = leuven.simulator._shown(next(iter(leuven.simulator.processes.values())))
    adapter = leuven.beside({f"POST {step}-appointment": told | {"status": status}})
    with pytest.raises(OutcomeUnknown):
        await adapter.confirm(hold, request(), deadline=soon())


async def test_a_hold_that_the_vendor_still_keeps_is_not_confirmed_after_its_end(
    leuven: City,
) -> None:
    hold = await held(leuven)
    assert hold.expires_at == leuven.clock() + timedelta(minutes=15)
    leuven.clock.move_to(hold.expires_at)
    with pytest.raises(HoldExpired):
        await leuven.adapter().confirm(hold, request(), deadline=soon())
    assert [process.status for process in leuven.simulator.processes.values()] == ["reserved"]


async def test_an_expired_hold_frees_its_slot_once_the_vendors_job_has_run(leuven: City) -> None:
    leuven.simulator.workstations = 1
    hold = await held(leuven)
    day = leuven.clock().date()
    leuven.clock.move_to(hold.expires_at + timedelta(minutes=1))
    assert hold.slot.start not in {slot.start for slot in await slots_of(leuven, day, EID)}
    leuven.clock.advance(leuven.simulator.late)
    assert hold.slot.start in {slot.start for slot in await slots_of(leuven, day, EID)}


async def test_a_number_given_out_again_is_another_appointment(leuven: City) -> None:
    old = await held(leuven)
    leuven.clock.advance(timedelta(hours=1))
    new = await booked(leuven)
    number = old.ref.vendor_ref.partition("-")[0]
    assert new.ref.vendor_ref.startswith(f"{number}-")
    assert new.ref.vendor_ref != old.ref.vendor_ref
    await leuven.adapter().cancel(old.ref, deadline=soon())
    await leuven.adapter().release(old, deadline=soon())
    with pytest.raises(AppointmentNotFound):
        await leuven.adapter().appointment(old.ref, deadline=soon())
    still = await leuven.adapter().appointment(new.ref, deadline=soon())
    assert still.status is AppointmentStatus.CONFIRMED


async def test_a_reservation_that_says_nothing_of_its_end_is_kept_for_a_quarter(
    leuven: City,
) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
    told = {"processId": 101495, "authKey": "a" * 64, "status": "reserved", "timestamp": 1}
    adapter = leuven.beside({"POST reserve-appointment": told | {"scope": []}})
    hold = await adapter.hold(slot, "reference-1", deadline=soon())
    assert hold.expires_at == leuven.clock() + timedelta(minutes=15)


# Cancelling --------------------------------------------------------------------------------


async def test_the_key_is_replaced_by_a_cancellation_and_the_citizen_is_mailed_once(
    leuven: City,
) -> None:
    made = await booked(leuven)
    adapter = leuven.adapter()
    ref = await adapter.cancel(made.ref, deadline=soon())
    assert ref.vendor_ref == made.ref.vendor_ref
    assert ref.vendor_state["authKey"] != made.ref.vendor_state["authKey"]
    assert await adapter.cancel(ref, deadline=soon()) == ref
    await adapter.cancel(made.ref, deadline=soon())
    assert [mail for mail, _ in leuven.simulator.mailed].count("cancellation") == 1
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(ref, deadline=soon())


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (refusal("appointmentCanNotBeCanceled", 406), CancellationClosed),
        (refusal("processAlreadyCalled", 409), CancellationClosed),
        (refusal("processDeleteFailed", 500), OutcomeUnknown),
        (refusal("unknownError", 500, 520), OutcomeUnknown),
        (refusal("somethingNew", 406), BadAnswer),
        (refusal("rateLimitExceeded", 429), VendorUnavailable),
        (httpx.Response(200, html="<html>"), OutcomeUnknown),
        (httpx.Response(503), OutcomeUnknown),
        (httpx.ConnectError("down"), VendorUnavailable),
    ],
)
async def test_a_cancellation_that_is_refused_is_told_from_one_that_is_lost(
    leuven: City, told: httpx.Response | Exception, error: type[BookingError]
) -> None:
    made = await booked(leuven)
    with pytest.raises(error):
        await leuven.beside({"POST cancel-appointment": told}).cancel(made.ref, deadline=soon())
    read = await leuven.adapter().appointment(made.ref, deadline=soon())
    assert read.status is AppointmentStatus.CONFIRMED


async def test_a_cancellation_that_answers_with_a_booking_is_unknown(leuven: City) -> None:
    made = await booked(leuven)
    told = leuven.simulator._shown(next(iter(leuven.simulator.processes.values())))
    with pytest.raises(OutcomeUnknown):
        await leuven.beside({"POST cancel-appointment": told}).cancel(made.ref, deadline=soon())


async def test_a_cancellation_without_an_answer_shows_by_its_key(leuven: City) -> None:
    made = await booked(leuven)
    adapter = leuven.beside({"*POST cancel-appointment": httpx.ReadError("broken")})
    with pytest.raises(OutcomeUnknown):
        await adapter.cancel(made.ref, deadline=soon())
    with pytest.raises(AppointmentNotFound):
        await leuven.adapter().appointment(made.ref, deadline=soon())


async def test_what_was_cancelled_between_looking_and_cancelling_is_cancelled(
    leuven: City,
) -> None:
    made = await booked(leuven)
    told = refusal("authKeyMismatch", 406)
    adapter = leuven.beside({"POST cancel-appointment": told})
    assert await adapter.cancel(made.ref, deadline=soon()) == made.ref


async def test_a_source_that_is_down_cancels_nothing(leuven: City) -> None:
    made = await booked(leuven)
    adapter = leuven.beside({"GET appointment": httpx.Response(503)})
    with pytest.raises(VendorUnavailable):
        await adapter.cancel(made.ref, deadline=soon())
    assert [process.status for process in leuven.simulator.processes.values()] == ["confirmed"]


async def test_releasing_a_hold_that_became_a_booking_keeps_the_booking(leuven: City) -> None:
    hold = await held(leuven)
    made = await leuven.adapter().confirm(hold, request(), deadline=soon())
    await leuven.adapter().release(hold, deadline=soon())
    read = await leuven.adapter().appointment(made.ref, deadline=soon())
    assert read.status is AppointmentStatus.CONFIRMED


async def test_releasing_a_hold_whose_time_has_come_succeeds(leuven: City) -> None:
    hold = await held(leuven)
    leuven.simulator.late = timedelta(days=1)
    leuven.clock.move_to(hold.slot.start)
    await leuven.adapter().release(hold, deadline=soon())


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("queued", AppointmentStatus.CONFIRMED),
        ("finished", AppointmentStatus.CONFIRMED),
        ("missed", AppointmentStatus.CONFIRMED),
        ("preconfirmed", AppointmentStatus.HELD),
    ],
)
async def test_an_appointment_at_the_counter_still_stands(
    leuven: City, status: str, found: AppointmentStatus
) -> None:
    made = await booked(leuven)
    next(iter(leuven.simulator.processes.values())).status = status
    read = await leuven.adapter().appointment(made.ref, deadline=soon())
    assert read.status is found


async def test_a_status_that_nobody_knows_is_a_bad_answer(leuven: City) -> None:
    made = await booked(leuven)
    next(iter(leuven.simulator.processes.values())).status = "conflict"
    with pytest.raises(BadAnswer):
        await leuven.adapter().appointment(made.ref, deadline=soon())


# Limits and hostile answers ----------------------------------------------------------------


async def test_a_rate_limit_is_the_vendor_being_unavailable() -> None:
    async with city(rate_limit=1) as leuven:
        await leuven.adapter().products(deadline=soon())
        with pytest.raises(VendorUnavailable):
            await leuven.adapter().products(deadline=soon())


async def test_a_read_waits_as_long_as_it_is_told_to_where_there_is_time() -> None:
    body = json.dumps(_catalogue()).encode()
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


# What is asked -----------------------------------------------------------------------------


def asked(*scopes: Scope) -> dict[str, IntakeField]:
    return {field.name: field for field in intake.fields(scopes or [Scope()])}


def test_a_name_is_all_that_every_office_requires() -> None:
    fields = asked()
    assert list(fields) == ["givenName", "familyName", "email"]
    assert [name for name, field in fields.items() if field.required] == ["familyName"]


def test_what_one_of_the_offices_asks_is_asked() -> None:
    fields = asked(
        Scope(telephone_activated=True, telephone_required=True),
        Scope(email_required=True, custom_textfield_activated=True, custom_textfield_label="Merk"),
    )
    required = {name for name, field in fields.items() if field.required}
    assert required == {"familyName", "email", "phone"}
    assert fields["answers.customTextfield"].label == "Merk"


def test_a_question_without_words_is_asked_only_where_an_answer_is_required() -> None:
    silent = Scope(custom_textfield_activated=True, custom_textfield_label=" ")
    strict = Scope(custom_textfield2_activated=True, custom_textfield2_required=True)
    assert "answers.customTextfield" not in asked(silent)
    assert asked(strict)["answers.customTextfield2"].label == "Opmerkingen"


def test_a_question_that_is_switched_off_is_not_asked() -> None:
    off = Scope(custom_textfield_required=True, custom_textfield_label="Merk")
    assert "answers.customTextfield" not in asked(off)


EVERYTHING = Scope(
    email_required=True,
    telephone_activated=True,
    custom_textfield_activated=True,
    custom_textfield_required=True,
    custom_textfield_label="Merk",
)


def test_only_what_is_asked_is_sent() -> None:
    sent = intake.contact(request(), intake.fields([Scope()]))
    assert sent == {"familyName": "Noor Peeters", "email": "noor.peeters@example.org"}
    all_of_it = intake.contact(request(), intake.fields([EVERYTHING]))
    assert all_of_it == sent | {"telephone": "+3221234567", **ANSWERS}


def test_an_email_address_that_is_not_given_still_replaces_the_placeholder() -> None:
    booker = Person(family_name="Peeters")
    assert intake.contact(request(booker=booker), intake.fields([Scope()]))["email"] == ""


def test_a_mobile_number_will_do_and_loses_its_signs() -> None:
    booker = Person(family_name="Peeters", email="n@example.org", mobile_phone="+32 (470) 12.34-56")
    sent = intake.contact(request(booker=booker), intake.fields([EVERYTHING]))
    assert sent["telephone"] == "+32470123456"


async def test_the_clerk_reads_who_it_is_for(leuven: City) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), KIDS))[0]
    child = Person(given_name="Lou", family_name="Peeters")
    await leuven.adapter().book(slot, request(attendee=child), deadline=soon())
    (process,) = leuven.simulator.processes.values()
    assert process.contact["familyName"] == "Noor Peeters (voor Lou Peeters)"
    assert process.contact["email"] == BOOKER.email


@pytest.mark.parametrize(
    ("field", "value", "issue"),
    [
        ("email", "nobody", "email"),
        ("email", "n@example.org, m@example.org", "email"),
        ("phone", "12", "phone"),
        ("phone", "0470 twaalf", "phone"),
        ("family_name", "  ", "familyName"),
    ],
)
def test_each_field_that_is_not_valid_is_named_without_its_value(
    field: str, value: str, issue: str
) -> None:
    person = BOOKER.model_copy(update={field: value})
    with pytest.raises(CustomerFieldsMissing) as refused:
        intake.contact(request(booker=person), intake.fields([EVERYTHING]))
    assert [named.name for named in refused.value.issues] == [issue]
    assert not value.strip() or value not in f"{refused.value} {refused.value.issues}"


@pytest.mark.parametrize("text", ["", " ", "x" * 251])
def test_an_answer_that_does_not_fit_is_named(text: str) -> None:
    answers = {"customTextfield": text}
    with pytest.raises(CustomerFieldsMissing) as refused:
        intake.contact(request(answers=answers), intake.fields([EVERYTHING]))
    assert [named.name for named in refused.value.issues] == ["answers.customTextfield"]


# Settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"base_url": "stad.example.org/api"},
        {"base_url": "ftp://stad.example.org"},
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
