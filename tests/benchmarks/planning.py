"""What it costs to plan several products, how that grows, and against trying everything.

Run it by hand from the root: ``python -m tests.benchmarks.planning [rounds]``. The figures in
docs/adr/0241 come from here.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

from contracts.models import ProductQuantity, Slot
from gateway.planning.answers import read_days
from gateway.planning.chains import Counter, Leg, Offer, Town
from gateway.planning.labels import shown
from gateway.planning.search import Search
from tests.gateway.planning import exhaustive

Days = Mapping[int, Sequence[Offer]]

DAY, OPENS, OPEN = 86_400, 9 * 3600, 7 * 3600


def _town(products: int, places: int, *, together: bool) -> Town:
    """Each product at each place; ``together``: every set of them in one appointment too."""
    bits = range(1, 1 << products) if together else [1 << at for at in range(products)]
    counters = [Counter(place, each) for place in range(places) for each in bits]
    legs = [
        [Leg(0, 300) if a == b else Leg(720, 1020) for b in range(places)] for a in range(places)
    ]
    return Town((1 << products) - 1, counters, legs)


def _offers(
    town: Town, slots: int, days: int, *, grid: int = 300, apart: bool = False
) -> dict[int, list[Offer]]:
    """Slots at random; ``apart``: no day on which all of it can be done.

    In the order in which ``read_days`` makes them, so that they lie in memory as they do there.
    """
    chance = random.Random(1)  # noqa: S311 - the same slots in every run
    drawn = []
    for _ in range(slots):
        day = chance.randrange(days)
        at = chance.randrange(len(town.counters))
        if apart and (town.counters[at].products == 1) == bool(day % 2):
            day ^= 1
        start = DAY * day + OPENS + chance.randrange(OPEN // grid) * grid
        minutes = chance.choice([10, 15, 20]) * town.counters[at].products.bit_count()
        drawn.append((at, day, start, minutes))
    made: dict[int, list[Offer]] = {}
    for number, (at, day, start, minutes) in enumerate(sorted(drawn)):
        made.setdefault(day, []).append(Offer(start, start + minutes * 60, at, number))
    return made


def _milliseconds(rounds: int, call: Callable[[], object]) -> float:
    """Of the processor, not of the clock: other programs make it wait, not work more."""
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        call()
        spent.append(time.process_time() - began)
    return statistics.median(spent) * 1e3


def _line(name: str, milliseconds: float, more: str = "") -> None:
    sys.stdout.write(f"{name:52}{milliseconds:9.1f} ms   {more}\n")


def _plan(name: str, rounds: int, town: Town, days: Days) -> float:
    milliseconds = _milliseconds(rounds, lambda: shown(Search(town, days), sorted(days)))
    found, complete = shown(Search(town, days), sorted(days))
    _line(name, milliseconds, f"{len(found)} plans{'' if complete else ', not complete'}")
    return milliseconds


def _read(rounds: int, days: Days) -> None:
    """From the slots of an adapter to the offers of a search."""
    one = (ProductQuantity(product_id="697"),)
    slots = [
        Slot(
            location_id="stadhuis",
            start=datetime.fromtimestamp(offer.start, UTC),
            end=datetime.fromtimestamp(offer.end, UTC),
            products=one,
        )
        for offers in days.values()
        for offer in offers
    ]
    answer = SimpleNamespace(slots=slots, zone=ZoneInfo("Europe/Brussels"))
    _line("reading 20,000 slots", _milliseconds(rounds, lambda: read_days(cast("Any", [answer]))))


def main() -> None:
    """The case that was asked for, its growth, harder ones, and the peer."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    town, together = _town(4, 3, together=False), _town(4, 3, together=True)
    month = _offers(town, 20_000, 30)
    _plan("4 products, 3 places, 30 days, 20,000 slots", rounds, town, month)
    _plan("the same, any of them together too", rounds, together, _offers(together, 20_000, 30))
    _read(rounds, month)

    sys.stdout.write("\ngrowth, the same town\n")
    before = 0.0
    for slots in (2_000, 20_000, 200_000):
        now = _plan(f"  {slots:,} slots", rounds, town, _offers(town, slots, 30))
        if before:
            sys.stdout.write(f"    ten times the slots: {now / before:.1f} times the time\n")
        before = now

    sys.stdout.write("\nharder\n")
    _plan("  on no grid: starts on any second", rounds, town, _offers(town, 20_000, 30, grid=1))
    _plan("  no day has it all", rounds, town, _offers(town, 20_000, 30, apart=True))
    for products, places in ((6, 3), (6, 10), (8, 3), (10, 6)):
        name = f"  {products} products, {places} places"
        large = _town(products, places, together=False)
        _plan(name, max(1, rounds // 3), large, _offers(large, 20_000, 30))

    sys.stdout.write("\nagainst trying everything\n")
    small = _town(3, 3, together=False)
    for slots in (50, 100, 200):
        days = _offers(small, slots, 1)
        ours = _milliseconds(rounds, Search(small, days).best)
        theirs = _milliseconds(1, partial(exhaustive.best, small, days))
        _line(f"  3 products, 1 day, {slots} slots", ours, f"{theirs / ours:,.0f} times as fast")


if __name__ == "__main__":
    main()
