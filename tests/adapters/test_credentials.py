"""ClientCredentials: one renewal for all who wait, and a write is sent again only after a 401."""

from __future__ import annotations

import asyncio
import base64
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from adapters.credentials import ClientCredentials
from adapters.http import VendorClient
from contracts.deadline import Deadline
from contracts.errors import BadAnswer, OutcomeUnknown, VendorError, VendorUnavailable

TOKEN_URL = "https://login.test/connect/token"


class Vendor:
    """Gives a new token each time it is asked, and takes the last one only."""

    def __init__(self) -> None:
        self.lifetime: float | None = 100
        self.asked: list[httpx.Request] = []
        self.served: list[httpx.Request] = []
        self.refused: list[httpx.Request] = []
        self.valid = ""
        self.answer_to_asking: Callable[[], httpx.Response] | None = None
        self.now = 0.0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # let the others come in between
        if str(request.url) == TOKEN_URL:
            self.asked.append(request)
            if self.answer_to_asking:
                return self.answer_to_asking()
            self.valid = f"token-{len(self.asked)}"
            answer: dict[str, Any] = {"access_token": self.valid}
            if self.lifetime is not None:
                answer["expires_in"] = self.lifetime
            return httpx.Response(200, json=answer)
        if request.headers["authorization"] != f"Bearer {self.valid}":
            self.refused.append(request)
            return httpx.Response(401)
        self.served.append(request)
        return httpx.Response(200, json={})


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def client(vendor: Vendor) -> VendorClient:
    auth = ClientCredentials(
        TOKEN_URL, "my id", SecretStr("s3:cr/t"), scope="a b", clock=lambda: vendor.now
    )
    return VendorClient("https://vendor.test", auth=auth, transport=httpx.MockTransport(vendor))


async def read(client: VendorClient) -> httpx.Response:
    return await client.read("GET", "slots", deadline=Deadline.after(5))


async def write(client: VendorClient) -> httpx.Response:
    return await client.write("POST", "book", json={}, deadline=Deadline.after(5))


async def test_the_token_is_asked_for_as_the_rfc_says(vendor: Vendor, client: VendorClient) -> None:
    await read(client)
    (asked,) = vendor.asked
    scheme, _, pair = asked.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(pair) == b"my+id:s3%3Acr%2Ft"
    form = {"grant_type": ["client_credentials"], "scope": ["a b"]}
    assert parse_qs(asked.content.decode()) == form


async def test_a_hundred_calls_at_once_ask_for_one_token(
    vendor: Vendor, client: VendorClient
) -> None:
    await asyncio.gather(*(read(client) for _ in range(100)))
    assert len(vendor.asked) == 1
    vendor.valid = "revoked by the vendor"
    await asyncio.gather(*(read(client) for _ in range(100)))
    assert len(vendor.asked) == 2
    assert len(vendor.served) == 200


async def test_a_token_is_renewed_before_it_expires(vendor: Vendor, client: VendorClient) -> None:
    await read(client)
    vendor.now = 89
    await read(client)
    assert len(vendor.asked) == 1
    vendor.now = 91
    await read(client)
    assert len(vendor.asked) == 2
    assert vendor.refused == []


async def test_a_token_of_unknown_life_is_used_until_it_is_refused(
    vendor: Vendor, client: VendorClient
) -> None:
    vendor.lifetime = None
    await read(client)
    vendor.now = 1e9
    await read(client)
    assert len(vendor.asked) == 1


async def test_a_write_refused_at_the_door_is_sent_once_more(
    vendor: Vendor, client: VendorClient
) -> None:
    await read(client)
    vendor.valid = "another"
    await write(client)
    assert [request.method for request in vendor.refused] == ["POST"]
    assert [request.method for request in vendor.served] == ["GET", "POST"]


async def test_who_is_refused_twice_gives_up(vendor: Vendor, client: VendorClient) -> None:
    def useless() -> httpx.Response:
        return httpx.Response(200, json={"access_token": "useless"})

    vendor.answer_to_asking = useless
    with pytest.raises(VendorUnavailable):
        await write(client)
    assert len(vendor.refused) == 2


async def test_the_token_is_asked_for_again_after_it_could_not_be_had(
    vendor: Vendor, client: VendorClient
) -> None:
    vendor.answer_to_asking = lambda: httpx.Response(401)
    with pytest.raises(VendorUnavailable):
        await read(client)
    vendor.answer_to_asking = None
    await read(client)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_client"}), VendorUnavailable),
        (httpx.Response(503), VendorUnavailable),
        (httpx.Response(302, headers={"Location": "https://x.test/"}), VendorUnavailable),
        (httpx.Response(200, html="<html>"), BadAnswer),
        (httpx.Response(200, json={}), BadAnswer),
        (httpx.Response(200, json={"access_token": "a\r\nX-Other: 1"}), BadAnswer),
        (httpx.Response(200, json={"access_token": "é"}), BadAnswer),
    ],
    ids=["refused", "down", "redirect", "html", "no token", "two headers", "no ascii"],
)
async def test_without_a_token_nothing_is_written(
    vendor: Vendor, client: VendorClient, answer: httpx.Response, error: type[VendorError]
) -> None:
    vendor.answer_to_asking = lambda: answer
    with pytest.raises(error) as failed:
        await write(client)
    assert "s3:cr/t" not in "".join(traceback.format_exception(failed.value))
    assert vendor.served + vendor.refused == []


@pytest.mark.parametrize("fault", [httpx.ReadTimeout, httpx.ReadError, httpx.ConnectError])
async def test_a_write_whose_token_is_not_answered_is_not_unknown(
    vendor: Vendor, client: VendorClient, fault: type[httpx.TransportError]
) -> None:
    def broken() -> httpx.Response:
        raise fault("no answer")

    vendor.answer_to_asking = broken
    with pytest.raises(VendorUnavailable):
        await write(client)
    vendor.answer_to_asking = None
    await read(client)
    vendor.valid = "another"
    vendor.answer_to_asking = broken
    with pytest.raises(VendorUnavailable):
        await write(client)  # refused at the door, and then no new token


async def test_a_write_that_is_not_answered_is_unknown_also_with_a_token() -> None:
    def half(request: httpx.Request) -> httpx.Response:
        if request.url == TOKEN_URL:
            return httpx.Response(200, json={"access_token": "t"})
        raise httpx.ReadTimeout("no answer")

    auth = ClientCredentials(TOKEN_URL, "id", SecretStr("secret"))
    client = VendorClient("https://v.test", auth=auth, transport=httpx.MockTransport(half))
    with pytest.raises(OutcomeUnknown):
        await write(client)


async def test_waiting_for_somebody_elses_token_ends_with_the_deadline(
    vendor: Vendor, client: VendorClient
) -> None:
    await read(client)
    vendor.valid = "another"
    posted, asked = asyncio.Event(), asyncio.Event()

    async def silent(request: httpx.Request) -> httpx.Response:
        """Refuse both at the door, the read first, and give no new token."""
        if request.url == TOKEN_URL:
            asked.set()
            await asyncio.Event().wait()
        if request.method == "POST":
            posted.set()
        await (asked if request.method == "POST" else posted).wait()
        return await vendor(request)

    client._transport = httpx.MockTransport(silent)
    other = asyncio.ensure_future(client.read("GET", "x", deadline=Deadline.after(60)))
    async with asyncio.timeout(5):
        with pytest.raises(VendorUnavailable):
            await client.write("POST", "x", deadline=Deadline.after(0.1))
    assert [request.method for request in vendor.refused] == ["GET", "POST"]
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
