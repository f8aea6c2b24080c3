"""Slot ids: what the citizen chose, sealed so that nobody can forge or alter it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.errors import InvalidRequest, Issue, OutsideBookingWindow
from contracts.models import Slot
from gateway.sealing import Seal, SealBroken, SealedSlotData, SealExpired, from_text, to_text

LIFETIME = timedelta(minutes=30)


class ChosenSlot(NamedTuple):
    """A slot and the source it was offered by."""

    source: str
    slot: Slot


class SlotIds:
    """Makes slot ids and opens them again."""

    def __init__(self, seal: Seal, now: Callable[[], datetime]) -> None:
        self._seal = seal
        self._now = now

    def make(self, source: str, slot: Slot) -> tuple[str, datetime]:
        """The id of an offered slot and the instant until which it can be used."""
        expires_at = self._now() + LIFETIME
        sealed = self._seal.seal_model(SealedSlotData(source=source, slot=slot), expires_at)
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
        return ChosenSlot(data.source, data.slot)
