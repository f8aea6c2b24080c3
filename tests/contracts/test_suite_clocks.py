"""A sandbox elsewhere is told what time it is, once, and before it is asked anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import anyio
import pytest

from adapters.vendors.memory.harness import harness_of
from contracts.suite import Harness, SandboxClock
from contracts.suite.recording import Recording

MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)


class Elsewhere:
    """A sandbox that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[datetime] = []

    async def tell(self, now: datetime) -> None:
        await anyio.lowlevel.checkpoint()
        self.told.append(now)


@pytest.fixture
def harness() -> Harness:
    return harness_of()


async def test_it_is_told_nothing_as_long_as_no_time_passes() -> None:
    sandbox = Elsewhere()
    clock = SandboxClock(MONDAY, sandbox.tell)
    await clock.arrive()
    assert sandbox.told == []


async def test_many_who_ask_at_once_tell_it_once() -> None:
    sandbox = Elsewhere()
    clock = SandboxClock(MONDAY, sandbox.tell)
    clock.advance(timedelta(hours=1))
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(clock.arrive)
    assert sandbox.told == [MONDAY + timedelta(hours=1)]


async def test_it_knows_the_time_before_the_next_call_of_an_adapter(harness: Harness) -> None:
    sandbox = Elsewhere()
    harness.clock = SandboxClock(MONDAY, sandbox.tell)
    Recording(harness)
    harness.clock.move_to(MONDAY + timedelta(days=1))
    assert sandbox.told == []

    await harness.adapter.products(deadline=harness.deadline)
    await harness.second.products(deadline=harness.deadline)

    assert sandbox.told == [MONDAY + timedelta(days=1)]
