"""Ends a run in which nothing can be asked: a plugin of pytest, loaded by ``running``.

A fixture that fails, because a sandbox is not there or a variable is not set, fails for every
behaviour: why is said in full some times, and not two hundred times.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

_TIMES = 3


def pytest_configure(config: pytest.Config) -> None:
    """Watch the run."""
    config.pluginmanager.register(GivesUp())


class GivesUp:
    """Counts the fixtures that fail until one succeeds."""

    def __init__(self) -> None:
        self._failed = 0
        self._watches = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """End after the first few, where all of them failed."""
        report = yield
        if self._watches and call.when == "setup":
            self._failed += report.failed
            self._watches = report.failed and self._failed < _TIMES
            if self._failed == _TIMES:
                item.session.shouldstop = "the fixture fails each time"
        return report
