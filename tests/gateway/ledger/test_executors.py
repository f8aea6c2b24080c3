"""A process that no longer beats is buried once, by one other process."""

from __future__ import annotations

import pytest

from gateway.ledger import Database, Executors
from tests.gateway.world import Clock


@pytest.fixture
async def executors(database: Database) -> tuple[Executors, Clock]:
    clock = Clock()
    known = Executors(database, clock)
    for left_over in await known.lapsed():
        async with known.bury(left_over):
            pass
    return known, clock


async def test_who_beats_lives(executors: tuple[Executors, Clock]) -> None:
    known, clock = executors
    await known.beat("a")
    clock.advance(seconds=40)
    await known.beat("b")
    assert await known.lapsed() == []

    clock.advance(seconds=6)
    assert await known.lapsed() == ["a"]
    await known.beat("a")
    assert await known.lapsed() == []


async def test_who_left_is_dead_at_once(executors: tuple[Executors, Clock]) -> None:
    known, _ = executors
    await known.beat("a")

    await known.leave("a")

    assert await known.lapsed() == ["a"]


async def test_one_claims_the_dead(executors: tuple[Executors, Clock]) -> None:
    known, _ = executors
    await known.leave("a")

    async with known.bury("a") as first, known.bury("a") as second:
        assert (first, second) == (True, False)

    assert await known.lapsed() == []


async def test_a_claimant_that_dies_leaves_the_dead_to_another(
    executors: tuple[Executors, Clock],
) -> None:
    known, clock = executors
    await known.leave("a")

    async def die() -> None:
        async with known.bury("a") as claimed:
            raise RuntimeError(claimed)

    with pytest.raises(RuntimeError, match="True"):
        await die()

    assert await known.lapsed() == []
    clock.advance(minutes=1)
    assert await known.lapsed() == ["a"]


async def test_who_lives_is_not_buried(executors: tuple[Executors, Clock]) -> None:
    known, _ = executors
    await known.beat("a")

    async with known.bury("a") as claimed:
        assert not claimed

    await known.leave("a")
    assert await known.lapsed() == ["a"]


async def test_who_was_only_slow_is_not_forgotten(executors: tuple[Executors, Clock]) -> None:
    known, clock = executors
    await known.beat("a")
    clock.advance(minutes=1)
    async with known.bury("a") as claimed:
        clock.advance(seconds=1)
        await known.beat("a")
    assert claimed

    clock.advance(minutes=1)  # and now it dies
    assert await known.lapsed() == ["a"]
