"""What ``poort certify`` says at the end tells what to do next."""

from __future__ import annotations

from pathlib import Path

from contracts.adapter import Capability
from contracts.report import Outcome, Report
from gateway.certification.summary import Files, Summary, for_people
from tests.gateway.certification.certificates import ALL_PASSED, certificate, report


def said(run: Report, **changes: object) -> str:
    outcomes = {result.id: result.outcome for result in run.results}
    made = certificate(outcomes=outcomes, **changes)
    return "\n".join(for_people(Summary(made, run), Files(Path("out"), "acme"), signed=True))


def test_what_failed_is_told_in_words() -> None:
    told = said(report({**ALL_PASSED, "BOOK-002": Outcome.FAILED}))
    assert "    see BOOK-002\n" in told
    assert "  BOOK-002    Does what BOOK-002 demands.\n" in told
    assert "BOOK-001" not in told


def test_where_all_passed_nothing_is_said_to_have_failed() -> None:
    assert "What failed" not in said(report())


def test_a_need_without_a_failure_of_its_own_says_that_it_rests_on_another() -> None:
    told = said(
        report(), capabilities=tuple(set(Capability) - {Capability.FIND_BY_CLIENT_REFERENCE})
    )
    assert "resolution is not `none`\n    what it rests on did not pass" in told
