"""Behaviours when what comes back is meant to do harm, or might as well be."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import pytest

from contracts.errors import VendorError
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import book
from contracts.suite.failing import with_fault
from contracts.suite.harness import Fault, Harness

HOSTILE = [
    Fault.EMPTY,
    Fault.HUGE,
    Fault.NESTED,
    Fault.ENTITIES,
    Fault.UNDECODABLE,
    Fault.CONTROL,
]
MOST_BYTES = 150_000_000


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Fail where more is taken than an honest answer could ever need."""
    tracemalloc.start()
    try:
        yield
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MOST_BYTES, f"{most} bytes were taken for one answer"


class HostileBehaviours:
    """Whatever comes back, an error of the contract comes out: in time, in bounded memory."""

    @behaviour(
        "FAULT-018",
        "Slots in a hostile answer are an error of the vendor's, in time and in bounded memory.",
        why="A body without end, or entities that grow, take down the gateway of 300 "
        "municipalities.",
    )
    @pytest.mark.parametrize("fault", HOSTILE)
    async def test_hostile_slots_are_an_error(self, harness: Harness, fault: Fault) -> None:
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), bounded_memory(), pytest.raises(VendorError):
            await adapter.slots(harness.query, deadline=harness.deadline)

    @behaviour(
        "FAULT-019",
        "An appointment in a hostile answer is an error of the vendor's, and not gone.",
        why="An empty or broken answer taken for not found cancels an appointment in the list.",
    )
    @pytest.mark.parametrize("fault", HOSTILE)
    async def test_a_hostile_appointment_is_an_error(self, harness: Harness, fault: Fault) -> None:
        booked = await book(harness, (await harness.free())[0])
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), bounded_memory(), pytest.raises(VendorError):
            await adapter.appointment(booked.ref, deadline=harness.deadline)

    @behaviour(
        "FAULT-020",
        "A booking that is answered by something hostile is an error of the vendor's.",
        why="An exception that no one expects ends the visit with a 500 and tells the citizen "
        "nothing.",
    )
    @pytest.mark.parametrize("fault", HOSTILE)
    async def test_a_hostile_answer_to_a_booking_is_an_error(
        self, harness: Harness, fault: Fault
    ) -> None:
        slot = (await harness.free())[0]
        adapter = await with_fault(harness, fault)
        with anyio.fail_after(60), bounded_memory(), pytest.raises(VendorError):
            await adapter.book(slot, harness.request(), deadline=harness.deadline)
