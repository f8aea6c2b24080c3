"""The connection to the ledger's database: SQLite in WAL mode, or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Gives out connections: ``reads`` of them see each statement's newest, ``writes`` in turn."""

    def __init__(self, reads: AsyncEngine, writes: AsyncEngine) -> None:
        self._reads = reads
        self._writes = writes

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """For reading only, without a transaction: that would cost two calls more."""
        async with self._reads.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, rolled back on an error."""
        async with self._writes.begin() as connection:
            yield connection

    async def migrate(self) -> None:
        """Bring the schema to the newest version (Alembic), in one transaction.

        Alembic reads files and blocks: it works in a thread, on a connection of its own.
        """
        await asyncio.to_thread(_upgrade, self._writes.url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._reads.dispose()
        await self._writes.dispose()


def connect(url: str) -> Database:
    """A database at ``url`` (``sqlite+aiosqlite:///…``, ``postgresql+psycopg://…``).

    Nothing is opened until the first use.
    """
    if not url.startswith("sqlite"):
        engine = create_async_engine(url, pool_pre_ping=True)
        return Database(engine.execution_options(isolation_level="AUTOCOMMIT"), engine)
    # Both engines end what they began, so the pool need not roll back once more.
    reads = create_async_engine(url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
    writes = create_async_engine(url, pool_size=1, max_overflow=0, pool_reset_on_return=None)
    for engine in (reads, writes):
        event.listen(engine.sync_engine, "connect", _tune_sqlite)
    event.listen(writes.sync_engine, "begin", _begin_immediate)
    return Database(reads, writes)


def _tune_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the lock at the beginning.

    A transaction that turns from reading to writing fails at once with "database is locked",
    whatever the busy timeout; one that takes the lock at its begin waits its turn.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(url: URL) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    # psycopg is one driver for both worlds; SQLite's own is the blocking one.
    blocking = url.set(drivername="sqlite") if url.get_backend_name() == "sqlite" else url
    engine = create_engine(blocking)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
