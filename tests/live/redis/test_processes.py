"""Gateways that share a Redis."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.settings import Directory, Settings
from tests.gateway import world as built
from tests.gateway.world import TWO_TOWNS, running_world
from tests.live.redis.server import redis_in


@pytest.fixture
def own_redis() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="redis") as made:
        yield Path(made)


@pytest.fixture(autouse=True)
def _with_redis(monkeypatch: pytest.MonkeyPatch, own_redis: Path) -> None:
    on_memory = built.settings_in
    url = SecretStr(f"unix://{own_redis}/redis.sock")

    def settings_in(folder: Path, directory: Directory, *more: Any) -> Settings:  # noqa: ANN401 - as it is called
        settings = on_memory(folder, directory, *more)
        server = settings.server.model_copy(update={"redis_url": url})
        return Settings(server, settings.identity, settings.directory)

    monkeypatch.setattr(built, "settings_in", settings_in)


async def test_a_citizen_stays_logged_in_when_another_process_answers(
    folder: Path, own_redis: Path
) -> None:
    with redis_in(own_redis):
        async with running_world(folder, TWO_TOWNS) as first:
            citizen = await first.log_in()
            await citizen.book(await first.slot())

        async with running_world(folder, TWO_TOWNS, before=first) as second:
            citizen._client = second.client
            assert len((await citizen.appointments())["items"]) == 1


async def test_without_redis_the_process_is_down_until_it_is_back(
    folder: Path, own_redis: Path
) -> None:
    async with running_world(folder, TWO_TOWNS) as world:

        async def health() -> tuple[int, str]:
            answer = await world.client.get("/health")
            return answer.status_code, answer.json()["status"]

        assert await health() == (503, "DOWN")
        with redis_in(own_redis):
            assert await health() == (200, "UP")
        assert await health() == (503, "DOWN")
        with redis_in(own_redis):
            assert await health() == (200, "UP")
