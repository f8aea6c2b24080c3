"""Answers beside those of the simulator: other ones, seen ones, and ones that wait."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import httpx

from adapters.vendors.msbookings.simulator import BUSINESS

Answers = Mapping[str, Any]


class Between(httpx.AsyncBaseTransport):
    """Passes calls on to the simulator and remembers them.

    Calls are named as ``GET /services`` and ``GET /appointments/*``. ``instead`` has answers
    for some: JSON, a response, or a list of these for one time after another, where ``None``
    is the simulator's own. ``gathers`` holds bookings back until so many have come.
    """

    def __init__(self, instead: Answers | None = None, *, gathers: int = 0) -> None:
        self.instead = dict(instead or {})
        self.seen: list[tuple[str, Any]] = []
        self._all_here = asyncio.Event()
        self._gathers = gathers
        self._network = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path).removeprefix(BUSINESS)
        call = f"{request.method} {re.sub(r'(?<=/appointments/).+', '*', path)}"
        content = await request.aread()
        is_json = request.headers.get("Content-Type") == "application/json"
        self.seen.append((call, json.loads(content) if is_json else dict(request.url.params)))
        given = self.instead.get(call)
        if isinstance(given, list):
            given = given.pop(0) if given else None
        if given is not None:
            return given if isinstance(given, httpx.Response) else httpx.Response(200, json=given)
        if call == "POST /appointments" and self._gathers:
            if self.count(call) >= self._gathers:
                self._all_here.set()
            await self._all_here.wait()
        return await self._network.handle_async_request(request)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._network.aclose()

    def count(self, call: str) -> int:
        """How often a call came by."""
        return [name for name, _ in self.seen].count(call)

    def bodies(self, call: str) -> list[Any]:
        """What came with a call: a JSON body, or else the parameters."""
        return [content for name, content in self.seen if name == call]


def failure(status: int, code: str = "UnknownError") -> httpx.Response:
    """One of Graph's own errors."""
    return httpx.Response(status, json={"error": {"code": code, "message": ""}})
