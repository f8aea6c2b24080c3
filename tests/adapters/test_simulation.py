"""A simulator is served over real HTTP within the running loop, and ends cleanly."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import aiohttp
import pytest
from litestar import Litestar, get

from adapters.simulation import serve


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
