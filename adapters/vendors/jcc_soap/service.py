"""JCC's web service: its operations by name, and what the WSDL at the source says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import httpx

from adapters.http import VendorClient, understood
from adapters.vendors.jcc_soap import wire
from contracts.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml import etree

    from adapters.vendors.jcc_soap.settings import JccSoapSettings
    from contracts.deadline import Deadline

T = TypeVar("T")

MAX_BYTES = 1_000_000
"""Ten times the WSDL, which is the longest answer there is; its tree takes tens of megabytes."""


class Service:
    """One installation. Every call is a POST, so the caller says whether it changes anything."""

    def __init__(
        self, settings: JccSoapSettings, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        folder, _, self._page = settings.base_url.rpartition("/")
        auth = None
        if settings.username is not None and settings.password is not None:
            auth = httpx.BasicAuth(settings.username, settings.password.get_secret_value())
        self._client = VendorClient(
            folder,
            auth=auth,
            headers={"Accept": "text/xml"},
            max_bytes=MAX_BYTES,
            transport=transport,
        )
        self._booking_fields: Sequence[str] = ()

    async def ask(self, operation: str, fields: wire.Fields, deadline: Deadline) -> etree._Element:
        """What a call that changes nothing answers. Raises as ``VendorClient.read``."""
        asked = wire.request(operation, fields)
        response = await self._client.read("POST", self._page, deadline=deadline, **asked)
        return wire.answer(response, operation)

    async def every(
        self, operation: str, fields: wire.Fields, into: type[T], deadline: Deadline
    ) -> list[T]:
        """All that such a call answers, as a type of ``wire`` or as plain values."""
        return [wire.read(each, into) for each in await self.ask(operation, fields, deadline)]

    async def one(
        self, operation: str, fields: wire.Fields, into: type[T], deadline: Deadline
    ) -> T:
        """The same where there is one thing to answer. Raises ``BadAnswer`` if there is none."""
        for found in await self.ask(operation, fields, deadline):
            return wire.read(found, into)
        raise BadAnswer(f"It answers nothing to {operation}.")

    async def change(self, operation: str, fields: wire.Fields, deadline: Deadline) -> wire.Written:
        """What became of a write. Raises as ``VendorClient.write``."""
        asked = wire.request(operation, fields)
        response = await self._client.write("POST", self._page, deadline=deadline, **asked)
        with understood(wrote=True):
            return wire.read(wire.answer(response, operation), wire.Written)

    async def booking_fields(self, deadline: Deadline) -> Sequence[str]:
        """The fields of a booking here, in their order; old installations have fewer.

        Read once from the WSDL, before the first write.
        """
        if not self._booking_fields:
            response = await self._client.read("GET", f"{self._page}?wsdl", deadline=deadline)
            self._booking_fields = wire.sequence(response, "AppointmentDetailsType")
        return self._booking_fields

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()
