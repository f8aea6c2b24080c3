"""In a sandbox that others use too, the suite takes back what it booked."""

from __future__ import annotations

import pytest

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.harness import harness_of
from contracts.deadline import Deadline
from contracts.errors import OutcomeUnknown, VendorUnavailable
from contracts.models import Appointment, Slot
from contracts.suite import Fault
from contracts.suite.harness import Harness
from contracts.suite.recording import Recording


@pytest.fixture
def harness() -> Harness:
    return harness_of()


def standing(harness: Harness) -> int:
    """How many appointments and holds the source has."""
    adapter = harness.adapter
    system = adapter._adapter if hasattr(adapter, "_adapter") else adapter
    assert isinstance(system, MemoryAdapter)
    return sum(entry.stands() for entry in system.store.entries.values())


async def test_a_booking_whose_answer_was_lost_is_found_and_cancelled(harness: Harness) -> None:
    recording = Recording(harness)
    assert harness.faulty is not None
    adapter = await harness.faulty(Fault.ANSWER_LOST)
    with pytest.raises(OutcomeUnknown):
        await adapter.book((await harness.free())[0], harness.request(), deadline=harness.deadline)
    assert standing(harness) == 1

    await recording.undo(harness)

    assert standing(harness) == 0


async def test_so_is_a_confirmation_whose_answer_was_lost(harness: Harness) -> None:
    recording = Recording(harness)
    slot, request = (await harness.free())[0], harness.request()
    held = await harness.adapter.hold(slot, "held-first", deadline=harness.deadline)
    assert harness.faulty is not None
    adapter = await harness.faulty(Fault.ANSWER_LOST)
    with pytest.raises(OutcomeUnknown):
        await adapter.confirm(held, request, deadline=harness.deadline)
    assert standing(harness) == 1

    await recording.undo(harness)

    assert standing(harness) == 0


async def test_what_was_never_booked_leaves_nothing_to_cancel(harness: Harness) -> None:
    recording = Recording(harness)
    assert harness.faulty is not None
    adapter = await harness.faulty(Fault.REQUEST_LOST)
    with pytest.raises(OutcomeUnknown):
        await adapter.book((await harness.free())[0], harness.request(), deadline=harness.deadline)

    await recording.undo(harness)

    assert standing(harness) == 0


class WithoutAnIndex(MemoryAdapter):
    """Fails whenever something is looked up."""

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        raise VendorUnavailable(f"{client_reference} near {near.start} by {deadline}")


async def test_where_one_cannot_be_looked_up_the_others_are_taken_back() -> None:
    harness = harness_of(WithoutAnIndex)
    recording = Recording(harness)
    slots = await harness.free()
    await harness.adapter.book(slots[0], harness.request(), deadline=harness.deadline)
    assert harness.faulty is not None
    adapter = await harness.faulty(Fault.REQUEST_LOST)
    with pytest.raises(OutcomeUnknown):
        await adapter.book(slots[1], harness.request(), deadline=harness.deadline)
    assert standing(harness) == 1

    await recording.undo(harness)

    assert standing(harness) == 0
