"""Runs the contract suite in a process of its own, and reads what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError

from contracts.report import Report
from gateway.certification.system import System

# Its dots and percentages are the progress; what failed is told by the report.
_QUIETLY = ("-q", "--no-header", "--tb=no", "--disable-warnings", "-r", "N")


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

    Failing behaviours are a result; no result raises ``SuiteNotRun``.
    """
    if find_spec("pytest") is None:
        raise SuiteNotRun("The contract suite runs on pytest: pip install 'afsprakenpoort[suite]'.")
    report.unlink(missing_ok=True)
    given = [*_QUIETLY, f"--junitxml={junit}", f"--contract-report={report}"]
    environ = dict(os.environ)
    if isinstance(what, System):
        environ[SYSTEM] = json.dumps([what.vendor, str(what.settings), what.endpoint])
        given += ["-p", "gateway.certification.sandbox", "--pyargs", "contracts.suite.native"]
    else:
        given.append(what)
    # -P: where the vendor works may be folders that are called as our packages are.
    done = subprocess.run(  # noqa: S603 - our own interpreter, and what its owner asks of it
        [sys.executable, "-P", "-m", "pytest", *given],
        check=False,
        stdout=sys.stderr,
        env=environ,
    )
    try:
        evidence = report.read_bytes()
        found = Report.model_validate_json(evidence)
    except (OSError, ValidationError):
        raise SuiteNotRun(
            f"pytest ended with status {done.returncode} and left no report: see what it says "
            "above."
        ) from None
    if found.subject is None:
        raise SuiteNotRun(
            "No behaviour was asked of any adapter: is there a class that subclasses "
            "AdapterContract, and does its fixture work?"
        )
    return Run(found, evidence)
