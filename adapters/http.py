"""The one way from an adapter to its vendor: deadlines, safe retries, errors of the contract.

Reads may be tried again; a write is sent once. What a status means when the adapter did not
list it in ``ok``:

=====================  ===========================  =======================================
status                 read                         write
=====================  ===========================  =======================================
401, 403               VendorUnavailable            VendorUnavailable: refused at the door
429                    VendorUnavailable, retried   VendorUnavailable: not taken in
other 4xx, not 408     BadAnswer                    BadAnswer: refused, so not applied
502, 503, 504          VendorUnavailable, retried   OutcomeUnknown: a proxy gave up waiting
other 5xx, 408         VendorUnavailable            OutcomeUnknown: may have failed half-way
1xx, 2xx, 3xx          BadAnswer                    OutcomeUnknown: may well be a success
=====================  ===========================  =======================================

A 503 counts as unknown for a write because proxies also give it after they have passed the
request on. A vendor that uses a status otherwise (500 for bad input, say) lists it in ``ok``
and its adapter decides from the body.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import httpx
import msgspec
import stamina
from pydantic import TypeAdapter, ValidationError

from adapters.transport import AiohttpTransport
from contracts.errors import BadAnswer, BookingError, OutcomeUnknown, VendorUnavailable

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from contracts.deadline import Deadline

T = TypeVar("T")

CONNECT_SECONDS = 5.0
ATTEMPTS = 3
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_PASSING = frozenset({429, 502, 503, 504})

# httpx logs every URL with its query at level INFO, and a query may name a citizen.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Parts(TypedDict, total=False):
    """What a request carries, as httpx takes it."""

    params: Any
    content: bytes
    data: Mapping[str, Any]
    json: Any
    headers: Mapping[str, str]


class _Passing(VendorUnavailable):
    """A fault that the next attempt may not meet."""


class _Sending:
    """What is known of one write or read under way, from httpx's event hooks."""

    def __init__(self, deadline: Deadline, *, write: bool) -> None:
        self.deadline = deadline
        self.write = write
        self.out = False


class VendorClient:
    """A source's own connections to its vendor, spoken to with httpx's requests.

    Args:
        base_url: where every ``path`` starts, by the rules of RFC 3986: ``a/b`` goes below
            it, ``/a/b`` starts at the host's root, and no path leaves the host.
        auth: adds the credentials; ``ClientCredentials`` for OAuth 2.
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
        self._root = httpx.URL(base_url if base_url.endswith("/") else f"{base_url}/")
        self._client = httpx.AsyncClient(
            auth=auth,
            headers={
                "User-Agent": "afsprakenpoort",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                **(headers or {}),
            },
            transport=transport or AiohttpTransport(max_bytes=max_bytes),
            trust_env=False,
            event_hooks={"request": [_going_out], "response": [_answered]},
        )
        # Nothing is remembered between calls: one citizen's session is not another's.
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    async def read(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        ok: Container[int] = (200,),
        **parts: Unpack[Parts],
    ) -> httpx.Response:
        """Ask something that changes nothing, again when that may help, within the deadline.

        Raises:
            VendorUnavailable: no answer, or none of use, until the deadline.
            BadAnswer: a status that is neither in ``ok`` nor a fault, or no readable body.
        """

        def worth_another(error: Exception) -> bool | float:
            if not isinstance(error, _Passing) or (error.retry_after or 0) >= deadline.remaining:
                return False
            return error.retry_after or True

        async for attempt in stamina.retry_context(
            on=worth_another,
            attempts=ATTEMPTS,
            timeout=deadline.remaining,
            wait_initial=0.05,
            wait_max=1.0,
            wait_jitter=0.2,
        ):
            with attempt:
                deadline.check()
                sending = _Sending(deadline, write=False)
                try:
                    response = await self._send(method, path, sending, parts)
                except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
                    raise BadAnswer(f"Its answer cannot be read: {error}.") from None
                except (httpx.HTTPError, TimeoutError) as error:
                    raise _Passing(_fault(error)) from None
                status = response.status_code
                if status in ok:
                    return response
                if status in _PASSING:
                    raise _Passing(f"It answered {status}.", retry_after=_retry_after(response))
                if status in {401, 403, 408} or status >= httpx.codes.INTERNAL_SERVER_ERROR:
                    raise VendorUnavailable(_refusal(status))
                raise BadAnswer(f"It answered {status}, which its protocol does not know here.")
        raise AssertionError("the last attempt returns or raises")

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

        Once more only after a 401, where the credentials can be renewed.

        Raises:
            VendorUnavailable, BadAnswer: certainly not applied.
            OutcomeUnknown: sent, and not answered with a status that settles it.
        """
        sending = _Sending(deadline, write=True)
        try:
            response = await self._send(method, path, sending, parts)
        except (httpx.HTTPError, TimeoutError) as error:
            if sending.out and not isinstance(error, _NEVER_SENT):
                raise OutcomeUnknown(_fault(error)) from None
            raise VendorUnavailable(_fault(error)) from None
        status = response.status_code
        if status in ok:
            return response
        if status in {401, 403, 429}:
            raise VendorUnavailable(_refusal(status), retry_after=_retry_after(response))
        if httpx.codes.is_client_error(status) and status != httpx.codes.REQUEST_TIMEOUT:
            raise BadAnswer(f"It answered {status}, which its protocol does not know here.")
        raise OutcomeUnknown(f"It answered {status}.")

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _send(
        self, method: str, path: str, sending: _Sending, parts: Parts
    ) -> httpx.Response:
        url = self._root.join(path)
        if (url.scheme, url.netloc) != (self._root.scheme, self._root.netloc):
            raise BadAnswer("It refers to another host.")
        request = self._client.build_request(
            method,
            url,
            extensions={"sending": sending, "fresh_connection": sending.write},
            **parts,
        )
        async with asyncio.timeout(sending.deadline.remaining):
            return await self._client.send(request)


async def _going_out(request: httpx.Request) -> None:
    """Called by httpx just before each request, a renewed token's own excepted from notice."""
    sending = request.extensions.get("sending")
    if isinstance(sending, _Sending):
        sending.deadline.check()
        left = sending.deadline.remaining
        # Less than what is left, so that a connection that could not be made is known to be
        # just that, before the deadline cuts it off.
        connect = min(CONNECT_SECONDS, 0.8 * left)
        request.extensions["timeout"] = {"connect": connect, "pool": connect, "read": left}
        sending.out = True


async def _answered(response: httpx.Response) -> None:
    """A 401 was refused at the door: while the credentials are renewed nothing is out."""
    sending = response.request.extensions.get("sending")
    if isinstance(sending, _Sending) and response.status_code == httpx.codes.UNAUTHORIZED:
        sending.out = False


def _fault(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        return f"No connection could be made: {error}"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "It did not answer in time."
    return "It broke off the connection."


def _refusal(status: int) -> str:
    if status in {401, 403}:
        return f"It refuses our credentials ({status})."
    return f"It answered {status}."


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of the ``Retry-After`` header, which is a number or a date (RFC 9110 10.2.3)."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    with contextlib.suppress(ValueError):
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return None


def decode(response: httpx.Response, into: type[T] | TypeAdapter[T]) -> T:
    """The JSON body as a msgspec type, or as what a pydantic ``TypeAdapter`` validates.

    Raises:
        BadAnswer: another content type, not JSON, or not of that shape. Says where, never
            what stood there.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise BadAnswer("It did not answer with JSON.")
    try:
        if isinstance(into, TypeAdapter):
            return into.validate_json(response.content)
        return msgspec.json.decode(response.content, type=into)
    except msgspec.ValidationError as error:
        _, _, where = str(error).partition(" - at ")
        raise BadAnswer(f"Its JSON is not as agreed at {where or 'the top'}.") from None
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors(include_input=False)[0]["loc"])
        raise BadAnswer(f"Its JSON is not as agreed at {where or 'the top'}.") from None
    except (msgspec.DecodeError, RecursionError):
        raise BadAnswer("It did not answer with valid JSON.") from None


@contextlib.contextmanager
def understood(*, wrote: bool = False) -> Iterator[None]:
    """Around the lines that make sense of an answer: what makes none is ``BadAnswer``.

    With ``wrote`` the answer is to a write, which may then well be applied:
    ``OutcomeUnknown``. Errors of the contract raised inside pass, other than ``BadAnswer``.
    """
    try:
        yield
    except BadAnswer as error:
        if wrote:
            raise OutcomeUnknown(error.detail) from None
        raise
    except BookingError:
        raise
    except (ValueError, KeyError, OverflowError):
        detail = "Its answer makes no sense."
        raise (OutcomeUnknown(detail) if wrote else BadAnswer(detail)) from None
