"""Behaviours of cancelling, and of references nobody knows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.errors import AppointmentNotFound, CancellationClosed
from contracts.models import AppointmentRef, AppointmentStatus
from contracts.suite.booking import book, book_last_place
from contracts.suite.harness import Harness


class CancellingBehaviours:
    """Core: ``cancel``, and ``appointment`` of what is gone."""

    async def test_cancelling_frees_the_slot(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book_last_place(harness, slot)
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        assert slot.start in {free.start for free in await harness.free()}
        assert (await book(harness, slot)).start == slot.start

    async def test_a_cancelled_appointment_is_cancelled_or_gone(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        ref = await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        try:
            read = await harness.adapter.appointment(ref, deadline=harness.deadline)
        except AppointmentNotFound:
            return
        assert read.status is AppointmentStatus.CANCELLED

    async def test_cancelling_twice_succeeds(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        ref = await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        await harness.adapter.cancel(ref, deadline=harness.deadline)
        await harness.second.cancel(booked.ref, deadline=harness.deadline)

    async def test_cancelling_twice_frees_one_place(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        booked = await book_last_place(harness, slot)
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        other = await book(harness, slot)
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        read = await harness.adapter.appointment(other.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED
        assert slot.start not in {free.start for free in await harness.free()}

    async def test_cancelling_what_is_unknown_succeeds(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        stranger = unknown(booked.ref)
        await harness.adapter.cancel(stranger, deadline=harness.deadline)
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED

    async def test_an_unknown_appointment_is_not_found(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        with pytest.raises(AppointmentNotFound):
            await harness.adapter.appointment(unknown(booked.ref), deadline=harness.deadline)

    async def test_cancelling_too_late_is_refused(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        if booked.cancellable_until is None:
            pytest.skip("absent: the vendor sets no limit of its own")
        harness.clock.move_to(booked.cancellable_until + timedelta(seconds=1))
        with pytest.raises(CancellationClosed):
            await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED


def unknown(ref: AppointmentRef) -> AppointmentRef:
    """A reference of the vendor's own form that it never gave out."""
    turned = ref.vendor_ref.translate(str.maketrans("0123456789abcdef", "1032547698badcfe"))
    return AppointmentRef(vendor_ref=turned)
