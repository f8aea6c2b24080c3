"""Behaviours when the source lets us down: no guesses, no empty lists, no second sending."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from contracts.adapter import Capability
from contracts.deadline import Deadline
from contracts.errors import (
    BadAnswer,
    OutcomeUnknown,
    VendorError,
    VendorUnavailable,
)
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import book
from contracts.suite.gate import requires
from contracts.suite.harness import AnyAdapter, Fault, Harness
from contracts.suite.slots import spread
from contracts.suite.verdicts import offered

PASSED = Deadline(at=0.0, clock=lambda: 1.0)
BROKEN = [Fault.DOWN, Fault.SILENT, Fault.HTML, Fault.ERROR, Fault.BUSY, Fault.TRUNCATED]
LOST = [Fault.ANSWER_LOST, Fault.ANSWER_LATE, Fault.ANSWER_GARBLED]


async def with_fault(harness: Harness, fault: Fault) -> AnyAdapter:
    """An adapter whose source fails in this way; skip where the harness offers none."""
    return await offered(harness.faulty, "faulty")(fault)


def patience(harness: Harness, fault: Fault) -> Deadline:
    """How long a call is given under a fault: a silent source is not waited for."""
    return Deadline.after(harness.patience if fault in {Fault.SILENT, Fault.ANSWER_LATE} else 30)


async def lose(
    harness: Harness, fault: Fault, write: Callable[[Deadline], Awaitable[object]]
) -> None:
    """Send a write that gets no answer, and see that it is called unknown.

    Where the answer does not come, the deadline ends the wait: with more time, should that have
    been up before anything was sent, as on a machine that is busy.
    """
    if fault is not Fault.ANSWER_LATE:
        with pytest.raises(OutcomeUnknown):
            await write(harness.deadline)
        return
    for times in (5, 20, 80):
        try:
            await write(Deadline.after(times * harness.patience))
        except VendorUnavailable:
            continue
        except OutcomeUnknown:
            return
    pytest.fail("a write was answered, or called not applied, and the source had it")


def error_of(fault: Fault) -> type[VendorError]:
    """What a read raises under a fault."""
    return BadAnswer if fault in {Fault.HTML, Fault.TRUNCATED} else VendorUnavailable


class FailingBehaviours:
    """Every vendor fault becomes one of our errors, and the right one."""

    @behaviour(
        "FAULT-001",
        "After the deadline nothing is read: VendorUnavailable.",
        why="A page that is gone keeps the vendor busy, and the queue behind it grows.",
    )
    async def test_after_the_deadline_nothing_is_read(self, harness: Harness) -> None:
        with pytest.raises(VendorUnavailable):
            await harness.adapter.slots(harness.query, deadline=PASSED)

    @behaviour(
        "FAULT-002",
        "After the deadline nothing is booked.",
        why="A write that leaves late books what the visit has already given up.",
    )
    async def test_after_the_deadline_nothing_is_booked(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await harness.leave_one_place(slot)
        with pytest.raises(VendorUnavailable):
            await harness.adapter.book(slot, harness.request(), deadline=PASSED)
        assert slot.start in {free.start for free in await harness.free()}

    @behaviour(
        "FAULT-004",
        "Slots that cannot be read are an error, never an empty list.",
        why="A vendor that is down looks like a town hall that is full.",
    )
    @pytest.mark.parametrize("fault", BROKEN)
    async def test_slots_that_cannot_be_read_are_no_empty_list(
        self, harness: Harness, fault: Fault
    ) -> None:
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), pytest.raises(error_of(fault)):
            await adapter.slots(harness.query, deadline=patience(harness, fault))

    @behaviour(
        "FAULT-005",
        "An appointment that cannot be read is an error of the vendor's, not AppointmentNotFound.",
        why="A maintenance page would make the gateway believe that appointments were cancelled.",
    )
    @pytest.mark.parametrize("fault", BROKEN)
    async def test_an_appointment_that_cannot_be_read_is_not_unknown(
        self, harness: Harness, fault: Fault
    ) -> None:
        booked = await book(harness, (await harness.free())[0])
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), pytest.raises(error_of(fault)):
            await adapter.appointment(booked.ref, deadline=patience(harness, fault))

    @behaviour(
        "FAULT-006",
        "A citizen's appointments that cannot be read are an error, never an empty list.",
        why="You have no appointments, says the page, while the vendor is down.",
    )
    @requires(Capability.APPOINTMENTS_OF)
    @pytest.mark.parametrize("fault", BROKEN)
    async def test_a_citizen_who_cannot_be_looked_up_has_no_empty_list(
        self, harness: Harness, fault: Fault
    ) -> None:
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), pytest.raises(error_of(fault)):
            await adapter.appointments_of(harness.match_key, deadline=patience(harness, fault))

    @behaviour(
        "FAULT-007",
        "A lookup by reference that cannot be answered is an error, never nothing.",
        why="Nothing there means that it may be sent again: the citizen is booked twice.",
    )
    @requires(Capability.FIND_BY_CLIENT_REFERENCE)
    @pytest.mark.parametrize("fault", BROKEN)
    async def test_a_lookup_that_fails_does_not_say_that_nothing_is_there(
        self, harness: Harness, fault: Fault
    ) -> None:
        slot = (await harness.free())[0]
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), pytest.raises(error_of(fault)):
            await adapter.find_by_client_reference(
                harness.request().client_reference, near=slot, deadline=patience(harness, fault)
            )

    @behaviour(
        "FAULT-008",
        "Products and locations are never emptied by a fault.",
        why="A gateway that reads an empty catalogue takes a whole town off the map.",
    )
    @pytest.mark.parametrize("fault", BROKEN)
    async def test_a_catalogue_is_never_emptied_by_a_fault(
        self, harness: Harness, fault: Fault
    ) -> None:
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60):
            for read in (adapter.products, adapter.locations):
                try:
                    assert await read(deadline=patience(harness, fault))
                except VendorError as error:
                    assert isinstance(error, error_of(fault))  # noqa: PT017 an answer may do too

    @behaviour(
        "FAULT-009",
        "Booking at a source that cannot be reached is VendorUnavailable: certainly not applied.",
        why="Called unknown, every visit during an outage would wait for a person to decide.",
    )
    async def test_nothing_is_booked_at_a_source_that_is_down(self, harness: Harness) -> None:
        adapter = await with_fault(harness, Fault.DOWN)
        slot = (await harness.free())[0]
        with pytest.raises(VendorUnavailable):
            await adapter.book(slot, harness.request(), deadline=harness.deadline)

    @behaviour(
        "FAULT-010",
        "A source that never answers holds a booking up no longer than its deadline.",
        why="One silent vendor uses up the connections and the patience of every page.",
    )
    async def test_a_silent_source_holds_nobody_up(self, harness: Harness) -> None:
        adapter = await with_fault(harness, Fault.SILENT)
        slot = (await harness.free())[0]
        with anyio.fail_after(60), pytest.raises((OutcomeUnknown, VendorUnavailable)):
            await adapter.book(slot, harness.request(), deadline=patience(harness, Fault.SILENT))

    @behaviour(
        "FAULT-011",
        "A booking whose answer is lost or unreadable is OutcomeUnknown, and was sent once.",
        why="Retried behind our back it books twice; called failed, the citizen books elsewhere "
        "too.",
    )
    @pytest.mark.parametrize("fault", LOST)
    async def test_a_booking_without_an_answer_is_unknown_and_sent_once(
        self, harness: Harness, fault: Fault
    ) -> None:
        slot = (await harness.free())[0]
        places = await harness.places(slot)
        adapter = await with_fault(harness, fault)
        request = harness.request()
        await lose(harness, fault, lambda until: adapter.book(slot, request, deadline=until))
        for _ in range(places - 1):
            await book(harness, slot)
        assert slot.start not in {free.start for free in await harness.free()}

    @behaviour(
        "FAULT-013",
        "A source that is busy is VendorUnavailable, at once: it is not waited for.",
        why="An hour in Retry-After, obeyed, keeps every caller waiting; ignored, it is hammered.",
    )
    async def test_a_busy_source_is_not_waited_for(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        adapter = await with_fault(harness, Fault.BUSY)
        with anyio.fail_after(25), pytest.raises(VendorUnavailable):
            await adapter.slots(harness.query, deadline=harness.deadline)
        with anyio.fail_after(25), pytest.raises(VendorUnavailable):
            await adapter.book(slot, harness.request(), deadline=harness.deadline)
        assert slot in await harness.free()

    @behaviour(
        "FAULT-014",
        "After a write whose answer was lost the same adapter goes on.",
        why="A connection or a session that broke stays broken until somebody restarts the "
        "gateway.",
    )
    async def test_after_a_lost_answer_the_adapter_goes_on(self, harness: Harness) -> None:
        slots = spread(await harness.free())
        adapter = await with_fault(harness, Fault.ANSWER_LOST)
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slots[0], harness.request(), deadline=harness.deadline)
        assert await adapter.slots(harness.query, deadline=harness.deadline)
        booked = await adapter.book(slots[1], harness.request(), deadline=harness.deadline)
        assert booked.start == slots[1].start
