"""What is published of the certificates on the shelf: one of each name, read now and then."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from pydantic import ValidationError

from adapters import registry
from contracts.certificate import Certificate
from contracts.errors import InternalError
from contracts.levels import in_production
from contracts.manifest import Level
from contracts.report import Report
from gateway.certification.checking import Flaw, Read, of_its_adapter
from gateway.certification.html import Entry
from gateway.certification.shelf import Shelf
from gateway.certification.trust import KeysUnreadable, Trust

log = structlog.get_logger()

EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """One certificate as it is shown, with the report behind it where that is the right one."""

    read: Read
    report: Report | None

    @property
    def certificate(self) -> Certificate:
        """What it says."""
        return self.read.certificate

    @property
    def entry(self) -> Entry:
        """It on the list."""
        return Entry(
            certificate=self.certificate,
            certified=self.read.is_certified,
            problems=self.read.problems,
            has_report=self.report is not None,
        )

    @property
    def level(self) -> Level | None:
        """What it is worth where citizens book, if it counts."""
        if self.read.problems or not self.read.is_certified:
            return None
        return in_production(self.certificate.level, self.certificate.target)


@dataclass(frozen=True, slots=True)
class Contents:
    """All that is shown. ``without`` are the products of adapters that have no certificate."""

    trust: Trust
    shown: dict[str, Shown]
    without: tuple[str, ...]


class Published:
    """Reads the folder when it is asked for, at most once a minute."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now
        self._read_at: datetime | None = None
        self._contents: Contents | None = None
        self._reading = asyncio.Lock()

    async def contents(self) -> Contents:
        """What is on the shelf.

        Raises ``InternalError`` where the keys cannot be read, since that is not the same as
        nothing; the log says why.
        """
        async with self._reading:
            now = self._now()
            if self._read_at is None or now - self._read_at >= EVERY:
                self._contents = await asyncio.to_thread(_contents, self._folder, now)
                self._read_at = now
        if self._contents is None:
            raise InternalError("The certificates cannot be read now.")
        return self._contents


def _contents(folder: Path, now: datetime) -> Contents | None:
    try:
        shelf = Shelf.open(folder, now)
    except KeysUnreadable as error:
        log.critical("certificates unreadable", reason=str(error))
        return None
    installed = {vendor: _digest(vendor) for vendor in registry.vendors()}
    best: dict[str, tuple[Path, Read]] = {}
    for file, signed in shelf.files.items():
        if signed.has(Flaw.NOT_ITS_OWN):
            continue  # nothing that a stranger says of somebody's system is published
        read = _here(signed, installed)
        name = read.certificate.name
        if name not in best or _worth(read) > _worth(best[name][1]):
            best[name] = (file, read)
    shown = {name: Shown(read, _report(file, read)) for name, (file, read) in sorted(best.items())}
    certified = {each.certificate.adapter for each in shown.values()}
    without = (name for name in installed if name not in certified)
    return Contents(shelf.trust, shown, tuple(registry.manifest(name).name for name in without))


def _digest(vendor: str) -> str:
    """Of an adapter's files; of one that is broken none, which no certificate is of."""
    try:
        return registry.digest(vendor)
    except registry.AdapterBroken as error:
        log.warning("adapter broken", vendor=vendor, reason=str(error))
        return ""


def _here(read: Read, installed: Mapping[str, str]) -> Read:
    """It, held against the adapter's files where these are here; of an endpoint there are none."""
    certificate = read.certificate
    digest = installed.get(certificate.adapter)
    if digest is None or certificate.endpoint is not None:
        return read
    changed = of_its_adapter(certificate, certificate.adapter, digest)
    return replace(read, problems=(*read.problems, *changed))


def _worth(read: Read) -> tuple[bool, bool, datetime]:
    return read.is_certified, not read.problems, read.certificate.valid_until


def _report(file: Path, read: Read) -> Report | None:
    """The report beside the certificate, when it is the one that was signed for."""
    try:
        evidence = file.with_suffix(".json").read_bytes()
        if hashlib.sha256(evidence).hexdigest() == read.certificate.evidence:
            return Report.model_validate_json(evidence)
    except (OSError, ValidationError):
        pass
    return None
