"""What the sources answered: as numbers for the search, and where it can be no plan at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, reduce
from operator import or_
from zoneinfo import ZoneInfo

from contracts.errors import BookingError, ProductsNotCombinable
from contracts.models import Slot
from gateway.booking.order import Undoing
from gateway.ledger.records import Summary
from gateway.planning.chains import Counter, Offer, Town
from gateway.planning.travel import Spot, TravelTimes
from gateway.sources import Source

MOST_OFFERS = 40_000
"""Free slots that are searched; of more, the last days are left out."""
_QUARTER = 900


@dataclass(frozen=True, slots=True)
class Answer:
    """The free slots of a location for some products together, and the names around them.

    ``free``: how many there are on each day.
    """

    source: Source
    products: int
    zone: ZoneInfo
    slots: Sequence[Slot]
    summary: Summary
    free: Mapping[tuple[str, int], int]

    @property
    def spot(self) -> Spot:
        """Where it is."""
        return Spot(self.summary.location.id, self.source.municipality_id)

    @property
    def undoing(self) -> Undoing:
        """What can be undone of a booking there."""
        return Undoing.at(self.source, approval=self.summary.approval)


def town_of(
    answers: Sequence[Answer], products: int, preferred: Sequence[str], travel: TravelTimes
) -> Town:
    """A counter for every answer, and the legs between their places."""
    spots = list(dict.fromkeys(answer.spot for answer in answers))
    counters = [
        Counter(
            place=spots.index(answer.spot),
            products=answer.products,
            pivot=answer.undoing.is_pivot,
            alone=answer.undoing.needs_approval,
            away=bool(preferred) and answer.spot.location_id not in preferred,
        )
        for answer in answers
    ]
    legs = [[travel.leg(start, end) for end in spots] for start in spots]
    return Town((1 << products) - 1, counters, legs)


def read_days(answers: Sequence[Answer]) -> tuple[dict[int, list[Offer]], bool]:
    """The offers by the day of their location, and whether these are all."""
    by_day: dict[int, list[Offer]] = {}
    for at, answer in enumerate(answers):
        day_of = _days_in(answer.zone)
        for number, slot in enumerate(answer.slots):
            start = int(slot.start.timestamp())
            offer = Offer(start, int(slot.end.timestamp()), at, number)
            by_day.setdefault(day_of(start // _QUARTER), []).append(offer)
    days: dict[int, list[Offer]] = {}
    room = MOST_OFFERS
    for day in sorted(by_day):
        room -= len(by_day[day])
        if room < 0 and days:
            return days, False
        days[day] = by_day[day]
    return days, True


def _days_in(zone: ZoneInfo) -> Callable[[int], int]:
    # Zones change their clocks on a quarter of an hour, and a day has few of those.
    @cache
    def day_of(quarter: int) -> int:
        return datetime.fromtimestamp(quarter * _QUARTER, zone).toordinal()

    return day_of


def refuse_what_cannot_be(
    answered: Sequence[Answer], whole: int, refused: Sequence[BookingError]
) -> None:
    """Where a product is handled nowhere, the sources said why."""
    if refused and _all_of(answered) != whole:
        # Of one product by itself nobody says that; of two it says nothing about one.
        alone = [error for error in refused if not isinstance(error, ProductsNotCombinable)]
        raise (alone or refused)[0]


def refuse_what_cannot_be_promised(answers: Sequence[Answer], whole: int) -> None:
    """No plan means that no times fit; not so where no times ever would."""
    free = [each for each in answers if not (each.undoing.needs_approval or each.undoing.is_pivot)]
    lacking = whole & ~_all_of(free)
    one_pivot_will_do = any(
        not lacking & ~each.products and not each.undoing.needs_approval for each in answers
    )
    if lacking and not one_pivot_will_do and _all_of(answers) == whole:
        raise ProductsNotCombinable


def _all_of(answers: Sequence[Answer]) -> int:
    return reduce(or_, (answer.products for answer in answers), 0)
