"""Runs the contract suite in a process of its own, and reads what it found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError

from contracts.report import Report
from gateway.certification.system import System

_PLUGINS = ("gateway.certification.progress", "gateway.certification.giving_up")
_PYTEST = (sys.executable, "-P", "-m", "pytest", *(f"-p{plugin}" for plugin in _PLUGINS))
# -P: where the vendor works may be folders that are called as our packages are.
_SECONDS = 20
"""How long a run that is broken off may take to cancel what it booked."""

_STDERR = 2
SCREEN = "AFSPRAKENPOORT_SCREEN"
"""The environment variable that tells the plugin ``progress`` where to write: an open file."""
SYSTEM = "AFSPRAKENPOORT_SYSTEM"
"""The environment variable that tells the plugin ``sandbox`` what to ask."""


class SuiteNotRun(Exception):
    """There is no result; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left: the report, and its bytes as they are signed for."""

    report: Report
    evidence: bytes


def run(what: str | System, report: Path, junit: Path) -> Run:
    """Run a test file or class in this folder, or the suite on a system; read the report.

    The files are written when there is a result, and left alone else. Failing behaviours are a
    result; no result raises ``SuiteNotRun``.
    """
    if not (find_spec("pytest") and find_spec("hypothesis")):
        raise SuiteNotRun("The contract suite runs on pytest: pip install 'afsprakenpoort[suite]'.")
    with tempfile.TemporaryDirectory(prefix="afsprakenpoort-") as name:
        folder = Path(name)
        made, results = folder / "report.json", folder / "junit.xml"
        said = _pytest(what, f"--junitxml={results}", f"--contract-report={made}", folder=folder)
        found = _found(made, said)
        report.write_bytes(found.evidence)
        junit.write_bytes(results.read_bytes())
    return found


def _found(report: Path, said: str) -> Run:
    try:
        evidence = report.read_bytes()
        found = Report.model_validate_json(evidence)
    except (OSError, ValidationError):
        raise SuiteNotRun(f"{said}\npytest left no report: see what it says above.") from None
    if found.subject is None:
        raise SuiteNotRun(
            f"{said}\nNo behaviour was asked of any adapter: is there a class that subclasses "
            "AdapterContract, and does its fixture work?"
        )
    return Run(found, evidence)


def _pytest(what: str | System, *given: str, folder: Path) -> str:
    """All that pytest says; only how far it is stands on stderr meanwhile."""
    environ = dict(os.environ)
    if isinstance(what, System):
        environ[SYSTEM] = json.dumps([what.vendor, str(what.settings), what.endpoint])
        # Of the system alone: what pytest is told where one happens to stand has no say.
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        given += ("-c", str(folder / "pytest.ini"), "--noconftest")
        given += ("-p", "gateway.certification.sandbox", "--pyargs", "contracts.suite.native")
    else:
        given += (what,)
    output = folder / "output.txt"
    screen = os.dup(_STDERR)
    with output.open("wb") as file, os.fdopen(screen):
        # In a group of its own, so that Ctrl-C ends it once, by us, and it cancels what it booked.
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, and what its owner asks
            [*_PYTEST, *given],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**environ, SCREEN: str(screen)},
            pass_fds=(screen,),
            process_group=0,
        )
        try:
            process.wait()
        except KeyboardInterrupt:
            _break_off(process)
            raise
    return output.read_text(encoding="utf-8", errors="replace").strip()


def _break_off(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()
    print("Stopped: nothing was written.", file=sys.stderr)  # noqa: T201 - what a command says
