"""The ledger's database, migrated and empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.ledger import Database, connect


@pytest.fixture
async def database(folder: Path) -> AsyncIterator[Database]:
    # SQLAlchemy asks for the working directory, which counts as blocking.
    opened = await asyncio.to_thread(connect, f"sqlite+aiosqlite:///{folder}/ledger.sqlite")
    yield opened
    await opened.aclose()
