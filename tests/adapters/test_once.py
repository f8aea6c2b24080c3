"""Of a booking that was delivered twice one is kept, and nothing is said that is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.once import once, only
from contracts.errors import (
    BookingError,
    CancellationClosed,
    OutcomeUnknown,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    ProductQuantity,
    Slot,
)

START = datetime(2027, 3, 8, 9, tzinfo=UTC)
SLOT = Slot(
    location_id="stadhuis",
    start=START,
    end=START + timedelta(minutes=10),
    products=(ProductQuantity(product_id="reispas"),),
)


def booked(
    name: str,
    start: datetime = START,
    status: AppointmentStatus = AppointmentStatus.CONFIRMED,
    reference: str | None = "ours",
) -> Appointment:
    return Appointment(
        ref=AppointmentRef(vendor_ref=name),
        status=status,
        location_id=SLOT.location_id,
        start=start,
        end=start + timedelta(minutes=10),
        products=SLOT.products,
        client_reference=reference,
    )


async def what(answer: Appointment | BookingError | None) -> Appointment | None:
    if isinstance(answer, Exception):
        raise answer
    return answer


async def booking(answer: Appointment | SlotTaken) -> Appointment:
    made = await what(answer)
    assert made is not None
    return made


async def test_taken_by_a_copy_is_booked() -> None:
    kept = await once(booking(SlotTaken()), SLOT, lambda: what(booked("first")))
    assert kept.ref.vendor_ref == "first"


@pytest.mark.parametrize(
    "found",
    [
        None,
        booked("moved", START + timedelta(days=1)),
        booked("undone", status=AppointmentStatus.CANCELLED),
    ],
    ids=["nothing", "at another time", "cancelled"],
)
async def test_taken_by_somebody_else_is_taken(found: Appointment | None) -> None:
    with pytest.raises(SlotTaken):
        await once(booking(SlotTaken()), SLOT, lambda: what(found))


async def test_taken_by_nobody_knows_whom_is_unknown() -> None:
    with pytest.raises(OutcomeUnknown):
        await once(booking(SlotTaken()), SLOT, lambda: what(VendorUnavailable("down")))


@pytest.mark.parametrize(
    "found",
    [
        VendorUnavailable("down"),
        CancellationClosed("of another one"),
        booked("first", status=AppointmentStatus.CANCELLED),
        booked("first", reference=None),
    ],
    ids=["no answer", "a refusal", "a cancelled one", "one that does not say whose it is"],
)
async def test_what_was_booked_is_booked_whatever_the_look_up_says(
    found: Appointment | BookingError,
) -> None:
    kept = await once(booking(booked("second")), SLOT, lambda: what(found))
    assert kept.ref.vendor_ref == "second"


async def test_of_two_the_one_that_was_kept_is_answered() -> None:
    kept = await once(booking(booked("second")), SLOT, lambda: what(booked("first")))
    assert kept.ref.vendor_ref == "first"


@pytest.mark.parametrize("why", [VendorUnavailable("down"), CancellationClosed("too late")])
async def test_a_copy_that_cannot_be_cancelled_leaves_the_booking_unknown(
    why: BookingError,
) -> None:
    async def refuse(_: AppointmentRef) -> None:
        raise why

    with pytest.raises(OutcomeUnknown):
        await once(
            booking(booked("second")),
            SLOT,
            lambda: only([booked("first"), booked("second")], refuse),
        )


async def test_only_copies_at_the_same_time_are_cancelled() -> None:
    cancelled: list[str] = []

    async def cancel(ref: AppointmentRef) -> None:
        cancelled.append(ref.vendor_ref)

    found = [
        booked("undone", status=AppointmentStatus.CANCELLED),
        booked("first"),
        booked("second"),
        booked("moved", START + timedelta(days=1)),
    ]
    kept = await only(found, cancel)
    assert kept is not None
    assert (kept.ref.vendor_ref, cancelled) == ("first", ["second"])
    assert await only([], cancel) is None


@pytest.mark.parametrize("listed", [["9", "10"], ["10", "9"]])
async def test_two_who_look_at_once_keep_the_same_one(listed: list[str]) -> None:
    cancelled: list[str] = []

    async def cancel(ref: AppointmentRef) -> None:
        cancelled.append(ref.vendor_ref)

    kept = await only([booked(name) for name in listed], cancel)
    assert kept is not None
    assert (kept.ref.vendor_ref, cancelled) == ("9", ["10"])


@pytest.mark.parametrize("other", [None, "somebody else's"])
async def test_what_does_not_say_that_it_is_ours_is_not_cancelled(other: str | None) -> None:
    async def cancel(ref: AppointmentRef) -> None:
        pytest.fail(f"{ref.vendor_ref} was cancelled")

    for ours in ("ours", None):
        await only([booked("first", reference=ours), booked("second", reference=other)], cancel)
