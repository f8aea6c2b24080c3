"""Tests the suite itself: adapters with one deliberate fault each, which it must catch."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from contracts.report import Outcome, Report
from contracts.suite.harness import Harness
from contracts.suite.native import Candidate

Opens = Callable[[], AbstractAsyncContextManager[Harness]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """An adapter with a fault.

    Attributes:
        name: of the fault, as of a class.
        fault: what it does wrong, in a sentence.
        meant: the id of the behaviour that is there for this fault.
        opens: a harness in front of it, anew for every behaviour.
        also: the ids of others that the fault breaks as well.
    """

    name: str
    fault: str
    meant: str
    opens: Opens
    also: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the suite found of a mutant: the behaviours that failed."""

    mutant: Mutant
    failed: tuple[str, ...]

    @property
    def caught(self) -> bool:
        """Whether it was caught on purpose: by the behaviour meant for it, and by no stranger."""
        known = {self.mutant.meant, *self.mutant.also}
        return self.mutant.meant in self.failed and known.issuperset(self.failed)


def judge(mutant: Mutant) -> Verdict:
    """Run the whole suite on a mutant."""
    results = run(mutant.opens).results
    failed = (result.id for result in results if result.outcome is Outcome.FAILED)
    return Verdict(mutant, tuple(failed))


def run(opens: Opens) -> Report:
    """The whole suite, on what is opened, in this process; what pytest says is not shown."""
    with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        file = Path(folder, "report.json")
        pytest.main(
            [
                "--pyargs",
                "contracts.suite.native",
                f"--contract-report={file}",
                f"--rootdir={folder}",
                f"--config-file={os.devnull}",
                "--noconftest",  # one of this folder's has nothing to say here
                "-pno:cacheprovider",
                "-q",
                "--tb=no",
            ],
            plugins=[Candidate(opens)],
        )
        return Report.model_validate_json(file.read_bytes())
