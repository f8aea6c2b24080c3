"""The one way from an adapter to its vendor: deadlines, safe retries, errors of the contract.

Reads may be tried again; a write is sent once. What a status means when the adapter did not
list it in ``ok``:

=====================  ===========================  =======================================
status                 read                         write
=====================  ===========================  =======================================
401, 403               VendorUnavailable            VendorUnavailable: refused at the door
429                    VendorUnavailable, retried   VendorUnavailable: not taken in
408                    VendorUnavailable            OutcomeUnknown: who knows how far it got
other 4xx              BadAnswer                    BadAnswer: refused, so not applied
502, 503, 504          VendorUnavailable, retried   OutcomeUnknown: a proxy gave up waiting
other 5xx              VendorUnavailable            OutcomeUnknown: it may have failed half-way
1xx, 2xx, 3xx          BadAnswer                    OutcomeUnknown: it may well be a success
=====================  ===========================  =======================================

A 503 is unknown for a write because proxies also give it after they have passed the request
on. No redirect is followed. A vendor that uses a status otherwise (500 for bad input, say)
lists it in ``ok``, and its adapter decides from the body.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, TypeVar, Unpack
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
import stamina
from pydantic import AfterValidator, TypeAdapter, ValidationError

from adapters.transport import AiohttpTransport
from contracts.errors import BadAnswer, OutcomeUnknown, VendorUnavailable

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from contracts.deadline import Deadline

T = TypeVar("T")

ATTEMPTS = 3
LONGEST_WAIT = 0.3
CONNECT_SECONDS = 5.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_PASSING = frozenset({429, 502, 503, 504})
_DENIED = frozenset({401, 403})


def _safe(url: str) -> str:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise ValueError("the address of an API starts with https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the address of an API has no user, no ? and no #")
    return url


BaseUrl = Annotated[str, AfterValidator(_safe)]
"""A setting: where a vendor's API is. Only what stays on this machine may go unencrypted."""


class Parts(TypedDict, total=False):
    """What a request carries, as httpx takes it."""

    params: Any
    content: bytes
    data: Mapping[str, Any]
    json: Any
    headers: Mapping[str, str]


class _Passing(Exception):
    """A fault that the next attempt at a read may not meet."""

    def __init__(self, error: VendorUnavailable) -> None:
        super().__init__(error.detail)
        self.error = error


@dataclass(slots=True)
class _Call:
    """A request on its way. ``out`` while it may be at the vendor without an answer to it."""

    request: httpx.Request
    deadline: Deadline
    out: bool = False


class VendorClient:
    """A source's own connections to its vendor, spoken to with httpx's requests.

    httpx's own client is left out: it logs URLs, keeps cookies from one citizen's call to the
    next, and reads a token's answer without limit.

    Args:
        base_url: where every ``path`` starts, by the rules of RFC 3986: ``a/b`` goes below
            it, ``/a/b`` starts at the host's root, and no path leaves the host.
        auth: adds the credentials: ``httpx.BasicAuth``, or ``ClientCredentials`` for OAuth 2.
        headers: sent with every request.
        max_bytes: the largest body that is read, counted after decompression.
        transport: takes the place of the network in tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 5_000_000,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._root = base_url if base_url.endswith("/") else f"{base_url}/"
        self._host = urljoin(self._root, "/")
        self._auth = auth or httpx.Auth()
        self._headers = {
            "User-Agent": "afsprakenpoort",
            "Accept": "application/json",
            **(headers or {}),
        }
        self._transport = transport or AiohttpTransport(max_bytes=max_bytes)

    async def read(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        ok: Container[int] = (200,),
        **parts: Unpack[Parts],
    ) -> httpx.Response:
        """Ask something that changes nothing, again where that may help, until the deadline.

        Raises:
            VendorUnavailable: no answer, or none of use.
            BadAnswer: a status its protocol does not know here, or a body that is no HTTP.
        """

        def again(error: Exception) -> bool | float:
            if not isinstance(error, _Passing):
                return False
            wait = error.error.retry_after
            if deadline.remaining <= (LONGEST_WAIT if wait is None else wait):
                return False
            return True if wait is None else wait

        try:
            async for attempt in stamina.retry_context(
                on=again,
                attempts=ATTEMPTS,
                timeout=None,
                wait_initial=0.05,
                wait_max=LONGEST_WAIT,
                wait_jitter=0.2,
            ):
                with attempt:
                    call = _Call(self._request(method, path, parts), deadline)
                    return await self._read_once(call, ok)
        except _Passing as passing:
            raise passing.error from None
        raise AssertionError("the last attempt returns or raises")

    async def _read_once(self, call: _Call, ok: Container[int]) -> httpx.Response:
        try:
            response = await self._send(call)
        except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
            raise BadAnswer(f"Its answer cannot be read: {error}.") from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise _Passing(VendorUnavailable(_fault(error))) from None
        status = response.status_code
        if status in ok:
            return response
        if status in _PASSING:
            wait = _retry_after(response)
            raise _Passing(VendorUnavailable(_refusal(status), retry_after=wait))
        if status in _DENIED or _is_fault(status):
            raise VendorUnavailable(_refusal(status))
        raise BadAnswer(_refusal(status))

    async def write(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        ok: Container[int] = (200,),
        **parts: Unpack[Parts],
    ) -> httpx.Response:
        """Change something: sent once, over a new connection, never after the deadline.

        Only a 401 is followed by a second sending, where ``auth`` can renew its credentials.

        Raises:
            VendorUnavailable, BadAnswer: certainly not applied.
            OutcomeUnknown: sent, and not answered with a status that settles it.
        """
        call = _Call(self._request(method, path, parts, fresh_connection=True), deadline)
        try:
            response = await self._send(call)
        except (httpx.HTTPError, TimeoutError) as error:
            raise (OutcomeUnknown if call.out else VendorUnavailable)(_fault(error)) from None
        status = response.status_code
        if status in ok:
            return response
        if status in _DENIED or status == httpx.codes.TOO_MANY_REQUESTS:
            raise VendorUnavailable(_refusal(status), retry_after=_retry_after(response))
        if httpx.codes.is_client_error(status) and not _is_fault(status):
            raise BadAnswer(_refusal(status))
        raise OutcomeUnknown(_refusal(status))

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._transport.aclose()

    def _request(self, method: str, path: str, parts: Parts, **extensions: object) -> httpx.Request:
        url = urljoin(self._root, path)
        if not url.startswith(self._host):
            raise BadAnswer("It refers to another host.")
        headers = httpx.Headers(self._headers)
        headers.update(parts.get("headers"))
        # What the transport can unpack within ``max_bytes``, whatever the adapter says.
        headers["Accept-Encoding"] = "gzip"
        return httpx.Request(
            method,
            url,
            params=parts.get("params"),
            headers=headers,
            content=parts.get("content"),
            data=parts.get("data"),
            json=parts.get("json"),
            extensions=extensions,
        )

    async def _send(self, call: _Call) -> httpx.Response:
        """Send the request and whatever ``auth`` needs before or after it (a token)."""
        flow = self._auth.async_auth_flow(call.request)
        async with asyncio.timeout(call.deadline.remaining), contextlib.aclosing(flow):
            request = await anext(flow)
            while True:
                response = await self._exchange(request, call)
                try:
                    request = await flow.asend(response)
                except StopAsyncIteration:
                    return response

    async def _exchange(self, request: httpx.Request, call: _Call) -> httpx.Response:
        call.deadline.check()
        left = call.deadline.remaining
        # Shorter than what is left, so that a connection that could not be made is known to
        # be just that, and not a request without an answer, when the deadline comes.
        connect = min(CONNECT_SECONDS, 0.8 * left)
        request.extensions["timeout"] = {"connect": connect, "pool": connect, "read": left}
        call.out = request is call.request
        try:
            response = await self._transport.handle_async_request(request)
            await response.aread()
        except _NEVER_SENT:
            call.out = False
            raise
        response.request = request
        call.out = False
        return response


def _is_fault(status: int) -> bool:
    return status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT


def _refusal(status: int) -> str:
    if status in _DENIED:
        return f"It refuses our credentials ({status})."
    if _is_fault(status) or status in _PASSING:
        return f"It answered {status}."
    return f"It answered {status}, which its protocol does not know here."


def _fault(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        return f"{error}."
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "It did not answer in time."
    return "It broke off the connection, or its answer cannot be read."


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of the ``Retry-After`` header: a number or a date (RFC 9110, 10.2.3)."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    with contextlib.suppress(ValueError):
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return None


def decode(response: httpx.Response, into: type[T] | TypeAdapter[T]) -> T:
    """The JSON body as a msgspec type, or as what a pydantic ``TypeAdapter`` validates.

    Fields that the type does not know are left out: a vendor's next version may add some.

    Raises:
        BadAnswer: another content type, not JSON, or not of that shape. Says where, never
            what stood there.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise BadAnswer("It did not answer with JSON.")
    try:
        if isinstance(into, TypeAdapter):
            return into.validate_json(response.content, extra="ignore")
        return msgspec.json.decode(response.content, type=into)
    except msgspec.ValidationError as error:
        _, _, where = str(error).partition(" - at ")
        raise BadAnswer(f"Its JSON is not as agreed at {where or 'the top'}.") from None
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors(include_input=False)[0]["loc"])
        raise BadAnswer(f"Its JSON is not as agreed at {where or 'the top'}.") from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise BadAnswer("It did not answer with valid JSON.") from None


@contextlib.contextmanager
def understood(*, wrote: bool = False) -> Iterator[None]:
    """Around the lines that make sense of an answer: what makes none is ``BadAnswer``.

    With ``wrote`` the answer is to a write, which may then well be applied:
    ``OutcomeUnknown``. The contract's other errors pass as they are.
    """
    try:
        yield
    except (BadAnswer, ValueError, LookupError, OverflowError) as error:
        detail = error.detail if isinstance(error, BadAnswer) else "Its answer makes no sense."
        raise (OutcomeUnknown if wrote else BadAnswer)(detail) from None
