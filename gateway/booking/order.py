"""In which order a visit is committed, and what is promised and told beforehand (ADR 223)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.adapter import Capability
from contracts.errors import ProductsNotCombinable
from contracts.manifest import ConflictCheck, Resolution
from contracts.states import Guarantee, Policy, Risk
from gateway.sources import Source


@dataclass(frozen=True, slots=True)
class Undoing:
    """What can be undone of one item: before it is booked (held) and after (cancellable).

    ``checks_conflicts``: its vendor refuses a slot that is taken. ``can_be_settled``: an answer
    that goes missing can be found out.
    """

    can_hold: bool
    cancellable: bool
    needs_approval: bool = False
    checks_conflicts: bool = True
    can_be_settled: bool = True

    @classmethod
    def at(cls, source: Source | None, *, approval: bool = False) -> Undoing:
        """By what a source declares; nothing can be undone where it is gone."""
        if source is None:
            return cls(can_hold=False, cancellable=False, can_be_settled=False)
        facts, can_hold = source.manifest.facts, Capability.HOLD in source.capabilities
        return cls(
            can_hold=can_hold,
            cancellable=facts.cancellable,
            needs_approval=approval,
            checks_conflicts=facts.conflict_check is ConflictCheck.ATOMIC,
            can_be_settled=can_be_settled(facts.resolution, held=can_hold),
        )

    @property
    def is_pivot(self) -> bool:
        """Neither: once it is sent, the visit has to go through."""
        return not self.can_hold and not self.cancellable

    @property
    def rank(self) -> int:
        """When it is committed; lower is earlier.

        What can still be cancelled comes first, then what cannot be undone at all, and last
        what is held, since that is certain; of that last what cannot be cancelled either.
        """
        return 2 * self.can_hold + (not self.cancellable)


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


def risks(items: Sequence[Undoing], policy: Policy) -> tuple[Risk, ...]:
    """What can still go wrong with a visit of these items, for the citizen to read beforehand.

    That a hold fails to be confirmed is no reason to speak of a mail, since it hardly happens.
    It is one to speak of a part that cannot be undone: that would be for good.
    """
    order = sorted(items, key=lambda item: item.rank)
    undoes = policy is Policy.ALL_OR_NOTHING
    found = {
        Risk.MAILED_THEN_CANCELLED: undoes
        and any(
            item.cancellable and not item.can_hold and not later.can_hold
            for item, later in pairwise(order)
        ),
        Risk.TAKEN_AT_DESK: any(not item.checks_conflicts for item in items),
        Risk.NEEDS_PERSON: any(not item.can_be_settled for item in items),
        Risk.STAYS_BOOKED: undoes and any(not item.cancellable for item in order[:-1]),
    }
    return tuple(risk for risk, there in found.items() if there)


def can_be_settled(resolution: Resolution, *, held: bool) -> bool:
    """Whether it can be found out later what became of a booking that was not answered."""
    match resolution:
        case Resolution.NONE:
            return False
        case Resolution.ID_BEFORE_CONFIRM:
            return held  # a booking without a hold had no id before it
        case _:
            return True
