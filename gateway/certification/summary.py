"""What ``poort certify`` says when it is done, and where it puts things."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.certificate import Certificate
from contracts.levels import in_production, missing
from contracts.report import GROUPS, Outcome


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


def for_people(made: Certificate, files: Files, *, signed: bool) -> Iterator[str]:
    """A table by capability, the level, and what is missing for the next."""
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


def _counts(made: Certificate, group: str) -> dict[Outcome, int]:
    found = list(made.evidence_for_level.of(group).values())
    return {outcome: found.count(outcome) for outcome in Outcome}


def for_programs(made: Certificate) -> dict[str, object]:
    """The same as JSON."""
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
        "validUntil": made.valid_until.isoformat(),
    }
