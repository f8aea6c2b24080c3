"""A vendor on loopback that says exactly the bytes it is told to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Say = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(
    body: bytes = b"{}",
    status: str = "200 OK",
    content_type: str = "application/json",
    *headers: str,
    length: int | None = None,
) -> Say:
    """A whole answer; with ``length`` it promises another size than it has, then hangs up."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    head = "\r\n".join([*lines, "", ""]).encode()

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(head + body)
        await writer.drain()
        if length is not None:
            writer.close()

    return say


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Take the request and close the connection."""
    writer.close()


async def say_nothing(writer: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""


@dataclass
class Vendor:
    """Answers request after request with ``answers``, the last of them ever again."""

    answers: list[Say] = field(default_factory=lambda: [answer()])
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
                body = await reader.readexactly(int(length or 0))
                self.requests.append(head + body)
                await self.answer_to(head + body)(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()

    def answer_to(self, request: bytes) -> Say:
        """What to say to a request, head and body."""
        del request
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


VendorT = TypeVar("VendorT", bound=Vendor)


@asynccontextmanager
async def listening(
    vendor: VendorT, context: ssl.SSLContext | None = None
) -> AsyncIterator[VendorT]:
    """Let a vendor answer on a free port of loopback; its connections end with it."""
    tasks: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks[writer] = asyncio.ensure_future(vendor.serve(reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    vendor.url = f"{'https' if context else 'http'}://127.0.0.1:{port}/api"
    try:
        yield vendor
    finally:
        server.close()
        for writer, task in tasks.items():
            task.cancel()
            writer.close()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


def self_signed(folder: Path) -> ssl.SSLContext:
    """For a server on 127.0.0.1 that nobody trusts who does not read ``server.pem`` there."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(pem, pkcs8, plain) + certificate.public_bytes(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context
