"""Several reads at once, for vendors that need many calls to answer one question."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(calls: Iterable[Coroutine[Any, Any, T]], at_once: int = 8) -> list[T]:
    """The answers in the order of the calls, ``at_once`` at a time.

    The first that fails ends the others and is raised; none is left running.

    Not a ``TaskGroup``: after a failure, that of Python 3.11 leaves the task counted as being
    cancelled, and every later timeout in it goes astray.
    """
    turns = asyncio.Semaphore(at_once)

    async def in_turn(call: Coroutine[Any, Any, T]) -> T:
        async with turns:
            return await call

    waiting = list(calls)
    tasks = [asyncio.ensure_future(in_turn(call)) for call in waiting]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for call in waiting:
            call.close()  # one whose turn never came was never awaited
