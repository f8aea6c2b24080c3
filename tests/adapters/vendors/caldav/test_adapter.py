"""A calendar that people use as well: what they write, move and delete is respected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from adapters.vendors.caldav.adapter import CalDavAdapter
from contracts.errors import (
    AppointmentNotFound,
    CapabilityNotSupported,
    HoldExpired,
    OutsideBookingWindow,
    SlotTaken,
)
from contracts.models import Appointment, AppointmentStatus, MatchKey, Person
from tests.adapters.vendors.caldav.office import Office, query, request_of, soon, starts

_numbers = count(100)
TUESDAY = query(days=(9, 9))
ALL_DAY = [
    f"09 {hour:02}:{minute:02}" for hour in (9, 10, 11, 13, 14, 15) for minute in (0, 15, 30, 45)
]


@pytest.fixture
async def adapter(office: Office) -> AsyncIterator[CalDavAdapter]:
    """An adapter on one desk."""
    place = office.settings.locations[0].model_dump() | {"desks": office.desks[:1]}
    made = office.adapter(locations=[place], products=office.settings.products[:2])
    yield made
    await made.aclose()


async def book(adapter: CalDavAdapter, nth: int = 0, **changes: object) -> Appointment:
    slot = (await adapter.slots(TUESDAY, deadline=soon()))[nth]
    return await adapter.book(slot, request_of(next(_numbers), **changes), deadline=soon())


def without(*times: str) -> list[str]:
    return [start for start in ALL_DAY if start[3:] not in times]


@pytest.mark.parametrize(
    ("event", "taken"),
    [
        ("DTSTART:20270309T090000Z\nDTEND:20270309T093000Z", ["10:00", "10:15"]),
        ("DTSTART;TZID=Europe/London:20270309T091000\nDURATION:PT10M", ["10:00", "10:15"]),
        ("DTSTART:20270309T100500\nDURATION:PT5M", ["10:00"]),
        (
            "DTSTART;TZID=Europe/Brussels:20261006T100000\nDURATION:PT15M\nRRULE:FREQ=WEEKLY",
            ["10:00"],
        ),
        (
            "DTSTART;TZID=America/New_York:20261027T040000\nDURATION:PT15M\nRRULE:FREQ=WEEKLY",
            ["10:00"],
        ),
        (
            # Since the clock changed, Radicale has this one an hour before the doors open.
            "DTSTART;TZID=Europe/Brussels:20261006T090000\nDURATION:PT15M\nRRULE:FREQ=WEEKLY",
            ["09:00"],
        ),
        ("DTSTART;VALUE=DATE:20270309", [start[3:] for start in ALL_DAY]),
        (
            "DTSTART;VALUE=DATE:20270301\nDTEND;VALUE=DATE:20270401",
            [start[3:] for start in ALL_DAY],
        ),
        ("DTSTART:20270309T090000Z\nDTEND:20270309T093000Z\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20270309T090000Z\nDTEND:20270309T093000Z\nSTATUS:CANCELLED", []),
    ],
    ids=[
        "utc",
        "zone",
        "floating",
        "weekly",
        "weekly far",
        "opening",
        "day",
        "leave",
        "transparent",
        "off",
    ],
)
async def test_a_desk_is_busy_when_its_calendar_says_so(
    office: Office, adapter: CalDavAdapter, event: str, taken: list[str]
) -> None:
    before = await adapter.slots(TUESDAY, deadline=soon())
    await office.put(event)
    assert await starts(adapter, TUESDAY) == without(*taken)
    for slot in before:
        if f"{slot.start:%H:%M}" in taken[:2]:
            with pytest.raises(SlotTaken):
                await adapter.book(slot, request_of(1), deadline=soon())
    assert await office.names() == ["hand.ics"]


async def test_what_staff_moves_is_shown_where_it_is_now_and_its_old_time_is_free(
    office: Office, adapter: CalDavAdapter
) -> None:
    booked = await book(adapter)
    await office.edit(booked, ("T080000Z\r", "T130000Z\r"), ("T081500Z\r", "T131500Z\r"))
    moved = await adapter.appointment(booked.ref, deadline=soon())
    assert f"{moved.start:%H:%M}" == "14:00"
    assert await starts(adapter, TUESDAY) == without("14:00")
    again = await book(adapter)
    assert again.start == booked.start
    assert again.ref.vendor_ref != booked.ref.vendor_ref
    await adapter.cancel(booked.ref, deadline=soon())
    assert (await adapter.appointment(again.ref, deadline=soon())).start == again.start
    assert await starts(adapter, TUESDAY) == without("09:00")


async def test_what_staff_moves_to_another_counter_is_found_there(office: Office) -> None:
    adapter = office.adapter()
    booked = await book(adapter)
    address = office.desks[0] + str(booked.ref.vendor_state["name"])
    text = await office.get(address)
    assert text
    await office.save(text, office.desks[1] + "verplaatst.ics")
    await office.delete(address)
    moved = await adapter.appointment(booked.ref, deadline=soon())
    assert moved.ref.vendor_ref == booked.ref.vendor_ref
    assert moved.ref.vendor_state == {"desk": office.desks[1], "name": "verplaatst.ics"}
    await adapter.cancel(booked.ref, deadline=soon())
    assert await office.names(desk=1) == []
    await adapter.aclose()


async def test_what_staff_moves_far_away_is_still_found_by_its_reference(
    office: Office, adapter: CalDavAdapter
) -> None:
    slot = (await adapter.slots(TUESDAY, deadline=soon()))[0]
    request = request_of(1)
    booked = await adapter.book(slot, request, deadline=soon())
    week = [(f"{name}:20270309", f"{name}:20270316") for name in ("DTSTART", "DTEND")]
    await office.edit(booked, *week)
    reference = request.client_reference
    found = await adapter.find_by_client_reference(reference, near=slot, deadline=soon())
    assert found
    assert found.ref.vendor_ref == booked.ref.vendor_ref
    assert found.start - slot.start == timedelta(days=7)
    longer = await adapter.find_by_client_reference(reference[:-1], near=slot, deadline=soon())
    assert longer is None


async def test_what_staff_cancels_is_cancelled_and_its_time_is_free(
    office: Office, adapter: CalDavAdapter
) -> None:
    booked = await book(adapter)
    await office.edit(booked, ("STATUS:CONFIRMED", "STATUS:CANCELLED"))
    read = await adapter.appointment(booked.ref, deadline=soon())
    assert read.status is AppointmentStatus.CANCELLED
    assert (await book(adapter)).start == booked.start


async def test_an_event_whose_unknown_properties_were_dropped_is_still_an_appointment(
    office: Office, adapter: CalDavAdapter
) -> None:
    booked = await book(adapter)
    await office.edit(booked, ("X-AFSPRAKENPOORT-STAGE", "X-IETS-ANDERS"))
    read = await adapter.appointment(booked.ref, deadline=soon())
    assert (read.location_id, read.products) == ("gemeentehuis", ())
    await adapter.cancel(booked.ref, deadline=soon())
    assert await office.names() == []


async def test_what_staff_deletes_is_gone(office: Office, adapter: CalDavAdapter) -> None:
    booked = await book(adapter)
    await office.delete(office.desks[0] + str(booked.ref.vendor_state["name"]))
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(booked.ref, deadline=soon())
    await adapter.cancel(booked.ref, deadline=soon())


async def test_a_reference_never_leads_to_the_next_citizen(adapter: CalDavAdapter) -> None:
    first = await book(adapter)
    await adapter.cancel(first.ref, deadline=soon())
    slot = (await adapter.slots(TUESDAY, deadline=soon()))[0]
    second = await adapter.book(slot, request_of(2), deadline=soon())
    assert second.ref.vendor_state == first.ref.vendor_state
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(first.ref, deadline=soon())
    await adapter.cancel(first.ref, deadline=soon())
    assert (await adapter.appointment(second.ref, deadline=soon())).start == second.start


@pytest.mark.parametrize(
    ("contact", "shown", "hidden"),
    [
        ("none", ["Attest"], ["Noor", "Lou", "noor@example.org"]),
        ("name", ["Attest – Lou Peeters"], ["noor@example.org", "Noor"]),
        ("full", ["Lou Peeters", "noor@example.org", "Noor Peeters"], ["90051700152"]),
    ],
)
async def test_the_calendar_shows_as_much_of_the_citizen_as_the_municipality_chose(
    office: Office, contact: str, shown: list[str], hidden: list[str]
) -> None:
    adapter = office.adapter(contact=contact)
    booker = Person(
        given_name="Noor",
        family_name="Peeters",
        email="noor@example.org",
        national_number="90051700152",
    )
    key = MatchKey(kind="nationalNumber", value="90051700152")
    booked = await book(
        adapter,
        booker=booker,
        attendee=Person(given_name="Lou", family_name="Peeters"),
        match_key=key,
    )
    text = await office.get(office.desks[0] + str(booked.ref.vendor_state["name"]))
    assert text
    unfolded = text.replace("\r\n ", "")
    assert [part for part in shown if part not in unfolded] == []
    assert [part for part in [*hidden, key.value] if part in unfolded] == []
    await adapter.aclose()


async def test_a_hold_carries_nobody_and_becomes_one_booking(
    office: Office, adapter: CalDavAdapter
) -> None:
    slot = (await adapter.slots(TUESDAY, deadline=soon()))[0]
    held = await adapter.hold(slot, "reference-1", deadline=soon())
    text = await office.get(office.desks[0] + str(held.ref.vendor_state["name"]))
    assert text
    assert "STATUS:TENTATIVE" in text
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(held.ref, deadline=soon())
    booked = await adapter.confirm(held, request_of(2), deadline=soon())
    assert booked.ref.vendor_ref == held.ref.vendor_ref
    await adapter.release(held, deadline=soon())
    read = await adapter.appointment(booked.ref, deadline=soon())
    assert read.client_reference == request_of(2).client_reference
    with pytest.raises(HoldExpired):
        await adapter.confirm(held, request_of(3), deadline=soon())


async def test_a_lapsed_hold_gives_way_and_cannot_be_confirmed_any_more(
    office: Office, adapter: CalDavAdapter
) -> None:
    slot = (await adapter.slots(TUESDAY, deadline=soon()))[0]
    held = await adapter.hold(slot, "reference-1", deadline=soon())
    office.clock.move_to(held.expires_at)
    booked = await adapter.book(slot, request_of(2), deadline=soon())
    office.clock.move_to(held.expires_at - timedelta(minutes=1))
    with pytest.raises(HoldExpired):
        await adapter.confirm(held, request_of(1), deadline=soon())
    assert (await adapter.appointment(booked.ref, deadline=soon())).start == slot.start
    assert len(await office.names()) == 1


async def test_a_citizen_is_not_known_by_the_national_number(adapter: CalDavAdapter) -> None:
    with pytest.raises(CapabilityNotSupported):
        await adapter.appointments_of(
            MatchKey(kind="nationalNumber", value="90051700152"), deadline=soon()
        )


async def test_an_event_whose_uid_has_ours_in_it_is_another_one(
    office: Office, adapter: CalDavAdapter
) -> None:
    booked = await book(adapter)
    uid = booked.ref.vendor_ref
    text = await office.get("".join(map(str, booked.ref.vendor_state.values())))
    assert text
    await office.save(text.replace(f"UID:{uid}", f"UID:X{uid}"), office.desks[0] + "other.ics")
    await adapter.cancel(booked.ref, deadline=soon())
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(booked.ref, deadline=soon())
    assert await office.names() == ["other.ics"]


async def test_a_pseudonym_is_not_taken_for_a_part_of_another(adapter: CalDavAdapter) -> None:
    await book(adapter, match_key=MatchKey(kind="externalId", value="abc=/+é1"))
    mine = await adapter.appointments_of(
        MatchKey(kind="externalId", value="abc=/+é1"), deadline=soon()
    )
    assert len(mine) == 1
    part = MatchKey(kind="externalId", value="abc")
    assert await adapter.appointments_of(part, deadline=soon()) == []


async def test_an_appointment_under_way_is_still_upcoming(
    office: Office, adapter: CalDavAdapter
) -> None:
    key = MatchKey(kind="externalId", value="abc")
    booked = await book(adapter, match_key=key)
    office.clock.move_to(booked.start + timedelta(minutes=5))
    assert len(await adapter.appointments_of(key, deadline=soon())) == 1
    office.clock.move_to(booked.end)
    assert await adapter.appointments_of(key, deadline=soon()) == []


async def test_closed_days_lead_time_and_horizon_are_kept(office: Office) -> None:
    place = office.settings.locations[0].model_dump() | {"closed": ["2027-03-09"]}
    adapter = office.adapter(
        locations=[place],
        products=office.settings.products[:1],
        lead_minutes=24 * 60 * 2 + 60,
        horizon_days=3,
    )
    offered = await starts(adapter, query())
    assert (offered[0], offered[-1]) == ("10 10:00", "11 15:45")
    await adapter.aclose()


async def test_a_slot_outside_the_hours_of_today_is_refused(
    office: Office, adapter: CalDavAdapter
) -> None:
    slot = (await adapter.slots(TUESDAY, deadline=soon()))[0]
    place = office.settings.locations[0].model_dump() | {"hours": {"monday": ["09:00-12:00"]}}
    later = office.adapter(locations=[place], products=office.settings.products[:1])
    with pytest.raises(OutsideBookingWindow):
        await later.book(slot, request_of(1), deadline=soon())
    await later.aclose()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2027-03-28", ["01:30", "03:00", "03:30"]),
        ("2027-10-31", ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]),
    ],
    ids=["clock forward", "clock back"],
)
async def test_a_night_on_which_the_clock_jumps_has_every_time_once(
    office: Office, day: str, expected: list[str]
) -> None:
    place = office.settings.locations[0].model_dump() | {"hours": {"sunday": ["01:30-04:00"]}}
    adapter = office.adapter(
        locations=[place], products=office.settings.products[:1], step_minutes=30
    )
    date = datetime.fromisoformat(day).replace(tzinfo=UTC).date()
    asked = query().model_copy(update={"first_day": date, "last_day": date})
    slots = await adapter.slots(asked, deadline=soon())
    assert [f"{slot.start:%H:%M}" for slot in slots] == expected
    booked = [
        await adapter.book(slot, request_of(n), deadline=soon()) for n, slot in enumerate(slots)
    ]
    assert [appointment.start.timestamp() for appointment in booked] == [
        slot.start.timestamp() for slot in slots
    ]
    await adapter.aclose()
