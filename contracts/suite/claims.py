"""Holds adapters to the level that their manifests claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

import pytest

from contracts.levels import Evidence, level, missing
from contracts.manifest import Level
from contracts.report import Subject
from contracts.suite.behaviour import Behaviour
from contracts.suite.report import Case, compose


class Claims:
    """Fails a run that shows more or less of an adapter than its manifest claims.

    Every class that runs the whole suite counts; a vendor that has several is worth the best
    of them. What was run in part shows nothing.
    """

    def __init__(self, behaviours: Collection[Behaviour]) -> None:
        """Nothing is known yet; ``behaviours`` are all there are."""
        self._behaviours = behaviours
        self._cases: dict[str, defaultdict[str, list[Case]]] = {}
        self._subjects: dict[str, list[Subject]] = {}

    def add(self, nodeid: str, behaviour: str, case: Case, subject: Subject | None) -> None:
        """Take how one case of a behaviour went."""
        tests = nodeid.rpartition("::")[0]
        self._cases.setdefault(tests, defaultdict(list))[behaviour].append(case)
        known = self._subjects.setdefault(tests, [])
        if subject is not None and subject not in known:
            known.append(subject)

    def broken(self) -> Iterator[str]:
        """A sentence for each claim that does not hold."""
        best: dict[str, tuple[Level, Level, str]] = {}
        for tests, cases in self._cases.items():
            report = compose(self._behaviours, cases, self._subjects[tests])
            subject = report.subject
            whole = all(behaviour.id in cases for behaviour in self._behaviours)
            if subject is None or subject.claimed is None or not whole:
                continue
            evidence = Evidence.found(report, subject)
            found = level(evidence)
            if subject.vendor not in best or not best[subject.vendor][0].reaches(found):
                lacking = "; ".join(each.demand for each in missing(evidence))
                best[subject.vendor] = found, subject.claimed, lacking
        for vendor, (found, claimed, lacking) in best.items():
            if found is not claimed:
                more = f" Not shown: it {lacking}." if lacking else ""
                yield f"{vendor}: its manifest claims {claimed}, the suite shows {found}.{more}"

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """The run fails with a claim."""
        if any(self.broken()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which claims do not hold."""
        for sentence in self.broken():
            terminalreporter.section("level of an adapter", red=True)
            terminalreporter.line(sentence)
