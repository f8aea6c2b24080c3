"""The session tests' own parts, with Redis where they have memory."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from gateway.identity.session_stores import RedisSessionStore
from tests.gateway.conftest import folder, migrated  # noqa: F401 - fixtures
from tests.gateway.identity.conftest import addresses, clock, sites  # noqa: F401 - fixtures
from tests.live.redis.server import redis_in


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    # Not in pytest's folder: the path of a socket may have 107 letters.
    with tempfile.TemporaryDirectory(prefix="redis") as made, redis_in(Path(made)) as url:
        yield url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """An empty one."""
    async with Redis.from_url(redis_url) as client:
        await client.flushall()
        yield client


@pytest.fixture
async def store(redis: Redis, redis_url: str) -> AsyncIterator[RedisSessionStore]:  # noqa: ARG001 - it empties it
    opened = await asyncio.to_thread(RedisSessionStore.at, redis_url)
    yield opened
    await opened.aclose()
