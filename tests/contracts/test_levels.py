"""What a level needs, and what is taken away when that is not shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.adapter import Capability
from contracts.levels import REQUIREMENTS, Evidence, Target, in_production, level
from contracts.manifest import AmountModel, Combination, ConflictCheck, Facts, Level, Resolution
from contracts.report import Mode, Outcome, Report, Result, Subject

GROUPS = ("FACT", "CAT", "SLOT", "TIME", "BOOK", "CANCEL", "FAULT", "PRIV", "SETTLE")
HOLDS = frozenset({Capability.HOLD, Capability.CONFIRM, Capability.FIND_BY_CLIENT_REFERENCE})
FINDS = frozenset({Capability.FIND_BY_CLIENT_REFERENCE})


def facts(**changes: object) -> Facts:
    fields = {
        "resolution": Resolution.BY_REFERENCE,
        "conflict_check": ConflictCheck.ATOMIC,
        "amount_model": AmountModel.NONE,
        "combination": Combination.NONE,
        "settle_after": 0,
        **changes,
    }
    return Facts.model_validate(fields)


def evidence(
    without: dict[str, Outcome] | None = None,
    certified: frozenset[Capability] = HOLDS,
    **declared: object,
) -> Evidence:
    outcomes = {f"{group}-001": Outcome.PASSED for group in GROUPS} | (without or {})
    said = facts(**declared)
    return Evidence(outcomes, certified, said.resolution, said.cancellable)


def test_all_that_passed_is_gold() -> None:
    assert level(evidence()) is Level.GOLD


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.NOT_RUN])
@pytest.mark.parametrize(
    ("group", "left"),
    [
        ("FACT", Level.LISTED),
        ("CAT", Level.LISTED),
        ("SLOT", Level.LISTED),
        ("TIME", Level.LISTED),
        ("BOOK", Level.BRONZE),
        ("CANCEL", Level.BRONZE),
        ("FAULT", Level.BRONZE),
        ("PRIV", Level.BRONZE),
        ("SETTLE", Level.SILVER),
    ],
)
def test_one_behaviour_that_was_not_shown_takes_its_level_away(
    group: str, left: Level, outcome: Outcome
) -> None:
    assert level(evidence({f"{group}-002": outcome})) is left


def test_in_random_mode_what_was_not_run_is_forgiven_for_bronze_alone() -> None:
    def random(group: str, outcome: Outcome) -> Level:
        found = evidence({f"{group}-002": outcome})
        return level(replace(found, mode=Mode.RANDOM))

    assert random("TIME", Outcome.NOT_RUN) is Level.GOLD
    assert random("TIME", Outcome.FAILED) is Level.LISTED
    assert random("BOOK", Outcome.NOT_RUN) is Level.BRONZE
    assert level(replace(evidence({"TIME-001": Outcome.NOT_RUN}), mode=Mode.RANDOM)) is (
        Level.LISTED  # nothing of it passed
    )


def test_what_is_absent_takes_nothing_away_unless_all_of_it_is() -> None:
    assert level(evidence({"BOOK-002": Outcome.ABSENT})) is Level.GOLD
    assert level(evidence({"BOOK-001": Outcome.ABSENT})) is Level.BRONZE


def test_a_level_is_not_reached_past_the_one_before() -> None:
    assert level(evidence({"CAT-002": Outcome.FAILED})) is Level.LISTED


def test_silver_may_leave_an_outcome_unknown_and_gold_may_not() -> None:
    assert level(evidence(resolution=Resolution.NONE)) is Level.SILVER


def test_what_settles_an_outcome_has_to_be_certified() -> None:
    by_hold = Resolution.ID_BEFORE_CONFIRM
    assert level(evidence(resolution=by_hold)) is Level.GOLD
    assert level(evidence(certified=FINDS, resolution=by_hold)) is Level.SILVER
    assert level(evidence(certified=frozenset())) is Level.SILVER
    assert level(evidence(certified=frozenset(), resolution=Resolution.NATIVE)) is Level.GOLD


def test_gold_can_undo_by_a_hold_or_by_cancelling() -> None:
    assert level(evidence(certified=FINDS)) is Level.GOLD
    assert level(evidence(certified=FINDS, cancellable=False)) is Level.SILVER
    moves = HOLDS | {Capability.RESCHEDULE}
    assert level(evidence(certified=moves, cancellable=False)) is Level.GOLD
    assert level(evidence(certified=HOLDS, cancellable=False)) is Level.SILVER


def test_a_simulator_alone_proves_reading_at_most() -> None:
    assert in_production(Level.GOLD, Target.SIMULATOR) is Level.BRONZE
    assert in_production(Level.LISTED, Target.SIMULATOR) is Level.LISTED
    assert in_production(Level.GOLD, Target.SANDBOX) is Level.GOLD


def test_levels_reach_those_below_them() -> None:
    assert Level.SILVER.reaches(Level.SILVER)
    assert Level.GOLD.reaches(Level.LISTED)
    assert not Level.BRONZE.reaches(Level.SILVER)


def test_every_level_but_the_first_needs_something() -> None:
    assert {requirement.level for requirement in REQUIREMENTS} == set(Level) - {Level.LISTED}


def report(*results: tuple[str, Outcome, set[Capability]]) -> Report:
    capabilities = frozenset(str(cap) for _, _, needs in results for cap in needs)
    return Report(
        suite_version="1.0",
        suite_digest="0" * 64,
        subject=Subject(
            vendor="acme", mode=Mode.CONTROLLED, capabilities=capabilities, facts=facts()
        ),
        results=tuple(
            Result(id=id_, demand="x", outcome=outcome, needs=frozenset(needs))
            for id_, outcome, needs in results
        ),
    )


def test_a_capability_is_certified_when_all_that_needs_it_passed() -> None:
    run = report(
        ("MOVE-001", Outcome.PASSED, {Capability.RESCHEDULE}),
        ("REF-001", Outcome.PASSED, {Capability.FIND_BY_CLIENT_REFERENCE}),
        ("REF-002", Outcome.NOT_RUN, {Capability.FIND_BY_CLIENT_REFERENCE}),
        ("HOOK-001", Outcome.FAILED, {Capability.PARSE_WEBHOOK}),
    )
    assert run.certified == {Capability.RESCHEDULE}


def test_what_fails_of_releasing_takes_only_that_away() -> None:
    holding = {Capability.HOLD, Capability.CONFIRM}
    run = report(
        ("HOLD-001", Outcome.PASSED, holding),
        ("HOLD-002", Outcome.FAILED, holding | {Capability.RELEASE}),
    )
    assert run.certified == holding


def test_holding_and_confirming_are_certified_together() -> None:
    run = report(
        ("HOLD-001", Outcome.PASSED, {Capability.HOLD}),
        ("HOLD-002", Outcome.FAILED, {Capability.CONFIRM}),
        ("HOLD-003", Outcome.PASSED, {Capability.RELEASE}),
    )
    assert run.certified == frozenset()
