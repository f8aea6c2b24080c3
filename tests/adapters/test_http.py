"""VendorClient: reads are tried again, writes are sent once, and every fault gets its name."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from pydantic import TypeAdapter

from adapters.http import ATTEMPTS, BaseUrl, VendorClient, decode, understood
from contracts.deadline import Deadline
from contracts.errors import (
    BadAnswer,
    OutcomeUnknown,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)
from contracts.models import ProductQuantity
from tests.adapters.loopback import Say, Vendor, answer, hang_up, listening, say_nothing

SECRET = "90051700295"
LIMIT = 1000


@pytest.fixture
async def client(vendor: Vendor) -> AsyncIterator[VendorClient]:
    client = VendorClient(vendor.url, max_bytes=LIMIT)
    yield client
    await client.aclose()


def soon() -> Deadline:
    return Deadline.after(5)


async def read(client: VendorClient, path: str = "slots") -> httpx.Response:
    return await client.read("GET", path, deadline=soon())


async def write(client: VendorClient, method: str = "POST") -> httpx.Response:
    return await client.write(method, "book", json={"name": SECRET}, deadline=soon())


# What is tried again, and what is not ------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [hang_up, *(answer(status=f"{status} Sorry") for status in (429, 502, 503, 504))],
    ids=["hangs up", "429", "502", "503", "504"],
)
async def test_a_read_is_tried_again(vendor: Vendor, client: VendorClient, first: Say) -> None:
    vendor.answers = [first, answer(b"[1]")]
    assert (await read(client)).content == b"[1]"
    assert len(vendor.requests) == 2


async def test_a_read_is_given_up_after_a_few_times(vendor: Vendor, client: VendorClient) -> None:
    vendor.answers = [hang_up]
    with pytest.raises(VendorUnavailable) as given_up:
        await read(client)
    assert type(given_up.value) is VendorUnavailable
    assert len(vendor.requests) == ATTEMPTS


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_write_that_is_not_answered_is_sent_once(
    vendor: Vendor, client: VendorClient, method: str
) -> None:
    vendor.answers = [hang_up]
    with pytest.raises(OutcomeUnknown):
        await write(client, method)
    assert len(vendor.requests) == 1


async def test_a_write_never_meets_a_connection_that_may_be_closing(
    vendor: Vendor, client: VendorClient
) -> None:
    await read(client)
    await read(client)
    assert vendor.connections == 1
    await write(client)
    await write(client)
    assert vendor.connections == 3


async def test_retry_after_is_waited_for(vendor: Vendor, client: VendorClient) -> None:
    busy = answer(b"", "503 Busy", "text/plain", "Retry-After: 0")
    vendor.answers = [busy, busy, answer()]
    await read(client)
    assert len(vendor.requests) == 3


@pytest.mark.parametrize("after", ["60", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_who_asks_to_wait_beyond_the_deadline_is_not_asked_again(
    vendor: Vendor, client: VendorClient, after: str
) -> None:
    vendor.answers = [answer(b"", "429 Slow down", "text/plain", f"Retry-After: {after}")]
    with pytest.raises(VendorUnavailable) as refused:
        await read(client)
    assert refused.value.retry_after is not None
    assert refused.value.retry_after >= 60
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("after", ["soon", "-1", "²", "", "99999999999999999999999 Jan"])
async def test_a_retry_after_without_sense_is_ignored(
    vendor: Vendor, client: VendorClient, after: str
) -> None:
    busy = answer(b"", "503 Busy", "text/plain", f"Retry-After: {after}")
    vendor.answers = [busy, answer()]
    assert (await read(client)).status_code == 200


# What a status means -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (201, BadAnswer),
        (304, BadAnswer),
        (400, BadAnswer),
        (404, BadAnswer),
        (401, VendorUnavailable),
        (403, VendorUnavailable),
        (408, VendorUnavailable),
        (500, VendorUnavailable),
    ],
)
async def test_a_read_knows_what_a_status_means(
    vendor: Vendor, client: VendorClient, status: int, error: type[VendorError]
) -> None:
    vendor.answers = [answer(b"", f"{status} Status")]
    with pytest.raises(error):
        await read(client)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (202, OutcomeUnknown),
        (303, OutcomeUnknown),
        (400, BadAnswer),
        (409, BadAnswer),
        (401, VendorUnavailable),
        (403, VendorUnavailable),
        (429, VendorUnavailable),
        (408, OutcomeUnknown),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (503, OutcomeUnknown),
        (504, OutcomeUnknown),
    ],
)
async def test_a_write_is_unknown_unless_its_status_settles_it(
    vendor: Vendor, client: VendorClient, status: int, error: type[VendorError]
) -> None:
    vendor.answers = [answer(b"", f"{status} Status")]
    with pytest.raises(error):
        await write(client)
    assert len(vendor.requests) == 1


async def test_a_status_that_the_adapter_expects_is_given_to_it(
    vendor: Vendor, client: VendorClient
) -> None:
    vendor.answers = [answer(status="404 Not Found")]
    response = await client.read("GET", "slots", ok=(200, 404), deadline=soon())
    assert response.status_code == 404
    response = await client.write("DELETE", "slots", ok=(404,), deadline=soon())
    assert response.status_code == 404


async def test_no_redirect_is_followed(vendor: Vendor, client: VendorClient) -> None:
    async with listening(Vendor()) as elsewhere:
        vendor.answers = [answer(b"", "302 Found", "text/html", f"Location: {elsewhere.url}")]
        with pytest.raises(BadAnswer):
            await read(client)
        with pytest.raises(OutcomeUnknown):
            await write(client)
        assert elsewhere.requests == []


# Time --------------------------------------------------------------------------------------


async def test_nothing_is_sent_after_the_deadline(vendor: Vendor, client: VendorClient) -> None:
    for send in (client.read, client.write):
        with pytest.raises(VendorUnavailable):
            await send("PUT", "book", deadline=Deadline(0, lambda: 1))
    assert vendor.connections == 0


async def test_silence_ends_with_the_deadline(vendor: Vendor, client: VendorClient) -> None:
    vendor.answers = [say_nothing]
    async with asyncio.timeout(5):
        with pytest.raises(VendorUnavailable):
            await client.read("GET", "slots", deadline=Deadline.after(0.1))
        with pytest.raises(OutcomeUnknown):
            await client.write("POST", "book", deadline=Deadline.after(0.1))
    assert len(vendor.requests) == 2


async def test_an_answer_that_drips_ends_with_the_deadline(
    vendor: Vendor, client: VendorClient
) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    vendor.answers = [drip]
    async with asyncio.timeout(5):
        with pytest.raises(VendorUnavailable):
            await client.read("GET", "slots", deadline=Deadline.after(0.1))
        with pytest.raises(OutcomeUnknown):
            await client.write("POST", "book", deadline=Deadline.after(0.1))


@pytest.mark.parametrize("fault", [httpx.ConnectTimeout, httpx.ConnectError, httpx.PoolTimeout])
async def test_a_write_without_a_connection_was_certainly_not_sent(
    fault: type[httpx.TransportError],
) -> None:
    def no_connection(request: httpx.Request) -> httpx.Response:
        raise fault("no connection", request=request)

    client = VendorClient("http://vendor.test", transport=httpx.MockTransport(no_connection))
    with pytest.raises(VendorUnavailable):
        await write(client)


async def test_connecting_gets_less_time_than_the_deadline() -> None:
    seen: list[dict[str, float]] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200)

    client = VendorClient("http://vendor.test", transport=httpx.MockTransport(note))
    for seconds in (1, 100):
        await client.write("POST", "book", deadline=Deadline.after(seconds))
    assert 0.7 < seen[0]["connect"] <= 0.8
    assert seen[1]["connect"] == 5


# Where it goes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("slots", "/api/slots"),
        ("/top/slots", "/top/slots"),
        ("?page=2", "/api/?page=2"),
        ("services;a=1;b=x,y", "/api/services;a=1;b=x,y"),
        ("caf%C3%A9/a%2Fb%3Ac", "/api/caf%C3%A9/a%2Fb%3Ac"),
        ("café", "/api/caf%C3%A9"),
    ],
)
async def test_a_path_is_sent_as_it_is_written(
    vendor: Vendor, client: VendorClient, path: str, target: str
) -> None:
    await read(client, path)
    assert vendor.requests[0].split(b" ")[1].decode() == target


@pytest.mark.parametrize("url", ["https://v.example/api/", "http://127.0.0.1:1", "http://[::1]/"])
def test_an_address_is_encrypted_or_on_this_machine(url: str) -> None:
    assert TypeAdapter(BaseUrl).validate_python(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "v.example",
        "ftp://v.example/",
        "http://v.example/",
        "http://127.0.0.1.v.example/",
        "https://user:secret@v.example/",
        "https://v.example/?q=1",
        "https://v.example/#x",
        "https://[v/",
    ],
)
def test_no_other_address_is_taken(url: str) -> None:
    with pytest.raises(ValueError, match=r"address of an API|Invalid IPv6"):
        TypeAdapter(BaseUrl).validate_python(url)


@pytest.mark.parametrize("path", ["http://127.0.0.1:1/api/x", "//127.0.0.2/x", "ftp://x/"])
async def test_no_path_leaves_the_host(vendor: Vendor, client: VendorClient, path: str) -> None:
    with pytest.raises(BadAnswer):
        await read(client, path)
    assert vendor.connections == 0


async def test_a_field_that_a_later_version_adds_is_left_out(
    vendor: Vendor, client: VendorClient
) -> None:
    vendor.answers = [answer(b'{"productId": "697", "quantity": 2, "colour": "red"}')]
    response = await client.read("GET", "product", deadline=soon())
    read = decode(response, TypeAdapter(ProductQuantity))
    assert read == ProductQuantity(product_id="697", quantity=2)


async def test_repeated_parameters_stay_parallel(vendor: Vendor, client: VendorClient) -> None:
    params = [("id", "b"), ("amount", 2), ("id", "a+b"), ("amount", 1)]
    await client.read("GET", "slots", params=params, deadline=soon())
    target = vendor.requests[0].split(b" ")[1].decode()
    assert target == "/api/slots?id=b&id=a%2Bb&amount=2&amount=1"


async def test_no_cookie_is_kept(vendor: Vendor) -> None:
    client = VendorClient(vendor.url.replace("127.0.0.1", "localhost"))
    vendor.answers = [answer(b"{}", "200 OK", "application/json", "Set-Cookie: session=1; Path=/")]
    await read(client)
    await read(client)
    await write(client)
    await client.aclose()
    assert not any(b"cookie" in request.lower() for request in vendor.requests)


# What shows --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "say",
    [hang_up, answer(length=500), answer(b"<html>"), answer(status="500 Sorry")],
    ids=["hangs up", "stops half-way", "html", "500"],
)
async def test_errors_and_logs_say_nothing_of_what_was_sent(
    vendor: Vendor, client: VendorClient, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    vendor.answers = [say]
    texts = []
    for send in (client.read, client.write):
        with pytest.raises(VendorError) as failed:
            decode(
                await send(
                    "POST",
                    SECRET,
                    params={"q": SECRET},
                    json={"n": SECRET},
                    headers={"X-Secret": SECRET},
                    deadline=soon(),
                ),
                int,
            )
        texts += traceback.format_exception(failed.value)
    assert vendor.requests[0].count(SECRET.encode()) == 4
    assert SECRET not in "".join(texts) + caplog.text


# Making sense of an answer -----------------------------------------------------------------


class Time(msgspec.Struct):
    hour: int
    place: str = ""
    minutes: list[int] = []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html>",
        b'{"hour": 9',
        b'{"hour": NaN}',
        b'{"hour": 1e999}',
        b'{"hour": "9"}',
        b'{"hour": 9, "minutes": [1, "\x00"]}',
        b'{"hour": 9, "place": "\x01"}',
        '{"hour": 9, "place": "é"}'.encode("latin-1"),
        '{"hour": 9}'.encode("utf-16"),
        b"[" * 500_000,
        b'{"hour": 9, "x": ' + b'{"x":' * 100_000,
    ],
    ids=lambda body: ascii(body[:30]),
)
def test_what_is_not_as_agreed_is_a_bad_answer(body: bytes) -> None:
    response = httpx.Response(200, content=body, headers={"Content-Type": "application/json"})
    with pytest.raises(BadAnswer):
        decode(response, Time)
    with pytest.raises(BadAnswer):
        decode(response, TypeAdapter(ProductQuantity))


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "", "application/jsonp"])
def test_another_content_type_is_a_bad_answer(kind: str) -> None:
    response = httpx.Response(200, content=b'{"hour": 9}', headers={"Content-Type": kind})
    with pytest.raises(BadAnswer):
        decode(response, Time)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/hal+json"])
def test_json_is_decoded_into_either_kind_of_type(kind: str) -> None:
    response = httpx.Response(200, content=b'{"hour": 9}', headers={"Content-Type": kind})
    assert decode(response, Time) == Time(9)
    assert decode(response, dict[str, int]) == {"hour": 9}
    assert decode(response, TypeAdapter(dict[str, int])) == {"hour": 9}


def test_a_bad_answer_says_where_and_not_what() -> None:
    headers = {"Content-Type": "application/json"}
    body = f'{{"hour": 9, "minutes": ["{SECRET}"]}}'
    with pytest.raises(BadAnswer, match="minutes") as refused:
        decode(httpx.Response(200, text=body, headers=headers), Time)
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    body = f'{{"productId": "1", "quantity": "{SECRET}"}}'
    with pytest.raises(BadAnswer, match="quantity") as refused:
        decode(httpx.Response(200, text=body, headers=headers), TypeAdapter(ProductQuantity))
    assert SECRET not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("error", [BadAnswer("odd"), ValueError(SECRET), KeyError(SECRET)])
def test_an_answer_without_sense_is_bad_or_leaves_a_write_unknown(error: Exception) -> None:
    with pytest.raises(BadAnswer) as bad, understood():
        raise error
    with pytest.raises(OutcomeUnknown) as unknown, understood(wrote=True):
        raise error
    assert SECRET not in "".join(traceback.format_exception(bad.value))
    assert SECRET not in "".join(traceback.format_exception(unknown.value))


def test_a_refusal_inside_an_answer_passes_as_it_is() -> None:
    with pytest.raises(SlotTaken), understood(wrote=True):
        raise SlotTaken
