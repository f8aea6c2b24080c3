"""Behaviours when the source lets us down while something is held, cancelled or moved."""

from __future__ import annotations

import anyio
import pytest

from contracts.adapter import Capability
from contracts.errors import (
    AppointmentNotFound,
    VendorError,
    VendorUnavailable,
)
from contracts.models import AppointmentStatus
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import book
from contracts.suite.failing import LOST, PASSED, lose, patience, with_fault
from contracts.suite.gate import requires
from contracts.suite.harness import Fault, Harness

UNHEARD = [Fault.DOWN, Fault.SILENT, Fault.HTML, Fault.ERROR, Fault.BUSY]
"""What is asked under one of these never reaches the vendor."""


class ChangingBehaviours:
    """What stands is not called gone, and what is gone not standing, because an answer fails."""

    @behaviour(
        "FAULT-003",
        "After the deadline nothing is cancelled.",
        why="A cancellation that leaves late ends an appointment that the citizen was told still "
        "stands.",
    )
    async def test_after_the_deadline_nothing_is_cancelled(self, harness: Harness) -> None:
        booked = await book(harness, (await harness.free())[0])
        with pytest.raises(VendorUnavailable):
            await harness.adapter.cancel(booked.ref, deadline=PASSED)
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED

    @behaviour(
        "FAULT-012",
        "A cancellation whose answer is lost or unreadable is OutcomeUnknown, and was carried out.",
        why="Called failed, the citizen goes to an appointment that is no longer there.",
    )
    @pytest.mark.parametrize("fault", LOST)
    async def test_a_cancellation_without_an_answer_is_unknown(
        self, harness: Harness, fault: Fault
    ) -> None:
        booked = await book(harness, (await harness.free())[0])
        adapter = await with_fault(harness, fault)
        await lose(harness, fault, lambda until: adapter.cancel(booked.ref, deadline=until))
        try:
            read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        except AppointmentNotFound:
            return
        assert read.status is AppointmentStatus.CANCELLED

    @behaviour(
        "FAULT-016",
        "After the deadline nothing is held, and no hold is confirmed.",
        why="A hold that leaves late blocks a counter, and a confirmation books a visit given up.",
    )
    @requires(Capability.HOLD, Capability.CONFIRM)
    async def test_after_the_deadline_nothing_is_held_or_confirmed(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        reference = harness.request().client_reference
        with pytest.raises(VendorUnavailable):
            await harness.adapter.hold(slot, reference, deadline=PASSED)
        await harness.leave_one_place(slot)
        held = await harness.adapter.hold(slot, reference, deadline=harness.deadline)
        with pytest.raises(VendorUnavailable):
            await harness.adapter.confirm(held, harness.request(), deadline=PASSED)
        booked = await harness.adapter.confirm(held, harness.request(), deadline=harness.deadline)
        assert booked.start == slot.start

    @behaviour(
        "FAULT-017",
        "After the deadline nothing is moved.",
        why="A move that leaves late changes what the citizen was told stays as it is.",
    )
    @requires(Capability.RESCHEDULE)
    async def test_after_the_deadline_nothing_is_moved(self, harness: Harness) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        reference = harness.request().client_reference
        with pytest.raises(VendorUnavailable):
            await harness.adapter.reschedule(booked.ref, slots[-1], reference, deadline=PASSED)
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.status) == (slots[0].start, AppointmentStatus.CONFIRMED)

    @behaviour(
        "FAULT-025",
        "A hold or a confirmation that fails on the way is an error of the vendor's: neither taken "
        "nor expired.",
        why="Told that the hold has expired, the gateway holds and books anew what may be booked.",
    )
    @requires(Capability.HOLD, Capability.CONFIRM)
    @pytest.mark.parametrize("fault", UNHEARD)
    async def test_what_fails_on_the_way_is_neither_taken_nor_expired(
        self, harness: Harness, fault: Fault
    ) -> None:
        slot = (await harness.free())[0]
        reference = harness.request().client_reference
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), pytest.raises(VendorError):
            await adapter.hold(slot, reference, deadline=patience(harness, fault))
        held = await harness.adapter.hold(slot, reference, deadline=harness.deadline)
        request = harness.request()
        with anyio.fail_after(60), pytest.raises(VendorError):
            await adapter.confirm(held, request, deadline=patience(harness, fault))
        booked = await harness.adapter.confirm(held, request, deadline=harness.deadline)
        assert booked.start == slot.start

    @behaviour(
        "FAULT-026",
        "A cancellation at a source that fails is an error of the vendor's, and nothing is "
        "cancelled.",
        why="A maintenance page, or a 404 of a proxy, is taken for gone already: the citizen is "
        "told so, and a clerk waits.",
    )
    @pytest.mark.parametrize("fault", UNHEARD)
    async def test_a_cancellation_that_fails_on_the_way_is_not_done(
        self, harness: Harness, fault: Fault
    ) -> None:
        booked = await book(harness, (await harness.free())[0])
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), pytest.raises(VendorError):
            await adapter.cancel(booked.ref, deadline=patience(harness, fault))
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert read.status is AppointmentStatus.CONFIRMED

    @behaviour(
        "FAULT-027",
        "A move at a source that fails is an error of the vendor's, and nothing is moved.",
        why="Told that the new time is taken, or the old one gone, the citizen gives up what still "
        "stands.",
    )
    @requires(Capability.RESCHEDULE)
    @pytest.mark.parametrize("fault", UNHEARD)
    async def test_a_move_that_fails_on_the_way_is_not_done(
        self, harness: Harness, fault: Fault
    ) -> None:
        slots = await harness.free()
        booked = await book(harness, slots[0])
        adapter = await with_fault(harness, fault)
        reference = harness.request().client_reference
        until = patience(harness, fault)
        with anyio.fail_after(60), pytest.raises(VendorError):
            await adapter.reschedule(booked.ref, slots[-1], reference, deadline=until)
        read = await harness.adapter.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.status) == (slots[0].start, AppointmentStatus.CONFIRMED)
