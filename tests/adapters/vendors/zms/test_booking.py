"""From a reservation to a booking: races, refusals and lost answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from adapters.vendors.zms.simulated_city import EID
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    BookingError,
    CustomerFieldsMissing,
    DuplicateBooking,
    HoldExpired,
    OutcomeUnknown,
    SlotInPast,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import Appointment, AppointmentStatus
from contracts.suite.harness import BOOKER
from tests.adapters.vendors.zms.city import (
    City,
    booked,
    city,
    held,
    refusal,
    request,
    slots_of,
    soon,
)

BRANCH = "10502"


# Races and refusals -------------------------------------------------------------------------


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


# From a reservation to a booking ------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("scope", "minutes"),
    [
        ({"reservationDuration": 20}, 20),
        ({"reservationDuration": 5}, 5),
        ({"reservationDuration": None}, 15),
        ([], 15),
    ],
    ids=str,
)
async def test_a_reservation_is_kept_as_long_as_its_office_says_or_for_a_quarter(
    leuven: City, scope: object, minutes: int
) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), EID))[0]
    told = {"processId": 101495, "authKey": "a" * 64, "status": "reserved", "timestamp": 1}
    adapter = leuven.beside({"POST reserve-appointment": told | {"scope": scope}})
    hold = await adapter.hold(slot, "reference-1", deadline=soon())
    assert hold.expires_at == leuven.clock() + timedelta(minutes=minutes)
