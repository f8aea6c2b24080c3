"""A run of the suite says of every behaviour how it went, and of a failure what was said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.report import Mode, Outcome, Report, Result
from contracts.suite.contract import BEHAVIOURS
from contracts.suite.report import SUITE_VERSION, digest

pytest_plugins = ["pytester"]

VENDORS_TESTS = Path(__file__).with_name("a_vendors_own_tests.py").read_text(encoding="utf-8")

Run = Callable[..., tuple[pytest.RunResult, Report]]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "200")
    pytester.makepyfile(test_core=VENDORS_TESTS)

    def run(*arguments: str) -> tuple[pytest.RunResult, Report]:
        file = pytester.path / "report.json"
        result = pytester.runpytest_inprocess(
            "-pcontracts.suite.plugin", f"--contract-report={file}", *arguments
        )
        return result, Report.model_validate_json(file.read_bytes())

    return run


def of(report: Report, id_: str) -> Result:
    return next(result for result in report.results if result.id == id_)


def test_every_behaviour_is_in_the_report_once(run: Run) -> None:
    _, report = run("-kTestCore")

    assert [result.id for result in report.results] == list(BEHAVIOURS)
    assert of(report, "BOOK-003").outcome is Outcome.PASSED
    assert of(report, "HOLD-001").outcome is Outcome.ABSENT
    assert of(report, "FAULT-004").outcome is Outcome.NOT_RUN
    assert "needs controlled mode" in of(report, "FAULT-004").message


def test_a_report_says_what_was_tested_and_by_which_suite(run: Run) -> None:
    _, report = run("-kTestCore")

    assert (report.suite_version, report.suite_digest) == (SUITE_VERSION, digest())
    assert report.subject is not None
    assert (report.subject.vendor, report.subject.mode) == ("core", Mode.CONTROLLED)
    assert report.subject.capabilities == frozenset()


def test_an_absent_capability_is_skipped_by_name_and_tested_as_absent(run: Run) -> None:
    result, _ = run("-rA", "-kTestCore and (last_place or absent)")

    result.stdout.fnmatch_lines(["PASSED *test_an_absent_capability_says_so"])
    result.stdout.fnmatch_lines(["SKIPPED * absent: confirm, hold"])


def test_what_was_left_out_of_a_run_is_not_run(run: Run) -> None:
    _, report = run("-kTestCore and test_a_booking_can_be_read_again")

    assert of(report, "BOOK-003").outcome is Outcome.PASSED
    assert of(report, "BOOK-001").outcome is Outcome.NOT_RUN


def test_a_run_of_nothing_shows_nothing(run: Run) -> None:
    _, report = run("-kno_such_test")

    assert report.subject is None
    assert {result.outcome for result in report.results} == {Outcome.NOT_RUN}


def test_a_test_that_was_replaced_shows_nothing(run: Run) -> None:
    result, report = run("-kTestReplaced and test_a_booking_can_be_read_again")

    result.assert_outcomes(passed=1)
    assert of(report, "BOOK-003").outcome is Outcome.NOT_RUN


def test_a_failure_shows_demand_calls_and_no_personal_data(run: Run) -> None:
    result, report = run("-kTestBroken and test_a_booking_can_be_read_again")

    demanded = BEHAVIOURS["BOOK-003"]
    result.stdout.fnmatch_lines(
        [
            "*- BOOK-003 -*",
            demanded.demand,
            f"It prevents: {demanded.why}",
            "adapter.slots(SlotQuery *",
            "    → *: Slot *",
            "adapter.book(Slot *",
            "    → SlotTaken: No place for •••.",
        ]
    )
    failed = of(report, "BOOK-003")
    assert failed.outcome is Outcome.FAILED
    assert "SlotTaken: No place for •••." in failed.message
    assert "Peeters" not in failed.message


def test_results_travel_between_processes(run: Run) -> None:
    _, report = run("-kTestCore and cancelling", "-n1")

    assert of(report, "CANCEL-001").outcome is Outcome.PASSED
    assert report.subject is not None


def test_a_sandbox_that_nobody_controls_is_tested_and_tidied(run: Run) -> None:
    result, report = run("-kTestRandom")

    assert result.parseoutcomes().keys() <= {"passed", "skipped", "deselected"}
    assert report.subject is not None
    assert report.subject.mode is Mode.RANDOM
    assert of(report, "BOOK-009").outcome is Outcome.PASSED
    assert of(report, "BOOK-010").outcome is Outcome.NOT_RUN
    assert of(report, "BOOK-010").message.endswith("a clock that can be moved")
