"""What is booked, and who may stay when a time is booked twice (docs/adr/0161)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from contracts.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from adapters.vendors.msbookings.opening import Span

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment; ``start`` and ``end`` are in UTC."""

    id: str
    service_id: str
    staff: frozenset[str]
    start: datetime
    end: datetime
    before: timedelta
    after: timedelta
    quantity: int
    created: datetime | None
    notes: str

    @property
    def busy(self) -> Span:
        """The time it takes of its staff, with what goes before and after."""
        return self.start - self.before, self.end + self.after

    def clashes_with(self, staff: Iterable[str], span: Span) -> bool:
        """Whether it takes any of this time of any of this staff."""
        start, end = self.busy
        return not self.staff.isdisjoint(staff) and start < span[1] and span[0] < end

    def looks_like(self, other: Entry) -> bool:
        """Whether another one is of the same service and staff at the same time."""
        return self.id != other.id and (self.service_id, self.staff, self.start) == (
            other.service_id,
            other.staff,
            other.start,
        )


def settled(same: Sequence[Entry], agenda: Sequence[Entry]) -> tuple[Entry | None, Sequence[Entry]]:
    """What may stay of a booking, delivered once or more often, and what of it is to go.

    What was saved first of it, if that may stand; the copies are in nobody's way.
    """
    first, *copies = sorted(same, key=lambda entry: (entry.created or _NEVER, entry.id))
    ids = {copy.id for copy in copies}
    if may_stand(first, [entry for entry in agenda if entry.id not in ids]):
        return first, copies
    return None, [first, *copies]


def may_stand(booked: Entry, agenda: Sequence[Entry]) -> bool:
    """Whether an appointment came before every other in its staff's time.

    The order is that of saving, then that of the ids; without a time of saving nobody can
    tell, and the appointment yields. Whoever came before counts, also when it is about to be
    undone: that refuses somebody now and then, and never lets two in.

    Raises:
        BadAnswer: an agenda without the appointment cannot judge it.
    """
    if booked.id not in {other.id for other in agenda}:
        raise BadAnswer("It does not list what it has just saved.")
    others = [
        other
        for other in agenda
        if other.id != booked.id and other.clashes_with(booked.staff, booked.busy)
    ]
    return all(_is_first(booked, other) for other in others)


def _is_first(one: Entry, other: Entry) -> bool:
    if one.created is None or other.created is None:
        return False
    return (one.created, one.id) < (other.created, other.id)
