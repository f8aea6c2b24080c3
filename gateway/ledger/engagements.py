"""What a citizen has at which time, and how two such things can be in each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.errors import ChoiceRefused, CitizenTimeConflict, DuplicateBooking
from contracts.states import Risk

REFUSALS: Mapping[Risk, type[ChoiceRefused]] = {
    Risk.TIME_CONFLICT: CitizenTimeConflict,
    Risk.DUPLICATE_PRODUCT: DuplicateBooking,
}


@dataclass(frozen=True, slots=True)
class Engagement:
    """An appointment, or one that is about to be made; ``products`` by their IPDC numbers."""

    start: datetime
    end: datetime
    products: frozenset[str]

    def conflicts(self, others: Iterable[Engagement]) -> frozenset[Risk]:
        """In which ways others are in its way."""
        found = set()
        for other in others:
            if self.start < other.end and other.start < self.end:
                found.add(Risk.TIME_CONFLICT)
            if self.products & other.products:
                found.add(Risk.DUPLICATE_PRODUCT)
        return frozenset(found)


def refuse(conflicts: Iterable[Risk]) -> None:
    """Raise ``CitizenTimeConflict`` or ``DuplicateBooking`` when there is one."""
    for risk in sorted(conflicts, key=list(REFUSALS).index):
        raise REFUSALS[risk]
