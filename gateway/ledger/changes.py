"""Wakes who waits in this process for a visit to change."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Changes:
    """Told by each committed transaction. What other processes commit is not heard here."""

    def __init__(self) -> None:
        self._waiting = defaultdict[str, set[asyncio.Event]](set)

    @contextmanager
    def of(self, visit_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when the visit changes; the one who waits clears it."""
        changed = asyncio.Event()
        waiting = self._waiting[visit_id]
        waiting.add(changed)
        try:
            yield changed
        finally:
            waiting.discard(changed)
            if not waiting:
                self._waiting.pop(visit_id, None)

    def tell(self, visit_ids: Iterable[str]) -> None:
        """These visits have changed."""
        for visit_id in visit_ids:
            for changed in self._waiting.get(visit_id, ()):
                changed.set()
