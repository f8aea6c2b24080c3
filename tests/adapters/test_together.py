from __future__ import annotations

import asyncio

import pytest

from adapters.together import together


async def test_answers_come_in_the_order_of_the_calls() -> None:
    first_may_end = asyncio.Event()

    async def slow() -> str:
        await first_may_end.wait()
        return "slow"

    async def quick() -> str:
        first_may_end.set()
        return "quick"

    assert await together([slow(), quick()]) == ["slow", "quick"]


async def test_no_more_run_at_once_than_allowed() -> None:
    running = most = 0

    async def call() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await together([call() for _ in range(20)], at_once=3)
    assert most == 3


async def test_the_first_failure_ends_the_others_and_leaves_no_trace() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waits")

    async def fails() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await together([waits(), fails(), waits()])
    assert ended == ["waits", "waits"]
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
