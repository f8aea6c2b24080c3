"""Whether a citizen may book what is in the way of something else of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from contracts.models import Slot
from contracts.states import Risk
from gateway.ledger import Engagement, refuse
from gateway.settings import Municipality, OnConflict


def warnings(
    wished: Sequence[tuple[Municipality, Engagement]], others: Sequence[Engagement]
) -> tuple[Risk, ...]:
    """What the citizen has to be told of a visit for these: each in its own municipality.

    A visit to two counters at once is always refused, since nobody can make it.

    Raises:
        CitizenTimeConflict, DuplicateBooking: its municipality refuses it.
    """
    told = set[Risk]()
    for municipality, engagement in wished:
        for risk in engagement.conflicts(others):
            if _rules(municipality)[risk] is OnConflict.REFUSE:
                refuse([risk])
            told.add(risk)
    for (one, engagement), (other, another) in combinations(wished, 2):
        for risk in engagement.conflicts([another]):
            rules = {_rules(each)[risk] for each in (one, other)}
            # What is chosen together is seen together: no need to warn of that.
            if risk is Risk.TIME_CONFLICT or OnConflict.REFUSE in rules:
                refuse([risk])
    return tuple(sorted(told))


def possible(
    municipality: Municipality, slots: Sequence[Slot], others: Sequence[Engagement]
) -> Sequence[Slot]:
    """The slots at which the citizen has nothing else, where the municipality refuses two."""
    if municipality.time_conflict is not OnConflict.REFUSE or not others:
        return slots
    return [
        slot
        for slot in slots
        if not any(slot.start < other.end and other.start < slot.end for other in others)
    ]


def _rules(municipality: Municipality) -> Mapping[Risk, OnConflict]:
    return {
        Risk.TIME_CONFLICT: municipality.time_conflict,
        Risk.DUPLICATE_PRODUCT: municipality.duplicate_product,
    }
