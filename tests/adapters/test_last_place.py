"""Many want the last places of a slot, at every vendor, past the gateway's own claim."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from contracts.adapter import Capability
from contracts.errors import SlotHeldByOther, SlotTaken
from contracts.models import Appointment, Slot
from contracts.suite.harness import AnyAdapter
from tests.adapters.conftest import Opened
from tests.adapters.sources import Source, soon

MANY = 20
TAKEN = (SlotTaken, SlotHeldByOther)


async def race(
    source: Source, book: Callable[[AnyAdapter], Awaitable[Appointment]]
) -> tuple[list[Appointment], int]:
    """Who won, and how many were told that the slot is taken; any other end fails."""
    processes = [source.make(), source.make()]
    won: list[Appointment] = []
    told = 0

    async def attempt(adapter: AnyAdapter) -> None:
        nonlocal told
        try:
            won.append(await book(adapter))
        except TAKEN:
            told += 1

    async with anyio.create_task_group() as group:
        for number in range(MANY):
            group.start_soon(attempt, processes[number % 2])
    return won, told


@pytest.mark.parametrize("capacity", [1, 3])
async def test_of_twenty_who_book_the_last_places_as_many_win_as_fit(
    opened: Opened, capacity: int
) -> None:
    async with opened(capacity=capacity) as source:
        slot = (await source.free())[0]

        async def book(adapter: AnyAdapter) -> Appointment:
            return await adapter.book(slot, source.request(), deadline=soon())

        won, told = await race(source, book)
        assert (len(won), told) == (capacity, MANY - capacity)
        assert len({appointment.ref.vendor_ref for appointment in won}) == capacity
        assert await source.kept() == capacity * await kept_by_one(opened)
        assert slot.start not in {free.start for free in await source.free()}


async def test_of_twenty_who_hold_and_confirm_the_last_places_as_many_win_as_fit(
    opened: Opened,
) -> None:
    async with opened(capacity=3) as source:
        if Capability.HOLD not in source.make().available():
            pytest.skip("absent: hold")
        slot = (await source.free())[0]

        async def book(adapter: AnyAdapter) -> Appointment:
            # Each write has a reference of its own.
            reference = source.request().client_reference
            hold = await adapter.hold(slot, reference, deadline=soon())
            return await adapter.confirm(hold, source.request(), deadline=soon())

        won, told = await race(source, book)
        assert (len(won), told) == (3, MANY - 3)
        assert await source.kept() == 3 * await kept_by_one(opened)


async def test_a_slot_that_was_taken_after_it_was_offered_is_refused(opened: Opened) -> None:
    async with opened() as source:
        slot = (await source.free())[0]
        await _book(source, slot)
        before = await source.kept()
        with pytest.raises(TAKEN):
            await _book(source, slot)
        assert await source.kept() == before


async def kept_by_one(opened: Opened) -> int:
    """What one booking leaves in the store of the vendor: an event, and in caldav its claims."""
    async with opened() as source:
        await _book(source, (await source.free())[0])
        return await source.kept()


async def _book(source: Source, slot: Slot) -> Appointment:
    return await source.make().book(slot, source.request(), deadline=soon())
