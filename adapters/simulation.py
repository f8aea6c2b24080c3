"""Serve a vendor's simulator over real HTTP, for tests, the demo and ``poort simulate``.

A simulator is ``adapters/vendors/<vendor>/simulator.py``. It has a class ``Simulator`` whose
``app`` is an ASGI application; or, where the vendor's own server can be started, a function
``simulate`` that does so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import uvicorn

from adapters import registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime
    from pathlib import Path
    from types import ModuleType

LOOPBACK = "127.0.0.1"
GRACE_SECONDS = 1.0


@contextlib.asynccontextmanager
async def serve(app: Callable[..., Awaitable[None]], *, port: int = 0) -> AsyncIterator[str]:
    """Serve ``app`` on loopback within the running event loop; gives its base URL.

    Port 0 takes a free one. On leaving, requests under way get a second to end.
    """
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, access_log=False)
    config.load()
    # A vendor's paths may say whom it is about, and pytest listens to loggers turned off above.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    # ``Server.serve`` would take the process's signals for itself and poll for its end, and
    # ``Server.shutdown`` sleeps: with a simulator per test that adds up to minutes.
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listener = socket.create_server((LOOPBACK, port))
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
async def simulate(
    vendor: str, folder: Path, now: Callable[[], datetime], *, port: int = 0
) -> AsyncIterator[Mapping[str, Any]]:
    """Start a vendor's simulator; gives the ``[settings]`` of a source that talks to it.

    What a real server writes goes to ``folder``. A vendor without a simulator gives none.
    Raises ``registry.AdapterNotFound``.
    """
    module = await asyncio.to_thread(_simulator_of, vendor)  # it reads files
    if module is None:
        yield {}
    elif hasattr(module, "simulate"):
        async with module.simulate(folder, now()) as settings:
            yield settings
    else:
        simulator = module.Simulator(now=now)
        async with serve(simulator.app, port=port) as base_url:
            yield simulator.settings(base_url)


def _simulator_of(vendor: str) -> ModuleType | None:
    name = f"{registry.package(vendor)}.simulator"
    return import_module(name) if find_spec(name) else None
