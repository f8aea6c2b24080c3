"""The states of items and visits, and which may follow which: the tables are the rule.

An item is one appointment of a visit. It starts as ``chosen`` (a slot that nobody keeps yet;
see docs/adr/0001) and every later state is reached through ``ITEM_TRANSITIONS``. A visit has
no state of its own: once no workflow works on it, ``visit_state`` computes it from its items.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ItemState(StrEnum):
    """Where one item stands. ``cancelled`` comes with who did it, ``replaced`` with by what."""

    CHOSEN = "chosen"
    HELD = "held"
    CONFIRMING = "confirming"
    PENDING_APPROVAL = "pendingApproval"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    FAILED = "failed"


class CancelledBy(StrEnum):
    """Who undid an item."""

    CITIZEN = "citizen"
    AUTHORITY = "authority"
    COMPENSATION = "compensation"


ITEM_TRANSITIONS: Mapping[ItemState, frozenset[ItemState]] = {
    ItemState.CHOSEN: frozenset(
        {
            ItemState.HELD,
            ItemState.CONFIRMING,
            ItemState.EXPIRED,
            ItemState.CANCELLED,
            ItemState.FAILED,
        }
    ),
    ItemState.HELD: frozenset(
        {ItemState.CONFIRMING, ItemState.EXPIRED, ItemState.CANCELLED, ItemState.FAILED}
    ),
    ItemState.CONFIRMING: frozenset(
        {
            ItemState.CONFIRMED,
            ItemState.PENDING_APPROVAL,
            ItemState.EXPIRED,
            ItemState.CANCELLED,
            ItemState.FAILED,
        }
    ),
    ItemState.PENDING_APPROVAL: frozenset(
        {ItemState.CONFIRMED, ItemState.REJECTED, ItemState.CANCELLED}
    ),
    ItemState.CONFIRMED: frozenset({ItemState.CANCELLED, ItemState.REPLACED}),
    ItemState.REJECTED: frozenset(),
    ItemState.EXPIRED: frozenset(),
    ItemState.CANCELLED: frozenset(),
    ItemState.REPLACED: frozenset(),
    ItemState.FAILED: frozenset(),
}


class Operation(StrEnum):
    """A write on its way to a vendor."""

    HOLD = "hold"
    EXTEND = "extend"
    RELEASE = "release"
    BOOK = "book"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"


class PendingOutcome(StrEnum):
    """What is known of a write that has not ended.

    ``running``: being sent. ``unknown``: sent and not answered; it is being looked up.
    ``needsDecision``: it cannot be looked up; the citizen or the municipality decides.
    """

    RUNNING = "running"
    UNKNOWN = "unknown"
    NEEDS_DECISION = "needsDecision"


class VisitState(StrEnum):
    """Where a visit stands as a whole."""

    CHOSEN = "chosen"
    HOLDING = "holding"
    HELD = "held"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    PARTIALLY_CONFIRMED = "partiallyConfirmed"
    NEEDS_DECISION = "needsDecision"
    COMPENSATING = "compensating"
    COMPENSATED = "compensated"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Policy(StrEnum):
    """What a visit of several items is worth when one of them fails."""

    ALL_OR_NOTHING = "allOrNothing"
    BEST_EFFORT = "bestEffort"


class Guarantee(StrEnum):
    """What is promised to the citizen before they agree.

    ``singleCall``: one booking, it happens or it does not. ``held``: everything is kept until
    the confirm. ``lastResource``: all but one are kept, that one is booked first.
    ``compensating``: what was booked is cancelled again when another part fails.
    """

    SINGLE_CALL = "singleCall"
    HELD = "held"
    LAST_RESOURCE = "lastResource"
    COMPENSATING = "compensating"


class Risk(StrEnum):
    """What can still go wrong with a visit; told to the citizen before they agree.

    ``mailedThenCancelled``: a vendor mails about a booking that is undone again when another
    part fails. ``takenAtDesk``: a vendor does not check, so a desk may give the time away at the
    same moment. ``needsPerson``: should an answer go missing, a person has to find out.
    ``staysBooked``: one part cannot be undone once it is booked. ``timeConflict`` and
    ``duplicateProduct``: the citizen has something else at that time, or the same product
    already, and the municipality only warns.
    """

    MAILED_THEN_CANCELLED = "mailedThenCancelled"
    TAKEN_AT_DESK = "takenAtDesk"
    NEEDS_PERSON = "needsPerson"
    STAYS_BOOKED = "staysBooked"
    TIME_CONFLICT = "timeConflict"
    DUPLICATE_PRODUCT = "duplicateProduct"


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """The part of an item that its visit's state depends on."""

    state: ItemState
    cancelled_by: CancelledBy | None = None
    pending: PendingOutcome | None = None


class TransitionRefused(Exception):
    """An item was asked to go where ``ITEM_TRANSITIONS`` does not let it: a defect of ours."""


def check_transition(old: ItemState, new: ItemState) -> None:
    """Raise ``TransitionRefused`` unless ``new`` may follow ``old`` (staying is allowed)."""
    if old is not new and new not in ITEM_TRANSITIONS[old]:
        message = f"an item cannot go from {old} to {new}"
        raise TransitionRefused(message)


_UNDER_WAY = frozenset({ItemState.CONFIRMING, ItemState.PENDING_APPROVAL})
_OPEN = frozenset({ItemState.CHOSEN, ItemState.HELD})


def visit_state(items: Sequence[ItemStanding]) -> VisitState:
    """The state of a visit on which no workflow works (any more), from its items alone."""
    if any(item.pending is PendingOutcome.NEEDS_DECISION for item in items):
        return VisitState.NEEDS_DECISION
    # What the citizen or the municipality took out of a visit no longer counts for it.
    left = {
        item.state
        for item in items
        if item.state is not ItemState.REPLACED
        and not (
            item.state is ItemState.CANCELLED and item.cancelled_by is not CancelledBy.COMPENSATION
        )
    }
    if not left:
        return VisitState.CANCELLED
    if left & _UNDER_WAY:
        return VisitState.CONFIRMING
    if ItemState.CONFIRMED in left:
        return VisitState.CONFIRMED if len(left) == 1 else VisitState.PARTIALLY_CONFIRMED
    if left & _OPEN:
        return VisitState.HELD if left & _OPEN == {ItemState.HELD} else VisitState.CHOSEN
    return VisitState.COMPENSATED if ItemState.CANCELLED in left else VisitState.FAILED
