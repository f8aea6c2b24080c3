"""Slot ids: what the citizen chose, sealed so that nobody can forge or alter it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.errors import InvalidRequest, Issue, OutsideBookingWindow
from contracts.models import Slot
from gateway.sealing import Seal, SealBroken, SealedSlotData, SealExpired, from_text, to_text

LIFETIME = timedelta(minutes=30)
_DAY = 24 * 60 * 60


class ChosenSlot(NamedTuple):
    """A slot and the source it was offered by, and how many were ``free`` there that day."""

    source: str
    slot: Slot
    free: int | None = None


def free_by_day(slots: Iterable[Slot]) -> Counter[tuple[str, int]]:
    """How many slots there are by location and day of UTC: see ``day_of``."""
    return Counter(day_of(slot) for slot in slots)


def day_of(slot: Slot) -> tuple[str, int]:
    """Where and on which day; quickly, since there may be thousands."""
    return slot.location_id, int(slot.start.timestamp()) // _DAY


class SlotIds:
    """Makes slot ids and opens them again."""

    def __init__(self, seal: Seal, now: Callable[[], datetime]) -> None:
        self._seal = seal
        self._now = now

    def make(self, source: str, slot: Slot, free: int | None = None) -> tuple[str, datetime]:
        """The id of an offered slot and the instant until which it can be used.

        ``free``: how many slots there are for the same, at that location on that day.
        """
        expires_at = self._now() + LIFETIME
        data = SealedSlotData(source=source, slot=slot, free=free)
        sealed = self._seal.seal_model(data, expires_at)
        return to_text(sealed), expires_at

    def open(self, slot_id: str, name: str) -> ChosenSlot:
        """What the id stands for; ``name`` is the field it came in, for the error.

        Raises:
            InvalidRequest: not made by us, or changed.
            OutsideBookingWindow: offered too long ago; ask for the slots again.
        """
        try:
            data = self._seal.open_model(from_text(slot_id), SealedSlotData)
        except SealBroken:
            issue = Issue(
                type="urn:problem-type:belgif:input-validation:invalidInput",
                name=name,
                detail="not a slot id: send back one from slots/query as it was",
            )
            raise InvalidRequest(issues=(issue,)) from None
        except SealExpired:
            raise OutsideBookingWindow from None
        return ChosenSlot(data.source, data.slot, data.free)
