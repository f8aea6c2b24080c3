"""Keeps answers that change slowly, so that a thousand citizens cost a vendor one call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from contracts.deadline import Deadline
from contracts.errors import BookingError
from gateway.sources import NotInTime

log = structlog.get_logger()
KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Kept(Generic[ValueT]):
    """A value; ``stale`` when it is old and being asked for again."""

    value: ValueT
    stale: bool = False


class Cache(Generic[KeyT, ValueT]):
    """Single-flight and stale-while-revalidate; failures are raised and never kept.

    A value is fresh for ``fresh`` seconds; until ``kept`` seconds it is given at once, marked
    stale, while one call asks for a new one; after that it counts as lost. At most ``size``
    values are kept, the newest ones. ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        *,
        fresh: float,
        kept: float,
        size: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fresh, self._kept, self._size, self._clock = fresh, kept, size, clock
        self._values: dict[KeyT, tuple[float, ValueT]] = {}
        self._flights: dict[KeyT, asyncio.Task[ValueT]] = {}

    async def get(
        self, key: KeyT, load: Callable[[], Awaitable[ValueT]], deadline: Deadline
    ) -> Kept[ValueT]:
        """The value for ``key``; ``load`` gets it, with a time limit of its own.

        A call under way is shared and outlives those who wait for it.

        Raises:
            NotInTime: nothing is kept and ``load`` did not end before ``deadline``.
            BookingError: what ``load`` raised.
        """
        loaded_at, *values = self._values.get(key, (float("-inf"),))
        age = self._clock() - loaded_at
        if values and age < self._fresh:
            return Kept(values[0])
        flight = self._flights.get(key) or self._start(key, load)
        if values and age < self._kept:
            return Kept(values[0], stale=True)
        done, _ = await asyncio.wait({flight}, timeout=deadline.remaining)
        if not done:
            raise NotInTime("The source did not answer in time.")
        return Kept(flight.result())

    async def aclose(self) -> None:
        """End the calls under way."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _start(self, key: KeyT, load: Callable[[], Awaitable[ValueT]]) -> asyncio.Task[ValueT]:
        flight = asyncio.create_task(self._load(key, load))
        self._flights[key] = flight
        flight.add_done_callback(_landed)
        flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return flight

    async def _load(self, key: KeyT, load: Callable[[], Awaitable[ValueT]]) -> ValueT:
        value = await load()
        # Put back at the end: the first ones are the oldest.
        self._values.pop(key, None)
        self._values[key] = (self._clock(), value)
        while len(self._values) > self._size:
            del self._values[next(iter(self._values))]
        return value


def _landed(flight: asyncio.Task[ValueT]) -> None:
    """Nobody may be waiting for it any more."""
    if not flight.cancelled() and (error := flight.exception()) is not None:
        code = error.code if isinstance(error, BookingError) else type(error).__name__
        log.info("catalogue not refreshed", code=code)
