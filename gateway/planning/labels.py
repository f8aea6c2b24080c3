"""Which of the best chains are shown, why, and what is shown beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from contracts.api import PlanLabel
from gateway.planning.chains import Chain
from gateway.planning.search import Search

MOST_PLANS = 10


class Shown(NamedTuple):
    """A chain, and why it comes first; no labels: an alternative."""

    chain: Chain
    labels: tuple[PlanLabel, ...] = ()


def shown(search: Search, days: Sequence[int]) -> tuple[list[Shown], bool]:
    """At most ten chains, the labelled ones first; and whether none can have been missed.

    ``days`` are those of the search, in order. The best chains are often all of one morning, so
    each of the next days shows what it has soonest before more of the same day is shown.
    """
    chains, complete = search.best()
    if not chains:
        return [], complete
    labelled = _labelled(chains)
    first = {chain.offers for chain, _ in labelled}
    rest = [chain for chain in chains if chain.offers not in first]
    others = [Shown(chain) for chain in _others(rest, search, days, labelled)]
    return [*labelled, *others][:MOST_PLANS], complete


def _labelled(chains: Sequence[Chain]) -> list[Shown]:
    best = {
        PlanLabel.ONE_STOP: min(chains, key=lambda chain: (chain.stops, chain.worth)),
        PlanLabel.LEAST_WAITING: min(chains, key=lambda chain: (chain.cost, chain.worth)),
        PlanLabel.SOONEST: min(chains, key=lambda chain: chain.worth),
    }
    labels: dict[Chain, list[PlanLabel]] = {}
    for label, chain in best.items():
        labels.setdefault(chain, []).append(label)
    return [Shown(chain, tuple(why)) for chain, why in labels.items()]


def _others(
    rest: Sequence[Chain], search: Search, days: Sequence[int], labelled: Sequence[Shown]
) -> Iterator[Chain]:
    """One of each kind among the best, then one of each other day, then what is left."""
    kinds = {_kind(chain, search) for chain, _ in labelled}
    left = []
    for chain in rest:
        if _kind(chain, search) in kinds:
            left.append(chain)
        else:
            kinds.add(_kind(chain, search))
            yield chain
    shown_days = {day for day, _, _ in kinds}
    for day in days:
        if len(kinds) >= MOST_PLANS:
            break
        if day not in shown_days and (soonest := search.soonest_of(day)) is not None:
            kinds.add(_kind(soonest, search))
            yield soonest
    yield from left


def _kind(chain: Chain, search: Search) -> tuple[int, int, int]:
    """Chains of one day with as many stops and as much travel are much the same to a citizen."""
    return search.day_of(chain), chain.stops, chain.travel
