"""A vendor that accepts everything, and nobody booked twice: races, undoing, lost answers."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters import registry
from adapters.vendors.easyappointments.simulator import Simulator
from contracts.adapter import Capability
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    BookingError,
    CustomerFieldsMissing,
    OutcomeUnknown,
    SlotInPast,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)
from contracts.models import Appointment, AppointmentRef, Person, Slot
from contracts.suite.harness import BOOKER
from tests.adapters.guard import guard
from tests.adapters.vendors.easyappointments.town_hall import (
    EID,
    PASSPORT,
    Between,
    TownHall,
    call,
    in_process,
    request,
    soon,
    town_hall,
)

MANIFEST = registry.manifest("easyappointments")
LOST = httpx.ReadError("lost")
ROOMS = [(1, 1), (1, 3), (3, 1), (2, 2)]
IDS = ["one", "one counter for three", "three counters", "two counters for two"]


def at_the_desk(simulator: Simulator, start: str, service: str = EID, provider: int = 2) -> None:
    """Staff books something, as the vendor lets them: whatever else is there."""
    customer = simulator.customers.setdefault(99, {"id": 99, "email": "desk@example.org"})
    end = f"{start[:-5]}{int(start[-5:-3]) + 5:02}:00"
    sent = {"start": start, "end": end, "providerId": provider, "serviceId": int(service)}
    row = dict.fromkeys(("location", "notes", "color", "status", "meetingLink"))
    row |= dict.fromkeys(("googleCalendarId", "caldavCalendarId"))
    simulator._save(next(simulator._numbers), {**row, **sent, "customerId": customer["id"]})


def standing(hall: TownHall) -> set[str]:
    return {str(number) for number in hall.simulator.appointments}


def refs(results: list[Any]) -> set[str]:
    return {each.ref.vendor_ref for each in results if isinstance(each, Appointment)}


# Races -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("counters", "attendants"), ROOMS, ids=IDS)
async def test_of_twenty_at_once_as_many_win_as_there_is_room(
    counters: int, attendants: int
) -> None:
    async with town_hall(counters=counters, attendants=attendants) as hall:
        slot = (await hall.free())[0]
        adapters = (hall.adapter(), hall.adapter())
        results = await asyncio.gather(
            *(
                adapters[n % 2].book(slot, request(f"reference-{n}"), deadline=soon())
                for n in range(20)
            ),
            return_exceptions=True,
        )
        room = counters * attendants
        assert Counter(map(type, results)) == {Appointment: room, SlotTaken: 20 - room}
        assert standing(hall) == refs(results)
        assert slot.start not in {free.start for free in await hall.free()}


async def test_behind_the_gateways_guard_nothing_is_saved_that_is_not_kept(tmp_path: Path) -> None:
    async with (
        town_hall(counters=3) as hall,
        guard(tmp_path, hall.clock, MANIFEST) as guarded,
    ):
        slot = (await hall.free())[0]
        adapters = (hall.adapter(), hall.adapter())
        results = await asyncio.gather(
            *(guarded(adapters[n % 2], slot, request(f"reference-{n}"), soon()) for n in range(20)),
            return_exceptions=True,
        )
        posted = [body for _, body in hall.simulator.webhooks if b"appointment_save" in body]
        assert Counter(map(type, results)) == {Appointment: 3, SlotTaken: 17}
        assert len(posted) == len(standing(hall)) == 3  # nobody is mailed in vain


class Shuffled(httpx.AsyncBaseTransport):
    """Lets the requests of all racers through one by one, in an order of its own.

    It waits until every racer has one to send. Some answers are lost, where it is told so.
    """

    def __init__(self, simulator: Simulator, racers: int, seed: int, *, loses: float = 0) -> None:
        self._simulator = in_process(simulator)
        self._racers = racers
        self._random = random.Random(seed)  # noqa: S311 an order, not a secret
        self._loses = loses
        self._waiting: list[asyncio.Future[None]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if call(request) in {"GET services", "GET providers", "GET customers", "POST customers"}:
            return await self._simulator.handle_async_request(request)
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._let_one_through()
        await turn
        response = await self._simulator.handle_async_request(request)
        if self._random.random() < self._loses:
            raise LOST
        return response

    def one_has_ended(self) -> None:
        self._racers -= 1
        self._let_one_through()

    def _let_one_through(self) -> None:
        if self._waiting and len(self._waiting) == self._racers:
            self._waiting.pop(self._random.randrange(self._racers)).set_result(None)


async def race(hall: TownHall, slots: list[Slot], seed: int, *, loses: float = 0) -> list[Any]:
    """Book all slots at once, each by a process of its own."""
    order = Shuffled(hall.simulator, len(slots), seed, loses=loses)

    async def book(number: int, slot: Slot) -> Appointment:
        adapter = hall.adapter(order)
        try:
            return await adapter.book(slot, request(f"reference-{number}"), deadline=soon())
        finally:
            order.one_has_ended()

    booking = (book(number, slot) for number, slot in enumerate(slots))
    return await asyncio.gather(*booking, return_exceptions=True)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("counters", "attendants"), ROOMS, ids=IDS)
async def test_in_whatever_order_requests_arrive_there_is_room_for_just_as_many(
    counters: int, attendants: int, seed: int
) -> None:
    async with town_hall(counters=counters, attendants=attendants) as hall:
        results = await race(hall, [(await hall.free())[0]] * 7, seed)
        room = counters * attendants
        assert Counter(map(type, results)) == {Appointment: room, SlotTaken: 7 - room}
        assert standing(hall) == refs(results)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("counters", "attendants"), ROOMS, ids=IDS)
async def test_whatever_answers_are_lost_the_look_up_finds_what_may_stand(
    counters: int, attendants: int, seed: int
) -> None:
    async with town_hall(counters=counters, attendants=attendants) as hall:
        slot = (await hall.free())[0]
        results = await race(hall, [slot] * 7, seed, loses=0.15)
        assert {type(each) for each in results} <= {
            Appointment,
            SlotTaken,
            OutcomeUnknown,
            VendorUnavailable,
        }
        for number, result in enumerate(results):
            if isinstance(result, BookingError):
                found = await hall.adapter().find_by_client_reference(
                    f"reference-{number}", near=slot, deadline=soon()
                )
                # What is known not to be booked, is not.
                assert found is None or isinstance(result, OutcomeUnknown)
                results[number] = found
        assert standing(hall) == refs(results)
        assert len(standing(hall)) <= counters * attendants


@pytest.mark.parametrize("seed", range(6))
async def test_times_that_overlap_in_part_are_never_both_booked(seed: int) -> None:
    async with town_hall() as hall:
        offered = [*(await hall.free(EID))[:6], *(await hall.free(PASSPORT))[:4]]
        results = await race(hall, offered, seed)
        assert {type(each) for each in results} <= {Appointment, SlotTaken}
        assert standing(hall) == refs(results)
        won = sorted((each for each in results if isinstance(each, Appointment)), key=begin)
        assert won
        assert all(one.end <= other.start for one, other in pairwise(won))


def begin(appointment: Appointment) -> Any:  # noqa: ANN401 anything that sorts
    return appointment.start


# One step after another ------------------------------------------------------------------------


async def test_what_is_no_longer_offered_is_not_sent() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        at_the_desk(hall.simulator, "2027-03-08 09:00:00")
        between = Between(hall.simulator)
        with pytest.raises(SlotTaken):
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert {name.split()[0] for name in between.calls} == {"GET"}
        assert not hall.simulator.customers.keys() - {99}


@pytest.mark.parametrize("service", [EID, PASSPORT])
@pytest.mark.parametrize("attendants", [1, 2])
async def test_what_is_taken_at_the_last_moment_is_undone(service: str, attendants: int) -> None:
    async with town_hall(attendants=attendants) as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)

        def staff_book() -> None:
            for _ in range(attendants if service == EID else 1):
                at_the_desk(hall.simulator, "2027-03-08 09:05:00", service)

        between.before["POST appointments"] = staff_book
        with pytest.raises(SlotTaken):
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert {row["customerId"] for row in hall.simulator.appointments.values()} == {99}


async def test_who_comes_later_does_not_undo_a_booking() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        between.after["POST appointments"] = lambda: at_the_desk(
            hall.simulator, "2027-03-08 09:00:00"
        )
        booked = await hall.adapter(between).book(slot, request(), deadline=soon())
        assert "DELETE appointments/" not in between.calls
        assert booked.ref.vendor_ref in standing(hall)


async def test_a_booking_is_judged_on_days_with_more_appointments_than_a_page_has() -> None:
    async with town_hall() as hall:
        for hour, minute in itertools.product(range(10, 14), range(0, 60, 10)):
            at_the_desk(hall.simulator, f"2027-03-08 {hour}:{minute:02}:00")
        slot = (await hall.free())[0]
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        assert booked.ref.vendor_ref in standing(hall)


async def test_what_borders_on_a_booking_is_no_conflict() -> None:
    async with town_hall() as hall:
        slots = await hall.free()
        for slot in (slots[1], slots[0], slots[2]):
            await hall.adapter().book(slot, request(f"at-{slot.start:%H-%M}"), deadline=soon())
        assert len(standing(hall)) == 3


async def test_a_counter_that_is_lost_is_followed_by_the_next() -> None:
    async with town_hall(counters=2) as hall:
        slot = (await hall.free())[0]
        assert slot.vendor_data == {"providers": [2, 3]}
        between = Between(hall.simulator)

        def staff_book() -> None:
            first = next(x for x in between.sent if call(x) == "GET availabilities")
            provider = int(first.url.params["providerId"])
            at_the_desk(hall.simulator, "2027-03-08 09:00:00", provider=provider)

        between.before["POST appointments"] = staff_book
        booked = await hall.adapter(between).book(slot, request(), deadline=soon())
        rows = hall.simulator.appointments
        assert between.calls.count("POST appointments") == 2
        assert between.calls.count("DELETE appointments/") == 1
        assert {row["providerId"] for row in rows.values()} == {2, 3}
        assert booked.ref.vendor_ref in standing(hall)


async def test_bookings_begin_with_different_counters() -> None:
    async with town_hall(counters=3) as hall:
        slot = (await hall.free())[0]
        for reference in ("reference-a", "reference-b", "reference-c", "reference-d"):
            booked = await hall.adapter().book(slot, request(reference), deadline=soon())
            await hall.adapter().cancel(booked.ref, deadline=soon())
        posted = [body for _, body in hall.simulator.webhooks if b"appointment_save" in body]
        assert len({body.partition(b"id_users_provider")[2][:5] for body in posted}) > 1


async def test_the_past_is_refused_before_anything_is_asked() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        hall.clock.move_to(slot.start + timedelta(seconds=1))
        between = Between(hall.simulator)
        with pytest.raises(SlotInPast):
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert between.calls == []


async def test_incomplete_contact_data_is_refused_before_anything_is_asked() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        nobody = request(booker=Person(family_name="Peeters", email="nobody"))
        with pytest.raises(CustomerFieldsMissing) as refused:
            await hall.adapter(between).book(slot, nobody, deadline=soon())
        assert {issue.name for issue in refused.value.issues} == {"givenName", "email", "phone"}
        assert between.calls == []


async def test_moving_is_not_offered() -> None:
    async with town_hall() as hall:
        assert Capability.RESCHEDULE not in hall.adapter().capabilities()


# What is not answered ----------------------------------------------------------------------


@pytest.mark.parametrize("stands", [True, False], ids=["it may stand", "it is one too many"])
@pytest.mark.parametrize("lost", ["POST appointments", "GET appointments", "DELETE appointments/"])
async def test_a_booking_cut_short_is_unknown_and_the_look_up_ends_it(
    lost: str,
    stands: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    if stands and lost.startswith("DELETE"):
        pytest.skip("what may stand is not deleted")
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        if not stands:
            between.before["POST appointments"] = lambda: at_the_desk(
                hall.simulator, "2027-03-08 09:00:00"
            )
        if lost.startswith("GET"):
            between.instead[lost] = httpx.Response(502)
        else:
            between.after[lost] = LOST
        with pytest.raises(OutcomeUnknown):
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert between.calls.count("POST appointments") == 1
        found = await hall.adapter().find_by_client_reference(
            "reference-1", near=slot, deadline=soon()
        )
        assert (found is not None) == stands
        rows = hall.simulator.appointments.values()
        assert [row["notes"] for row in rows] == (["Ref. reference-1"] if stands else [None])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500, json={"success": False, "message": "SMTP: Noor"}), OutcomeUnknown),
        (httpx.Response(500, html="<b>Fatal error</b>"), OutcomeUnknown),
        (httpx.Response(500, json=[]), OutcomeUnknown),
        (httpx.Response(201, json={"id": 1}), OutcomeUnknown),
        (httpx.Response(201, json=[]), OutcomeUnknown),
        (httpx.Response(200, html="<html>"), OutcomeUnknown),
        (httpx.Response(503), OutcomeUnknown),
        (httpx.Response(302, headers={"Location": "/"}), OutcomeUnknown),
        (httpx.Response(401, text="You are not authorized to use the API."), VendorUnavailable),
        (httpx.Response(429), VendorUnavailable),
        (httpx.Response(404), BadAnswer),
        (
            httpx.Response(
                500,
                json={
                    "success": False,
                    "message": "The appointment provider ID was not found in the database: 2",
                },
            ),
            BadAnswer,
        ),
    ],
)
async def test_an_odd_answer_to_a_booking_is_refused_or_unknown(
    answer: httpx.Response, error: type[VendorError]
) -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        between.instead["POST appointments"] = answer
        with pytest.raises(error) as refused:
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert "Noor" not in f"{refused.value} {refused.value.vendor_code}"
        assert between.calls.count("POST appointments") == 1


@pytest.mark.parametrize("agenda", [[], [{"id": 1}], {}])
async def test_an_agenda_that_does_not_show_the_booking_cannot_judge_it(agenda: object) -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        between.instead["GET appointments"] = httpx.Response(200, json=agenda)
        with pytest.raises(OutcomeUnknown):
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert len(standing(hall)) == 1


async def test_a_lost_customer_is_nothing_booked() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        between.after["POST customers"] = LOST
        with pytest.raises(VendorUnavailable):
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert standing(hall) == set()
        await hall.adapter().book(slot, request(), deadline=soon())
        assert len(hall.simulator.customers) == 1


async def test_a_booking_that_staff_have_moved_is_theirs_even_on_top_of_another() -> None:
    async with town_hall(counters=2) as hall:
        at_the_desk(hall.simulator, "2027-03-19 10:00:00")
        at_the_desk(hall.simulator, "2027-03-19 10:00:00", provider=3)
        slot = (await hall.free())[0]
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        row = hall.simulator.appointments[int(booked.ref.vendor_ref)]
        row |= {"start": "2027-03-19 10:00:00", "end": "2027-03-19 10:10:00"}
        found = await hall.adapter().find_by_client_reference(
            "reference-1", near=slot, deadline=soon()
        )
        assert found is not None
        assert found.ref == booked.ref
        assert found.start.isoformat() == "2027-03-19T09:00:00+00:00"


async def test_a_reference_is_found_whole_and_only_where_we_wrote_it() -> None:
    async with town_hall() as hall:
        slots = await hall.free()
        attendee = Person(given_name="Ref.", family_name="reference-1")
        longer = request("reference-10", attendee=attendee)
        await hall.adapter().book(slots[0], longer, deadline=soon())
        found = [
            await hall.adapter().find_by_client_reference(each, near=slots[0], deadline=soon())
            for each in ("reference-1", "reference-10")
        ]
        assert found[0] is None
        assert found[1] is not None


# Cancelling ----------------------------------------------------------------------------------


async def test_a_number_that_was_given_out_again_is_somebody_elses() -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        booked = await hall.adapter().book(slot, request(), deadline=soon())
        await hall.adapter().cancel(booked.ref, deadline=soon())
        hall.clock.advance(timedelta(minutes=1))
        other = await hall.adapter().book(slot, request("reference-2"), deadline=soon())
        row = hall.simulator.appointments.pop(int(other.ref.vendor_ref))
        number = int(booked.ref.vendor_ref)
        hall.simulator.appointments[number] = row | {"id": number}
        await hall.adapter().cancel(booked.ref, deadline=soon())
        assert standing(hall) == {str(number)}
        with pytest.raises(AppointmentNotFound):
            await hall.adapter().appointment(booked.ref, deadline=soon())


@pytest.mark.parametrize("name", ["absent", "0", "-1", "1/../2", "٣", "1" * 30, "1?x=1"])
async def test_a_name_that_is_no_number_is_never_put_into_an_address(name: str) -> None:
    async with town_hall() as hall:
        between = Between(hall.simulator)
        ref = AppointmentRef(vendor_ref=name)
        assert await hall.adapter(between).cancel(ref, deadline=soon()) == ref
        with pytest.raises(AppointmentNotFound):
            await hall.adapter(between).appointment(ref, deadline=soon())
        assert between.calls == []


@pytest.mark.parametrize(
    ("instead", "error"),
    [
        ({"DELETE appointments/": httpx.Response(500, json={"message": "x"})}, OutcomeUnknown),
        ({"DELETE appointments/": httpx.Response(200, html="<html>")}, OutcomeUnknown),
        ({"DELETE appointments/": httpx.Response(401)}, VendorUnavailable),
        ({"DELETE appointments/": LOST}, OutcomeUnknown),
        ({"DELETE appointments/": httpx.Response(404, html="<html>")}, BadAnswer),
        ({"GET appointments/": httpx.Response(404, html="<html>")}, BadAnswer),
        ({"GET appointments/": httpx.Response(500)}, VendorUnavailable),
        ({"GET appointments/": httpx.Response(200, html="<html>")}, BadAnswer),
    ],
)
async def test_a_cancellation_that_fails_says_how_far_it_got(
    instead: dict[str, Any], error: type[VendorError]
) -> None:
    async with town_hall() as hall:
        booked = await hall.adapter().book((await hall.free())[0], request(), deadline=soon())
        between = Between(hall.simulator)
        between.instead |= instead
        with pytest.raises(error):
            await hall.adapter(between).cancel(booked.ref, deadline=soon())
        assert len(standing(hall)) == 1


# Customers -----------------------------------------------------------------------------------


async def test_one_email_address_is_one_customer_whoever_uses_it() -> None:
    async with town_hall() as hall:
        slots = await hall.free()
        other = BOOKER.model_copy(update={"given_name": "Lou", "email": "NOOR.peeters@example.org"})
        await hall.adapter().book(slots[0], request(), deadline=soon())
        await hall.adapter().book(slots[5], request("reference-2", booker=other), deadline=soon())
        (customer,) = hall.simulator.customers.values()
        assert customer["firstName"] == "Noor"
        notes = [row["notes"] for row in hall.simulator.appointments.values()]
        assert notes == [
            "Ref. reference-1",
            "Ref. reference-2\nGeboekt door Lou Peeters, +3221234567",
        ]


async def test_the_clerk_reads_who_it_is_for() -> None:
    async with town_hall() as hall:
        child = Person(given_name="Lou\nRef. something-else", family_name="Peeters")
        await hall.adapter().book((await hall.free())[0], request(attendee=child), deadline=soon())
        (row,) = hall.simulator.appointments.values()
        assert row["notes"] == "Ref. reference-1\nVoor Lou Ref. something-else Peeters"


async def test_an_email_address_among_others_is_found() -> None:
    async with town_hall() as hall:
        for number in range(130):
            email = f"x{number}.noor.peeters@example.org"
            hall.simulator.customers[1000 + number] = {"id": 1000 + number, "email": email}
        hall.simulator.customers[2000] = {"id": 2000, "email": BOOKER.email}
        await hall.adapter().book((await hall.free())[0], request(), deadline=soon())
        (row,) = hall.simulator.appointments.values()
        assert row["customerId"] == 2000


@pytest.mark.parametrize(
    ("message", "error", "names"),
    [
        ("The provided email address is already in use, please", BadAnswer, set()),
        ("Not all required fields are provided: Array\n(Noor)", CustomerFieldsMissing, set()),
        ("Invalid email address provided: noor@", CustomerFieldsMissing, {"email"}),
        ("SQLSTATE[HY000]: noor", VendorUnavailable, set()),
    ],
)
async def test_a_customer_that_is_refused_is_told_without_what_it_quotes(
    message: str, error: type[BookingError], names: set[str]
) -> None:
    async with town_hall() as hall:
        slot = (await hall.free())[0]
        between = Between(hall.simulator)
        body = {"success": False, "message": message}
        between.instead["POST customers"] = httpx.Response(500, json=body)
        with pytest.raises(error) as refused:
            await hall.adapter(between).book(slot, request(), deadline=soon())
        assert {issue.name for issue in refused.value.issues} == names
        told = f"{refused.value} {refused.value.vendor_code} {refused.value.issues}"
        assert "noor" not in told.casefold()
        assert standing(hall) == set()
