"""Cancelling and releasing, with a key that changes."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    BookingError,
    CancellationClosed,
    OutcomeUnknown,
    VendorUnavailable,
)
from contracts.models import AppointmentStatus
from tests.adapters.vendors.zms.city import City, booked, held, refusal, request, soon


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
