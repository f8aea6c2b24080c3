"""Finds the best chains of offers: nothing better is missed, as far as the work allowed goes.

A day's offers are taken in the order of their starts. For every set of products done so far, at
every place, the ways to have got there are kept in a staircase: a later end has to come with a
better merit. An offer takes, of each staircase that it can go on from, the one step that its
start allows, found by bisection. What cannot become better than a chain that has ended by then
is dropped on the spot; a day on which nothing better can be is not even sorted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import chain as joined
from math import inf
from typing import Any, NamedTuple

from gateway.planning.chains import AWAY_BITS, Chain, Front, Offer, Town
from gateway.planning.outlook import Outlook, grid_of
from gateway.planning.quick import quick_chains

EXACT_PRODUCTS = 6
MOST_STEPS = 4_000_000
MOST_STEPS_BEYOND = 1_000_000
_DEAR = 6
"""To make a step costs as much as to take it so many times."""

Way = tuple[Offer, Any]
"""An offer, and the way that led to it (``None`` for the first)."""


class Found(NamedTuple):
    """The best chains, the soonest first; ``complete``: none can have been missed."""

    chains: tuple[Chain, ...]
    complete: bool


class Search:
    """Answers one question: the offers of each day, in a town.

    Exact up to six products. Beyond that it begins with chains that are quickly found, goes on
    for as many steps as it may, and says that it is not complete when those were not enough. So
    it does for six products or less where a huge town needs millions of steps.
    """

    def __init__(
        self, town: Town, days: Mapping[int, Sequence[Offer]], most_steps: int | None = None
    ) -> None:
        self._is_small = town.whole.bit_count() <= EXACT_PRODUCTS
        self.town = town
        self.steps_left = most_steps or (MOST_STEPS if self._is_small else MOST_STEPS_BEYOND)
        self._days = days
        self._begin: dict[int, int] = {}
        times: set[int] = set()
        for day, offers in days.items():
            if offers:  # read once, a day at a time: larger heaps fit in no cache
                starts = [start for start, _, _, _ in offers]
                times.update(starts, [end for _, end, _, _ in offers])
                self._begin[day] = min(starts)
        self._begins = sorted((begin, day) for day, begin in self._begin.items())
        self.outlook = Outlook(town, grid_of(times), exact=self._is_small)

    def best(self) -> Found:
        """The best chains of one day each; of several days only where no day has one."""
        front = Front()
        if not self._is_small:
            for offers in self._days.values():
                for chain in quick_chains(self.town, offers):
                    front.add(chain)
        for day in sorted(self._begin):
            _Sweep(self, front).run(self._days[day], self._begin[day])
        if not front.chains and self._begins:
            every = [*joined.from_iterable(self._days.values())]
            _Sweep(self, front).run(every, self._begins[0][0])
        chains = sorted(front.chains, key=lambda chain: chain.worth)
        return Found(tuple(chains), self.steps_left > 0)

    def day_of(self, chain: Chain) -> int:
        """The day on which it starts."""
        return self._begins[bisect_right(self._begins, (chain.start, inf)) - 1][1]

    def soonest_of(self, day: int) -> Chain | None:
        """The chain of one day that is finished first, whatever other days have."""
        front = Front()
        if day in self._begin:
            _Sweep(self, front, until_one_ends=True).run(self._days[day], self._begin[day])
        return min(front.chains, key=lambda chain: chain.worth, default=None)


class _State(NamedTuple):
    """How far a chain has come; a pivot in it rules out another."""

    place: int
    products: int
    stops: int
    travel: int
    pivot: bool


class _Stairs:
    """Ways to one state by ascending end; the merit (cost - end) descends, else it is no use."""

    __slots__ = ("ends", "merits", "ways")

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.merits: list[int] = []
        self.ways: list[Way] = []

    def add(self, end: int, merit: int, way: Way) -> None:
        at = bisect_right(self.ends, end)
        if at and self.merits[at - 1] <= merit:
            return
        first = last = bisect_left(self.ends, end)
        while last < len(self.ends) and self.merits[last] >= merit:
            last += 1
        self.ends[first:last] = [end]
        self.merits[first:last] = [merit]
        self.ways[first:last] = [way]


class _Step(NamedTuple):
    """From a state to a counter: what must lie between, and what the cost must stay below."""

    stairs: _Stairs
    gap: int
    extra: int
    target: _State
    below: float


class _Sweep:
    """Goes through the offers of a day and puts into the front what it does not outdo."""

    def __init__(self, search: Search, front: Front, *, until_one_ends: bool = False) -> None:
        self._search = search
        self._until_one_ends = until_one_ends
        self._town = search.town
        self._front = front
        self._ended = Front()
        self._to_end = list(front.chains)
        self._next_end: float = inf
        self._stairs: dict[_State, _Stairs] = {}
        self._first: dict[int, _State] = {}
        self._steps: dict[int, list[_Step]] = {}
        self._limits: dict[_State, float] = {}

    def run(self, offers: Sequence[Offer], begin: int) -> None:
        """``begin``: when the first of them starts."""
        for at, counter in enumerate(self._town.counters):
            if not counter.alone or counter.products == self._town.whole:
                self._first[at] = _State(counter.place, counter.products, 1, 0, counter.pivot)
        if not self._is_worth_it(begin):
            return
        self._steps = {at: [] for at in {at for _, _, at, _ in offers}}
        for offer in sorted(offers):
            if offer.start >= self._next_end and not self._is_worth_it(offer.start):
                return
            if self._search.steps_left <= 0:
                return
            self._take(offer)

    def _take(self, offer: Offer) -> None:
        """Begin a chain with this offer, and go on to it from wherever that can be."""
        start, end, at, _ = offer
        steps = self._steps[at]
        self._search.steps_left -= 1 + len(steps)
        started, ended = start << AWAY_BITS, end << AWAY_BITS
        if at in self._first:
            self._reach(self._first[at], self._town.counters[at].away, ended, (offer, None))
        for stairs, gap, extra, target, below in steps:
            here = bisect_right(stairs.ends, start - gap)
            if here:
                cost = stairs.merits[here - 1] + started + extra
                if cost < below:
                    self._reach(target, cost, ended, (offer, stairs.ways[here - 1]))

    def _reach(self, state: _State, cost: int, ended: int, way: Way) -> None:
        if state.products == self._town.whole:
            chain = Chain(_offers(way), cost, state.travel)
            self._search.steps_left -= len(self._front.chains)
            if self._front.add(chain):
                self._to_end.append(chain)
                self._next_end = min(self._next_end, chain.finish)
            return
        stairs = self._stairs.get(state)
        if stairs is None:
            stairs = self._stairs[state] = _Stairs()
            self._lead_on(state, stairs)
        stairs.add(ended >> AWAY_BITS, cost - ended, way)

    def _lead_on(self, state: _State, stairs: _Stairs) -> None:
        """Make the steps from a state that is new to every counter that it can go on to."""
        self._search.steps_left -= _DEAR * len(self._steps)
        for at, steps in self._steps.items():
            counter = self._town.counters[at]
            if counter.alone or counter.products & state.products:
                continue
            if counter.pivot and state.pivot:
                continue
            travel, gap = self._town.legs[state.place][counter.place]
            target = _State(
                counter.place,
                state.products | counter.products,
                state.stops + 1,
                state.travel + travel,
                state.pivot or counter.pivot,
            )
            extra = counter.away - (travel << AWAY_BITS)
            below = self._below(target)
            if below > 0:
                steps.append(_Step(stairs, gap, extra, target, below))

    def _is_worth_it(self, now: int) -> bool:
        """Look anew what can still become better than what has ended by now, if anything can."""
        for chain in [chain for chain in self._to_end if chain.finish <= now]:
            self._to_end.remove(chain)
            self._ended.add(chain)
        if self._until_one_ends and self._ended.chains:
            return False
        self._next_end = min((chain.finish for chain in self._to_end), default=inf)
        self._limits.clear()
        self._first = {
            at: state
            for at, state in self._first.items()
            if self._town.counters[at].away < self._below(state)
        }
        for at, steps in self._steps.items():
            self._search.steps_left -= _DEAR * len(steps)
            anew = [step._replace(below=self._below(step.target)) for step in steps]
            self._steps[at] = [step for step in anew if step.below > 0]
        return bool(self._first) or any(self._steps.values())

    def _below(self, state: _State) -> float:
        """What the cost of a way to this state must stay below, to end as something better."""
        limit = self._limits.get(state)
        if limit is None:
            left = self._town.whole & ~state.products
            limit = max(
                (
                    self._ended.least_cost(state.stops + rest.stops, state.travel + rest.travel)
                    - rest.cost
                    for rest in self._search.outlook.least(state.place, left)
                ),
                default=-inf,
            )
            self._limits[state] = limit
        return limit


def _offers(way: Way | None) -> tuple[Offer, ...]:
    offers = []
    while way is not None:
        offers.append(way[0])
        way = way[1]
    return tuple(reversed(offers))
