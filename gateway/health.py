"""How this process is: can it store, and do its sources answer."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.ledger import Database
from gateway.sources import Sources

log = structlog.get_logger()


class Health:
    """Asks the database, and counts the sources whose last call failed."""

    def __init__(self, database: Database, sources: Sources) -> None:
        self._database = database
        self._sources = sources

    async def report(self) -> tuple[bool, int]:
        """(the ledger answers, how many sources are silent). Asks no vendor anything."""
        try:
            async with self._database.reading() as connection:
                await connection.execute(select(1))
        except (SQLAlchemyError, OSError) as error:
            log.error("ledger down", kind=type(error).__name__)  # noqa: TRY400 - no URL in a log
            return False, 0
        return True, sum(source.is_silent for source in self._sources)
