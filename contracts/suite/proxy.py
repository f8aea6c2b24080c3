"""Puts a fault between an adapter and the HTTP server behind it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from contracts.suite.harness import OF_WRITES, Fault

_READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_PAGE = b"<!DOCTYPE html><html><body><h1>Onderhoud</h1></body></html>"
_HTML = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_PAGE), _PAGE)
)
_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
_BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
_ALWAYS = {Fault.HTML: _HTML, Fault.ERROR: _ERROR, Fault.BUSY: _BUSY}

_DEEP = 100_000
_BOMB = (
    b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY e0 "lol">'
    + b"".join(b'<!ENTITY e%d "%b">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><a>&f;&e9;</a>"
)
_HUGE_CHUNKS, _CHUNK = 1_000, b" " * 1_000_000

_HOP_BY_HOP = (b"connection", b"keep-alive", b"transfer-encoding", b"content-length")


def _changes_something(method: str, path: str) -> bool:
    del path
    return method not in _READS


def _hostile(fault: Fault, head: bytes, body: bytes) -> bytes:
    """The body that the fault makes of the right one."""
    bodies = {
        Fault.TRUNCATED: body[: len(body) // 2],
        Fault.EMPTY: b"",
        Fault.NESTED: (b"<a>" if _is_xml(head) else b"[") * _DEEP,
        Fault.ENTITIES: _BOMB,
        Fault.UNDECODABLE: b"\xff\xfe\xc3\x28" + body,
        Fault.CONTROL: b"\x00\x07\x1b" + body,
    }
    return bodies.get(fault, body)


class FaultyProxy:
    """An HTTP/1.1 server on loopback that passes requests on to ``upstream``, with a fault.

    Use it as an asynchronous context manager and point the adapter at ``url``, which has the
    path of ``upstream``. ``is_write`` tells by method and path what the faults of
    writes are about; give one where logging in, searching or keeping a place is a POST. Where
    all calls go to one address, ``asked`` reads from a body what stands for the path, such as
    the name of an element. Only the first write meets its fault: who sends it again, behind the
    adapter's back or not, gets a proper answer and shows it by that. ``duplicated`` is met by
    every write.

    Requests must have a length; connections are kept alive.
    """

    def __init__(
        self,
        upstream: str,
        fault: Fault,
        *,
        is_write: Callable[[str, str], bool] = _changes_something,
        asked: Callable[[bytes], str] | None = None,
    ) -> None:
        parts = urlsplit(upstream)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._authority = parts.netloc.rpartition("@")[2]
        self._path = parts.path
        self._fault = fault
        self._is_write = is_write
        self._asked = asked
        self._connections: set[asyncio.StreamWriter] = set()
        self._spent = False
        self.url = ""

    async def __aenter__(self) -> Self:
        # A port that is kept without listening refuses, and nobody else is given it meanwhile.
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, start_serving=self._fault is not Fault.DOWN
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{self._path}"
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
            while answer := await self._answer(reader, *await _read_request(reader)):
                writer.write(answer)
                await writer.drain()
                if self._fault is Fault.HUGE:
                    await _send_without_end(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, head: bytes, body: bytes) -> bytes:
        """The bytes to answer with; none to break the connection."""
        if self._fault in _ALWAYS:
            return _ALWAYS[self._fault]
        if self._fault in OF_WRITES and not self._spent and self._changes(head, body):
            self._spent = self._fault is not Fault.DUPLICATED
            return await self._fail(reader, head, body)
        answer, content = await self._pass_on(head, body)
        if self._fault is Fault.HUGE:
            return _compose(answer, b"", length=_HUGE_CHUNKS * len(_CHUNK))
        return _compose(answer, _hostile(self._fault, answer, content))

    def _changes(self, head: bytes, body: bytes) -> bool:
        method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        return self._is_write(method, self._asked(body) if self._asked and body else path)

    async def _fail(self, reader: asyncio.StreamReader, head: bytes, body: bytes) -> bytes:
        """What becomes of a write."""
        if self._fault is Fault.REQUEST_LOST:
            return b""
        await self._pass_on(head, body)
        if self._fault is Fault.DUPLICATED:
            return _compose(*await self._pass_on(head, body))
        if self._fault is Fault.ANSWER_LATE:
            await reader.read()  # until the client gives up
        return _HTML if self._fault is Fault.ANSWER_GARBLED else b""

    async def _pass_on(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Head and whole body of the server's answer."""
        request, *lines = head.rstrip(b"\r\n").split(b"\r\n")
        kept = [line for line in lines if _name(line) not in (b"host", b"connection")]
        own = [f"Host: {self._authority}".encode(), b"Connection: close"]
        reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
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


async def _send_without_end(writer: asyncio.StreamWriter) -> None:
    for _ in range(_HUGE_CHUNKS):
        if writer.is_closing():
            return
        writer.write(_CHUNK)
        await writer.drain()


def _compose(head: bytes, body: bytes, *, length: int | None = None) -> bytes:
    """An HTTP/1.1 answer that keeps the connection open, of ``length`` where that is more."""
    status, *lines = head.split(b"\r\n")
    status = status.replace(b"HTTP/1.0", b"HTTP/1.1")  # wsgiref's, which Radicale stands on
    kept = [line for line in lines if _name(line) not in _HOP_BY_HOP]
    without_body = status.split(b" ")[1] in (b"204", b"304")
    size = len(body) if length is None else length
    sized = [] if without_body else [b"Content-Length: %d" % size]
    return b"\r\n".join([status, *kept, *sized, b"", b""]) + body


def _is_xml(head: bytes) -> bool:
    kinds = (line for line in head.split(b"\r\n") if _name(line) == b"content-type")
    return any(b"xml" in kind for kind in kinds)


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
