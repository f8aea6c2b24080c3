"""Chains found in one pass over a day: hardly ever the best, and never too much work to find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.planning.chains import AWAY_BITS, Chain, Offer, Town

_BEGINNINGS = 4


def quick_chains(town: Town, offers: Sequence[Offer]) -> Iterator[Chain]:
    """From a few moments of the day on, take whatever ends first and still fits."""
    by_end = sorted(offers, key=lambda offer: offer.end)
    for beginning in range(_BEGINNINGS):
        chain = _first_that_fits(town, by_end[len(by_end) * beginning // _BEGINNINGS :])
        if chain is not None:
            yield chain


def _first_that_fits(town: Town, offers: Sequence[Offer]) -> Chain | None:
    taken: list[Offer] = []
    done = cost = travelled = 0
    has_pivot = False
    for offer in offers:
        counter = town.counters[offer.counter]
        if counter.products & done or counter.alone or (counter.pivot and has_pivot):
            continue
        if taken:
            last = taken[-1]
            travel, gap = town.legs[town.counters[last.counter].place][counter.place]
            if offer.start - last.end < gap:
                continue
            travelled += travel
            cost += (offer.start - last.end - travel) << AWAY_BITS
        taken.append(offer)
        cost += counter.away
        done |= counter.products
        has_pivot = has_pivot or counter.pivot
        if done == town.whole:
            return Chain(tuple(taken), cost, travelled)
    return None
