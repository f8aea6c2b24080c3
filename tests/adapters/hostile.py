"""Answers that no vendor should give, and that one may give all the same."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.adapters.loopback import Say, answer

GIGABYTE = 1_000_000_000
PIECE = bytes(65_536)
DEEP = 200_000
HTML = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>\xe2\x80\xa6</body></html>"

_ENTITIES = b"".join(
    b'<!ENTITY z%d "%b">' % (n, b"&z%d;" % (n - 1) * 32 if n else b"a" * 32) for n in range(10)
)
BOMB = b'<?xml version="1.0"?><!DOCTYPE r [%b]><r>&z9;</r>' % _ENTITIES


@dataclass
class Stranger:
    """Something else than the vendor. ``sent`` counts the bytes that were taken from it.

    Attributes:
        kind: the content type that the vendor itself has.
        url: of a place that nobody should fetch anything from.
    """

    kind: str
    url: str = ""
    sent: int = 0
    fetched: list[bytes] = field(default_factory=list)

    def answers(self) -> dict[str, Say]:
        """Every answer, by what is wrong with it."""
        xml = b'<?xml version="1.0" encoding="utf-8"?>'
        return {
            "a gigabyte": self._endless(b"Content-Length: %d" % GIGABYTE, bytes),
            "a gigabyte in chunks": self._endless(b"Transfer-Encoding: chunked", _chunk),
            "a zip bomb": self._whole(_zipped(), "Content-Encoding: gzip"),
            "deep JSON": self._whole(b'{"value":' + b"[" * DEEP),
            "deep and closed JSON": self._whole(b"[" * DEEP + b"]" * DEEP),
            "deep XML": self._whole(xml + b"<a>" * DEEP),
            "deep and closed XML": self._whole(xml + b"<a>" * DEEP + b"</a>" * DEEP),
            "an entity bomb": self._whole(BOMB),
            "an external entity": self._whole(
                b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "%b/taken">'
                b'<!ENTITY f SYSTEM "file:///etc/hostname">]><r>&e;&f;</r>' % self.url.encode()
            ),
            "an external DTD": self._whole(
                b'<?xml version="1.0"?><!DOCTYPE r SYSTEM "%b/taken"><r/>' % self.url.encode()
            ),
            "another charset": self._whole('{"value": "België"}'.encode("latin-1")),
            "another charset in XML": self._whole(xml + "<r>België</r>".encode("latin-1")),
            "two bytes a character": self._whole('{"value": []}'.encode("utf-16")),
            "control characters": self._whole(b'{"value": "\x00\x1b[2J\x07"}'),
            "control characters in XML": self._whole(xml + b"<r>\x00\x1b[2J</r>"),
            "half a surrogate": self._whole(b'{"value": "\\ud800", "id": "\\udfff"}'),
            "a number without end": self._whole(b"1" * 1_000_000),
            "HTML": answer(HTML, content_type="text/html; charset=utf-8"),
            "HTML under a false name": self._whole(HTML),
            "nothing": self._whole(b""),
        }

    def _whole(self, body: bytes, *headers: str) -> Say:
        return answer(body, "200 OK", self.kind, *headers)

    def _endless(self, length: bytes, piece: Callable[[bytes], bytes]) -> Say:
        async def say(writer: asyncio.StreamWriter) -> None:
            head = [b"HTTP/1.1 200 OK", b"Content-Type: " + self.kind.encode(), length, b"", b""]
            writer.write(b"\r\n".join(head))
            while self.sent < GIGABYTE:
                writer.write(piece(PIECE))
                await writer.drain()
                self.sent += len(PIECE)

        return say


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _zipped() -> bytes:
    """A hundred megabytes of spaces."""
    return gzip.compress(b" " * 100_000_000, compresslevel=1)
