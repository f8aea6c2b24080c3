"""Makes pytest know the contract tests: loaded as a plugin, in any repository."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

from contracts.report import Outcome, Subject
from contracts.suite.behaviour import of
from contracts.suite.claims import Claims
from contracts.suite.contract import BEHAVIOURS
from contracts.suite.gate import EXAMINED
from contracts.suite.report import Case, compose, tell, told
from contracts.suite.verdicts import ABSENT


def pytest_addoption(parser: pytest.Parser) -> None:
    """How to ask for the result of every behaviour."""
    parser.getgroup("contract").addoption(
        "--contract-report",
        type=Path,
        metavar="FILE",
        help="write how each behaviour of the booking contract went, as JSON",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks that the behaviours carry; write a report where one is asked for."""
    config.addinivalue_line(
        "markers", "requires(*capabilities): asked only of adapters with these capabilities"
    )
    if not hasattr(config, "workerinput"):
        claims = Claims(BEHAVIOURS.values())
        config.pluginmanager.register(claims)
        config.pluginmanager.register(Reporter(config.getoption("--contract-report"), claims))


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost: an expected failure is known by then
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a test's result which behaviour it is, and on failure what was said."""
    result = yield
    shown = of(item)
    if shown is None or (result.passed and call.when != "call"):
        return result
    examined = item.stash.get(EXAMINED, None)
    message = _reason(result, call)
    if examined is not None:
        message = examined.recording.redact(message)
    if result.failed and examined is not None:
        calls = f"The last calls:\n{examined.recording}"
        result.sections.append((shown.id, f"{shown.demand}\nIt prevents: {shown.why}\n\n{calls}"))
        message = f"{message}\n{calls}"
    case = Case(
        outcome=_outcome(result),
        duration=result.duration,
        message=message,
    )
    tell(result, shown.id, case, examined.subject if examined is not None else None)
    return result


class Reporter:
    """Gathers how the behaviours went, and writes it down when all have been run."""

    def __init__(self, file: Path | None, claims: Claims) -> None:
        """Write to this file, if any, and pass on to ``claims``."""
        self._file = file
        self._claims = claims
        self._cases: defaultdict[str, list[Case]] = defaultdict(list)
        self._subjects: list[Subject] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one result, of this process or another."""
        for id_, case, subject in told(report):
            if subject is not None and subject not in self._subjects:
                self._subjects.append(subject)
            self._cases[id_].append(case)
            self._claims.add(report.nodeid, id_, case, subject)

    def pytest_sessionfinish(self) -> None:
        """Write the report, also of a run that was broken off."""
        if self._file is None:
            return
        report = compose(BEHAVIOURS.values(), self._cases, self._subjects)
        self._file.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _outcome(result: pytest.TestReport) -> Outcome:
    if result.passed:
        return Outcome.PASSED
    if result.failed:
        return Outcome.FAILED
    reason = result.longrepr[2] if isinstance(result.longrepr, tuple) else ""
    return Outcome.ABSENT if f": {ABSENT}" in reason else Outcome.NOT_RUN


def _reason(result: pytest.TestReport, call: pytest.CallInfo[None]) -> str:
    """Why a behaviour did not pass: the words of what was raised, without their place."""
    if call.excinfo is not None:
        return call.excinfo.exconly(tryshort=True)
    return "" if result.passed else str(result.longrepr)
