"""The certificates an operator has put down, and what they amount to for one adapter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from contracts.levels import in_production
from contracts.manifest import Level
from gateway.certification import trust
from gateway.certification.behaviours import known_behaviours
from gateway.certification.checking import (
    Checks,
    Flaw,
    NotBelieved,
    Problem,
    Read,
    of_its_adapter,
)
from gateway.certification.reasons import reason
from gateway.certification.trust import Trust

log = structlog.get_logger()

KEYS = "keys.json"
SUFFIX = ".jws"
_LARGEST = 1_000_000

# What is said of a certificate that was good once; all else makes it none.
_ONCE_GOOD = frozenset({Flaw.EXPIRED, Flaw.REVOKED, Flaw.CONTRACT})


@dataclass(frozen=True, slots=True)
class Question:
    """What a certificate has to be of: this code, and this endpoint where there is one."""

    vendor: str
    digest: str
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the certificates amount to for one adapter now.

    Attributes:
        read: the best certificate that counts.
        level: what that is worth where citizens book.
        reason: where there is none, why.
        barred: why the code may not even be loaded.
        revoked: whether it was taken back: that knows no grace.
    """

    read: Read | None = None
    level: Level | None = None
    reason: str = "It has no certificate."
    barred: Problem | None = None
    revoked: bool = False

    def falls_short_of(self, required: Level) -> str | None:
        """Why it takes no new bookings where this level is required; ``None`` when it does."""
        if self.read is None or self.level is None:
            return self.reason
        if self.level.reaches(required):
            return None
        certificate = self.read.certificate
        return (
            f"Its certificate is worth {self.level} here ({certificate.level}, on a "
            f"{certificate.target}), and {required} is required."
        )


class Shelf:
    """All certificates whose signature holds, and the keys."""

    def __init__(self, trust: Trust, files: Mapping[Path, Read]) -> None:
        self.trust = trust
        self.files = files
        self.reads = tuple(files.values())

    @classmethod
    def empty(cls) -> Shelf:
        """Nothing trusted, nothing certified."""
        return cls(Trust(), {})

    @classmethod
    def open(cls, folder: Path, now: datetime) -> Shelf:
        """Read the folder. What cannot be believed is logged and counts for nothing.

        Raises ``trust.KeysUnreadable``: then nothing can be said of anything.
        """
        known = trust.read(folder / KEYS)
        checks = Checks(known, now, known_behaviours())
        files = {}
        for file in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                with file.open("rb") as opened:
                    text = opened.read(_LARGEST).decode("ascii", "replace")
                files[file] = checks.read(text)
            except OSError as error:
                log.warning("certificate refused", file=file.name, flaw=error.strerror)
            except NotBelieved as error:
                log.warning("certificate refused", file=file.name, flaw=error.why)
        return cls(known, files)

    def standing(self, question: Question) -> Standing:
        """What the certificates say of an adapter."""
        believed = [
            read
            for read in self.reads
            if read.is_certified
            and read.certificate.adapter == question.vendor
            and {problem.flaw for problem in read.problems} <= _ONCE_GOOD
        ]
        barred = _barred(believed, question)
        if barred:
            return Standing(reason=reason(barred), barred=barred)
        of_it = [
            read
            for read in believed
            if read.certificate.endpoint == question.endpoint
            and (question.endpoint or read.certificate.adapter_digest == question.digest)
        ]
        counting = [read for read in of_it if not read.problems]
        if counting:
            best = max(counting, key=_worth)
            return Standing(read=best, level=_level(best))
        if of_it:
            latest = max(of_it, key=lambda read: read.certificate.valid_until)
            revoked = latest.has(Flaw.REVOKED)
            return Standing(reason=reason(latest.problems[0]), revoked=revoked)
        return Standing()


def _barred(believed: Iterable[Read], question: Question) -> Problem | None:
    """Why this code may not be loaded: it was certified otherwise, or taken back.

    A certificate of an endpoint is about that system; its code has one of its own.
    """
    of_code = [read for read in believed if read.certificate.endpoint is None]
    same = [read for read in of_code if read.certificate.adapter_digest == question.digest]
    for read in same:
        for problem in read.problems:
            if problem.flaw is Flaw.REVOKED:
                return problem
    if of_code and not same:
        (changed,) = of_its_adapter(of_code[0].certificate, question.vendor, question.digest)
        return changed
    return None


def _level(read: Read) -> Level:
    return in_production(read.certificate.level, read.certificate.target)


def _worth(read: Read) -> tuple[int, datetime]:
    return tuple(Level).index(_level(read)), read.certificate.valid_until
