"""Serving one process: the application on its socket, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import fcntl
import gc
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import uvicorn
import uvloop
from litestar import Litestar
from sqlalchemy import make_url, select
from sqlalchemy.exc import SQLAlchemyError

from gateway import logs
from gateway.app import compose, create_app, utc_now
from gateway.ledger import Database
from gateway.settings import Settings, SettingsError, load
from gateway.sources import Sources

_TRIES = 20
_GARBAGE = 20_000
"""New objects after which the collector looks for garbage; Python's own is 700."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing: all of it is in the environment, see docs/operate.md."""
    parser.description = (
        "Serve the gateway. POORT_CONFIG, POORT_PUBLIC_URL and POORT_SECRET_KEY have to be set; "
        "'poort check' tells what is wrong with them and with the files, and docs/operate.md "
        "explains every variable."
    )


def command(_options: argparse.Namespace) -> int:
    """Serve until a signal; 1 when the settings or the socket do not allow it."""
    logs.configure()
    try:
        settings = load(os.environ)
        sources = Sources.open(settings.directory, utc_now)
        with alone(settings), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, sources))
    except (SettingsError, CannotServe) as error:
        print(error, file=sys.stderr)  # noqa: T201 - what a command says to its caller
        return 1
    return 0


class CannotServe(Exception):
    """This process may not start; the message says why and what to do."""


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Make sure that no other process works on the same SQLite databases.

    SQLite has no way for two processes to share the work, so a second one is refused.
    Raises ``CannotServe``.
    """
    server_settings = settings.server
    with contextlib.ExitStack() as locks:
        for secret in (server_settings.database_url, server_settings.workflow_database_url):
            url = make_url(secret.get_secret_value())
            if url.get_backend_name() == "sqlite" and url.database:
                locks.enter_context(_alone_on(Path(url.database)))
        yield


@contextlib.contextmanager
def _alone_on(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.with_suffix(".lock").open("w")
    except OSError as error:
        raise CannotServe(
            f"Cannot write beside {path}: {error.strerror}. Set POORT_DATABASE_URL and "
            "POORT_WORKFLOW_DATABASE_URL to where this process may write."
        ) from None
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotServe(
                f"Another gateway works on {path}. SQLite serves one process: stop the other "
                "one, or set POORT_DATABASE_URL and POORT_WORKFLOW_DATABASE_URL to PostgreSQL."
            ) from None
        yield


async def answers(ledger: Database) -> None:
    """Raise ``CannotServe`` where the ledger does not answer: so a sentence and no traceback."""
    try:
        async with ledger.reading() as connection:
            await connection.execute(select(1))
    except (SQLAlchemyError, OSError) as error:
        said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        raise CannotServe(
            f"The ledger does not answer: {said}. Is the database of POORT_DATABASE_URL up, and "
            "may this process use it?"
        ) from None


async def _serve(settings: Settings, sources: Sources) -> None:
    server_settings = settings.server
    try:
        listener = listen(server_settings.host, server_settings.port)
    except OSError as error:
        raise CannotServe(
            f"Cannot listen on {server_settings.host}:{server_settings.port}: {error.strerror}. "
            "Set POORT_HOST or POORT_PORT."
        ) from None
    gateway = compose(settings, sources)
    await answers(gateway.database)
    serving = server(create_app(gateway))
    running = asyncio.ensure_future(serving.serve(sockets=[listener]))
    if await started(serving, running):
        spare_the_collector()
    await running
    if not serving.started:
        raise CannotServe("The gateway could not start; the log above says why.")


def listen(host: str, port: int, *, or_next: bool = False) -> socket.socket:
    """A listening socket; with ``or_next`` the first free port from ``port`` on.

    Raises:
        OSError: the port is taken, or may not be used.
    """
    listener = _listen(host, port, or_next=or_next)
    # asyncio only does so for sockets that it made: else each answer waits 40 ms for its body.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _listen(host: str, port: int, *, or_next: bool) -> socket.socket:
    for candidate in range(port, min(port + (_TRIES if or_next and port else 1), 65_536)):
        try:
            return socket.create_server((host, candidate), backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    return socket.create_server((host, 0 if or_next else port), backlog=2048)


def server(app: Litestar) -> uvicorn.Server:
    """A server for ``app``; ``serve(sockets=[…])`` runs until a signal, then lets requests end."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=16 * 1024,
        )
    )


def spare_the_collector() -> None:
    """Let the garbage collector pass over what is there for good, and come by less often.

    To be called once, when all is loaded: hundreds of thousands of objects, which it would look
    through while citizens wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE, 10, 10)


async def started(serving: uvicorn.Server, running: asyncio.Task[None]) -> bool:
    """Wait until the server accepts requests; ``False`` when it ended instead."""
    while not serving.started and not running.done():  # noqa: ASYNC110 - uvicorn sets a flag
        await asyncio.sleep(0.02)
    return serving.started
