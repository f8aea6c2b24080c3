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
        """When it is committed; lower is earlier, so that what cannot be undone comes late.

        An approval comes first since it may still be refused; what is held comes last since
        it is certain.
        """
        if self.needs_approval:
            return 0
        if self.can_hold:
            return 3
        return 1 if self.cancellable else 2


def guarantee(items: Sequence[Undoing], policy: Policy) -> Guarantee:
    """What the citizen is promised before they agree.

    Raises:
        ProductsNotCombinable: two parts that can be neither held nor cancelled, or two that
            need approval, cannot be booked all or nothing.
    """
    if len(items) == 1:
        return Guarantee.SINGLE_CALL
    if policy is Policy.ALL_OR_NOTHING:
        if sum(item.is_pivot for item in items) > 1:
            raise ProductsNotCombinable(
                "Two of these appointments can be neither kept nor cancelled, so they cannot be "
                "booked all or nothing. Book them one by one."
            )
        if sum(item.needs_approval for item in items) > 1:
            raise ProductsNotCombinable(
                "Two of these appointments need approval, so they cannot be booked all or "
                "nothing. Book them one by one."
            )
    unheld = sum(not item.can_hold for item in items)
    if unheld == 0:
        return Guarantee.HELD
    return Guarantee.LAST_RESOURCE if unheld == 1 else Guarantee.COMPENSATING
