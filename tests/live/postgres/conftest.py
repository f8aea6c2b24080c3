"""The gateway's own tests, with PostgreSQL where they have SQLite."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.booking import durable
from gateway.ledger import Database, connect
from tests.gateway.world import ELSEWHERE, TWO_TOWNS, Databases, World, running_world
from tests.live.postgres.cluster import Cluster, cluster

durable.POLLING_SECONDS = 0.02
LEDGER, WORKFLOWS = "ledger_{}", "workflows_{}"
MIGRATED = "migrated"


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


def databases(server: Cluster, name: str) -> Databases:
    return Databases(
        server.url(LEDGER.format(name), "postgresql+psycopg"), server.url(WORKFLOWS.format(name))
    )


@pytest.fixture(scope="session")
def template(server: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of two databases, migrated and empty: to copy, since migrating is slow."""
    folder = tmp_path_factory.mktemp(MIGRATED)
    ELSEWHERE[folder] = databases(server, MIGRATED)
    for name in (LEDGER, WORKFLOWS):
        server.create(name.format(MIGRATED))

    async def migrate() -> None:
        async with running_world(folder, {}):
            pass

    asyncio.run(migrate())
    return MIGRATED


NUMBERS = itertools.count(1)


@pytest.fixture
def folder(server: Cluster, template: str, tmp_path: Path) -> Path:
    number = f"{next(NUMBERS)}"
    ELSEWHERE[tmp_path] = databases(server, number)
    for name in (LEDGER, WORKFLOWS):
        server.create(name.format(number), name.format(template))
    return tmp_path


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[World]:
    async with running_world(folder, TWO_TOWNS) as running:
        yield running


@pytest.fixture
async def database(folder: Path) -> AsyncIterator[Database]:
    opened = await asyncio.to_thread(connect, ELSEWHERE[folder].ledger)
    yield opened
    await opened.aclose()
