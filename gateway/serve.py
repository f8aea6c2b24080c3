"""Serving one process: the application on its socket, until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import socket

import uvicorn
from litestar import Litestar

_TRIES = 20


def listen(host: str, port: int, *, or_next: bool = False) -> socket.socket:
    """A listening socket; with ``or_next`` the first free port from ``port`` on.

    Raises:
        OSError: the port is taken, or may not be used.
    """
    for candidate in range(port, port + (_TRIES if or_next and port else 1)):
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


async def started(serving: uvicorn.Server, running: asyncio.Task[None]) -> bool:
    """Wait until the server accepts requests; ``False`` when it ended instead."""
    while not serving.started and not running.done():
        await asyncio.sleep(0.02)
    return serving.started
