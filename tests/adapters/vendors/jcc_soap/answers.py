"""Answers that the simulator never gives, beside those that it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

import httpx

from adapters.transport import AiohttpTransport
from adapters.vendors.jcc_soap.service import MAX_BYTES
from tests.adapters.vendors.jcc_soap.town_hall import operation

NS = "http://www.genericCBS.org/GenericCBS/"


def envelope(name: str, inner: str = "") -> bytes:
    """The answer to an operation with this inside."""
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<s:Body><g:{name}Response xmlns:g="{NS}">{inner}</g:{name}Response></s:Body></s:Envelope>'
    ).encode()


def element(name: str, fields: Mapping[str, str]) -> str:
    inner = "".join(f"<{key}>{escape(text)}</{key}>" for key, text in fields.items())
    return f"<{name}>{inner}</{name}>"


@dataclass
class Answers:
    """For a ``MockTransport``: says ``given`` to some operations, and passes the others on.

    Given is what is inside of an answer, or a response; ``""`` is the WSDL. Keeps which
    operations were called, and the bodies that were sent.
    """

    given: Mapping[str, str | httpx.Response] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, asked: httpx.Request) -> httpx.Response:
        name = operation(asked)
        self.calls.append(name)
        self.bodies.append(asked.content)
        answer = self.given.get(name)
        if isinstance(answer, httpx.Response):
            return answer
        if answer is not None:
            headers = {"Content-Type": "text/xml; charset=utf-8"}
            return httpx.Response(200, headers=headers, content=envelope(name, answer))
        network = AiohttpTransport(max_bytes=MAX_BYTES)
        async with network:
            return await network.handle_async_request(asked)
