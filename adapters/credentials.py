"""OAuth 2 client credentials (RFC 6749, 4.4) for vendors that want a bearer token."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import httpx
import msgspec

from adapters.http import decode
from contracts.errors import BadAnswer, VendorUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from pydantic import SecretStr

_REFUSED = frozenset({400, 401, 403})


class _Token(msgspec.Struct):
    """The part of RFC 6749, 5.1 that is used; ``expires_in`` is in seconds and optional."""

    access_token: str
    expires_in: float | None = None


class ClientCredentials(httpx.Auth):
    """Fetches a token when one is needed, once for all calls that wait for it.

    Renewed when nine tenths of its life are over, and when the vendor answers 401: that
    request is then sent once more, writes too, since a 401 was refused at the door.

    Args:
        token_url: absolute, it may be on another host than the vendor's API.
        client_id: sent with the secret by HTTP Basic, the one way every server must support.
        client_secret: see ``client_id``.
        scope: space-separated.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: SecretStr,
        *,
        scope: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = token_url
        # Both are form-encoded before they are joined by a colon (RFC 6749, 2.3.1).
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.get_secret_value())}"
        self._basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with a token, fetched first where there is none that lasts."""
        async with self._one_at_a_time:
            if not self._token or self._clock() >= self._renew_at:
                self._keep((yield self._ask()))
        used = self._token
        request.headers["Authorization"] = f"Bearer {used}"
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        async with self._one_at_a_time:
            if self._token == used:  # nobody has renewed it meanwhile
                self._keep((yield self._ask()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def _ask(self) -> httpx.Request:
        return httpx.Request(
            "POST",
            self._url,
            data=self._form,
            headers={
                "Authorization": self._basic,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
        )

    def _keep(self, response: httpx.Response) -> None:
        if response.status_code in _REFUSED:
            raise VendorUnavailable("It refuses our credentials, so it gives no token.")
        if response.status_code != httpx.codes.OK:
            raise VendorUnavailable(f"It gives no token: it answered {response.status_code}.")
        token = decode(response, _Token)
        if not (token.access_token.isascii() and token.access_token.isprintable()):
            raise BadAnswer("It gives a token that no header can carry.")
        # A server that does not say how long a token lives says so with a 401.
        lifetime = float("inf") if token.expires_in is None else token.expires_in
        self._renew_at = self._clock() + 0.9 * lifetime
        self._token = token.access_token
