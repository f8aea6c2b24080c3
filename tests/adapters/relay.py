"""Something between an adapter and its vendor that passes requests on, and may interfere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.adapters.loopback import Say, Vendor, listening

Interferes = Callable[[bytes], Say | None]


@dataclass
class Relay(Vendor):
    """Every answer is that of ``upstream``, unless ``interferes`` has another for a request."""

    upstream: str = ""
    interferes: Interferes = lambda _request: None

    def answer_to(self, request: bytes) -> Say:
        return self.interferes(request) or self.pass_on(request)

    def pass_on(self, request: bytes) -> Say:
        """The answer of ``upstream``, after which the connection is closed."""

        async def say(writer: asyncio.StreamWriter) -> None:
            writer.write(await self.ask(request))
            await writer.drain()
            writer.close()

        return say

    def unheard(self, request: bytes) -> Say:
        """``upstream`` carries it out, and its answer is lost."""

        async def say(writer: asyncio.StreamWriter) -> None:
            await self.ask(request)
            writer.close()

        return say

    async def ask(self, request: bytes) -> bytes:
        """What ``upstream`` says to it, as it is sent."""
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [
            line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")
        ]
        whole = b"\r\n".join([*lines, b"Connection: close", b"", body])
        parts = urlsplit(self.upstream)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write(whole)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def relayed(base_url: str, interferes: Interferes) -> AsyncIterator[tuple[Relay, str]]:
    """A relay before ``base_url``, and the address at which it stands for that."""
    async with listening(Relay(upstream=base_url, interferes=interferes)) as relay:
        yield relay, base_url.replace(urlsplit(base_url).netloc, urlsplit(relay.url).netloc)
