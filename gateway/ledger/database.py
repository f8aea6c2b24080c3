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
    """Gives out connections; every use is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, rolled back on an error."""
        async with self.engine.connect() as connection:
            await connection.execution_options(poort_writes=True)
            async with connection.begin():
                yield connection

    async def migrate(self) -> None:
        """Bring the schema to the newest version (Alembic), in one transaction.

        Alembic reads files and blocks: it works in a thread, on a connection of its own.
        """
        await asyncio.to_thread(_upgrade, self.engine.url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def connect(url: str) -> Database:
    """A database at ``url`` (``sqlite+aiosqlite:///…``, ``postgresql+psycopg://…``).

    Nothing is opened until the first use.
    """
    engine = create_async_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine)
    return Database(engine)


def _tune_sqlite(engine: AsyncEngine) -> None:
    """WAL, and BEGIN IMMEDIATE for writers.

    A deferred transaction that turns from reading to writing fails at once with "database is
    locked", whatever the busy timeout; one that takes the lock at its begin waits its turn.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
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

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("poort_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
