"""How this process is: can it store, does it know its citizens, do its sources answer."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.certification.teeth import Teeth
from gateway.identity.identity import Identity
from gateway.ledger import Database
from gateway.sources import Sources

log = structlog.get_logger()


class Health:
    """Asks the database and where sessions lie, and counts the sources whose last call failed."""

    def __init__(
        self, database: Database, identity: Identity, sources: Sources, teeth: Teeth
    ) -> None:
        self._database = database
        self._identity = identity
        self._sources = sources
        self._teeth = teeth

    @property
    def not_certified(self) -> tuple[str, ...]:
        """The sources that take no new bookings for want of a certificate."""
        return self._teeth.not_certified

    async def report(self) -> tuple[bool, int]:
        """(it can do its work, how many sources are silent). Asks no vendor anything."""
        try:
            async with self._database.reading() as connection:
                await connection.execute(select(1))
        except (SQLAlchemyError, OSError) as error:
            log.error("ledger down", kind=type(error).__name__)  # noqa: TRY400 - no URL in a log
            return False, 0
        if not await self._identity.answers():
            log.error("sessions down")
            return False, 0
        return True, sum(source.is_silent for source in self._sources)
