"""Serve a vendor's simulator over real HTTP, for tests, the demo and ``poort simulate``.

A simulator is ``adapters/vendors/<vendor>/simulator.py``. It has a class ``Simulator`` whose
``app`` is an ASGI application; or, where the vendor's own server can be started, a function
``simulate`` that does so. With ``Faults`` a simulator lets its callers down in the ways that real
systems do; two of them ask something of the class: ``fill()`` takes all its free time, and
``is_write(method, path)`` says what to drop where a POST may only ask something. SOAP posts
every call to one path: there, ``path`` is the call's ``SOAPAction``. One that offers controls to
whoever certifies it takes ``sandbox=True``.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import socket
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    MutableMapping,
)
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import uvicorn

from adapters import registry

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

LOOPBACK = "127.0.0.1"
GRACE_SECONDS = 1.0
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_PAGE = b"<!DOCTYPE html><html><body><h1>Onderhoud</h1></body></html>"


class CannotSimulate(Exception):
    """This vendor's simulator cannot do what was asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How a simulator lets its callers down.

    Attributes:
        latency: seconds before every answer.
        errors: which part of the requests is answered 500 and not carried out, evenly spread:
            with 0.25 every fourth is.
        truncate: every answer stops halfway, under the length of the half.
        html: every request is answered with HTTP 200 and a page.
        drop: a write is carried out, then the connection breaks without an answer.
        skew: how far its clock is ahead of ours; negative when it is behind.
        full: no time is free.
    """

    latency: float = 0.0
    errors: float = 0.0
    truncate: bool = False
    html: bool = False
    drop: bool = False
    skew: timedelta = timedelta()
    full: bool = False


NONE = Faults()
wait = asyncio.sleep


@contextlib.asynccontextmanager
async def serve(
    app: App,
    *,
    port: int = 0,
    faults: Faults = NONE,
    is_write: Callable[[str, str], bool] | None = None,
) -> AsyncIterator[str]:
    """Serve ``app`` on loopback within the running event loop; gives its base URL.

    Port 0 takes a free one. On leaving, requests under way get a second to end.
    """
    faulty = _Faulty(app, faults, is_write or changes)
    config = uvicorn.Config(faulty, lifespan="off", ws="none", log_config=None, access_log=False)
    config.load()
    # A vendor's paths may say whom it is about, and pytest listens to loggers turned off above.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    # ``Server.serve`` would take the process's signals for itself and poll for its end, and
    # ``Server.shutdown`` sleeps: with a simulator per test that adds up to minutes.
    server = uvicorn.Server(config)
    faulty.server = server
    server.lifespan = config.lifespan_class(config)
    listener = socket.create_server((LOOPBACK, port))
    # asyncio only does so for sockets that it made: else each answer waits 40 ms for its body.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await server.startup(sockets=[listener])
    try:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        for accepting in server.servers:
            accepting.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        if under_way := set(server.server_state.tasks):
            _, late = await asyncio.wait(under_way, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.wait(under_way)


@contextlib.asynccontextmanager
async def simulate(  # noqa: PLR0913 - each a switch of its own
    vendor: str,
    folder: Path,
    now: Callable[[], datetime],
    *,
    port: int = 0,
    faults: Faults = NONE,
    sandbox: bool = False,
) -> AsyncIterator[Mapping[str, Any]]:
    """Start a vendor's simulator; gives the ``[settings]`` of a source that talks to it.

    What a real server writes goes to ``folder``. A vendor without a simulator gives none.
    With ``sandbox`` it offers what certification turns. Raises ``registry.AdapterNotFound`` and
    ``CannotSimulate``.
    """
    module = await asyncio.to_thread(simulator_of, vendor)  # it reads files
    if module is None:
        yield {}
    elif hasattr(module, "simulate"):
        if port or sandbox or faults != NONE:
            raise CannotSimulate(
                f"Behind {vendor} a real server is started: it chooses its own port, and lets "
                "nobody down on purpose."
            )
        async with module.simulate(folder, now()) as settings:
            yield settings
    else:
        if sandbox and not hasattr(module.Simulator, "sandbox"):
            raise CannotSimulate(f"The protocol of {vendor} has no controls for a sandbox.")
        controls = {"sandbox": True} if sandbox else {}
        simulator = module.Simulator(now=lambda: now() + faults.skew, **controls)
        if faults.full and not hasattr(simulator, "fill"):
            raise CannotSimulate(f"The simulator of {vendor} cannot be filled: it has no fill().")
        if faults.full:
            simulator.fill()
        is_write = getattr(simulator, "is_write", None)
        async with serve(simulator.app, port=port, faults=faults, is_write=is_write) as base_url:
            yield simulator.settings(base_url)


def until_clock_change(now: datetime, zone: ZoneInfo) -> timedelta:
    """How far away the week is in which the clock changes next; nothing when it has begun.

    Raises ``CannotSimulate`` where it never does.
    """
    today = now.astimezone(zone).date()
    noons = (datetime(day.year, day.month, day.day, 12, tzinfo=zone) for day in _days(today))
    for eve, noon in itertools.pairwise(noons):
        if eve.utcoffset() != noon.utcoffset():
            monday = noon.date() - timedelta(days=noon.weekday())
            return max(timedelta(), monday - today)
    raise CannotSimulate(f"The clock never changes in {zone.key}.")


def openapi(vendor: str) -> dict[str, Any]:
    """The OpenAPI document of a protocol that we publish, as its simulator tells it."""
    module = simulator_of(vendor)
    if module is None:
        raise CannotSimulate(f"{vendor} has no simulator.")
    document: dict[str, Any] = module.Simulator().openapi()
    return document


@dataclass
class _Faulty:
    """An ASGI application with faults in front of it; ``server`` is the one it runs on."""

    app: App
    faults: Faults
    is_write: Callable[[str, str], bool]
    server: uvicorn.Server | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        faults, number = self.faults, next(self._numbers)
        hang_up = partial(self._hang_up, scope["client"], receive)
        scope.setdefault("extensions", {})["hang_up"] = hang_up
        if faults.latency:
            await wait(faults.latency)
        if int(number * faults.errors) > int((number - 1) * faults.errors):
            await _answer(send, 500, b"text/plain", b"Internal Server Error")
        elif faults.html:
            await _answer(send, 200, b"text/html; charset=utf-8", _PAGE)
        elif faults.drop and self.is_write(scope["method"], asked(scope)):
            await self.app(scope, receive, _unheard)
            await hang_up()
        elif faults.truncate:
            halved = _Halved(send)
            await self.app(scope, receive, halved)
        else:
            await self.app(scope, receive, send)

    async def _hang_up(self, client: object, receive: Receive) -> None:
        """Break the connection, and wait until that is known: no answer is missed then."""
        connections = self.server.server_state.connections if self.server else set()
        for connection in connections:
            if getattr(connection, "client", None) == client:
                connection.transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Halved:
    """Sends the first half of a body, when all of it is there."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        half = self._body[: len(self._body) // 2]
        others = [pair for pair in self._start["headers"] if pair[0].lower() != b"content-length"]
        length = (b"content-length", str(len(half)).encode())
        await self._send({**self._start, "headers": [*others, length]})
        await self._send({"type": "http.response.body", "body": half})


async def _unheard(_message: Message) -> None:
    """Where an answer goes that nobody gets."""


async def _answer(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _days(first: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(-1, 380))


def changes(method: str, path: str) -> bool:
    """Whether a request is a write, for all that its method says."""
    del path
    return method not in _READS


def asked(scope: Message) -> str:
    """What a request is about: its path, or the action of a SOAP call."""
    action: bytes | None = dict(scope["headers"]).get(b"soapaction")
    return str(scope["path"]) if action is None else action.decode("latin-1").strip('"')


def simulator_of(vendor: str) -> ModuleType | None:
    """The module of a vendor's simulator, imported; ``None`` where there is none."""
    name = f"{registry.package(vendor)}.simulator"
    return import_module(name) if find_spec(name) else None
