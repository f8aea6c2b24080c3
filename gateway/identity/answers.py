"""Answers of the provider: JSON, in time and of bounded size, or a login that failed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from gateway.identity.failures import LoginFailed, Reason

ModelT = TypeVar("ModelT", bound=BaseModel)

JsonObject = dict[str, Any]
_JSON_OBJECT = TypeAdapter(JsonObject)
_LARGEST = 256 * 1024
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


class ProviderClient:
    """Sends one request at a time and follows no redirect.

    So a code or a secret reaches no other address than the one the provider published.
    Raises ``LoginFailed`` for whatever is not an answer.
    """

    def __init__(self, client: httpx.AsyncClient, timeout: timedelta) -> None:
        self._client = client
        self._seconds = timeout.total_seconds()

    async def get(self, url: str, bearer: str | None = None) -> tuple[int, JsonObject]:
        """Status and JSON object; ``bearer`` is an access token."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return await self._send("GET", url, headers=headers)

    async def post(
        self, url: str, form: dict[str, str], basic: tuple[str, str] | None = None
    ) -> tuple[int, JsonObject]:
        """Status and JSON object; ``basic`` are a user and a password."""
        auth = httpx.BasicAuth(*basic) if basic else None
        return await self._send("POST", url, data=form, auth=auth)

    async def _send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        data: dict[str, str] | None = None,
        auth: httpx.Auth | None = None,
    ) -> tuple[int, JsonObject]:
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(
                    method,
                    url,
                    headers={**_HEADERS, **(headers or {})},
                    data=data,
                    auth=auth,
                    follow_redirects=False,
                ) as response,
            ):
                if response.is_server_error:
                    raise LoginFailed(Reason.PROVIDER_UNAVAILABLE)
                return response.status_code, await _json(response)
        except (TimeoutError, httpx.HTTPError):
            raise LoginFailed(Reason.PROVIDER_UNAVAILABLE) from None


def read(kind: type[ModelT], answer: JsonObject) -> ModelT:
    """The answer as ``kind``. Raises ``LoginFailed``, which does not quote the answer."""
    try:
        return kind.model_validate(answer)
    except ValidationError:
        raise LoginFailed(Reason.PROVIDER_BAD_ANSWER) from None


async def _json(response: httpx.Response) -> JsonObject:
    body = bytearray()
    # Raw: an answer that is compressed against our wish must not swell up.
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _LARGEST:
            raise LoginFailed(Reason.PROVIDER_BAD_ANSWER)
    try:
        return _JSON_OBJECT.validate_json(bytes(body))
    except ValidationError:
        raise LoginFailed(Reason.PROVIDER_BAD_ANSWER) from None
