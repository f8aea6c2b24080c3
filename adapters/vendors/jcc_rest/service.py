"""JCC's REST service: a token for every call, and what its HTTP 500 means."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import httpx

from adapters.credentials import ClientCredentials
from adapters.http import VendorClient, decode, understood
from adapters.vendors.jcc_rest import wire
from contracts.errors import BadAnswer, ResourceNotFound, VendorUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.vendors.jcc_rest.settings import JccRestSettings
    from contracts.deadline import Deadline

T = TypeVar("T")
Params = list[tuple[str, str | int]]

_OK, _INTERNAL_ERROR = httpx.codes.OK, httpx.codes.INTERNAL_SERVER_ERROR


class Service:
    """One installation."""

    def __init__(
        self, settings: JccRestSettings, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        base_url = settings.base_url.rstrip("/")
        self._client = VendorClient(
            base_url,
            auth=ClientCredentials(
                f"{base_url}/connect/token",
                settings.client_id,
                settings.client_secret,
                scope="warp-api",
            ),
            headers={"language": settings.language},
            transport=transport,
        )

    async def ask(self, path: str, params: Params, into: type[T], deadline: Deadline) -> T:
        """What a GET answers. Raises ``ResourceNotFound`` for an id that it does not know."""
        response = await self._client.read(
            "GET", path, params=params, deadline=deadline, ok=(_OK, _INTERNAL_ERROR)
        )
        if response.status_code == _OK:
            return decode(response, into)
        if not _is_its_own(response):
            raise VendorUnavailable("It answered 500.")
        # Bad input and a broken vendor look the same here: ask what cannot be bad input.
        await self._client.read("GET", "version", deadline=deadline)
        raise ResourceNotFound("It does not know the product, location or appointment.")

    async def book(
        self, body: Mapping[str, object], language: str, deadline: Deadline
    ) -> wire.Acknowledgement:
        """What it says of a booking. Raises as ``VendorClient.write``."""
        response = await self._client.write(
            "POST", "appointment", json=body, headers={"language": language}, deadline=deadline
        )
        with understood(wrote=True):
            return decode(response, wire.Acknowledgement)

    async def cancel(self, known: str, deadline: Deadline) -> wire.Acknowledgement | None:
        """What it says of a cancellation; ``None`` when it failed, as for an unknown id."""
        response = await self._client.write(
            "DELETE",
            "appointment",
            params=[("id", known)],
            deadline=deadline,
            ok=(_OK, _INTERNAL_ERROR),
        )
        with understood(wrote=True):
            if response.status_code == _OK:
                return decode(response, wire.Acknowledgement)
            if not _is_its_own(response):
                raise BadAnswer("It answered 500.")
        return None

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()


def _is_its_own(answer: httpx.Response) -> bool:
    """Whether the vendor says that it failed, and not a server before it."""
    try:
        return decode(answer, wire.Problem).type == wire.INTERNAL_EXCEPTION
    except BadAnswer:
        return False
