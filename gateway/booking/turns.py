"""Whose turn it is to book at a source that checks no conflict itself (docs/adr/0220)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, timedelta
from weakref import WeakValueDictionary

from contracts.deadline import Deadline
from contracts.manifest import ConflictCheck
from contracts.models import Slot
from gateway.ledger import Claim, Ledger
from gateway.sources import Source

# How much longer a claim holds than the one call it is made for.
MARGIN = timedelta(seconds=2)
# How often another process is asked whether it is done (s).
_PAUSE = 0.05


class Turn:
    """A place in the line.

    Until ``deadline`` something may be sent: before the claim lapses, however long it took to
    get that. ``None``: it did not come.
    """

    def __init__(
        self, ledger: Ledger, deadline: Deadline | None, claim: Claim | None = None
    ) -> None:
        self.deadline = deadline
        self._ledger = ledger
        self._claim = claim

    async def end(self) -> None:
        """Let the next one go: the source has answered."""
        if self._claim is not None and self.deadline is not None:
            await self._ledger.release_claim(self._claim)


class Turns:
    """One write at a time on each local day of a source whose vendor checks no conflict.

    In this process the others stand in line; those of other processes see the claim in the
    ledger. A write that is not answered keeps its claim until nobody waits for it any more.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lines = WeakValueDictionary[tuple[str, date], asyncio.Lock]()

    @asynccontextmanager
    async def turn(self, source: Source, slot: Slot, reference: str) -> AsyncIterator[Turn]:
        """Wait for the turn of ``reference``, at most as long as one call to the source takes.

        Where the turn did not come, nothing may be sent.
        """
        if source.manifest.facts.conflict_check is not ConflictCheck.NONE:
            yield Turn(self._ledger, Deadline.after(source.timeout))
            return
        patience = Deadline.after(source.timeout)
        days = _days(source, slot)
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(patience.remaining):
                    line = self._lines.setdefault((source.id, days[0]), asyncio.Lock())
                    await stack.enter_async_context(line)
            except TimeoutError:
                yield Turn(self._ledger, None)
                return
            claim = Claim(source.id, days, reference)
            yield Turn(self._ledger, await self._claimed(claim, source, patience), claim)

    async def _claimed(self, claim: Claim, source: Source, patience: Deadline) -> Deadline | None:
        lasting = timedelta(seconds=source.timeout) + MARGIN
        while True:
            deadline = Deadline.after(source.timeout)
            if await self._ledger.claim(claim, self._ledger.now() + lasting):
                return deadline
            if patience.passed:
                return None
            await asyncio.sleep(_PAUSE)


def _days(source: Source, slot: Slot) -> tuple[date, ...]:
    """The local days that a slot touches: those that overlap have one in common."""
    first = slot.start.astimezone(source.zone).date()
    last = (slot.end - timedelta.resolution).astimezone(source.zone).date()
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
