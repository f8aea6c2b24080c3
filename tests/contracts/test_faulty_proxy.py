"""The proxy that brings faults into the contract tests does what each fault says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from adapters.simulation import serve
from contracts.suite import Fault
from contracts.suite.proxy import FaultyProxy
from tests.adapters.loopback import Vendor, answer, listening, self_signed

TEXT = "Goeiedag. " * 50


class Server:
    """An ASGI application that remembers which requests reached it."""

    def __init__(self) -> None:
        self.requests: list[str] = []

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message["more_body"]:
                break
        self.requests.append(f"{scope['method']} {scope['path']} {body.decode()}".strip())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": TEXT.encode()})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    async with serve(server) as url:
        yield f"{url}/agenda"


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


async def test_a_source_that_is_down_refuses_connections(
    url: str, client: aiohttp.ClientSession
) -> None:
    async with FaultyProxy(url, Fault.DOWN) as proxy:
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(proxy.url)


async def test_a_silent_source_takes_the_request_and_no_more(
    url: str, client: aiohttp.ClientSession
) -> None:
    async with FaultyProxy(url, Fault.SILENT) as proxy:
        with pytest.raises(TimeoutError):
            await client.get(proxy.url, timeout=aiohttp.ClientTimeout(sock_read=0.1))


async def test_html_answers_everything_and_reaches_nobody(
    url: str, client: aiohttp.ClientSession, server: Server
) -> None:
    async with FaultyProxy(url, Fault.HTML) as proxy:
        for _ in range(2):
            async with client.post(proxy.url, data=b"x") as response:
                assert (response.status, response.content_type) == (200, "text/html")
    assert server.requests == []


async def test_a_truncated_answer_is_half_of_it(url: str, client: aiohttp.ClientSession) -> None:
    async with FaultyProxy(url, Fault.TRUNCATED) as proxy, client.get(proxy.url) as response:
        assert await response.text() == TEXT[: len(TEXT) // 2]


async def test_a_lost_answer_is_to_a_write_that_was_carried_out(
    url: str, client: aiohttp.ClientSession, server: Server
) -> None:
    async with FaultyProxy(url, Fault.ANSWER_LOST) as proxy:
        async with client.get(f"{proxy.url}/read") as response:
            assert await response.text() == TEXT
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.post(f"{proxy.url}/write", data=b"x")
    assert server.requests == ["GET /agenda/read", "POST /agenda/write x"]


async def test_who_sends_a_lost_write_again_is_answered(
    url: str, client: aiohttp.ClientSession, server: Server
) -> None:
    """So does aiohttp, unasked, for a PUT on a connection that it used before."""
    async with FaultyProxy(url, Fault.ANSWER_LOST) as proxy:
        async with client.get(f"{proxy.url}/read") as response:
            await response.read()
        async with client.put(f"{proxy.url}/write", data=b"x") as response:
            assert response.status == 200
    assert server.requests[1:] == ["PUT /agenda/write x", "PUT /agenda/write x"]


async def test_a_garbled_answer_is_to_a_write_that_was_carried_out(
    url: str, client: aiohttp.ClientSession, server: Server
) -> None:
    def is_write(method: str, path: str) -> bool:
        return method == "POST" and path != "/agenda/login"

    async with FaultyProxy(url, Fault.ANSWER_GARBLED, is_write=is_write) as proxy:
        async with client.post(f"{proxy.url}/login", data=b"x") as response:
            assert await response.text() == TEXT
        async with client.post(f"{proxy.url}/write", data=b"x") as response:
            assert (response.status, response.content_type) == (200, "text/html")
    assert server.requests == ["POST /agenda/login x", "POST /agenda/write x"]


async def test_where_all_calls_go_to_one_address_the_body_tells_what_is_a_write(
    url: str, client: aiohttp.ClientSession, server: Server
) -> None:
    def is_write(method: str, name: str) -> bool:
        return method == "POST" and name == "commit"

    async with FaultyProxy(
        url, Fault.ANSWER_GARBLED, is_write=is_write, asked=lambda body: body.decode().split()[0]
    ) as proxy:
        async with client.post(proxy.url, data=b"lock 1") as response:
            assert await response.text() == TEXT
        async with client.post(proxy.url, data=b"commit 1") as response:
            assert (response.status, response.content_type) == (200, "text/html")
        async with client.get(proxy.url) as response:  # without a body there is nothing to read
            assert await response.text() == TEXT
    assert server.requests == ["POST /agenda lock 1", "POST /agenda commit 1", "GET /agenda"]


@pytest.mark.parametrize(("fault", "status"), [(Fault.ERROR, 500), (Fault.BUSY, 429)])
async def test_a_source_in_trouble_answers_everything_with_its_status(
    url: str, client: aiohttp.ClientSession, server: Server, fault: Fault, status: int
) -> None:
    async with FaultyProxy(url, fault) as proxy, client.get(proxy.url) as response:
        assert response.status == status
        assert (response.headers.get("Retry-After") == "3600") == (fault is Fault.BUSY)
    assert server.requests == []


@pytest.mark.parametrize(
    ("fault", "start"),
    [
        (Fault.NESTED, b"[[[["),
        (Fault.ENTITIES, b"<!DOCTYPE"),
        (Fault.UNDECODABLE, b"\xff\xfe"),
        (Fault.CONTROL, b"\x00\x07"),
    ],
)
async def test_a_hostile_answer_has_the_status_and_headers_of_the_right_one(
    url: str, client: aiohttp.ClientSession, fault: Fault, start: bytes
) -> None:
    async with FaultyProxy(url, fault) as proxy, client.get(proxy.url) as response:
        assert response.status == 200
        assert (await response.read()).startswith(start)


async def test_an_empty_answer_has_no_body(url: str, client: aiohttp.ClientSession) -> None:
    async with FaultyProxy(url, Fault.EMPTY) as proxy, client.get(proxy.url) as response:
        assert await response.read() == b""


async def test_a_huge_answer_goes_on_for_as_long_as_it_is_read(
    url: str, client: aiohttp.ClientSession
) -> None:
    async with FaultyProxy(url, Fault.HUGE) as proxy, client.get(proxy.url) as response:
        assert response.content_length == 1_000_000_000
        assert len(await response.content.readexactly(3_000_000)) == 3_000_000


async def test_a_lost_request_reaches_nobody(
    url: str, client: aiohttp.ClientSession, server: Server
) -> None:
    async with FaultyProxy(url, Fault.REQUEST_LOST) as proxy:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.post(f"{proxy.url}/write", data=b"x")
        async with client.get(f"{proxy.url}/read") as response:
            assert await response.text() == TEXT
    assert server.requests == ["GET /agenda/read"]


async def test_a_late_answer_is_to_a_write_that_was_carried_out(
    url: str, client: aiohttp.ClientSession, server: Server
) -> None:
    async with FaultyProxy(url, Fault.ANSWER_LATE) as proxy:
        with pytest.raises(TimeoutError):
            await client.post(proxy.url, data=b"x", timeout=aiohttp.ClientTimeout(sock_read=0.3))
    assert server.requests == ["POST /agenda x"]


async def test_every_duplicated_write_is_carried_out_twice_and_answered_once(
    url: str, client: aiohttp.ClientSession, server: Server
) -> None:
    async with FaultyProxy(url, Fault.DUPLICATED) as proxy:
        for body in (b"x", b"y"):
            async with client.post(proxy.url, data=body) as response:
                assert await response.text() == TEXT
    assert server.requests == [*["POST /agenda x"] * 2, *["POST /agenda y"] * 2]


async def test_a_sandbox_far_away_is_spoken_to_over_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: aiohttp.ClientSession
) -> None:
    async with listening(Vendor([answer(b"{}", length=2)]), self_signed(tmp_path)) as vendor:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        async with FaultyProxy(vendor.url, Fault.ANSWER_LOST) as proxy:
            assert (await client.get(proxy.url)).status == 200
        assert len(vendor.requests) == 1
