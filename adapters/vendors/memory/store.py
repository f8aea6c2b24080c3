"""The system behind the adapter: what was held and booked, and what changed when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from contracts.models import (
    AppointmentStatus,
    BookingRequest,
    MatchKey,
    ProductQuantity,
)

_STANDING = (AppointmentStatus.CONFIRMED, AppointmentStatus.PENDING_APPROVAL)


@dataclass(eq=False, repr=False)
class Entry:
    """One hold or appointment; a hold has no ``status`` yet.

    ``references`` are the client references of all writes that made or moved it.
    """

    ref: str
    location_id: str
    start: datetime
    end: datetime
    products: tuple[ProductQuantity, ...]
    references: list[str]
    status: AppointmentStatus | None = None
    held_until: datetime | None = None
    citizen: MatchKey | None = None
    request: BookingRequest | None = None
    revision: int = 0

    def is_held(self, now: datetime) -> bool:
        """Whether it is a hold that has not expired."""
        return self.status is None and self.held_until is not None and now < self.held_until

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether it keeps a desk at some moment between start and end."""
        return self.start < end and start < self.end

    def stands(self) -> bool:
        """Whether it is an appointment that will take place as far as is known."""
        return self.status in _STANDING


@dataclass(repr=False)
class Store:
    """Everything one source remembers.

    Two adapters with one store are two processes in front of one system.
    """

    seed: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    numbered: int = 0

    def next_ref(self) -> str:
        """A reference never given out before, the same for the same seed and history."""
        self.numbered += 1
        digest = blake2b(f"{self.seed}:{self.numbered}".encode(), digest_size=6)
        return f"A-{digest.hexdigest()}"

    def note(self, entry: Entry) -> None:
        """Keep an entry after a change to it; appointments also go into the change log."""
        entry.revision += 1
        self.entries[entry.ref] = entry
        if entry.status is not None:
            self.log.append(entry.ref)

    def standing(self, location_id: str) -> Iterator[Entry]:
        """The appointments that keep a desk of the location."""
        return (e for e in self.entries.values() if e.location_id == location_id and e.stands())

    def held(self, location_id: str, now: datetime) -> Iterator[Entry]:
        """The holds that keep a desk of the location."""
        return (e for e in self.entries.values() if e.location_id == location_id and e.is_held(now))


def desks_in_use(entries: Iterable[Entry], start: datetime, end: datetime) -> int:
    """The most desks that the entries need at one moment between start and end.

    Desks are equal and nobody is told theirs beforehand, so whenever the count fits at each
    moment, an assignment of appointments to desks exists.
    """
    overlapping = [entry for entry in entries if entry.overlaps(start, end)]
    moments = {start, *(entry.start for entry in overlapping if entry.start > start)}
    return max(sum(e.start <= moment < e.end for e in overlapping) for moment in moments)
