"""How long an operation may still take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.errors import VendorUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock after which nobody waits for the answer any more.

    Passed to every adapter method. ``VendorClient`` bounds its timeouts by it and checks it
    once more just before it sends a write.
    """

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """A deadline ``seconds`` from now on ``clock``."""
        return cls(clock() + seconds, clock)

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock())

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.clock() >= self.at

    def check(self) -> None:
        """Raise ``VendorUnavailable`` when the time is up; call it just before a write."""
        if self.passed:
            raise VendorUnavailable("The time for this operation was up before it was sent.")
