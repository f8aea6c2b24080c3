"""What a certificate is worth while the gateway runs: whether a source takes new bookings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from adapters import registry
from contracts.certificate import Certificate
from contracts.deadline import Deadline
from contracts.errors import BookingError
from contracts.manifest import Level
from gateway.certification.barred import BarredAdapter, BarredSettings
from gateway.certification.checking import Flaw
from gateway.certification.shelf import Question, Shelf, Standing
from gateway.certification.trust import KeysUnreadable
from gateway.config.environment import ServerSettings
from gateway.ledger import Gaps
from gateway.sources import Source, Sources

log = structlog.get_logger()

EVERY = timedelta(days=1)
WARNS = timedelta(days=30)


class Teeth:
    """Looks at the certificate of every source, at the start and once a day.

    It closes a source for new bookings and opens it again; nothing else is ever stopped, but
    what a revoked certificate is of. After a gap of ``grace``, which all processes share; what
    was revoked has none.
    """

    def __init__(
        self, server: ServerSettings, sources: Sources, gaps: Gaps, now: Callable[[], datetime]
    ) -> None:
        self._folder = server.certificates_folder
        self._required = server.required_level
        self._grace = timedelta(days=server.certificate_grace_days)
        self._sources = sources
        self._gaps = gaps
        self._now = now
        self._due: datetime | None = None

    @property
    def not_certified(self) -> tuple[str, ...]:
        """The sources that take no new bookings for want of a certificate."""
        return tuple(source.id for source in self._sources if not source.certified)

    async def sweep(self) -> None:
        """Review when a day has passed since the last time."""
        if self._due is None or self._now() >= self._due:
            await self.review()

    async def review(self) -> None:
        """Look at every source now."""
        self._due = self._now() + EVERY
        if self._required is None:
            return
        try:
            shelf = await asyncio.to_thread(Shelf.open, self._folder, self._now())
        except KeysUnreadable as error:
            log.critical("certificates unreadable", reason=str(error))
            shelf = Shelf.empty()
        for source in self._sources:
            question = await asyncio.to_thread(partial(question_of, source))
            await self._review(source, shelf.standing(question), self._required)

    async def _review(self, source: Source, standing: Standing, required: Level) -> None:
        certificate = standing.read.certificate if standing.read else None
        if standing.barred is not None:
            self._alarm(source, standing)
        if certificate is not None:
            source.capabilities = source.adapter.available() & set(certificate.capabilities)
            if certificate.valid_until - self._now() <= WARNS:
                said = f"{certificate.valid_until:%Y-%m-%d}"
                log.warning("certificate expires", source=source.id, valid_until=said)
        reason = standing.falls_short_of(required) or await self._other_version(source, certificate)
        if reason is None:
            await self._gaps.closed(source.id)
            source.certified = True
            return
        closes_at = await self._gaps.since(source.id) + self._grace
        stops = standing.barred is not None or standing.revoked
        source.certified = not stops and self._now() < closes_at
        log.warning(
            "certificate falls short",
            source=source.id,
            vendor=source.vendor,
            reason=reason,
            closes_at=f"{closes_at:%Y-%m-%d %H:%M}",
            closed=not source.certified,
        )

    def _alarm(self, source: Source, standing: Standing) -> None:
        """What was taken back stops at once; changed files are not what runs here."""
        barred = standing.barred
        if barred is None:
            return
        log.critical("adapter barred", source=source.id, vendor=source.vendor, flaw=barred.flaw)
        if barred.flaw is Flaw.REVOKED and not isinstance(source.adapter, BarredAdapter):
            settings = BarredSettings(reason=standing.reason)
            source.adapter = BarredAdapter(settings, source.adapter.context)
            source.capabilities = frozenset()

    async def _other_version(self, source: Source, certificate: Certificate | None) -> str | None:
        """Why a certificate is not of the system that answers now; silence is no reason."""
        if certificate is None or certificate.endpoint is None:
            return None
        try:
            deadline = Deadline.after(source.timeout)
            reported = await source.read(
                lambda adapter, own: adapter.system_version(deadline=own), deadline
            )
        except BookingError:
            return None
        if reported == certificate.product_version:
            return None
        return "The system reports another version than the one that was certified."


def shortfalls(server: ServerSettings, sources: Sources, now: datetime) -> Mapping[str, str]:
    """Why sources fall short of the required level, by source. Reads files.

    Raises ``KeysUnreadable``.
    """
    if server.required_level is None:
        return {}
    shelf = Shelf.open(server.certificates_folder, now)
    found = {
        source.id: shelf.standing(question_of(source)).falls_short_of(server.required_level)
        for source in sources
    }
    return {source: reason for source, reason in found.items() if reason is not None}


def question_of(source: Source) -> Question:
    """What the certificate of a source has to be of. Reads the adapter's files."""
    return Question(source.vendor, registry.digest(source.vendor), source.endpoint)
