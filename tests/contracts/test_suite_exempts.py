"""What an adapter lacks or is exempt from shows in a run of the suite, by name and with why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

VENDORS_TESTS = Path(__file__).with_name("a_vendors_own_tests.py").read_text(encoding="utf-8")
REASON = "exempt: The vendor answers 500 to a second call."

Run = Callable[[str], pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the tests of the vendor's repository that fit an expression."""
    monkeypatch.setenv("COLUMNS", "200")
    pytester.makepyfile(test_core=VENDORS_TESTS)

    def run(expression: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess(
            "-pcontracts.suite.plugin", "--strict-markers", "-rA", "-k", expression
        )

    return run


def test_an_absent_capability_is_skipped_by_name_and_tested_as_absent(run: Run) -> None:
    result = run("TestCore and (last_place or absent)")
    result.stdout.fnmatch_lines(["PASSED *test_an_absent_capability_says_so"])
    result.stdout.fnmatch_lines(["SKIPPED * absent: confirm, hold"])


def test_an_exempted_behaviour_shows_as_expected_to_fail_with_its_reason(run: Run) -> None:
    result = run("TestExempt and cancelling")
    result.assert_outcomes(passed=4, xfailed=2)
    result.stdout.fnmatch_lines([f"XFAIL *test_cancelling_twice_succeeds - {REASON}"])


def test_an_exemption_that_is_not_needed_or_not_known_fails(run: Run) -> None:
    result = run("TestWronglyExempt and (cancelling_twice_succeeds or every_exemption)")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            f"FAILED *test_cancelling_twice_succeeds - [[]XPASS(strict)] {REASON}",
            "FAILED *test_every_exemption_names_a_behaviour*",
        ]
    )
