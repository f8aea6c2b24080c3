"""Seals data that leaves the gateway and comes back, or lies in the ledger: unread, unchanged.

AES-256-GCM with a fresh 96-bit nonce per seal; the purpose and the expiry are authenticated
with the text, so a sealed value fits one purpose only and cannot be made to live longer.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, TypeAdapter

from contracts.models import Model, Slot

_NONCE = 12
_FOREVER = 0
_HEADER = struct.Struct(">BQ")
_VERSION = 1
_MAX_OPENED = 64_000

ModelT = TypeVar("ModelT", bound=BaseModel)


class SealBroken(Exception):
    """The value was not sealed by us for this purpose, or was changed."""


class SealExpired(Exception):
    """The value was sealed by us and is too old."""


class SealedSlotData(Model):
    """What a slot id holds; ``free``: how many slots there were for the same on that day."""

    source: str
    slot: Slot
    free: int | None = None


class Seal:
    """Seals and opens bytes for one purpose under one key (32 bytes)."""

    def __init__(self, key: bytes, purpose: str, now: Callable[[], datetime]) -> None:
        self._cipher = AESGCM(key)
        self._purpose = purpose.encode()
        self._now = now

    def seal(self, plain: bytes, expires_at: datetime | None = None) -> bytes:
        """Encrypt and authenticate; without ``expires_at`` it never expires."""
        header = _HEADER.pack(_VERSION, int(expires_at.timestamp()) if expires_at else _FOREVER)
        nonce = os.urandom(_NONCE)
        return header + nonce + self._cipher.encrypt(nonce, plain, self._purpose + header)

    def open(self, sealed: bytes) -> bytes:
        """The bytes that were sealed. Raises ``SealBroken`` or ``SealExpired``."""
        if len(sealed) < _HEADER.size + _NONCE:
            raise SealBroken
        header, rest = sealed[: _HEADER.size], sealed[_HEADER.size :]
        try:
            plain = self._cipher.decrypt(rest[:_NONCE], rest[_NONCE:], self._purpose + header)
        except InvalidTag:
            raise SealBroken from None
        _, expires = _HEADER.unpack(header)
        if expires != _FOREVER and self._now() >= datetime.fromtimestamp(expires, UTC):
            raise SealExpired
        return plain

    def seal_model(self, model: BaseModel, expires_at: datetime | None = None) -> bytes:
        """Seal a pydantic model as compressed JSON."""
        text = model.model_dump_json(by_alias=True, exclude_defaults=True)
        return self.seal(zlib.compress(text.encode(), 6), expires_at)

    def open_model(self, sealed: bytes, kind: type[ModelT]) -> ModelT:
        """Open what ``seal_model`` sealed. Raises ``SealBroken`` or ``SealExpired``."""
        return TypeAdapter(kind).validate_json(_inflate(self.open(sealed)))


def to_text(sealed: bytes) -> str:
    """A sealed value as URL-safe text without padding."""
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """The bytes of ``to_text``. Raises ``SealBroken`` for anything else."""
    try:
        return base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
    except (binascii.Error, ValueError):
        raise SealBroken from None


def _inflate(data: bytes) -> bytes:
    # Only what we sealed ourselves gets here; the bound is a second lock on the same door.
    inflater = zlib.decompressobj()
    plain = inflater.decompress(data, _MAX_OPENED)
    if inflater.unconsumed_tail:
        raise SealBroken
    return plain
