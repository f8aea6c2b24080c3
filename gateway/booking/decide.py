"""What a visit's workflow does next: a pure function of what the ledger says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.states import ItemState, Operation, PendingOutcome, Policy
from gateway.booking.order import Undoing
from gateway.ledger import AppointmentRecord, VisitRecord

_REFUSED = frozenset({ItemState.FAILED, ItemState.EXPIRED, ItemState.REJECTED})
_OPEN = frozenset({ItemState.CHOSEN, ItemState.HELD})
_KEPT = _OPEN | {ItemState.CONFIRMED, ItemState.PENDING_APPROVAL}


class Do(StrEnum):
    """A step of the workflow."""

    HOLD = "hold"
    BOOK = "book"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Action:
    """One step for one item."""

    do: Do
    item: AppointmentRecord


def next_action(
    visit: VisitRecord, items: Sequence[AppointmentRecord], undoing: Mapping[str, Undoing]
) -> Action | None:
    """The next step of a visit; ``None`` when there is nothing to do (now).

    First what can be kept is kept, and once the citizen has agreed it is booked. A move is
    agreed to from its begin, and keeps the new time too: a booking that was kept has a name to
    look it up by.
    ``undoing`` says of each item what can be undone. While an outcome is unknown nothing more
    is sent under ``allOrNothing``: the sweep goes on with the visit once it is settled.
    """
    replaced = [item for item in items if _is_replaced(item)]
    if replaced:
        return Action(Do.UNDO, replaced[0])
    if visit.policy is Policy.ALL_OR_NOTHING:
        if any(_is_unsettled(item) for item in items):
            return None
        if any(item.state in _REFUSED for item in items):
            return _undo(items)
    chosen = (item for item in items if item.state is ItemState.CHOSEN)
    to_hold = next((item for item in chosen if undoing[item.id].can_hold), None)
    if to_hold is not None:
        return Action(Do.HOLD, to_hold)
    if visit.agreed_at is None:
        return None
    to_book = [item for item in items if _is_to_book(item)]
    # What is scarce comes first: when it is gone, the least has to be undone.
    to_book.sort(key=lambda item: (undoing[item.id].rank, _scarcity(item), item.position))
    return Action(Do.BOOK, to_book[0]) if to_book else None


def _scarcity(item: AppointmentRecord) -> float:
    free = item.summary.free
    return math.inf if free is None else free


def _undo(items: Sequence[AppointmentRecord]) -> Action | None:
    # What is booked is cancelled before what is only held is released.
    kept = [
        item
        for item in items
        if (item.state in _KEPT and item.pending is None) or item.state is ItemState.CONFIRMING
    ]
    kept.sort(key=lambda item: (item.state in _OPEN, item.position))
    return Action(Do.UNDO, kept[0]) if kept else None


def _is_replaced(item: AppointmentRecord) -> bool:
    """What a move has left behind: the new booking is certain, the old one is cancelled."""
    return item.replaced_by is not None and item.state in _KEPT and item.pending is None


def _is_to_book(item: AppointmentRecord) -> bool:
    """Also one whose workflow died before it was sent: its attempt says whether it was."""
    under_way = item.state is ItemState.CONFIRMING and not _is_unsettled(item)
    return item.state in _OPEN or under_way


def _is_unsettled(item: AppointmentRecord) -> bool:
    return (
        item.pending is not None
        and item.pending.outcome is not PendingOutcome.RUNNING
        and item.pending.operation in {Operation.BOOK, Operation.CONFIRM}
    )
