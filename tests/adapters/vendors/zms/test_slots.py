"""Free times: DST nights, days that are asked one by one, and what goes together."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from adapters.vendors.zms.simulated_city import EID, KIDS, MOVING, PASSPORT, PLANS, WEDDING
from contracts.deadline import Deadline
from contracts.errors import BookingError, ProductsNotCombinable, QuantityExceeded, ResourceNotFound
from contracts.models import ProductQuantity
from tests.adapters.vendors.zms.city import (
    BRUSSELS,
    TOWN_HALL,
    Answers,
    City,
    catalogue,
    city,
    query,
    refusal,
    request,
    slots_of,
    soon,
)

ALL_NIGHT = ((time(0), time(5)),)
BRANCH = "10502"


# Time ---------------------------------------------------------------------------------------


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


# What goes together, and how much -----------------------------------------------------------


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
    plain = leuven.beside(answers | {"GET offices-and-services": catalogue()})
    assert await plain.slots(asked, deadline=soon()) == []
    ruled = leuven.beside(answers | {"GET offices-and-services": catalogue(**{kind: change})})
    with pytest.raises(error):
        await ruled.slots(asked, deadline=soon())


async def test_an_address_may_be_an_empty_list(leuven: City) -> None:
    adapter = leuven.beside({"GET offices-and-services": catalogue(office={"address": []})})
    (place,) = await adapter.locations(deadline=soon())
    assert (place.name, place.address) == ("Loket", None)
