"""Free times are worked out: availability, rules, opening hours, buffers, and two odd nights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from adapters.vendors.msbookings.simulated import guid
from contracts.errors import BadAnswer, ResourceNotFound
from contracts.models import ProductQuantity, Slot
from tests.adapters.vendors.msbookings.answers import Between, failure
from tests.adapters.vendors.msbookings.town_hall import (
    BRUSSELS,
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

TODAY = MONDAY.date()
TUESDAY = TODAY + timedelta(days=1)


def walls(slots: list[Slot]) -> list[str]:
    """What the clock on the wall shows at each start."""
    return [f"{slot.start.astimezone(BRUSSELS):%H:%M}" for slot in slots]


async def taken(hall: TownHall, slot: Slot, times: int = 1) -> None:
    for number in range(times):
        await hall.adapter().book(slot, request(f"taken-by-{number}"), deadline=soon())


# Hours and intervals ------------------------------------------------------------------------


async def test_starts_are_counted_from_when_the_doors_open_and_end_before_they_close() -> None:
    hours = ((time(9, 5), time(10)), (time(13), time(13, 50)))
    async with town_hall(hours=hours) as hall:
        assert walls(await hall.free(TUESDAY, PASSPORT)) == [
            *("09:05", "09:20", "09:35"),
            *("13:00", "13:15", "13:30"),
        ]


async def test_doors_that_close_at_midnight_close_at_the_end_of_the_day() -> None:
    hours, worked = ((time(23), time(0)),), (time(8), time(23, 59, 59))
    async with town_hall(hours=hours, worked=worked, interval=20) as hall:
        slots = await hall.free(TUESDAY, PASSPORT)
        assert walls(slots) == ["23:00", "23:20", "23:40"]


async def test_staff_that_is_there_while_the_doors_are_closed_takes_no_bookings() -> None:
    async with town_hall(hours=((time(9), time(10)),), worked=(time(6), time(22))) as hall:
        assert walls(await hall.free(TUESDAY, PASSPORT)) == ["09:00", "09:15", "09:30", "09:45"]


async def test_open_doors_without_staff_take_no_bookings() -> None:
    async with town_hall(hours=((time(7), time(20)),), worked=(time(9), time(9, 30))) as hall:
        assert walls(await hall.free(TUESDAY, PASSPORT)) == ["09:00", "09:15"]


async def test_a_weekend_is_closed() -> None:
    async with town_hall() as hall:
        saturday = query(PASSPORT, first=date(2027, 3, 13), last=date(2027, 3, 14))
        assert await hall.slots(saturday) == []


async def test_a_service_has_an_interval_of_its_own() -> None:
    async with town_hall(hours=((time(9), time(10)),)) as hall:
        starts = walls(await hall.free(TUESDAY, MOVING))
        assert starts == ["09:00", "09:10", "09:20", "09:30", "09:40", "09:50"]


async def test_custom_hours_of_a_service_end_with_those_of_the_business() -> None:
    async with town_hall() as hall:
        location = (await hall.adapter().locations(deadline=soon()))[1].id
        week = query(MARRIAGE, first=TUESDAY, last=TUESDAY + timedelta(days=6), location=location)
        slots = await hall.slots(week)
        assert {slot.start.astimezone(BRUSSELS).weekday() for slot in slots} == {2}
        assert (walls(slots)[0], walls(slots)[-1]) == ("10:00", "16:15")
        assert "11:30" not in walls(slots)


POLICY = {"allowStaffSelection": True, "timeSlotInterval": "PT30M"}


@pytest.mark.parametrize(
    ("policy", "starts"),
    [
        ({}, ["09:00", "09:15"]),
        ({"timeSlotInterval": "PT5M"}, ["09:00", "09:05", "09:10", "09:15"]),
        ({"generalAvailability": {"availabilityType": "notBookable"}}, []),
        ({"generalAvailability": {"availabilityType": "unknownFutureValue"}}, []),
        ({"generalAvailability": {"availabilityType": "customWeeklyHours"}}, []),
        ({"generalAvailability": {"availabilityType": "BookWhenStaffAreFree"}}, ["09:00", "09:15"]),
        (
            {
                "customAvailabilities": [
                    {
                        "startDate": "2027-03-09",
                        "endDate": "2027-03-09",
                        "availabilityType": "notBookable",
                    }
                ]
            },
            [],
        ),
        (
            {
                "generalAvailability": {"availabilityType": "notBookable"},
                "customAvailabilities": [
                    {
                        "startDate": "2027-03-01",
                        "endDate": "2027-03-09",
                        "availabilityType": "bookWhenStaffAreFree",
                    }
                ],
            },
            ["09:00", "09:15"],
        ),
        (
            {
                "customAvailabilities": [
                    {
                        "startDate": "2027-03-10",
                        "endDate": "2027-03-31",
                        "availabilityType": "notBookable",
                    }
                ]
            },
            ["09:00", "09:15"],
        ),
    ],
)
async def test_a_service_is_booked_by_its_own_rules(
    policy: Mapping[str, Any], starts: list[str]
) -> None:
    async with town_hall(hours=((time(9), time(9, 30)),)) as hall:
        hall.simulator.services[guid(PASSPORT)]["schedulingPolicy"] = policy
        assert walls(await hall.free(TUESDAY, PASSPORT)) == starts


# How early and how late ---------------------------------------------------------------------


async def test_a_lead_time_leaves_out_what_begins_too_soon() -> None:
    async with town_hall() as hall:
        slots = await hall.free(TODAY, MOVING)  # it is eight, and an hour's notice is asked
        assert walls(slots)[0] == "09:00"
        hall.clock.advance(timedelta(minutes=1))
        assert walls(await hall.free(TODAY, MOVING))[0] == "09:10"


async def test_a_service_without_a_notice_of_its_own_asks_for_that_of_its_business() -> None:
    async with town_hall() as hall:
        rules = {"minimumLeadTime": "PT2H", "allowStaffSelection": True}
        between = Between({"GET ": hall.simulator._business() | {"schedulingPolicy": rules}})
        adapter = hall.adapter(transport=between)
        for name, earliest in ((PASSPORT, "10:00"), (MOVING, "09:00")):
            slots = await adapter.slots(query(name, first=TODAY, last=TODAY), deadline=soon())
            assert walls(list(slots))[0] == earliest


async def test_what_is_too_far_ahead_is_left_out() -> None:
    async with town_hall() as hall:
        everything = query(MOVING, first=TODAY, last=TODAY + timedelta(days=60))
        last = (await hall.slots(everything))[-1].start
        assert last == MONDAY + timedelta(days=30)


@pytest.mark.parametrize("days", [-400, 400])
async def test_days_past_or_too_far_have_no_slots_and_nobody_is_asked(days: int) -> None:
    async with town_hall() as hall:
        day = TODAY + timedelta(days=days)
        assert await hall.free(day, PASSPORT) == []
        assert hall.simulator.calls["POST /getStaffAvailability"] == 0


# Buffers and staff --------------------------------------------------------------------------


async def test_buffers_keep_staff_free_before_and_after() -> None:
    hours = worked = (time(9), time(11))
    async with town_hall(staff=1, hours=(hours,), worked=worked, interval=5) as hall:
        slots = await hall.free(TUESDAY, LICENCE)
        assert (walls(slots)[0], walls(slots)[-1]) == ("09:05", "10:30")
        await taken(hall, slots[walls(slots).index("09:30")])
        # Busy from 09:25 to 10:00, and 35 minutes are needed.
        assert walls(await hall.free(TUESDAY, LICENCE))[0] == "10:05"


async def test_a_time_is_offered_as_long_as_somebody_is_free() -> None:
    async with town_hall(staff=3) as hall:
        slot = (await hall.free(TUESDAY, PASSPORT))[0]
        await taken(hall, slot, 2)
        assert slot in await hall.free(TUESDAY, PASSPORT)
        await taken(hall, slot)
        assert slot not in await hall.free(TUESDAY, PASSPORT)


async def test_who_is_not_told_of_is_not_available() -> None:
    async with town_hall() as hall:
        answers: dict[str, Any] = {"POST /getStaffAvailability": {"value": []}}
        adapter = hall.adapter(transport=Between(answers))
        assert (
            await adapter.slots(query(PASSPORT, first=TUESDAY, last=TUESDAY), deadline=soon()) == []
        )


def _window(status: str, start: str, end: str, zone: str = "Romance Standard Time") -> Any:  # noqa: ANN401 JSON
    moments = ({"dateTime": each, "timeZone": zone} for each in (start, end))
    return dict(zip(("status", "startDateTime", "endDateTime"), (status, *moments), strict=True))


@pytest.mark.parametrize("key", ["value", "staffAvailabilityItem"])
@pytest.mark.parametrize("status", ["Available", "available"])
async def test_both_spellings_of_availability_are_read(key: str, status: str) -> None:
    async with town_hall(staff=1) as hall:
        items = [_window(status, "2027-03-09T10:00:00", "2027-03-09T10:15:00")]
        staff = hall.simulator.staff_ids[0]
        answers = {
            "POST /getStaffAvailability": {key: [{"staffId": staff, "availabilityItems": items}]}
        }
        adapter = hall.adapter(transport=Between(answers))
        asked = query(PASSPORT, first=TUESDAY, last=TUESDAY)
        assert walls(list(await adapter.slots(asked, deadline=soon()))) == ["10:00"]


@pytest.mark.parametrize("status", ["Busy", "slotsAvailable", "slotAvailable", "outOfOffice", "x"])
async def test_nothing_but_available_is_free(status: str) -> None:
    async with town_hall(staff=1) as hall:
        items = [
            _window(status, "2027-03-09T10:00:00", "2027-03-09T10:15:00"),
            _window("Available", "2027-03-09T10:15:00", "2027-03-09T10:30:00"),
            _window("Available", "2027-03-09T10:30:00", "2027-03-09T11:00:00"),
        ]
        staff = hall.simulator.staff_ids[0]
        answers = {
            "POST /getStaffAvailability": {
                "value": [{"staffId": staff, "availabilityItems": items}]
            }
        }
        adapter = hall.adapter(transport=Between(answers))
        asked = query(LICENCE, first=TUESDAY, last=TUESDAY)
        # 20 minutes, with 5 before and 10 after: windows that touch are one.
        assert walls(list(await adapter.slots(asked, deadline=soon()))) == ["10:30"]


async def test_a_zone_that_nobody_knows_is_no_empty_list() -> None:
    async with town_hall(staff=1) as hall:
        items = [_window("Available", "2027-03-09T10:00:00", "2027-03-09T11:00:00", "Mars")]
        staff = hall.simulator.staff_ids[0]
        answers = {
            "POST /getStaffAvailability": {
                "value": [{"staffId": staff, "availabilityItems": items}]
            }
        }
        adapter = hall.adapter(transport=Between(answers))
        with pytest.raises(BadAnswer, match="Mars"):
            await adapter.slots(query(PASSPORT, first=TUESDAY, last=TUESDAY), deadline=soon())


# How it is asked ----------------------------------------------------------------------------


async def test_a_year_is_asked_in_months_and_answered_in_full() -> None:
    async with town_hall() as hall:
        between = Between()
        whole = query(PASSPORT, first=TODAY, last=TODAY + timedelta(days=366))
        slots = await hall.adapter(transport=between).slots(whole, deadline=soon())
        asked = between.bodies("POST /getStaffAvailability")
        assert len(asked) == 12
        assert all(
            timedelta(minutes=30) <= _end(each) - _start(each) <= timedelta(days=32)
            for each in asked
        )
        days = [TODAY + timedelta(days=number) for number in range(365)]
        assert sorted({slot.start.astimezone(BRUSSELS).date() for slot in slots}) == [
            day for day in days if day.weekday() < 5
        ]


def _start(asked: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(asked["startDateTime"]["dateTime"])


def _end(asked: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(asked["endDateTime"]["dateTime"])


async def test_a_single_day_is_never_asked_in_less_than_half_an_hour() -> None:
    async with town_hall(datetime(2027, 3, 8, 15, 50, tzinfo=UTC)) as hall:
        between = Between()
        asked = query(PASSPORT, first=TODAY, last=TODAY)
        slots = await hall.adapter(transport=between).slots(asked, deadline=soon())
        assert walls(list(slots)) == []  # doors close in ten minutes
        hall.clock.advance(timedelta(minutes=-10))
        slots = await hall.adapter(transport=between).slots(asked, deadline=soon())
        assert walls(list(slots)) == ["16:45"]
        (call,) = between.bodies("POST /getStaffAvailability")
        assert _end(call) - _start(call) == timedelta(days=1)


# The two nights -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sunday", "shown"),
    [
        (date(2027, 3, 28), ["00:30+01:00", "01:30+01:00", "03:30+02:00"]),
        (date(2027, 10, 31), ["00:30+02:00", "01:30+02:00", "02:30+02:00", "02:30+01:00"]),
    ],
    ids=["to summer time", "to winter time"],
)
async def test_in_a_night_that_the_clock_changes_hours_pass_and_each_is_offered_once(
    sunday: date, shown: list[str]
) -> None:
    now = datetime.combine(sunday - timedelta(days=2), time(12), UTC)
    night = (time(0, 30), time(4, 0) if len(shown) == 3 else time(3, 30))
    options: dict[str, Any] = {"hours": (night,), "worked": (time(0), time(6))}
    async with town_hall(now, **options, days=range(7), interval=60) as hall:
        slots = await hall.free(sunday, PASSPORT)
        local = [slot.start.astimezone(BRUSSELS).isoformat("T", "minutes") for slot in slots]
        assert [text[11:] for text in local] == shown
        for slot in slots:
            booked = await hall.adapter().book(slot, request(), deadline=soon())
            read = await hall.adapter().appointment(booked.ref, deadline=soon())
            assert (read.start, read.end) == (slot.start, slot.end)


@pytest.mark.parametrize(
    ("opens", "closes", "shown"),
    [
        ("02:30", "04:00", ["02:30+01:00"]),
        ("00:00", "02:45", ["00:30+02:00", "01:30+02:00", "02:30+02:00"]),
        ("02:30", "02:45", []),
    ],
)
async def test_a_window_in_the_hour_that_comes_twice_means_the_least_it_can(
    opens: str, closes: str, shown: list[str]
) -> None:
    sunday, night = date(2027, 10, 31), (time(0, 30), time(3, 30))
    now = datetime(2027, 10, 29, 12, tzinfo=UTC)
    async with town_hall(now, staff=1, hours=(night,), days=range(7), interval=60) as hall:
        item = _window("Available", f"{sunday}T{opens}:00", f"{sunday}T{closes}:00")
        told = {"staffId": hall.simulator.staff_ids[0], "availabilityItems": [item]}
        adapter = hall.adapter(transport=Between({"POST /getStaffAvailability": {"value": [told]}}))
        slots = await adapter.slots(query(PASSPORT, first=sunday, last=sunday), deadline=soon())
        local = [slot.start.astimezone(BRUSSELS).isoformat("T", "minutes") for slot in slots]
        assert [text[11:] for text in local] == shown


# Products and places ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Vergadering college", "Niet online"])
async def test_a_service_without_staff_to_choose_is_no_product(name: str) -> None:
    async with town_hall() as hall:
        known = {product.id for product in await hall.adapter().products(deadline=soon())}
        assert guid(name) not in known
        with pytest.raises(ResourceNotFound):
            await hall.free(TUESDAY, name)


async def test_a_service_may_let_staff_be_chosen_where_its_business_does_not() -> None:
    async with town_hall() as hall:
        business = {"displayName": "Stad", "schedulingPolicy": {"allowStaffSelection": False}}
        own = hall.simulator.services[guid(PASSPORT)]
        own["schedulingPolicy"] = {"allowStaffSelection": True}
        adapter = hall.adapter(transport=Between({"GET ": business}))
        products = await adapter.products(deadline=soon())
        assert guid(PASSPORT) in {product.id for product in products}
        assert guid(EID) not in {product.id for product in products}


async def test_a_service_elsewhere_has_a_location_of_its_own() -> None:
    async with town_hall() as hall:
        adapter = hall.adapter()
        main, other = await adapter.locations(deadline=soon())
        assert (main.name, other.name) == ("Stad Kortrijk", "Huis van de Burgerlijke Stand")
        chosen = (ProductQuantity(product_id=guid(MARRIAGE)),)
        assert await adapter.locations(chosen, deadline=soon()) == [other]
        with pytest.raises(ResourceNotFound):
            await hall.free(TUESDAY, MARRIAGE)
        assert "@" not in main.id


@pytest.mark.parametrize(
    "changes",
    [
        {"defaultDuration": "PT0S"},
        {"defaultDuration": "P1M"},
        {"defaultDuration": "-PT10M"},
        {"defaultDuration": 900},
        {"preBuffer": "-PT10M"},
        {"schedulingPolicy": {"timeSlotInterval": "PT1S"}},
        {"schedulingPolicy": {"minimumLeadTime": "-P1D"}},
    ],
    ids=str,
)
async def test_rules_that_make_no_sense_are_a_bad_answer(changes: dict[str, Any]) -> None:
    async with town_hall() as hall:
        hall.simulator.services[guid(PASSPORT)] |= changes
        with pytest.raises(BadAnswer):
            await hall.free(TUESDAY, PASSPORT)


async def test_a_business_that_is_not_there_is_not_available() -> None:
    async with town_hall() as hall:
        adapter = hall.adapter(transport=Between({"GET ": failure(404, "ErrorItemNotFound")}))
        with pytest.raises(Exception, match="no such business") as refused:
            await adapter.products(deadline=soon())
        assert refused.type.__name__ == "VendorUnavailable"
