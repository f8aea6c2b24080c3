"""Shows how far the suite is, group by group: a plugin of pytest, loaded by ``running``.

In a terminal that is one line that changes; elsewhere a line for each group that is done.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter, defaultdict
from typing import TextIO

import pytest

from contracts.report import GROUPS, Outcome
from contracts.suite.behaviour import of
from contracts.suite.report import told
from gateway.certification.running import SCREEN

_ORDER = (Outcome.PASSED, Outcome.FAILED, Outcome.ABSENT, Outcome.NOT_RUN)
_SAID = {Outcome.NOT_RUN: "not run"}
_CLEAR = "\r\x1b[2K"


def pytest_configure(config: pytest.Config) -> None:
    """Watch the run; what pytest-xdist starts beside it is seen from here."""
    if not hasattr(config, "workerinput"):
        screen = os.fdopen(int(os.environ[SCREEN]), "w", encoding="utf-8", errors="replace")
        config.pluginmanager.register(Progress(screen))


class Progress:
    """Counts the tests of each group as they end."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen
        self._changes = screen.isatty()
        self._expected: Counter[str] = Counter()
        self._found: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        self._running: dict[str, tuple[str, Outcome]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many there will be."""
        self._expected.update(shown.group for item in session.items if (shown := of(item)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What became of one; what is said last counts, since its end can still fail."""
        for id_, case, _ in told(report):
            self._running[report.nodeid] = (id_.partition("-")[0], case.outcome)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Show that it has ended."""
        if nodeid not in self._running:
            return
        group, outcome = self._running.pop(nodeid)
        self._found[group][outcome] += 1
        if self._changes:
            self._screen.write(f"{_CLEAR}{self._line(group)}")
        elif self._found[group].total() == self._expected[group]:
            self._screen.write(f"{_summary(group, self._found[group])}\n")
        self._screen.flush()

    def pytest_sessionfinish(self) -> None:
        """Leave a clean line, or tell of the groups that were broken off."""
        if self._changes:
            self._screen.write(_CLEAR)
        else:
            for group, found in self._found.items():
                if found.total() != self._expected[group]:
                    self._screen.write(f"{_summary(group, found)}\n")
        self._screen.flush()

    def _line(self, group: str) -> str:
        found = sum(self._found.values(), Counter())
        failed = f", {found[Outcome.FAILED]} failed" if found[Outcome.FAILED] else ""
        of_all = _of(found.total(), self._expected.total())
        of_group = _of(self._found[group].total(), self._expected[group])
        line = f"{of_all}{failed}   {GROUPS[group]}: {of_group}"
        return line[: shutil.get_terminal_size().columns - 1]


def _of(done: int, expected: int) -> str:
    """Where other processes do the work, nobody says here how much there is."""
    return f"{done} of {expected}" if expected else str(done)


def _summary(group: str, found: Counter[Outcome]) -> str:
    counts = (f"{found[each]} {_SAID.get(each, each)}" for each in _ORDER if found[each])
    return f"{GROUPS[group]}: {', '.join(counts)}"
