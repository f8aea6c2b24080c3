"""Makes one report of all that the behaviours of a run showed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from contracts.models import Model
from contracts.report import Mode, Outcome, Report, Result, Subject
from contracts.suite.behaviour import Behaviour

SUITE_VERSION = "1.0"
"""Raised when a behaviour is added (the second number), or demands something else (the first)."""

_WORST_FIRST = tuple(Outcome)
_PROPERTY = "contract"


class Case(Model):
    """One run of one behaviour."""

    outcome: Outcome
    duration: float
    message: str = ""


def tell(report: pytest.TestReport, id_: str, case: Case, subject: Subject | None) -> None:
    """Write it on pytest's report. Words only, for it travels between pytest-xdist's processes."""
    said = {"id": id_, "case": case.model_dump_json()}
    if subject is not None:
        said["subject"] = subject.model_dump_json()
    report.user_properties.append((_PROPERTY, said))


def told(report: pytest.TestReport) -> Iterator[tuple[str, Case, Subject | None]]:
    """Which behaviour a report of pytest is of, how it went, and on which adapter."""
    for name, said in report.user_properties:
        if name == _PROPERTY and isinstance(said, dict):
            subject = said.get("subject")
            yield (
                said["id"],
                Case.model_validate_json(said["case"]),
                Subject.model_validate_json(subject) if subject else None,
            )


def digest() -> str:
    """The SHA-256 of the suite's own files: what exactly was demanded."""
    folder = Path(__file__).parent
    total = sha256()
    for file in sorted(folder.rglob("*.py")):
        name = file.relative_to(folder).as_posix()
        content = file.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def compose(
    behaviours: Iterable[Behaviour], cases: Mapping[str, list[Case]], subjects: list[Subject]
) -> Report:
    """The report of a run, from its cases by behaviour."""
    return Report(
        suite_version=SUITE_VERSION,
        suite_digest=digest(),
        subject=_common(subjects),
        results=tuple(_result(each, cases.get(each.id, [])) for each in behaviours),
    )


def _result(behaviour: Behaviour, cases: list[Case]) -> Result:
    if not cases:
        left_out = Case(outcome=Outcome.NOT_RUN, duration=0, message="It was left out of the run.")
        cases = [left_out]
    worst = min(cases, key=lambda case: _WORST_FIRST.index(case.outcome))
    return Result(
        id=behaviour.id,
        demand=behaviour.demand,
        outcome=worst.outcome,
        duration=round(sum(case.duration for case in cases), 3),
        message=worst.message,
        needs=behaviour.needs,
    )


def _common(subjects: list[Subject]) -> Subject | None:
    """The one adapter of a run; of several servers, what all of them can do."""
    if not subjects:
        return None
    shared = frozenset.intersection(*(subject.capabilities for subject in subjects))
    controlled = all(subject.mode is Mode.CONTROLLED for subject in subjects)
    mode = Mode.CONTROLLED if controlled else Mode.RANDOM
    return subjects[0].model_copy(update={"capabilities": shared, "mode": mode})
