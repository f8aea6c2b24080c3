"""The gateway's own tests, with PostgreSQL where they have SQLite."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.booking import durable
from gateway.ledger import Database, connect
from gateway.settings import Directory, Settings
from tests.gateway import world as built
from tests.gateway.world import TWO_TOWNS, World, running_world
from tests.live.postgres.cluster import Cluster, cluster

durable.POLLING_SECONDS = 0.02
LEDGER, WORKFLOWS = "ledger_{}", "workflows_{}"
MIGRATED = "migrated"


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture(scope="session")
def databases(server: Cluster) -> Iterator[dict[Path, str]]:
    """Which databases a test's folder stands for; filled in by ``folder``."""
    names: dict[Path, str] = {}
    on_sqlite = built.settings_in

    def settings_in(folder: Path, directory: Directory, *more: Any) -> Settings:  # noqa: ANN401 - as it is called
        settings = on_sqlite(folder, directory, *more)
        if folder not in names:
            return settings  # of a test elsewhere, that has not asked for PostgreSQL
        ledger = server.url(LEDGER.format(names[folder]), "postgresql+psycopg")
        workflows = server.url(WORKFLOWS.format(names[folder]))
        changes = {
            "database_url": SecretStr(ledger),
            "workflow_database_url": SecretStr(workflows),
        }
        changed = settings.server.model_copy(update=changes)
        return Settings(changed, settings.identity, settings.directory)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(built, "settings_in", settings_in)
        yield names


@pytest.fixture(scope="session")
def template(
    server: Cluster, databases: dict[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The name of two databases, migrated and empty: to copy, since migrating is slow."""
    folder = tmp_path_factory.mktemp(MIGRATED)
    databases[folder] = MIGRATED
    for name in (LEDGER, WORKFLOWS):
        server.create(name.format(MIGRATED))

    async def migrate() -> None:
        async with running_world(folder, {}):
            pass

    asyncio.run(migrate())
    return MIGRATED


NUMBERS = itertools.count(1)


@pytest.fixture
def folder(server: Cluster, databases: dict[Path, str], template: str, tmp_path: Path) -> Path:
    databases[tmp_path] = number = f"{next(NUMBERS)}"
    for name in (LEDGER, WORKFLOWS):
        server.create(name.format(number), name.format(template))
    return tmp_path


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[World]:
    async with running_world(folder, TWO_TOWNS) as running:
        yield running


@pytest.fixture
async def database(
    server: Cluster, databases: dict[Path, str], folder: Path
) -> AsyncIterator[Database]:
    ledger = server.url(LEDGER.format(databases[folder]), "postgresql+psycopg")
    opened = await asyncio.to_thread(connect, ledger)
    yield opened
    await opened.aclose()
