"""What sources are asked to plan with: few questions, and those that are worth most first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from contracts.models import Location
from gateway.planning.search import EXACT_PRODUCTS
from gateway.sources import Source

MOST_QUESTIONS = 60
"""Slot queries for one plan, over all its sources."""


class Together(NamedTuple):
    """Products as bits, and the locations of a source that handle them in one appointment."""

    products: int
    locations: Sequence[Location]


class Question(NamedTuple):
    """Which free slots does this location have for these products together?"""

    source: Source
    location: Location
    products: int


def worth_locating(source: Source, numbers: Sequence[str]) -> list[int]:
    """Of which products together it is asked where: each, each pair, or simply all of them.

    Three go together where each two of them do, as far as a refusal does not prove otherwise.
    """
    own = [1 << at for at, number in enumerate(numbers) if number in source.products]
    if len(own) <= EXACT_PRODUCTS:
        return own + [one | other for one, other in combinations(own, 2)]
    return [*own, sum(own)]


def worth_asking(
    located: Sequence[tuple[Source, Together]], preferred: Sequence[str]
) -> tuple[list[Question], bool]:
    """The questions, the most useful first; and whether these are all that make sense.

    First each product by itself, without which there may be no plan, and the most products
    together, which makes the best one; for each of these one location after the other.
    """
    by_source: dict[Source, dict[int, Sequence[Location]]] = {}
    for source, (products, locations) in located:
        by_source.setdefault(source, {})[products] = locations
    ranked: dict[int, list[Question]] = {}
    biggest: dict[Source, int] = {}
    for source, known in by_source.items():
        for products, locations in _together(known):
            if locations:
                biggest[source] = max(biggest.get(source, 0), products.bit_count())
            ranked.setdefault(products, []).extend(
                Question(source, location, products) for location in locations
            )
    found: list[tuple[tuple[bool, int, int], Question]] = []
    for products, questions in ranked.items():
        questions.sort(key=lambda each: each.source.location_id(each.location.id) not in preferred)
        size = products.bit_count()
        for place, question in enumerate(questions):
            is_needed = size in (1, biggest[question.source])
            found.append(((not is_needed, place, -size), question))
    found.sort(key=lambda each: each[0])
    is_all = len(found) <= MOST_QUESTIONS and all(
        sum(products.bit_count() == 1 for products in known) <= EXACT_PRODUCTS
        for known in by_source.values()
    )
    return [question for _, question in found[:MOST_QUESTIONS]], is_all


def _together(known: Mapping[int, Sequence[Location]]) -> Iterator[Together]:
    """What was heard, and what follows from it for three products and more."""
    yield from (Together(products, locations) for products, locations in known.items())
    own = [products for products in known if products.bit_count() == 1]
    if len(own) > EXACT_PRODUCTS:
        return
    for size in range(3, len(own) + 1):
        for some in combinations(own, size):
            pairs = [known.get(one | other, ()) for one, other in combinations(some, 2)]
            ids = set.intersection(*({location.id for location in pair} for pair in pairs))
            yield Together(sum(some), [each for each in pairs[0] if each.id in ids])
