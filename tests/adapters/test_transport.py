"""The engine under VendorClient: bounded bodies, checked certificates, truthful errors."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from adapters.transport import AiohttpTransport
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening, self_signed

LIMIT = 100_000
GIGABYTE = 1_000_000_000
ZEROS = gzip.compress(bytes(100_000_000), compresslevel=9)


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport(max_bytes=LIMIT)
    yield transport
    await transport.aclose()


async def send(transport: AiohttpTransport, vendor: Vendor, method: str = "GET") -> httpx.Response:
    timeout = {"connect": 5.0, "read": 5.0}
    request = httpx.Request(method, vendor.url, extensions={"timeout": timeout})
    return await transport.handle_async_request(request)


def gzipped(body: bytes) -> Say:
    return answer(body, "200 OK", "application/json", "Content-Encoding: gzip")


async def test_a_body_of_the_allowed_size_is_read_whole(
    vendor: Vendor, transport: AiohttpTransport
) -> None:
    for say in (answer(b"x" * LIMIT), gzipped(gzip.compress(b"x" * LIMIT))):
        vendor.answers = [say]
        assert (await send(transport, vendor)).content == b"x" * LIMIT


@pytest.mark.parametrize("framing", ["Content-Length: 1000000000", "Transfer-Encoding: chunked"])
async def test_of_an_endless_body_no_more_is_read_than_is_allowed(
    vendor: Vendor, transport: AiohttpTransport, framing: str
) -> None:
    said = 0

    async def go_on(writer: asyncio.StreamWriter) -> None:
        nonlocal said
        writer.write(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        piece = b"%x\r\n%b\r\n" % (50_000, b"x" * 50_000)
        while said < GIGABYTE and not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            said += len(piece)

    vendor.answers = [go_on]
    with pytest.raises(httpx.DecodingError):
        await send(transport, vendor)
    assert said < 50 * LIMIT  # what fits into the buffers on the way


async def test_a_gzip_bomb_is_not_unpacked(vendor: Vendor, transport: AiohttpTransport) -> None:
    vendor.answers = [gzipped(ZEROS)]
    tracemalloc.start()
    with pytest.raises(httpx.DecodingError):
        await send(transport, vendor)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * LIMIT


@pytest.mark.parametrize(
    ("say", "error"),
    [
        (hang_up, httpx.ReadError),
        (answer(b"[1,", length=9), httpx.RemoteProtocolError),
        (gzipped(gzip.compress(b"x" * 99)[:-9]), httpx.DecodingError),
        (gzipped(b"{}"), httpx.DecodingError),
        (answer(b"{}", "200 OK", "a/b", "Content-Encoding: br"), httpx.DecodingError),
        (answer(b"{}", "two hundred"), httpx.RemoteProtocolError),
        (answer(b"{}", "200 OK", "a/b", "X: " + "x" * 100_000), httpx.RemoteProtocolError),
    ],
    ids=["hangs up", "half", "half a gzip", "no gzip", "brotli", "no HTTP", "endless header"],
)
async def test_a_broken_answer_raises_what_the_module_says(
    vendor: Vendor, transport: AiohttpTransport, say: Say, error: type[httpx.HTTPError]
) -> None:
    vendor.answers = [say]
    for method in ("GET", "PUT", "DELETE"):
        with pytest.raises(error) as raised:
            await send(transport, vendor, method)
        assert type(raised.value) is error
        assert raised.value.__cause__ is None
    assert len(vendor.requests) == 3


async def test_nobody_listening_is_a_connect_error(transport: AiohttpTransport) -> None:
    async with listening(Vendor()) as gone:
        pass
    with pytest.raises(httpx.ConnectError):
        await send(transport, gone)


async def test_a_name_that_does_not_exist_is_a_connect_error(transport: AiohttpTransport) -> None:
    with pytest.raises(httpx.ConnectError):
        await send(transport, Vendor(url="http://vendor.invalid/"))


async def test_a_handshake_that_hangs_is_a_connect_timeout(
    vendor: Vendor, transport: AiohttpTransport
) -> None:
    url = vendor.url.replace("http:", "https:")
    request = httpx.Request("GET", url, extensions={"timeout": {"connect": 0.1}})
    with pytest.raises(httpx.ConnectTimeout):
        await transport.handle_async_request(request)


async def test_an_unknown_certificate_is_refused_before_anything_is_sent(
    tmp_path: Path, transport: AiohttpTransport
) -> None:
    async with listening(Vendor(), self_signed(tmp_path)) as vendor:
        with pytest.raises(httpx.ConnectError, match="self-signed"):
            await send(transport, vendor)
        assert vendor.requests == []
