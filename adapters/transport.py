"""The engine under ``VendorClient``: httpx requests sent by aiohttp, and told the truth about.

``VendorClient`` must know of every failed request whether it can have reached the vendor, so
the httpx errors raised here mean exactly this:

* ``ConnectError``, ``ConnectTimeout``: no connection was made, nothing was sent;
* ``ReadError``, ``ReadTimeout``: it was sent, and no answer came;
* ``RemoteProtocolError``: what came back is not HTTP, or stops half-way;
* ``DecodingError``: the body is too large, or not in the encoding it claims.

docs/adr/0020 says why neither httpx's own transport nor httpx-aiohttp is used.
"""

from __future__ import annotations

import functools
import ssl
import zlib
from typing import TYPE_CHECKING

import aiohttp
import httpx
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONNECTIONS = 20
"""At most this many at once to one source, and as many again for its writes."""

IDLE_SECONDS = 15.0
"""Vendors close idle connections after 5 s (Node) to 120 s (IIS)."""

_CHUNK = 65_536
_NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientConnectorSSLError,
)


@functools.cache
def _verifying() -> ssl.SSLContext:
    """One for all sources: each of its own would cost 31 ms and 0.8 MB."""
    return httpx.create_ssl_context()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends each request exactly once and returns whole bodies of at most ``max_bytes``.

    A request with the extension ``fresh_connection`` gets one that was never used: on a
    kept one, which the vendor may be closing at this very moment, the outcome of a write
    would be unknown for no good reason.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, read the whole answer, and raise only the errors of the module's docstring."""
        timeout = request.extensions.get("timeout", {})
        session = self._session(fresh=bool(request.extensions.get("fresh_connection")))
        headers = [
            (name, value)
            for name, value in request.headers.multi_items()
            if name not in {"connection", "content-length", "transfer-encoding"}
        ]
        try:
            async with session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=headers,
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    connect=timeout.get("connect"), sock_read=timeout.get("read")
                ),
            ) as answer:
                body = await self._body(answer)
                return httpx.Response(
                    answer.status,
                    headers=[
                        (name, value)
                        for name, value in answer.raw_headers
                        if name.lower() not in {b"content-encoding", b"content-length"}
                    ],
                    content=body,
                    request=request,
                )
        # No text of an exception below is kept, but for the reason that no connection could
        # be made: it names the host and the fault of its certificate, nothing else.
        except aiohttp.ConnectionTimeoutError:
            raise httpx.ConnectTimeout("no connection in time", request=request) from None
        except _NOT_CONNECTED as error:
            raise httpx.ConnectError(str(error), request=request) from None
        except (aiohttp.ServerTimeoutError, TimeoutError):
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        except aiohttp.ClientResponseError:
            raise httpx.RemoteProtocolError("it is not HTTP", request=request) from None
        except aiohttp.ClientPayloadError:
            raise httpx.RemoteProtocolError("it stops half-way", request=request) from None
        except (aiohttp.ClientError, OSError):
            raise httpx.ReadError("the connection broke", request=request) from None

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
        pieces: AsyncIterator[bytes] = answer.content.iter_chunked(_CHUNK)
        if encoding in {"gzip", "x-gzip"}:
            pieces = self._unzipped(pieces)
        elif encoding not in {"identity", ""}:
            raise httpx.DecodingError("its encoding was not asked for")
        body = bytearray()
        async for piece in pieces:
            body += piece
            if len(body) > self._max_bytes:
                raise httpx.DecodingError(f"it is larger than {self._max_bytes} bytes")
        return bytes(body)

    async def _unzipped(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            async for piece in pieces:
                # Never more than just too much at once: 64 kB can hold 64 MB of zeros.
                yield unzip.decompress(piece, self._max_bytes + 1)
        except zlib.error:
            raise httpx.DecodingError("it is not the gzip it claims to be") from None
        if not unzip.eof:
            raise httpx.DecodingError("it stops half-way")

    def _session(self, *, fresh: bool) -> aiohttp.ClientSession:
        if fresh not in self._sessions:
            self._sessions[fresh] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=_verifying(),
                    limit=CONNECTIONS,
                    force_close=fresh,
                    keepalive_timeout=None if fresh else IDLE_SECONDS,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),  # one citizen's session is not another's
                auto_decompress=False,
                middlewares=(_once,),
            )
        return self._sessions[fresh]

    async def aclose(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending PUT and DELETE again by itself when the connection breaks.

    It does so on ``ClientOSError`` and ``ServerDisconnectedError``, also on new connections.
    """
    try:
        return await send(request)
    except (aiohttp.ConnectionTimeoutError, *_NOT_CONNECTED):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise httpx.ReadError("the connection broke") from None
