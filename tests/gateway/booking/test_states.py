"""The transition tables are the rule, and the state of a visit follows from its items."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.states import (
    ITEM_TRANSITIONS,
    CancelledBy,
    ItemStanding,
    ItemState,
    PendingOutcome,
    TransitionRefused,
    VisitState,
    check_transition,
    visit_state,
)

ENDS = {
    ItemState.REJECTED,
    ItemState.EXPIRED,
    ItemState.CANCELLED,
    ItemState.REPLACED,
    ItemState.FAILED,
}
UNDONE = ItemStanding(ItemState.CANCELLED, CancelledBy.COMPENSATION)
TAKEN_OUT = ItemStanding(ItemState.CANCELLED, CancelledBy.CITIZEN)


@pytest.mark.parametrize(("old", "new"), list(itertools.product(ItemState, ItemState)))
def test_a_state_follows_another_only_where_the_table_says_so(
    old: ItemState, new: ItemState
) -> None:
    if old is new or new in ITEM_TRANSITIONS[old]:
        check_transition(old, new)
    else:
        with pytest.raises(TransitionRefused):
            check_transition(old, new)


def test_what_has_ended_stays_as_it_is() -> None:
    assert {state for state in ItemState if not ITEM_TRANSITIONS[state]} == ENDS


def test_every_state_is_reached_from_the_first_one() -> None:
    reached = {ItemState.CHOSEN}
    while more := {new for old in reached for new in ITEM_TRANSITIONS[old]} - reached:
        reached |= more
    assert reached == set(ItemState)


def _items(*states: ItemState | ItemStanding) -> list[ItemStanding]:
    return [each if isinstance(each, ItemStanding) else ItemStanding(each) for each in states]


@pytest.mark.parametrize(
    ("items", "state"),
    [
        (_items(ItemState.CHOSEN), VisitState.CHOSEN),
        (_items(ItemState.HELD), VisitState.HELD),
        (_items(ItemState.HELD, ItemState.CHOSEN), VisitState.CHOSEN),
        (_items(ItemState.HELD, ItemState.FAILED), VisitState.HELD),
        (_items(ItemState.HELD, TAKEN_OUT), VisitState.HELD),
        (_items(ItemState.CONFIRMING), VisitState.CONFIRMING),
        (_items(ItemState.CONFIRMED, ItemState.CONFIRMING), VisitState.CONFIRMING),
        (_items(ItemState.PENDING_APPROVAL), VisitState.CONFIRMING),
        (_items(ItemState.CONFIRMED), VisitState.CONFIRMED),
        (_items(ItemState.CONFIRMED, TAKEN_OUT), VisitState.CONFIRMED),
        (_items(ItemState.CONFIRMED, ItemState.REPLACED), VisitState.CONFIRMED),
        (_items(ItemState.CONFIRMED, ItemState.FAILED), VisitState.PARTIALLY_CONFIRMED),
        (_items(ItemState.CONFIRMED, ItemState.REJECTED), VisitState.PARTIALLY_CONFIRMED),
        (_items(UNDONE, ItemState.FAILED), VisitState.COMPENSATED),
        (_items(TAKEN_OUT), VisitState.CANCELLED),
        (_items(TAKEN_OUT, ItemState.REPLACED), VisitState.CANCELLED),
        (_items(ItemState.FAILED, ItemState.EXPIRED), VisitState.FAILED),
        (_items(ItemState.REJECTED), VisitState.FAILED),
        (
            _items(
                ItemState.CONFIRMED,
                ItemStanding(ItemState.CONFIRMING, pending=PendingOutcome.NEEDS_DECISION),
            ),
            VisitState.NEEDS_DECISION,
        ),
    ],
)
def test_the_state_of_a_visit(items: list[ItemStanding], state: VisitState) -> None:
    assert visit_state(items) is state


STANDINGS = st.builds(
    ItemStanding,
    st.sampled_from(ItemState),
    st.sampled_from(CancelledBy),
    st.sampled_from([None, *PendingOutcome]),
)


@given(st.lists(STANDINGS, min_size=1, max_size=6))
def test_the_order_of_the_items_does_not_matter(items: list[ItemStanding]) -> None:
    assert visit_state(items) is visit_state(items[::-1])


@given(st.lists(STANDINGS, min_size=1, max_size=6))
def test_a_visit_is_confirmed_only_when_all_that_counts_is(items: list[ItemStanding]) -> None:
    if visit_state(items) is VisitState.CONFIRMED:
        counts = {item.state for item in items} - {ItemState.CANCELLED, ItemState.REPLACED}
        assert counts == {ItemState.CONFIRMED}
        assert not any(item.pending is PendingOutcome.NEEDS_DECISION for item in items)
