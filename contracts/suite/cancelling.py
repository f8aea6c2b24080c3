"""Behaviours of cancelling, and of references nobody knows."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import anyio
import pytest

from contracts.errors import (
    AppointmentNotFound,
    CancellationClosed,
    OutcomeUnknown,
    VendorUnavailable,
)
from contracts.models import AppointmentRef, AppointmentStatus
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import book, book_last_place
from contracts.suite.harness import AnyAdapter, Harness
from contracts.suite.verdicts import absent


class CancellingBehaviours:
    """Core: ``cancel``, and ``appointment`` of what is gone."""

    @behaviour(
        "CANCEL-001",
        "Cancelling frees the place: it is offered again and can be booked.",
        why="Cancelling in name only keeps a counter idle.",
    )
    async def test_cancelling_frees_the_slot(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book_last_place(harness, slot)
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        assert slot.start in {free.start for free in await harness.free()}
        assert (await book(harness, slot)).start == slot.start

    @behaviour(
        "CANCEL-002",
        "A cancelled appointment reads as cancelled, or as not found.",
        why="A citizen who sees it still standing cancels again or phones.",
    )
    async def test_a_cancelled_appointment_is_cancelled_or_gone(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        ref = await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        try:
            read = await harness.adapter.appointment(ref, deadline=harness.deadline)
        except AppointmentNotFound:
            return
        assert read.status is AppointmentStatus.CANCELLED

    @behaviour(
        "CANCEL-003",
        "Cancelling what is cancelled succeeds, with the old reference too.",
        why="A vendor answers 404 or 500 to the second call, and a citizen who clicks twice sees "
        "an error.",
    )
    async def test_cancelling_twice_succeeds(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        ref = await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        await harness.adapter.cancel(ref, deadline=harness.deadline)
        await harness.second.cancel(booked.ref, deadline=harness.deadline)

    @behaviour(
        "CANCEL-004",
        "Cancelling again does not touch whoever has the place now.",
        why="A reference that the vendor gives out again cancels a stranger's appointment.",
    )
    async def test_cancelling_twice_frees_one_place(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book_last_place(harness, slot)
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        other = await book(harness, slot)
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        read = await harness.adapter.appointment(other.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED
        assert slot.start not in {free.start for free in await harness.free()}

    @behaviour(
        "CANCEL-005",
        "Cancelling a reference that the vendor does not know succeeds and touches nothing.",
        why="An error that cannot be cured keeps the undoing of a visit going for ever.",
    )
    async def test_cancelling_what_is_unknown_succeeds(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        stranger = unknown(booked.ref)
        await harness.adapter.cancel(stranger, deadline=harness.deadline)
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED

    @behaviour(
        "CANCEL-006",
        "An appointment that the vendor does not know is AppointmentNotFound.",
        why="Vendors answer an empty element or somebody else's record with status 200.",
    )
    async def test_an_unknown_appointment_is_not_found(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        with pytest.raises(AppointmentNotFound):
            await harness.adapter.appointment(unknown(booked.ref), deadline=harness.deadline)

    @behaviour(
        "CANCEL-007",
        "After its limit an appointment cannot be cancelled, and still stands.",
        why="A cancellation that the vendor ignores shows as done, and a clerk waits for nobody.",
    )
    async def test_cancelling_too_late_is_refused(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        if booked.cancellable_until is None:
            absent("a limit of the vendor's own")
        harness.clock.move_to(booked.cancellable_until + timedelta(seconds=1))
        with pytest.raises(CancellationClosed):
            await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED

    @behaviour(
        "CANCEL-008",
        "Ten times booked and cancelled, a slot is as free as before.",
        why="What is left behind each time, a customer or half a cart, fills the agenda in a "
        "month.",
    )
    async def test_booking_and_cancelling_ten_times_leaves_nothing(self, harness: Harness) -> None:
        before = list(await harness.free())
        await harness.leave_one_place(before[0])
        for _ in range(10):
            booked = await book(harness, before[0])
            await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        assert [slot.start for slot in await harness.free()] == [slot.start for slot in before]
        assert (await book(harness, before[0])).start == before[0].start

    @behaviour(
        "CANCEL-009",
        "When many cancel the same appointment at once, none is refused, and it is cancelled.",
        why="A double click, or a citizen and a clerk together: the second is answered with an "
        "error.",
    )
    async def test_many_cancel_at_once(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book_last_place(harness, slot)

        async def cancel(adapter: AnyAdapter) -> None:
            with suppress(VendorUnavailable, OutcomeUnknown):  # a crowd may be too much for it
                await adapter.cancel(booked.ref, deadline=harness.deadline)

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(cancel, (harness.adapter, harness.second)[number % 2])
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        assert slot.start in {free.start for free in await harness.free()}

    @behaviour(
        "CANCEL-010",
        "Another process cancels by a reference that went through JSON.",
        why="A citizen cancels weeks later, after restarts: what only memory knew is long gone.",
    )
    async def test_another_process_cancels_from_storage(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book_last_place(harness, slot)
        ref = AppointmentRef.model_validate_json(booked.ref.model_dump_json())
        await harness.second.cancel(ref, deadline=harness.deadline)
        assert slot.start in {free.start for free in await harness.free()}

    @behaviour(
        "CANCEL-011",
        "What another process cancelled reads as cancelled, or as not found, at once.",
        why="An appointment remembered from the last look shows as standing where nobody waits.",
    )
    async def test_a_cancellation_elsewhere_is_seen(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        await harness.second.cancel(booked.ref, deadline=harness.deadline)
        try:
            read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        except AppointmentNotFound:
            return
        assert read.status is AppointmentStatus.CANCELLED


def unknown(ref: AppointmentRef) -> AppointmentRef:
    """A reference of the vendor's own form that it never gave out."""
    turned = ref.vendor_ref.translate(str.maketrans("0123456789abcdef", "1032547698badcfe"))
    return AppointmentRef(vendor_ref=turned)
