"""What can be promised of several appointments, and which comes first."""

from __future__ import annotations

import pytest

from contracts.errors import ProductsNotCombinable
from contracts.states import Guarantee, Policy
from gateway.booking.order import Undoing, guarantee

HELD = Undoing(can_hold=True, cancellable=True)
LOOSE = Undoing(can_hold=False, cancellable=True)
PIVOT = Undoing(can_hold=False, cancellable=False)
STAFF = Undoing(can_hold=True, cancellable=True, needs_approval=True)


@pytest.mark.parametrize(
    ("items", "promise"),
    [
        ([HELD], Guarantee.SINGLE_CALL),
        ([PIVOT], Guarantee.SINGLE_CALL),
        ([STAFF], Guarantee.SINGLE_CALL),
        ([HELD, HELD], Guarantee.HELD),
        ([HELD, LOOSE], Guarantee.LAST_RESOURCE),
        ([HELD, PIVOT], Guarantee.LAST_RESOURCE),
        ([LOOSE, LOOSE], Guarantee.COMPENSATING),
        ([LOOSE, PIVOT], Guarantee.COMPENSATING),
    ],
)
def test_what_is_promised(items: list[Undoing], promise: Guarantee) -> None:
    assert guarantee(items, Policy.ALL_OR_NOTHING) is promise


@pytest.mark.parametrize("items", [[PIVOT, PIVOT], [HELD, STAFF], [PIVOT, HELD, PIVOT]])
def test_what_cannot_be_all_or_nothing_is_refused(items: list[Undoing]) -> None:
    with pytest.raises(ProductsNotCombinable):
        guarantee(items, Policy.ALL_OR_NOTHING)
    guarantee(items, Policy.BEST_EFFORT)


def test_what_can_be_undone_comes_first_and_what_is_certain_last() -> None:
    assert sorted([HELD, PIVOT, LOOSE], key=lambda each: each.rank) == [LOOSE, PIVOT, HELD]
