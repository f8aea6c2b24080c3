"""The progress of a visit, told as it happens."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

from contracts.api import Visit
from contracts.errors import TooManyRequests
from gateway.booking.visits import Visits
from gateway.ledger.changes import Changes


@dataclass(frozen=True, slots=True)
class Pace:
    """How a visit is followed, in seconds.

    Attributes:
        look: how soon a change is seen that another process made.
        beat: how long it is silent before it says that it is still there.
        lifetime: after which it ends; who still wants to know asks again.
        most: how many visits one citizen can follow at once in one process.
        clock: the monotonic clock.
    """

    look: float = 2.0
    beat: float = 15.0
    lifetime: float = 600.0
    most: int = 5
    clock: Callable[[], float] = time.monotonic


class Progress:
    """Lets citizens follow their visits."""

    def __init__(self, visits: Visits, changes: Changes, pace: Pace | None = None) -> None:
        self._visits = visits
        self._changes = changes
        self._pace = pace or Pace()
        self._followed = Counter[str]()

    async def follow(
        self, citizen_key: str, visit_id: str, language: str
    ) -> AsyncIterator[Visit | None]:
        """The visit at once and after every change; ``None``: nothing new, still there.

        It ends when nothing is left to wait for.

        Raises:
            ResourceNotFound, NotOwner: see ``Visits.get``.
            TooManyRequests: the citizen follows too many at once.
        """
        await self._visits.get(citizen_key, visit_id, language)
        if self._followed[citizen_key] >= self._pace.most:
            raise TooManyRequests("Close another page first.", retry_after=self._pace.look)
        return self._follow(citizen_key, visit_id, language)

    async def _follow(
        self, citizen_key: str, visit_id: str, language: str
    ) -> AsyncIterator[Visit | None]:
        self._followed[citizen_key] += 1
        try:
            with self._changes.of(visit_id) as changed:
                async for told in self._tell(citizen_key, visit_id, language, changed):
                    yield told
        finally:
            self._followed[citizen_key] -= 1
            self._followed += Counter()  # forgets who follows none

    async def _tell(
        self, citizen_key: str, visit_id: str, language: str, changed: asyncio.Event
    ) -> AsyncIterator[Visit | None]:
        clock = self._pace.clock
        ends_at = clock() + self._pace.lifetime
        told, told_at = None, clock()
        while True:
            changed.clear()  # before it is read: what changes meanwhile is read once more
            result = await self._visits.look(citizen_key, visit_id, language)
            if result.visit != told:
                told, told_at = result.visit, clock()
                yield told
            elif clock() - told_at >= self._pace.beat:
                told_at = clock()
                yield None
            if result.done or clock() >= ends_at:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.look):
                    await changed.wait()
