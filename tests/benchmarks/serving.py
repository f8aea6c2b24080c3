"""How many requests a gateway answers, by event loop and by what the garbage collector looks at.

Run it by hand: ``python -m tests.benchmarks.serving [requests] [rounds]``. Each way is served by a
process of its own, and they take turns, so that what else the machine does falls on all alike.
The figures in docs/adr/0351 come from here.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import aiohttp
import uvloop

from gateway.app import compose, create_app, utc_now
from gateway.serve import listen, server, spare_the_collector, started
from gateway.sources import Sources
from tests.gateway.world import TWO_TOWNS, directory, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

WAYS: dict[str, tuple[Callable[[], asyncio.AbstractEventLoop], bool]] = {
    "asyncio": (asyncio.new_event_loop, False),
    "asyncio, collector spared": (asyncio.new_event_loop, True),
    "uvloop": (uvloop.new_event_loop, False),
    "uvloop, collector spared": (uvloop.new_event_loop, True),
}
PATHS = ("/booking/v1/municipalities", "/health")
AT_ONCE = 32


async def _serve(folder: Path, ports: Connection, *, spared: bool) -> None:
    settings = settings_in(folder, directory(TWO_TOWNS))
    gateway = compose(settings, Sources.open(settings.directory, utc_now))
    serving = server(create_app(gateway))
    listener = listen("127.0.0.1", 0)
    running = asyncio.ensure_future(serving.serve(sockets=[listener]))
    assert await started(serving, running)
    if spared:
        spare_the_collector()
    ports.send(listener.getsockname()[1])
    await running


def _child(way: str, folder: Path, ports: Connection) -> None:
    factory, spared = WAYS[way]
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_serve(folder, ports, spared=spared))


@contextmanager
def _served(way: str) -> Iterator[int]:
    ours, theirs = multiprocessing.Pipe()
    with TemporaryDirectory() as folder:
        child = multiprocessing.Process(target=_child, args=(way, Path(folder), theirs))
        child.start()
        try:
            yield ours.recv()
        finally:
            child.terminate()
            child.join()


async def _load(url: str, requests: int) -> tuple[float, list[float]]:
    """Requests per second, and how long each took."""
    took: list[float] = []
    left = iter(range(requests))

    async def ask(session: aiohttp.ClientSession) -> None:
        for _ in left:
            sent = time.perf_counter()
            async with session.get(url) as answer:
                answer.raise_for_status()
                await answer.read()
            took.append(time.perf_counter() - sent)

    begun = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(ask(session) for _ in range(AT_ONCE)))
    return requests / (time.perf_counter() - begun), took


def main(requests: int, rounds: int) -> None:
    """Print a table."""
    with ExitStack() as stack:
        ports = {way: stack.enter_context(_served(way)) for way in WAYS}
        for path in PATHS:
            rates: dict[str, list[float]] = {way: [] for way in WAYS}
            slowest: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way, port in ports.items():
                    rate, took = asyncio.run(_load(f"http://127.0.0.1:{port}{path}", requests))
                    rates[way].append(rate)
                    slowest[way].append(statistics.quantiles(took, n=100)[98] * 1000)
            peer = statistics.median(rates["asyncio"])
            print(path)  # noqa: T201 it is what it is for
            for way in WAYS:
                rate = statistics.median(rates[way])
                p99 = statistics.median(slowest[way])
                line = f"  {way:26} {rate:7.0f}/s  × {rate / peer:.2f}  p99 {p99:5.1f} ms"
                print(line)  # noqa: T201 as above


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    main(*(given + [3_000, 5][len(given) :]))
