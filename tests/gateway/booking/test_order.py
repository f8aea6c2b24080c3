"""What can be promised of several appointments, what can go wrong, and which comes first."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from contracts.errors import ProductsNotCombinable
from contracts.manifest import Resolution
from contracts.states import Guarantee, Policy, Risk
from gateway.booking.order import Undoing, can_be_settled, guarantee, risks

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
    for_good = Undoing(can_hold=True, cancellable=False)
    mixed = [for_good, HELD, PIVOT, LOOSE]
    assert sorted(mixed, key=lambda each: each.rank) == [LOOSE, PIVOT, HELD, for_good]


KINDS = [
    Undoing(can_hold=held, cancellable=undoable)
    for held in (True, False)
    for undoable in (True, False)
]


def played(order: Sequence[Undoing], *, fails: int) -> set[str]:
    """What becomes of a visit that is committed in this order when one booking is refused."""
    booked = order[:fails]
    return {"mailed" for item in booked if item.cancellable} | {
        "stays" for item in booked if not item.cancellable
    }


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_what_can_go_wrong_is_told_and_nothing_else(number: int) -> None:
    """Every visit of so many items, and every way in which one of them can be refused."""
    for items in itertools.product(KINDS, repeat=number):
        order = sorted(items, key=lambda item: item.rank)
        wrong = set[str]()
        for fails, item in enumerate(order):
            ends = played(order, fails=fails)
            # What is kept is hardly ever refused: then only what is for good is worth a word.
            wrong |= ends & {"stays"} if item.can_hold else ends
        expected = {Risk.MAILED_THEN_CANCELLED} if "mailed" in wrong else set()
        expected |= {Risk.STAYS_BOOKED} if "stays" in wrong else set()
        assert set(risks(items, Policy.ALL_OR_NOTHING)) == expected, items
        assert risks(items, Policy.BEST_EFFORT) == ()


def test_of_one_that_cannot_be_undone_nothing_stays_behind_if_it_can_come_last() -> None:
    kept_for_good = Undoing(can_hold=True, cancellable=False)
    assert risks([kept_for_good, HELD], Policy.ALL_OR_NOTHING) == ()
    assert risks([LOOSE, PIVOT], Policy.ALL_OR_NOTHING) == (Risk.MAILED_THEN_CANCELLED,)
    assert risks([HELD, PIVOT], Policy.ALL_OR_NOTHING) == (Risk.STAYS_BOOKED,)


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("more", [[], [HELD], [LOOSE, HELD]])
def test_what_the_vendor_cannot_do_is_told_whatever_else_there_is(
    policy: Policy, more: list[Undoing]
) -> None:
    blind = replace(HELD, checks_conflicts=False)
    silent = replace(HELD, can_be_settled=False)
    assert Risk.TAKEN_AT_DESK in risks([blind, *more], policy)
    assert Risk.NEEDS_PERSON in risks([silent, *more], policy)
    assert not {Risk.TAKEN_AT_DESK, Risk.NEEDS_PERSON} & set(risks([HELD, *more], policy))


@pytest.mark.parametrize(
    ("resolution", "settled", "settled_when_held"),
    [
        (Resolution.NATIVE, True, True),
        (Resolution.BY_REFERENCE, True, True),
        (Resolution.BY_SCAN, True, True),
        (Resolution.ID_BEFORE_CONFIRM, False, True),
        (Resolution.NONE, False, False),
    ],
)
def test_what_can_be_found_out_later(
    resolution: Resolution,
    settled: bool,  # noqa: FBT001 a parameter of the test
    settled_when_held: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    assert can_be_settled(resolution, held=False) == settled
    assert can_be_settled(resolution, held=True) == settled_when_held


def test_nothing_is_promised_of_a_source_that_is_gone() -> None:
    gone = Undoing.at(None)
    assert gone.is_pivot
    assert Risk.NEEDS_PERSON in risks([gone], Policy.ALL_OR_NOTHING)
