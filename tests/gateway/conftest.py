"""A running gateway for a test, quickly: its databases are migrated once and copied."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.booking import durable
from tests.gateway.world import TWO_TOWNS, World, running_world

# Not to wait for DBOS's threads at the end of each test.
durable.POLLING_SECONDS = 0.02


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both databases, migrated and empty: to copy, since migrating is slow."""
    folder = tmp_path_factory.mktemp("migrated")

    async def migrate() -> None:
        async with running_world(folder, {}):
            pass

    asyncio.run(migrate())
    return folder


@pytest.fixture
def folder(migrated: Path, tmp_path: Path) -> Path:
    for database in migrated.glob("*.sqlite"):
        shutil.copy(database, tmp_path)
    return tmp_path


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[World]:
    """Two towns: one that can hold a slot and knows its citizens, twice."""
    async with running_world(folder, TWO_TOWNS) as built:
        yield built
