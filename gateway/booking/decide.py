"""What a visit's workflow does next: a pure function of what the ledger says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.states import ItemState, Operation, Policy, VisitState
from gateway.booking.order import Undoing
from gateway.ledger import AppointmentRecord

_REFUSED = frozenset({ItemState.FAILED, ItemState.EXPIRED, ItemState.REJECTED})
_KEPT = frozenset(
    {ItemState.CHOSEN, ItemState.HELD, ItemState.CONFIRMED, ItemState.PENDING_APPROVAL}
)


class Do(StrEnum):
    """A step of the workflow."""

    HOLD = "hold"
    BOOK = "book"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Action:
    """One step for one item."""

    do: Do
    item: str


def next_action(
    phase: VisitState,
    policy: Policy,
    items: Sequence[AppointmentRecord],
    undoing: Mapping[str, Undoing],
) -> Action | None:
    """The next step of a visit in ``phase``; ``None`` when there is nothing to do (now).

    ``undoing`` says of each item what can be undone. While an outcome is unknown nothing
    more is sent under ``allOrNothing``: the reconciler starts the workflow again once it is
    settled.
    """
    all_or_nothing = policy is Policy.ALL_OR_NOTHING
    if any(_unsettled(item) for item in items) and all_or_nothing:
        return None
    if all_or_nothing and any(item.state in _REFUSED for item in items):
        return _undo(items)
    if phase is VisitState.HOLDING:
        return next(
            (
                Action(Do.HOLD, item.id)
                for item in items
                if item.state is ItemState.CHOSEN and undoing[item.id].can_hold
            ),
            None,
        )
    open_items = [
        item
        for item in items
        if item.state in {ItemState.CHOSEN, ItemState.HELD}
        or (item.state is ItemState.CONFIRMING and not _unsettled(item))
    ]
    open_items.sort(key=lambda item: (undoing[item.id].rank, item.position))
    return Action(Do.BOOK, open_items[0].id) if open_items else None


def _undo(items: Sequence[AppointmentRecord]) -> Action | None:
    # What is booked is cancelled before what is only held is released.
    kept = [item for item in items if item.state in _KEPT and item.pending is None]
    kept.sort(key=lambda item: (item.state in {ItemState.CHOSEN, ItemState.HELD}, item.position))
    return Action(Do.UNDO, kept[0].id) if kept else None


def _unsettled(item: AppointmentRecord) -> bool:
    return (
        item.pending is not None
        and item.pending.outcome != "running"
        and item.pending.operation in {Operation.BOOK, Operation.CONFIRM}
    )
