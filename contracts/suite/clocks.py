"""The time during a behaviour: told by the test, told on to a sandbox elsewhere, or real."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import anyio

from contracts.suite.verdicts import not_run


class Clock:
    """The time as the tests tell it; called, it is the ``now`` of an ``AdapterContext``."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        """The current instant in UTC."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    def move_to(self, instant: datetime) -> None:
        """Go to an instant, earlier or later."""
        self._now = instant.astimezone(UTC)

    async def arrive(self) -> None:
        """Awaited before every call of an adapter: by then it is this time everywhere."""


class SandboxClock(Clock):
    """The time of a sandbox elsewhere: moved here, and told there before the next call.

    Give it the instant at which the sandbox stands, and what tells it another.
    """

    def __init__(self, now: datetime, tell: Callable[[datetime], Awaitable[None]]) -> None:
        super().__init__(now)
        self._tell = tell
        self._told = self()
        self._one_at_a_time = anyio.Lock()

    async def arrive(self) -> None:
        """Tell the sandbox, where it does not know yet."""
        async with self._one_at_a_time:
            if self._told != (now := self()):
                await self._tell(now)
                self._told = now


class WallClock(Clock):
    """The real time, of a sandbox whose clock nobody moves."""

    def __init__(self) -> None:
        """Now is now."""
        super().__init__(datetime.now(UTC))

    def __call__(self) -> datetime:
        """The current instant in UTC."""
        return datetime.now(UTC)

    def advance(self, by: timedelta) -> None:
        """Not here: the behaviour is not run."""
        del by
        not_run("a clock that can be moved")

    def move_to(self, instant: datetime) -> None:
        """Not here: the behaviour is not run."""
        del instant
        not_run("a clock that can be moved")
