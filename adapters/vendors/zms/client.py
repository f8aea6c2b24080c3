"""How ZMS is asked, and what its refusals mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import httpx

from adapters.http import VendorClient, decode, understood
from adapters.vendors.zms import refusals, wire
from contracts.errors import BadAnswer, BookingError, VendorUnavailable

if TYPE_CHECKING:
    from contracts.deadline import Deadline

T = TypeVar("T")

OK, UNAUTHORIZED = httpx.codes.OK, httpx.codes.UNAUTHORIZED
ANSWERED = frozenset({200, 400, 401, 404, 406, 409})
"""Statuses whose body says what is the matter; any other says it by itself."""


class ZmsClient:
    """One citizen API. Every refusal is raised as the contract's error for it."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None) -> None:
        self._client = VendorClient(base_url, transport=transport)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def read(self, path: str, params: dict[str, str], into: type[T], deadline: Deadline) -> T:
        """Ask something that changes nothing."""
        response = await self._client.read(
            "GET", path, params=params, deadline=deadline, ok=ANSWERED
        )
        if response.status_code != OK:
            raise _refusal(response, {})
        return decode(response, into)

    async def write(
        self,
        path: str,
        body: dict[str, object],
        deadline: Deadline,
        own: refusals.Meanings | None = None,
    ) -> wire.Process:
        """Take a step with an appointment; ``own`` are meanings of refusals of this step alone."""
        response = await self._client.write("POST", path, json=body, deadline=deadline, ok=ANSWERED)
        if response.status_code != OK:
            raise _refusal(response, own or {})
        with understood(wrote=True):
            return decode(response, wire.Process)


def _refusal(response: httpx.Response, own: refusals.Meanings) -> BookingError:
    try:
        return refusals.error(decode(response, wire.Errors).errors, own)
    except BadAnswer:
        if response.status_code != UNAUTHORIZED:
            raise
        # Its own 401 says that a key does not fit; this is a server before it.
        return VendorUnavailable("A server before it lets us in no longer (401).")
