"""What ``poort certify`` says when it is done, and where it puts things."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.certificate import Certificate
from contracts.levels import in_production, missing
from contracts.report import GROUPS, NEEDS, Outcome, Report


class CannotWrite(Exception):
    """There is no room for what is made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Files:
    """What is written, all under one name."""

    folder: Path
    name: str

    def prepare(self) -> None:
        """Make the folder, before minutes are spent. Raises ``CannotWrite``."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self.folder, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise CannotWrite(
                f"{self.folder} cannot be written: {error.strerror}. Say with --out where."
            ) from None

    @property
    def certificate(self) -> Path:
        """The signed certificate."""
        return self.folder / f"{self.name}.jws"

    @property
    def report(self) -> Path:
        """The report of the suite, which the certificate is of."""
        return self.folder / f"{self.name}.json"

    @property
    def page(self) -> Path:
        """The report for people."""
        return self.folder / f"{self.name}.html"

    @property
    def junit(self) -> Path:
        """The results for build servers."""
        return self.folder / f"{self.name}.xml"


@dataclass(frozen=True, slots=True)
class Summary:
    """What was found; ``advice`` is how a system can show more than it did."""

    made: Certificate
    report: Report
    advice: str = ""

    @property
    def not_run(self) -> Mapping[str, list[str]]:
        """The behaviours that the system could not be brought to show, by what it takes."""
        wanting: dict[str, list[str]] = {}
        for result in self.report.results:
            reason = result.message.partition(NEEDS)[2]
            if result.outcome is Outcome.NOT_RUN and reason:
                wanting.setdefault(reason, []).append(result.id)
        return wanting


def for_people(found: Summary, files: Files, *, signed: bool) -> Iterator[str]:
    """A table by capability, the level, and what is missing for the next."""
    made = found.made
    yield ""
    yield f"{'':32}passed  failed  absent  not run"
    for group, title in GROUPS.items():
        counts = _counts(made, group)
        if sum(counts.values()):
            yield f"{title[:30]:<32}" + "".join(
                f"{counts[outcome] or '-':>6}  "
                for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.ABSENT, Outcome.NOT_RUN)
            )
    yield ""
    yield f"{made.adapter} is {made.level} on a {made.target}."
    worth = in_production(made.level, made.target)
    if worth is not made.level:
        yield f"Where citizens book that is worth {worth}: a simulator proves no more."
    yield from _wanting(made)
    yield from _failed(found.report)
    yield from _not_run(found)
    yield ""
    yield f"  {files.page}  the report, for people"
    yield f"  {files.report}  the same, for programs; {files.junit.name} for build servers"
    if not signed:
        yield "  nothing was signed: give a key with --key"
        if files.certificate.exists():
            yield f"  {files.certificate} is of an earlier run, whose report this one replaced"
    else:
        yield f"  {files.certificate}  the certificate, until {made.valid_until:%Y-%m-%d}"


def _wanting(made: Certificate) -> Iterator[str]:
    wanting = list(missing(made.evidence_for_level))
    if not wanting:
        return
    yield "What it still needs to show:"
    for requirement in wanting:
        yield f"  for {requirement.level}: it {requirement.demand}"
        failing = [
            id_
            for group in requirement.groups
            for id_, outcome in made.evidence_for_level.of(group).items()
            if outcome in {Outcome.FAILED, Outcome.NOT_RUN}
        ]
        if failing:
            yield f"    see {', '.join(failing)}"
        else:
            yield "    what it rests on did not pass: see the table"


def _failed(report: Report) -> Iterator[str]:
    failed = [result for result in report.results if result.outcome is Outcome.FAILED]
    if failed:
        yield "What failed (the report says how, and what was asked and answered last):"
        for result in failed:
            yield f"  {result.id:<12}{result.demand}"


def _not_run(found: Summary) -> Iterator[str]:
    if not found.not_run:
        return
    yield "What could not be tried, for want of:"
    for reason, ids in found.not_run.items():
        yield f"  {reason}"
        yield f"    {', '.join(ids)}"
    if found.advice:
        yield found.advice


def _counts(made: Certificate, group: str) -> dict[Outcome, int]:
    found = list(made.evidence_for_level.of(group).values())
    return {outcome: found.count(outcome) for outcome in Outcome}


def for_programs(found: Summary) -> dict[str, object]:
    """The same as JSON."""
    made = found.made
    return {
        "adapter": made.adapter,
        "level": made.level,
        "inProduction": in_production(made.level, made.target),
        "target": made.target,
        "mode": made.mode,
        "capabilities": list(made.capabilities),
        "outcomes": {
            outcome: sum(each is outcome for each in made.outcomes.values()) for outcome in Outcome
        },
        "missing": [
            {"level": each.level, "demand": each.demand}
            for each in missing(made.evidence_for_level)
        ],
        "notRun": found.not_run,
        "advice": found.advice,
        "validUntil": made.valid_until.isoformat(),
    }
