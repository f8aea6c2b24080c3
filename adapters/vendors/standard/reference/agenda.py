"""Which times are free: opening hours on the wall clock, counters, and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from adapters.vendors.standard.reference import offer
from contracts.errors import (
    OutsideBookingWindow,
    ResourceNotFound,
    SlotHeldByOther,
    SlotInPast,
    SlotTaken,
)
from contracts.models import Location, Slot, SlotQuery

Hours = Mapping[int, Sequence[tuple[time, time]]]

_DAY = ((time(9), time(12)), (time(13), time(16)))
OFFICE_HOURS: Hours = {0: _DAY, 1: _DAY, 2: _DAY, 3: _DAY, 4: ((time(9), time(12)),)}


class Busy(Protocol):
    """What stands in the way: one counter, for a while."""

    @property
    def slot(self) -> Slot:
        """Where and when."""

    @property
    def counter(self) -> int:
        """Which one."""

    @property
    def is_hold(self) -> bool:
        """Whether it may come free again by itself."""


@dataclass(frozen=True)
class Agenda:
    """The time that there is.

    Attributes:
        now: the current instant in UTC.
        counters: how many appointments one location takes at a time.
        hours: when counters are open, by day of the week (Monday is 0).
        step: between two starts.
        horizon: how far ahead can be booked.
    """

    now: Callable[[], datetime]
    counters: int = 2
    hours: Hours = field(default_factory=lambda: OFFICE_HOURS)
    step: timedelta = timedelta(minutes=15)
    horizon: timedelta = timedelta(days=180)

    def free(self, query: SlotQuery, busy: Collection[Busy]) -> Iterator[Slot]:
        """The free slots of a query, in order."""
        place, lasts = _place(query), offer.length(query.products)
        zone, now = ZoneInfo(place.zone), self.now()
        first = max(query.first_day, now.astimezone(zone).date())
        last = min(query.last_day, (now + self.horizon).astimezone(zone).date())
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            for start in self._starts(day, zone, lasts):
                slot = Slot(
                    location_id=place.id, start=start, end=start + lasts, products=query.products
                )
                if now <= start <= now + self.horizon and self._open(slot, busy):
                    yield slot

    def counter(self, slot: Slot, busy: Collection[Busy]) -> int:
        """The counter that can take this slot now. Raises why none can."""
        place, lasts = _place(slot), offer.length(slot.products)
        zone, now = ZoneInfo(place.zone), self.now()
        if slot.start < now:
            raise SlotInPast("This time has begun.")
        if slot.start > now + self.horizon:
            raise OutsideBookingWindow("This day cannot be booked yet.")
        day = slot.start.astimezone(zone).date()
        if slot.start not in self._starts(day, zone, lasts) or slot.end - slot.start != lasts:
            raise SlotTaken("This time is not offered.")
        left = self._open(slot, busy)
        if not left:
            kept = any(each.is_hold for each in busy if _overlap(each.slot, slot))
            raise SlotHeldByOther if kept else SlotTaken
        return min(left)

    def _open(self, slot: Slot, busy: Collection[Busy]) -> set[int]:
        taken = {each.counter for each in busy if _overlap(each.slot, slot)}
        return set(range(self.counters)) - taken

    def _starts(self, day: date, zone: ZoneInfo, lasts: timedelta) -> Iterator[datetime]:
        """Counted in elapsed time, so that a night in which the clock changes is right too."""
        for opens, closes in self.hours.get(day.weekday(), ()):
            start = datetime.combine(day, opens, zone).timestamp()
            while start + lasts.total_seconds() <= datetime.combine(day, closes, zone).timestamp():
                yield _instant(start, zone)
                start += self.step.total_seconds()


def _instant(timestamp: float, zone: ZoneInfo) -> datetime:
    """With its offset, not with the zone: Python compares two times of one zone by the wall."""
    return datetime.fromisoformat(datetime.fromtimestamp(timestamp, zone).isoformat())


def _place(asked: Slot | SlotQuery) -> Location:
    for place in offer.places(asked.products):
        if place.id == asked.location_id:
            return place
    raise ResourceNotFound("These products are not handled at this location.")


def _overlap(one: Slot, other: Slot) -> bool:
    same_place = one.location_id == other.location_id
    return same_place and one.start < other.end and other.start < one.end
