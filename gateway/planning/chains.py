"""What a plan is made of, in numbers: counters, the offers at them, and chains of those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import NamedTuple

AWAY_BITS = 4
"""Room for the number of stops away from preferred places (ten at most) below the waiting."""


class Offer(NamedTuple):
    """A free slot: instants in epoch seconds, the position of its counter, the caller's number."""

    start: int
    end: int
    counter: int
    number: int


@dataclass(frozen=True, slots=True)
class Counter:
    """A place where some products are handled together.

    ``products`` has a bit per product. ``pivot``: a booking here can be neither kept nor undone,
    so a chain has one of these at most. ``alone``: it goes with no other stop at all. ``away``:
    not a place that was preferred.
    """

    place: int
    products: int
    pivot: bool = False
    alone: bool = False
    away: bool = False


class Leg(NamedTuple):
    """From one place to another, in seconds: the time on the way, and what must lie between."""

    travel: int
    gap: int


@dataclass(frozen=True, slots=True)
class Town:
    """Where all that is wanted can be done.

    ``whole`` has the bit of every product; ``legs[a][b]`` leads from place ``a`` to ``b``.
    """

    whole: int
    counters: Sequence[Counter]
    legs: Sequence[Sequence[Leg]]


@dataclass(frozen=True)
class Chain:
    """Offers in order, for all the products; ``waiting`` and ``travel`` in seconds.

    ``cost`` is the waiting with the stops away from preferred places below it: of chains that
    serve as well, it is the preferred place that wins.
    """

    offers: tuple[Offer, ...]
    cost: int
    travel: int

    @property
    def start(self) -> int:
        """When the first stop starts."""
        return self.offers[0].start

    @property
    def finish(self) -> int:
        """When the last stop ends."""
        return self.offers[-1].end

    @property
    def stops(self) -> int:
        """How many appointments it is."""
        return len(self.offers)

    @property
    def waiting(self) -> int:
        """What is left between the stops besides the time on the way."""
        return self.cost >> AWAY_BITS

    @cached_property
    def worth(self) -> tuple[int, int, int, int]:
        """Finish, cost, stops and travel; less is better of each."""
        return self.finish, self.cost, self.stops, self.travel


class Front:
    """The chains of which none is as good as another in everything."""

    def __init__(self) -> None:
        self.chains: list[Chain] = []

    def add(self, chain: Chain) -> bool:
        """Keep it, unless one that is kept is as good; drop what it makes needless."""
        worth = chain.worth
        if any(_as_good(kept.worth, worth) for kept in self.chains):
            return False
        self.chains = [kept for kept in self.chains if not _as_good(worth, kept.worth)]
        self.chains.append(chain)
        return True

    def least_cost(self, stops: int, travel: int) -> float:
        """Of the chains with no more stops and travel: what a better one has to stay below."""
        return min(
            (
                chain.cost
                for chain in self.chains
                if chain.stops <= stops and chain.travel <= travel
            ),
            default=inf,
        )


def _as_good(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] <= other[0] and one[1] <= other[1] and one[2] <= other[2] and one[3] <= other[3]
