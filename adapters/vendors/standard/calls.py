"""How a system is asked: the JSON, the keys, the refusals, and what it declared beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from adapters.credentials import ClientCredentials
from adapters.http import VendorClient, decode, understood
from adapters.vendors.standard import wire
from adapters.vendors.standard.refusals import FAILED, REFUSED, refusal
from contracts.errors import BadAnswer

if TYPE_CHECKING:
    from adapters.vendors.standard.settings import StandardSettings
    from contracts.deadline import Deadline

T = TypeVar("T")

OK = httpx.codes.OK
_DONE = frozenset({OK, httpx.codes.CREATED, httpx.codes.NO_CONTENT})
_JSON = {"Content-Type": "application/json"}
_CAPABILITIES = TypeAdapter(wire.Capabilities)


class Calls:
    """One system's own connections."""

    def __init__(
        self, settings: StandardSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        auth, headers = None, {}
        if settings.token is not None:
            headers = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        elif settings.token_url and settings.client_id and settings.client_secret:
            auth = ClientCredentials(
                settings.token_url,
                settings.client_id,
                settings.client_secret,
                scope=settings.scope,
            )
        self._client = VendorClient(
            settings.base_url, auth=auth, headers=headers, transport=transport
        )
        self._counted_on: frozenset[str] = frozenset(settings.capabilities)
        self._checked = False

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def get(
        self,
        path: str,
        into: TypeAdapter[T],
        deadline: Deadline,
        params: Sequence[tuple[str, str]] = (),
    ) -> T:
        """Read a resource. Raises what the system refuses it with."""
        await self._check(deadline)
        response = await self._client.read(
            "GET", path, params=list(params), deadline=deadline, ok=REFUSED | {OK}
        )
        return _read(response, into)

    async def query(
        self, path: str, asked: BaseModel, into: TypeAdapter[T], deadline: Deadline
    ) -> T:
        """Ask by POST what may not stand in a URL; it changes nothing."""
        await self._check(deadline)
        response = await self._client.read(
            "POST",
            path,
            content=_json(asked),
            headers=_JSON,
            deadline=deadline,
            ok=REFUSED | {OK},
        )
        return _read(response, into)

    async def write(
        self,
        method: str,
        path: str,
        deadline: Deadline,
        *,
        key: str | None = None,
        body: BaseModel | None = None,
    ) -> httpx.Response:
        """Change something, under the client reference ``key`` where that makes something.

        Gives the answer of a write that was done; raises what it was refused with.
        """
        await self._check(deadline)
        response = await self._client.write(
            method,
            path,
            content=_json(body) if body else b"",
            headers=_JSON | ({"Idempotency-Key": key} if key else {}),
            deadline=deadline,
            ok=REFUSED | FAILED | _DONE,
        )
        if response.status_code not in _DONE:
            raise refusal(response, wrote=True)
        return response

    async def declared(self, deadline: Deadline) -> wire.Capabilities:
        """What the system says of itself."""
        response = await self._client.read("GET", "capabilities", deadline=deadline)
        return decode(response, _CAPABILITIES)

    async def _check(self, deadline: Deadline) -> None:
        """Compare, until it fits, what the settings count on with what the system declares."""
        if self._checked:
            return
        declared = await self.declared(deadline)
        if declared.version != wire.VERSION:
            raise BadAnswer(f"It does not speak version {wire.VERSION} of the standard.")
        if missing := self._counted_on - set(declared.capabilities):
            names = ", ".join(sorted(missing))
            raise BadAnswer(f"It does not offer {names}: take that out of capabilities.")
        self._checked = True


def written(response: httpx.Response, into: TypeAdapter[T]) -> T:
    """What a write that was done says; what cannot be read leaves its outcome unknown."""
    with understood(wrote=True):
        return decode(response, into)


def _read(response: httpx.Response, into: TypeAdapter[T]) -> T:
    if response.status_code != OK:
        raise refusal(response, wrote=False)
    return decode(response, into)


def _json(body: BaseModel) -> bytes:
    return body.model_dump_json(exclude_none=True).encode()
