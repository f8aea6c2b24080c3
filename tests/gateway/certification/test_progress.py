"""Whoever certifies sees how far it is, and can stop it without leaving anything behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.report import Outcome
from contracts.suite.contract import BEHAVIOURS, AdapterContract
from contracts.suite.report import Case, tell
from gateway.certification.progress import Progress

ROOT = Path(__file__).parents[3]


class Terminal(io.StringIO):
    """A screen that can change what it shows."""

    def isatty(self) -> bool:
        return True


def run(screen: io.StringIO, *cases: tuple[str, Outcome], known: bool = True) -> str:
    """What is on the screen after a run of which these behaviours ended."""
    progress = Progress(screen)
    items = [item_of(id_) for id_ in ("CAT-001", "CAT-002", "BOOK-001")] if known else []
    progress.pytest_collection_finish(cast("Any", SimpleNamespace(items=items)))
    for id_, outcome in cases:
        ended = pytest.TestReport(id_, ("", 0, ""), {}, "passed", None, "call")
        tell(ended, id_, Case(outcome=outcome, duration=0), None)
        progress.pytest_runtest_logreport(ended)
        progress.pytest_runtest_logfinish(id_)
    progress.pytest_runtest_logfinish("a test of the vendor's own")
    progress.pytest_sessionfinish()
    return screen.getvalue()


def item_of(id_: str) -> SimpleNamespace:
    return SimpleNamespace(function=getattr(AdapterContract, BEHAVIOURS[id_].test))


def test_elsewhere_each_group_has_a_line_when_it_is_done() -> None:
    said = run(
        io.StringIO(),
        ("CAT-001", Outcome.PASSED),
        ("CAT-002", Outcome.ABSENT),
        ("BOOK-001", Outcome.FAILED),
    )
    assert said == "Products and locations: 1 passed, 1 absent\nBooking: 1 failed\n"


def test_a_group_that_was_broken_off_is_told_at_the_end() -> None:
    said = run(io.StringIO(), ("CAT-001", Outcome.PASSED), ("BOOK-001", Outcome.NOT_RUN))
    assert said == "Booking: 1 not run\nProducts and locations: 1 passed\n"


def test_in_a_terminal_one_line_changes_and_is_gone_at_the_end() -> None:
    said = run(Terminal(), ("CAT-001", Outcome.FAILED), ("BOOK-001", Outcome.PASSED))
    assert said.split("\r\x1b[2K") == [
        "",
        "1 of 3, 1 failed   Products and locations: 1 of 2",
        "2 of 3, 1 failed   Booking: 1 of 1",
        "",
    ]


def test_where_other_processes_run_the_tests_it_counts_all_the_same() -> None:
    assert "1   Booking: 1" in run(Terminal(), ("BOOK-001", Outcome.PASSED), known=False)
    assert run(io.StringIO(), ("BOOK-001", Outcome.PASSED), known=False) == "Booking: 1 passed\n"


@pytest.fixture
def terminal_signals() -> Iterator[None]:
    """Ctrl-C as in a terminal: what a script runs in the background would not hear it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("terminal_signals")
def test_ctrl_c_lets_the_run_end_and_writes_nothing(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    (tmp_path / "test_slow.py").write_text(
        "import pathlib, signal\n"
        "def test_it():\n"
        f"    pathlib.Path({str(begun)!r}).write_text('begun')\n"
        "    try:\n"
        "        signal.pause()\n"
        "    finally:\n"
        f"        pathlib.Path({str(tmp_path / 'ended')!r}).touch()\n"
    )
    given = ["--tests", str(tmp_path / "test_slow.py"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "certify", "memory", *given],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert begun.read_text() == "begun"  # waits for it
    process.send_signal(signal.SIGINT)
    try:
        said, beside = process.communicate(timeout=60)
    finally:
        process.kill()  # where it did not hear of it

    assert (process.returncode, said, beside) == (130, "", "Stopped: nothing was written.\n")
    assert (tmp_path / "ended").exists()
    assert list((tmp_path / "out").iterdir()) == []
