"""The migrations make the tables that the code expects, on an old database and on a new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Row, create_engine, inspect, text

from gateway.ledger import Database
from gateway.ledger.tables import metadata


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_the_migrations_make_the_tables_of_the_code(folder: Path) -> None:
    engine = create_engine(f"sqlite:///{folder}/ledger.sqlite")
    with engine.connect() as connection:
        assert differences(connection) == []
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())
    engine.dispose()


async def test_migrating_again_changes_nothing(database: Database) -> None:
    async def schema() -> Sequence[Row[tuple[str]]]:
        async with database.reading() as connection:
            return (await connection.execute(text("SELECT sql FROM sqlite_master"))).all()

    before = await schema()
    await database.migrate()

    assert await schema() == before


async def test_it_writes_ahead_and_to_the_disk(database: Database) -> None:
    async with database.writing() as connection:
        settings = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }
