"""What the memory adapter does beyond the contract: hours, desks, seeds and faults."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.faults import Fault
from adapters.vendors.memory.settings import MemorySettings
from adapters.vendors.memory.store import Entry, desks_in_use
from contracts.adapter import AdapterContext, Capability
from contracts.deadline import Deadline
from contracts.errors import (
    BookingError,
    OutcomeUnknown,
    OutsideBookingWindow,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    AppointmentStatus,
    BookingRequest,
    MatchKey,
    Person,
    ProductQuantity,
    Slot,
    SlotQuery,
)
from contracts.suite import Clock

BRUSSELS = ZoneInfo("Europe/Brussels")
NUMBER = "90051700287"
BOOKER = Person(given_name="Noor", family_name="Peeters", phone="+3291234567")


def deadline() -> Deadline:
    return Deadline.after(5)


def source(now: str = "2027-03-08T07:00+00:00", **settings: Any) -> MemoryAdapter:  # noqa: ANN401
    context = AdapterContext("memory", BRUSSELS, Clock(datetime.fromisoformat(now)))
    return MemoryAdapter(MemorySettings.model_validate(settings), context)


def one_counter(**settings: Any) -> MemoryAdapter:  # noqa: ANN401
    counter = {"products": [{"id": "p", "name": "P", "minutes": 30}]}
    place = {"locations": [{"id": "l", "name": "L"}], "lead_minutes": 0, "step_minutes": 30}
    return source(**{**counter, **place, **settings})


def ask(first: str, last: str | None = None, quantity: int = 1) -> SlotQuery:
    return SlotQuery(
        location_id="l",
        products=(ProductQuantity(product_id="p", quantity=quantity),),
        first_day=date.fromisoformat(first),
        last_day=date.fromisoformat(last or first),
    )


def request(reference: str = "reference-1") -> BookingRequest:
    return BookingRequest(client_reference=reference, booker=BOOKER)


def clock_times(slots: Any) -> list[str]:  # noqa: ANN401
    return [f"{slot.start:%H:%M%z}" for slot in slots]


async def test_it_has_every_capability() -> None:
    assert MemoryAdapter.capabilities() == frozenset(Capability)


async def test_no_settings_at_all_make_a_usable_source() -> None:
    adapter = source()
    for product in await adapter.products(deadline=deadline()):
        wanted = (ProductQuantity(product_id=product.id),)
        location = (await adapter.locations(wanted, deadline=deadline()))[0]
        query = SlotQuery(
            location_id=location.id,
            products=wanted,
            first_day=date(2027, 3, 8),
            last_day=date(2027, 3, 14),
        )
        assert await adapter.slots(query, deadline=deadline())


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2027-03-27", ["01:00+0100", "01:30+0100", "02:00+0100", "02:30+0100", "03:00+0100"]),
        ("2027-03-28", ["01:00+0100", "01:30+0100", "03:00+0200"]),
        (
            "2027-10-31",
            [
                *["01:00+0200", "01:30+0200", "02:00+0200", "02:30+0200"],
                *["02:00+0100", "02:30+0100", "03:00+0100"],
            ],
        ),
    ],
)
async def test_nights_on_which_the_clock_changes_are_as_long_as_they_are(
    day: str, expected: list[str]
) -> None:
    night = ["01:00-03:30"]
    adapter = one_counter(hours={"saturday": night, "sunday": night}, horizon_days=365)
    slots = await adapter.slots(ask(day), deadline=deadline())
    assert clock_times(slots) == expected
    assert all(slot.end - slot.start == timedelta(minutes=30) for slot in slots)
    assert [slot.start.timestamp() for slot in slots] == sorted(s.start.timestamp() for s in slots)


async def test_the_last_slot_ends_when_the_counter_closes() -> None:
    adapter = one_counter(hours={"monday": ["09:00-11:00", "23:00-24:00"]})
    slots = await adapter.slots(ask("2027-03-08", quantity=2), deadline=deadline())
    assert clock_times(slots) == ["09:00+0100", "09:30+0100", "10:00+0100", "23:00+0100"]


async def test_a_location_lives_in_its_own_zone() -> None:
    adapter = one_counter(
        locations=[{"id": "l", "name": "L", "zone": "Atlantic/Canary"}],
        hours={"monday": ["09:00-10:00"]},
    )
    slots = await adapter.slots(ask("2027-03-08"), deadline=deadline())
    assert clock_times(slots) == ["09:00+0000", "09:30+0000"]


async def test_an_appointment_in_between_leaves_the_second_desk_free() -> None:
    adapter = one_counter(
        hours={"monday": ["09:00-10:30"]}, locations=[{"id": "l", "name": "L", "desks": 2}]
    )
    slots = await adapter.slots(ask("2027-03-08"), deadline=deadline())
    for slot in (slots[0], slots[1]):
        await adapter.book(slot, request(f"reference-{slot.start:%H%M}"), deadline=deadline())
    long = await adapter.slots(ask("2027-03-08", quantity=2), deadline=deadline())
    assert clock_times(long) == ["09:00+0100", "09:30+0100"]
    await adapter.book(long[0], request(), deadline=deadline())
    after = await adapter.slots(ask("2027-03-08"), deadline=deadline())
    assert clock_times(after) == ["10:00+0100"]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=12))
def test_desks_in_use_are_those_that_an_assignment_needs(lengths: list[tuple[int, int]]) -> None:
    """First-come, first-served over sorted starts is optimal for equal desks."""
    midnight = datetime(2027, 3, 8, tzinfo=UTC)
    spans = sorted((start, start + length) for start, length in lengths)
    entries = [
        Entry("", "l", midnight + timedelta(hours=a), midnight + timedelta(hours=b), (), [])
        for a, b in spans
    ]
    free_from: list[int] = []
    for start, end in spans:
        reusable = next((desk for desk, at in enumerate(free_from) if at <= start), None)
        if reusable is None:
            free_from.append(end)
        else:
            free_from[reusable] = end
    needed = desks_in_use(entries, midnight, midnight + timedelta(hours=40))
    assert needed == len(free_from)


async def test_a_slot_that_was_never_offered_is_refused() -> None:
    adapter = one_counter(hours={"monday": ["09:00-10:30"]})
    slot = (await adapter.slots(ask("2027-03-08"), deadline=deadline()))[0]
    minute = timedelta(minutes=1)
    for forged in (
        {"start": slot.start + minute, "end": slot.end + minute},
        {"end": slot.end + minute},
        {"start": slot.start + 24 * 60 * minute, "end": slot.end + 24 * 60 * minute},
    ):
        with pytest.raises(SlotTaken):
            await adapter.book(slot.model_copy(update=forged), request(), deadline=deadline())
    beyond = timedelta(days=91)
    with pytest.raises(OutsideBookingWindow):
        await adapter.book(
            slot.model_copy(update={"start": slot.start + beyond, "end": slot.end + beyond}),
            request(),
            deadline=deadline(),
        )


async def test_the_same_seed_gives_the_same_references() -> None:
    async def book(seed: int) -> str:
        adapter = one_counter(seed=seed)
        slot = (await adapter.slots(ask("2027-03-08"), deadline=deadline()))[0]
        return (await adapter.book(slot, request(), deadline=deadline())).ref.vendor_ref

    assert await book(1) == await book(1)
    assert await book(1) != await book(2)


PASSPORT = {"product": "reispas", "location": "stadhuis", "in_days": 3}
LICENCE = {"product": "rijbewijs", "location": "stadhuis", "in_days": 6}


@pytest.mark.parametrize("now", ["2027-03-08T07:00+00:00", "2028-02-27T23:30+00:00"])
async def test_citizens_have_appointments_in_the_coming_days(now: str) -> None:
    adapter = source(now, citizens=[{"value": NUMBER, "appointments": [PASSPORT, LICENCE]}])
    citizen = MatchKey(kind="nationalNumber", value=NUMBER)
    found = await adapter.appointments_of(citizen, deadline=deadline())
    assert [item.products[0].product_id for item in found] == ["reispas", "rijbewijs"]
    today = datetime.fromisoformat(now).astimezone(BRUSSELS).date()
    assert found[0].start.date() >= today + timedelta(days=3)
    assert found[1].start.date() <= today + timedelta(days=8)
    assert all(item.client_reference is None for item in found)


async def test_staff_decides_on_what_waits_for_approval() -> None:
    adapter = source()
    query = SlotQuery(
        location_id="stadhuis",
        products=(ProductQuantity(product_id="huwelijk"),),
        first_day=date(2027, 3, 8),
        last_day=date(2027, 3, 9),
    )
    slot = (await adapter.slots(query, deadline=deadline()))[0]
    answered = request().model_copy(update={"answers": {"partner": "Bo Maes"}})
    booked = await adapter.book(slot, answered, deadline=deadline())
    cursor = (await adapter.changes(None, deadline=deadline())).cursor
    adapter.desk.decide(booked.ref, AppointmentStatus.REJECTED)
    read = await adapter.appointment(booked.ref, deadline=deadline())
    changed = await adapter.changes(cursor, deadline=deadline())
    assert read.status is AppointmentStatus.REJECTED
    assert changed.items == (read,)


async def test_a_long_change_feed_comes_in_pages() -> None:
    adapter = one_counter(locations=[{"id": "l", "name": "L", "desks": 100}])
    start = (await adapter.changes(None, deadline=deadline())).cursor
    slots = await adapter.slots(ask("2027-03-08", "2027-03-12"), deadline=deadline())
    for number in range(150):
        slot = slots[number % len(slots)]
        await adapter.book(slot, request(f"reference-{number}"), deadline=deadline())
    first = await adapter.changes(start, deadline=deadline())
    second = await adapter.changes(first.cursor, deadline=deadline())
    assert (len(first.items), first.more) == (100, True)
    assert (len(second.items), second.more) == (50, False)


class TestFaults:
    @pytest.fixture
    def adapter(self) -> MemoryAdapter:
        return one_counter()

    @pytest.fixture
    async def slot(self, adapter: MemoryAdapter) -> Slot:
        return (await adapter.slots(ask("2027-03-08"), deadline=deadline()))[0]

    async def test_a_scripted_call_fails_once_and_calls_are_counted(
        self, adapter: MemoryAdapter, slot: Slot
    ) -> None:
        adapter.faults.script("book", VendorUnavailable("Down."))
        with pytest.raises(VendorUnavailable):
            await adapter.book(slot, request(), deadline=deadline())
        await adapter.book(slot, request(), deadline=deadline())
        assert adapter.faults.calls == Counter(slots=1, book=2)

    async def test_an_unknown_outcome_may_have_been_applied_or_not(
        self, adapter: MemoryAdapter, slot: Slot
    ) -> None:
        for applied in (False, True):
            adapter.faults.script("book", OutcomeUnknown("Lost."), applied=applied)
            with pytest.raises(OutcomeUnknown):
                await adapter.book(slot, request(), deadline=deadline())
            found = await adapter.find_by_client_reference(
                "reference-1", near=slot, deadline=deadline()
            )
            assert (found is not None) is applied

    async def test_a_call_waits_for_the_test_to_let_it_go(
        self, adapter: MemoryAdapter, slot: Slot
    ) -> None:
        gate = asyncio.Event()
        adapter.faults.script("book", until=gate)
        booking = asyncio.create_task(adapter.book(slot, request(), deadline=deadline()))
        await adapter.products(deadline=deadline())
        assert not booking.done()
        gate.set()
        assert (await booking).start == slot.start

    @pytest.mark.parametrize(
        ("applied", "error"), [(False, VendorUnavailable), (True, OutcomeUnknown)]
    )
    async def test_a_call_that_nobody_lets_go_ends_at_its_deadline(
        self, adapter: MemoryAdapter, slot: Slot, *, applied: bool, error: type[BookingError]
    ) -> None:
        adapter.faults.script("book", applied=applied, until=asyncio.Event())
        with pytest.raises(error):
            await adapter.book(slot, request(), deadline=Deadline.after(0.05))

    async def test_a_standing_fault_ends_when_it_is_taken_away(
        self, adapter: MemoryAdapter
    ) -> None:
        adapter.faults.always = Fault(VendorUnavailable("Down."))
        with pytest.raises(VendorUnavailable):
            await adapter.products(deadline=deadline())
        adapter.faults.always = Fault()
        assert await adapter.products(deadline=deadline())


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"hours": {"monday": ["9-12"]}}, "write for example 09:00-12:00"),
        ({"hours": {"monday": ["12:00-09:00"]}}, "closes before it opens"),
        ({"hours": {"monday": ["12:00-24:30"]}}, "closes before it opens"),
        ({"hours": {"maandag": ["09:00-12:00"]}}, "Input should be 'monday'"),
        ({"desks": 3}, "Extra inputs are not permitted"),
        (
            {"locations": [{"id": "l", "name": "L", "products": ["x"]}]},
            "'x' is not one of products",
        ),
        ({"products": [{"id": "p", "name": "P"}] * 2}, "products has 'p' twice"),
        (
            {
                "citizens": [
                    {"value": NUMBER, "appointments": [{**PASSPORT, "location": "y"}]},
                ]
            },
            "'y' is not one of locations",
        ),
        ({"citizens": [{"value": int(NUMBER), "appointments": []}]}, "valid string"),
    ],
)
def test_a_mistake_in_the_settings_is_named(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MemorySettings.model_validate(settings)
    assert expected in str(refused.value)
    assert NUMBER not in str(refused.value)
