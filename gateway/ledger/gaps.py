"""Since when a source has had no certificate that is good enough: grace counts from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, insert, select

from gateway.ledger.database import Database
from gateway.ledger.tables import certificate_gaps


class Gaps:
    """The same for all processes, and for those that come after a restart."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def since(self, source: str) -> datetime:
        """When the gap of a source began: now, when there was none yet."""
        query = select(certificate_gaps.c.since).where(certificate_gaps.c.source == source)
        async with self._database.writing() as connection:
            found: datetime | None = await connection.scalar(query)
            if found is not None:
                return found
            now = self._now()
            await connection.execute(insert(certificate_gaps).values(source=source, since=now))
        return now

    async def closed(self, source: str) -> None:
        """The source has a certificate again that is good enough."""
        query = delete(certificate_gaps).where(certificate_gaps.c.source == source)
        async with self._database.writing() as connection:
            await connection.execute(query)
