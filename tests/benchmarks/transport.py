"""What one round of calls to 300 sources costs, per way of making them.

Run it by hand: ``python tests/benchmarks/transport.py [sources] [rounds]``. The figures in
docs/adr/0020 come from here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import statistics
import sys
import time
from typing import TYPE_CHECKING

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport as HttpxAiohttpTransport

from adapters.http import VendorClient
from adapters.transport import AiohttpTransport
from contracts.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from multiprocessing.connection import Connection

    Call = Callable[[], Awaitable[bytes]]

APPOINTMENTS = [
    {"id": f"{n:08}-0000-4000-8000-000000000000", "start": "2026-11-26T09:00:00+01:00"}
    | {"note": "x" * 360}
    for n in range(5)
]
BODY = json.dumps(APPOINTMENTS).encode()
ANSWER = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b") % (
    len(BODY),
    BODY,
)


class _Source(asyncio.Protocol):
    """Answers every request head with the same five appointments, as cheaply as it can."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


def _serve(sources: int, ports: Connection) -> None:
    async def forever() -> None:
        loop = asyncio.get_running_loop()
        servers = [await loop.create_server(_Source, "127.0.0.1", 0) for _ in range(sources)]
        ports.send([server.sockets[0].getsockname()[1] for server in servers])
        await asyncio.Event().wait()

    asyncio.run(forever())


async def _measure(name: str, calls: list[Call], rounds: int) -> None:
    await asyncio.gather(*(call() for call in calls))  # connect first
    walls, cpu = [], time.process_time()
    for _ in range(rounds):
        began = time.perf_counter()
        for body in await asyncio.gather(*(call() for call in calls)):
            if body != BODY:
                raise AssertionError(name)
        walls.append(time.perf_counter() - began)
    each = (time.process_time() - cpu) / rounds / len(calls)
    sys.stdout.write(
        f"{name:34} p50 {statistics.median(walls) * 1e3:7.1f} ms   worst"
        f" {max(walls) * 1e3:7.1f} ms   {each * 1e6:6.0f} us CPU a call\n"
    )


async def _compare(urls: list[str], rounds: int) -> None:
    context = httpx.create_ssl_context()
    async with contextlib.AsyncExitStack() as stack:

        def asked(client: httpx.AsyncClient, url: str) -> Call:
            async def call() -> bytes:
                return (await client.get(url)).content

            return call

        def raw(session: aiohttp.ClientSession, url: str) -> Call:
            async def call() -> bytes:
                async with session.get(url) as answer:
                    return await answer.read()

            return call

        def ours(client: VendorClient) -> Call:
            async def call() -> bytes:
                deadline = Deadline.after(30)
                return (await client.read("GET", "appointments", deadline=deadline)).content

            return call

        own, bridged, under, sessions, clients = [], [], [], [], []
        for url in urls:
            plain = await stack.enter_async_context(httpx.AsyncClient(verify=context))
            own.append(asked(plain, url))
            transport = HttpxAiohttpTransport(verify=context)
            client = httpx.AsyncClient(transport=transport)
            bridged.append(asked(await stack.enter_async_context(client), url))
            client = httpx.AsyncClient(transport=AiohttpTransport(max_bytes=5_000_000))
            under.append(asked(await stack.enter_async_context(client), url))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            sessions.append(raw(session, url))
            vendor = VendorClient(url)
            stack.push_async_callback(vendor.aclose)
            clients.append(ours(vendor))
        await _measure("httpx, its own transport", own, rounds)
        await _measure("httpx on httpx-aiohttp", bridged, rounds)
        await _measure("httpx on adapters.transport", under, rounds)
        await _measure("VendorClient", clients, rounds)
        await _measure("aiohttp alone", sessions, rounds)


def main() -> None:
    """Start the sources in a process of their own, then measure each way in turn."""
    sources, rounds = (int(text) for text in (*sys.argv[1:], *("300", "20")[len(sys.argv) - 1 :]))
    ours, theirs = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    server = spawn.Process(target=_serve, args=(sources, theirs), daemon=True)
    server.start()
    asyncio.run(_compare([f"http://127.0.0.1:{port}" for port in ours.recv()], rounds))
    server.terminate()


if __name__ == "__main__":
    main()
