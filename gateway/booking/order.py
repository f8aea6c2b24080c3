"""In which order a visit is committed, and what can be promised of it beforehand (design.md 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.errors import ProductsNotCombinable
from contracts.states import Guarantee, Policy


@dataclass(frozen=True, slots=True)
class Undoing:
    """What can be undone of one item: before it is booked (held) and after (cancellable)."""

    can_hold: bool
    cancellable: bool
    needs_approval: bool = False

    @property
    def is_pivot(self) -> bool:
        """Neither: once it is sent, the visit has to go through."""
        return not self.can_hold and not self.cancellable

    @property
    def rank(self) -> int:
        """When it is committed; lower is earlier.

        What can still be cancelled comes first, then what cannot be undone at all, and last
        what is held, since that is certain.
        """
        if self.can_hold:
            return 2
        return 0 if self.cancellable else 1


def guarantee(items: Sequence[Undoing], policy: Policy) -> Guarantee:
    """What the citizen is promised before they agree.

    Raises:
        ProductsNotCombinable: they cannot be booked all or nothing. Staff takes days to
            approve one of them, and nobody keeps the others as long; or two of them can be
            neither held nor cancelled.
    """
    if len(items) == 1:
        return Guarantee.SINGLE_CALL
    if policy is Policy.ALL_OR_NOTHING and (
        any(item.needs_approval for item in items) or sum(item.is_pivot for item in items) > 1
    ):
        raise ProductsNotCombinable
    unheld = sum(not item.can_hold for item in items)
    if unheld == 0:
        return Guarantee.HELD
    return Guarantee.LAST_RESOURCE if unheld == 1 else Guarantee.COMPENSATING
