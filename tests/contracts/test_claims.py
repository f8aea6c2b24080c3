"""What a manifest claims is what a whole run of the suite shows, no more and no less."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from contracts.manifest import AmountModel, Combination, ConflictCheck, Facts, Level, Resolution
from contracts.report import Mode, Outcome, Subject
from contracts.suite.claims import Claims
from contracts.suite.contract import BEHAVIOURS
from contracts.suite.report import Case

pytest_plugins = ["pytester"]

VENDORS_TESTS = Path(__file__).with_name("a_vendors_own_tests.py").read_text(encoding="utf-8")
FACTS = Facts(
    resolution=Resolution.NONE,
    conflict_check=ConflictCheck.ATOMIC,
    amount_model=AmountModel.PER_PRODUCT,
    combination=Combination.NONE,
    settle_after=0,
)


def run(
    claims: Claims,
    tests: str,
    *,
    claimed: Level = Level.SILVER,
    failed: str = "",
    shown: Collection[str] = BEHAVIOURS,
) -> None:
    """A class of tests runs behaviours, of which one may fail. Nothing it shows is gold."""
    subject = Subject(
        vendor="town",
        claimed=claimed,
        mode=Mode.CONTROLLED,
        capabilities=frozenset(),
        facts=FACTS,
    )
    for behaviour in shown:
        outcome = Outcome.FAILED if behaviour == failed else Outcome.PASSED
        case = Case(outcome=outcome, duration=0)
        claims.add(f"tests/test_town.py::{tests}::test_it", behaviour, case, subject)


@pytest.fixture
def claims() -> Claims:
    return Claims(BEHAVIOURS.values())


def test_a_claim_that_is_shown_holds(claims: Claims) -> None:
    run(claims, "TestTown")
    assert list(claims.broken()) == []


def test_a_claim_of_more_than_is_shown_is_named_with_what_is_lacking(claims: Claims) -> None:
    run(claims, "TestTown", failed="CANCEL-003")
    (said,) = claims.broken()
    assert said.startswith("town: its manifest claims silver, the suite shows bronze.")
    assert "cancels, and cancels again without harm" in said


def test_a_claim_of_less_than_is_shown_is_out_of_date(claims: Claims) -> None:
    run(claims, "TestTown", claimed=Level.BRONZE)
    (said,) = claims.broken()
    assert said.startswith("town: its manifest claims bronze, the suite shows silver.")


def test_a_vendor_with_several_classes_is_worth_the_best_of_them(claims: Claims) -> None:
    run(claims, "TestTown", failed="SLOT-001")
    run(claims, "TestOther")
    assert list(claims.broken()) == []


def test_a_run_in_part_says_nothing(claims: Claims) -> None:
    run(claims, "TestTown", failed="CANCEL-003", shown=["CANCEL-003"])
    assert list(claims.broken()) == []


@pytest.mark.parametrize(("level", "holds"), [("bronze", False), ("listed", True)])
def test_a_run_fails_with_a_claim_that_does_not_hold(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, *, level: str, holds: bool
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    claim = f'"evidence": "docs", "level": "{level}"'
    pytester.makepyfile(test_core=VENDORS_TESTS.replace('"evidence": "docs"', claim))
    result = pytester.runpytest_inprocess("-pcontracts.suite.plugin", "-kTestCore")

    said = f"core: its manifest claims {level}, the suite shows listed*"
    if holds:
        result.stdout.no_fnmatch_line(said)
    else:
        result.stdout.fnmatch_lines([said])
    assert (result.ret == pytest.ExitCode.OK) == holds
