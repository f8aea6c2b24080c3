"""Serve a vendor's simulator over real HTTP, for tests, the demo and ``poort simulate``.

A simulator is ``adapters/vendors/<vendor>/simulator.py`` with a class ``Simulator`` whose
``app`` is an ASGI application.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uvicorn._types import ASGIApplication

LOOPBACK = "127.0.0.1"


@contextlib.asynccontextmanager
async def serve(app: ASGIApplication, *, port: int = 0) -> AsyncIterator[str]:
    """Serve ``app`` on loopback within the running event loop; gives its base URL.

    Port 0 takes a free one. On leaving, requests under way get one second to end.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    config.load()
    # ``Server.serve`` would take the process's signals for itself, and poll for its end.
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listener = socket.create_server((LOOPBACK, port))
    await server.startup(sockets=[listener])
    try:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        await server.shutdown(sockets=[listener])
