"""Puts a fault between an adapter and the HTTP server behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from contracts.suite.harness import Fault

_READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_PAGE = b"<!DOCTYPE html><html><body><h1>Onderhoud</h1></body></html>"
_HTML = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_PAGE), _PAGE)
)
_HOP_BY_HOP = (b"connection", b"keep-alive", b"transfer-encoding", b"content-length")


def _changes_something(method: str, path: str) -> bool:
    del path
    return method not in _READS


class FaultyProxy:
    """An HTTP/1.1 server on loopback that passes requests on to ``upstream``, with a fault.

    Use it as an asynchronous context manager and point the adapter at ``url``, which has the
    path of ``upstream``. ``is_write`` tells by method and path what ``answerLost`` and
    ``answerGarbled`` are about; give one where logging in or searching is a POST. Only the
    first write meets its fault: who sends it again, behind the adapter's back or not, gets a
    proper answer and shows it by that.

    Requests must have a length; connections are kept alive.
    """

    def __init__(
        self,
        upstream: str,
        fault: Fault,
        *,
        is_write: Callable[[str, str], bool] = _changes_something,
    ) -> None:
        parts = urlsplit(upstream)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._path = parts.path
        self._fault = fault
        self._is_write = is_write
        self._connections: set[asyncio.StreamWriter] = set()
        self._spent = False
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{self._path}"
        if self._fault is Fault.DOWN:
            self._server.close()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for connection in self._connections:
            connection.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            if self._fault is Fault.SILENT:
                await reader.read()
            while answer := await self._answer(*await _read_request(reader)):
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        """The bytes to answer with; none to break the connection."""
        if self._fault is Fault.HTML:
            return _HTML
        method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        answer = await self._pass_on(head, body)
        if self._fault is Fault.TRUNCATED:
            return _compose(*_halved(answer))
        if self._is_write(method, path) and not self._spent:
            self._spent = True
            return _HTML if self._fault is Fault.ANSWER_GARBLED else b""
        return _compose(*answer)

    async def _pass_on(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Head and whole body of the server's answer."""
        request, *lines = head.rstrip(b"\r\n").split(b"\r\n")
        kept = [line for line in lines if _name(line) not in (b"host", b"connection")]
        own = [f"Host: {self._host}:{self._port}".encode(), b"Connection: close"]
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"\r\n".join([request, *own, *kept, b"", b""]) + body)
            await writer.drain()
            answer, _, content = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        is_chunked = any(_name(line) == b"transfer-encoding" for line in answer.split(b"\r\n"))
        return answer, _unchunked(content) if is_chunked else content


async def _read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if _name(line) == b"content-length"
    ]
    return head, await reader.readexactly(sum(lengths))


def _halved(answer: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    head, body = answer
    return head, body[: len(body) // 2]


def _compose(head: bytes, body: bytes) -> bytes:
    """An HTTP/1.1 answer that keeps the connection open."""
    status, *lines = head.split(b"\r\n")
    status = status.replace(b"HTTP/1.0", b"HTTP/1.1")  # wsgiref's, which Radicale stands on
    kept = [line for line in lines if _name(line) not in _HOP_BY_HOP]
    without_body = status.split(b" ")[1] in (b"204", b"304")
    length = [] if without_body else [b"Content-Length: %d" % len(body)]
    return b"\r\n".join([status, *kept, *length, b"", b""]) + body


def _unchunked(content: bytes) -> bytes:
    parts = []
    while content:
        size, _, rest = content.partition(b"\r\n")
        length = int(size, 16)
        parts.append(rest[:length])
        content = rest[length + 2 :]
    return b"".join(parts)


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()
