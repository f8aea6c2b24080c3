"""A simulator is served over real HTTP within the running loop, and ends cleanly."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from litestar import Litestar, get

from adapters import registry
from adapters.simulation import serve, simulate
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline

ADAPTER = registry.load("jcc_rest")


@get("/ping")
async def ping() -> str:
    return "pong"


def app(**state: asyncio.Event) -> Litestar:
    @get("/wait")
    async def wait() -> str:
        state["begun"].set()
        await state["end"].wait()
        return "done"

    return Litestar([ping, wait], logging_config=None)


async def fetch(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


async def test_two_applications_are_served_at_addresses_of_their_own() -> None:
    async with serve(app()) as one, serve(app()) as two:
        assert one != two
        assert await fetch(f"{one}/ping") == await fetch(f"{two}/ping") == "pong"


async def test_it_stops_listening_at_the_end_though_a_connection_is_kept() -> None:
    async with aiohttp.ClientSession() as session:
        async with serve(app()) as url:
            await (await session.get(f"{url}/ping")).read()
        with pytest.raises(aiohttp.ClientConnectorError):
            await fetch(f"{url}/ping")


async def test_a_request_under_way_may_end() -> None:
    begun, end = asyncio.Event(), asyncio.Event()
    async with serve(app(begun=begun, end=end)) as url:
        answer = asyncio.ensure_future(fetch(f"{url}/wait"))
        await begun.wait()
        asyncio.get_running_loop().call_soon(end.set)
    assert await answer == "done"


async def test_a_request_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.simulation.GRACE_SECONDS", 0.01)
    begun, end = asyncio.Event(), asyncio.Event()
    async with asyncio.timeout(5), serve(app(begun=begun, end=end)) as url:
        answer = asyncio.ensure_future(fetch(f"{url}/wait"))
        await begun.wait()
    assert await answer == "Internal Server Error"


async def test_the_signals_stay_with_the_program() -> None:
    def handlers() -> list[Any]:
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    before = handlers()
    async with serve(app()):
        assert handlers() == before


async def test_a_simulator_gives_the_settings_of_a_source_that_talks_to_it(tmp_path: Path) -> None:
    context = AdapterContext("here", ZoneInfo("Europe/Brussels"), lambda: datetime.now(UTC))
    async with simulate("jcc_rest", tmp_path, context.now) as settings:
        adapter = ADAPTER(ADAPTER.Settings.model_validate(settings), context)
        assert await adapter.products(deadline=Deadline.after(10))
        await adapter.aclose()


async def test_a_vendor_without_a_simulator_needs_no_settings(tmp_path: Path) -> None:
    async with simulate("memory", tmp_path, lambda: datetime.now(UTC)) as settings:
        assert settings == {}
