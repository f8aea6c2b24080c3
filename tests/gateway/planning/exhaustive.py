"""The obvious planner: tries every order of every choice of offers. Right, and slow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from gateway.planning.chains import AWAY_BITS, Chain, Front, Offer, Town


def every_chain(town: Town, offers: Sequence[Offer]) -> Iterator[Chain]:
    """All chains that are allowed, by the rules alone."""

    def longer(chain: tuple[Offer, ...], done: int) -> Iterator[tuple[Offer, ...]]:
        if done == town.whole:
            yield chain
            return
        for offer in offers:
            products = town.counters[offer.counter].products
            if not products & done and (not chain or fits(town, chain[-1], offer)):
                yield from longer((*chain, offer), done | products)

    for chain in longer((), 0):
        counters = [town.counters[offer.counter] for offer in chain]
        if sum(counter.pivot for counter in counters) > 1:
            continue
        if len(chain) > 1 and any(counter.alone for counter in counters):
            continue
        yield measured(town, chain)


def fits(town: Town, before: Offer, after: Offer) -> bool:
    """Whether there is time to get from one to the other."""
    return after.start - before.end >= leg(town, before, after)[1]


def leg(town: Town, before: Offer, after: Offer) -> tuple[int, int]:
    places = [town.counters[offer.counter].place for offer in (before, after)]
    return town.legs[places[0]][places[1]]


def measured(town: Town, offers: tuple[Offer, ...]) -> Chain:
    """The chain of these offers, its figures added up."""
    pairs = list(pairwise(offers))
    travel = sum(leg(town, *pair)[0] for pair in pairs)
    between = sum(after.start - before.end for before, after in pairs)
    away = sum(town.counters[offer.counter].away for offer in offers)
    return Chain(offers, ((between - travel) << AWAY_BITS) + away, travel)


def best(town: Town, days: Mapping[int, Sequence[Offer]]) -> Front:
    """The front over the chains of one day, or over all where there are none."""
    front = Front()
    for offers in days.values():
        for chain in every_chain(town, offers):
            front.add(chain)
    if not front.chains:
        for chain in every_chain(town, [offer for offers in days.values() for offer in offers]):
            front.add(chain)
    return front
