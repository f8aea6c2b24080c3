"""The demo in front of vendors that do as they are told: ``python -m tests.e2e.troubled``.

What is PUT to ``/mishaps`` of a simulator says what becomes of requests that match a pattern of
method and path: nothing (``null``) is carried out and never answered, anything else is the
status and body of an answer, and nothing is carried out.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.simulation import App, Message, Receive, Send, serve, simulate, simulator_of
from gateway import logs
from gateway.demo.run import Asked, run


class Edge:
    """A vendor's application, and what goes wrong on the way to it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._mishaps: dict[str, tuple[int, object] | None] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        asked = f"{scope['method']} {scope['path']}"
        if asked == "PUT /mishaps":
            self._mishaps = json.loads((await receive())["body"])
            await _answer(send, 200, self._mishaps)
            return
        pattern = next((each for each in self._mishaps if re.search(each, asked)), None)
        if pattern is None:
            await self._app(scope, receive, send)
        elif told := self._mishaps[pattern]:
            await _answer(send, *told)
        else:
            await self._app(scope, receive, _unheard)
            await scope["extensions"]["hang_up"]()


async def _unheard(_message: Message) -> None:
    """Nobody gets this answer."""


async def _answer(send: Send, status: int, body: object) -> None:
    content = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@contextlib.asynccontextmanager
async def start(
    vendor: str, folder: Path, now: Callable[[], datetime]
) -> AsyncIterator[Mapping[str, Any]]:
    """Serve a simulator behind its edge; a real server is started as it is."""
    module = await asyncio.to_thread(simulator_of, vendor)
    if vendors_own := getattr(module, "Simulator", None):
        simulator = vendors_own(now=now)
        async with serve(Edge(simulator.app)) as base_url:
            yield simulator.settings(base_url)
    else:
        async with simulate(vendor, folder, now) as settings:
            yield settings


if __name__ == "__main__":
    logs.configure(for_people=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(Asked(as_json=True, start=start)))
