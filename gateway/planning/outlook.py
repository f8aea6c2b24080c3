"""The least that is still to come for a chain that is not finished: it cuts hopeless ones off."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from math import gcd
from typing import NamedTuple

from gateway.planning.chains import AWAY_BITS, Town


class Rest(NamedTuple):
    """What a way to finish adds at the least: stops, travel, and cost as of ``Chain``."""

    stops: int
    travel: int
    cost: int


NOTHING = (Rest(0, 0, 0),)
_UNKNOWN = (Rest(1, 0, 0),)


class Outlook:
    """Knows of every place, with some products left to do, the least there is to come.

    Times of vendors lie on a grid of minutes, so the shortest wait does as well: where three
    minutes would do, a grid of ten makes it ten. Without that no bound would ever be reached.
    """

    def __init__(self, town: Town, grid: int, *, exact: bool) -> None:
        self._town = town
        self._grid = grid
        self._exact = exact
        self.least = cache(self._least)

    def _least(self, place: int, left: int) -> tuple[Rest, ...]:
        """Every way to finish that is not worse than another; none where it cannot be done."""
        if not left:
            return NOTHING
        if not self._exact:
            return _UNKNOWN
        found: set[Rest] = set()
        for counter in self._town.counters:
            if counter.alone or counter.products & ~left:
                continue
            travel, gap = self._town.legs[place][counter.place]
            waiting = -(-gap // self._grid) * self._grid - travel
            cost = (waiting << AWAY_BITS) + counter.away
            for rest in self.least(counter.place, left & ~counter.products):
                found.add(Rest(1 + rest.stops, travel + rest.travel, cost + rest.cost))
        return tuple(one for one in found if not any(_beats(other, one) for other in found))


def grid_of(times: Collection[int]) -> int:
    """The step that all times lie on, in seconds; 1 where there is none."""
    first = min(times, default=0)
    return gcd(*(time - first for time in times)) or 1


def _beats(one: Rest, other: Rest) -> bool:
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))
