"""What changes slowly is asked once for all, given at once, and never remembered as missing."""

from __future__ import annotations

import asyncio

import pytest

from contracts.deadline import Deadline
from contracts.errors import VendorUnavailable
from gateway.cache import Cache, Kept
from gateway.sources import NotInTime


class Vendor:
    """Counts how often it is asked; answers when the gate is open."""

    def __init__(self) -> None:
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: VendorUnavailable | None = None

    async def load(self) -> int:
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        if self.error:
            raise self.error
        return number


class Seconds:
    """A monotonic clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def cache(clock: Seconds) -> Cache[str, int]:
    return Cache(fresh=10, kept=100, size=2, clock=clock)


def later(seconds: float = 60.0) -> Deadline:
    return Deadline.after(seconds)


async def settled() -> None:
    """Let what was started in the background come to its end."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_fresh_value_is_not_asked_again(cache: Cache[str, int], vendor: Vendor) -> None:
    for _ in range(3):
        assert await cache.get("a", vendor.load, later()) == Kept(1)
    assert vendor.calls == 1


async def test_a_hundred_who_ask_at_once_cost_one_call(
    cache: Cache[str, int], vendor: Vendor
) -> None:
    vendor.gate.clear()
    asking = [asyncio.create_task(cache.get("a", vendor.load, later())) for _ in range(100)]
    await settled()
    vendor.gate.set()

    assert set(await asyncio.gather(*asking)) == {Kept(1)}
    assert vendor.calls == 1


async def test_an_old_value_is_given_at_once_and_marked_while_a_new_one_is_asked(
    cache: Cache[str, int], vendor: Vendor, clock: Seconds
) -> None:
    await cache.get("a", vendor.load, later())
    clock.now = 10
    vendor.gate.clear()

    assert await cache.get("a", vendor.load, later()) == Kept(1, stale=True)
    assert await cache.get("a", vendor.load, later()) == Kept(1, stale=True)
    vendor.gate.set()
    await settled()
    assert await cache.get("a", vendor.load, later()) == Kept(2)
    assert vendor.calls == 2


async def test_an_old_value_outlives_a_failure_but_not_its_time(
    cache: Cache[str, int], vendor: Vendor, clock: Seconds
) -> None:
    await cache.get("a", vendor.load, later())
    vendor.error = VendorUnavailable("down")
    clock.now = 99
    assert await cache.get("a", vendor.load, later()) == Kept(1, stale=True)
    await settled()
    assert await cache.get("a", vendor.load, later()) == Kept(1, stale=True)
    await settled()

    clock.now = 100
    with pytest.raises(VendorUnavailable):
        await cache.get("a", vendor.load, later())


async def test_a_failure_is_raised_to_all_who_wait_and_never_kept(
    cache: Cache[str, int], vendor: Vendor
) -> None:
    vendor.error = VendorUnavailable("down")
    asking = [cache.get("a", vendor.load, later()) for _ in range(2)]
    assert await asyncio.gather(*asking, return_exceptions=True) == [vendor.error] * 2
    vendor.error = None

    assert await cache.get("a", vendor.load, later()) == Kept(2)


async def test_nobody_waits_beyond_the_deadline_but_the_call_goes_on_for_the_next(
    cache: Cache[str, int], vendor: Vendor
) -> None:
    vendor.gate.clear()
    with pytest.raises(NotInTime):
        await cache.get("a", vendor.load, later(0.01))
    vendor.gate.set()
    await settled()

    assert await cache.get("a", vendor.load, later()) == Kept(1)


async def test_one_who_goes_away_does_not_end_the_call_of_the_others(
    cache: Cache[str, int], vendor: Vendor
) -> None:
    vendor.gate.clear()
    leaving, staying = (asyncio.create_task(cache.get("a", vendor.load, later())) for _ in range(2))
    await settled()
    leaving.cancel()
    await asyncio.wait({leaving})
    vendor.gate.set()

    assert await staying == Kept(1)


async def test_no_more_is_kept_than_there_is_room_for(
    cache: Cache[str, int], vendor: Vendor
) -> None:
    for key in ("a", "b", "c", "b", "a"):
        await cache.get(key, vendor.load, later())

    assert vendor.calls == 4  # b was still there, a was not


async def test_closing_ends_what_is_under_way(cache: Cache[str, int], vendor: Vendor) -> None:
    vendor.gate.clear()
    asking = asyncio.create_task(cache.get("a", vendor.load, later()))
    await settled()
    await cache.aclose()

    with pytest.raises(asyncio.CancelledError):
        await asking
