"""Private keys, which stay in files of their own, and what is signed with them: JWS (RFC 7515)."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jose import jwk, jws

from contracts.certificate import Certificate, statement
from gateway.certification.trust import ALGORITHM, PublicKey, thumbprint

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyUnusable(Exception):
    """A private key cannot be made or used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key to sign with. It shows itself to nobody."""

    pem: bytes

    @property
    def kid(self) -> str:
        """The id of its public half."""
        x, y = self._point()
        return thumbprint(x, y)

    def public(self, owner: str, made_at: datetime) -> PublicKey:
        """Its public half, for ``keys.json``."""
        x, y = self._point()
        return PublicKey(kid=thumbprint(x, y), x=x, y=y, owner=owner, made_at=made_at)

    def sign(self, certificate: Certificate) -> str:
        """The certificate as a compact JWS."""
        payload = statement(certificate).model_dump_json(by_alias=True, exclude_none=True)
        headers = {"typ": "JOSE", "cty": "vnd.in-toto+json", "kid": self.kid}
        return jws.sign(payload.encode(), self.pem.decode(), headers=headers, algorithm=ALGORITHM)

    def _point(self) -> tuple[str, str]:
        members = jwk.construct(self.pem.decode(), ALGORITHM).public_key().to_dict()
        return members["x"], members["y"]

    def __repr__(self) -> str:
        return "PrivateKey()"


def make(path: Path) -> PrivateKey:
    """Make a key in a new file that only its owner can read. Raises ``KeyUnusable``."""
    key = _new()
    while key.kid.startswith("-"):  # a command would take its id for an option
        key = _new()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.pem)
    except FileExistsError:
        raise KeyUnusable(f"{path} is there already: a key is never overwritten.") from None
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be written: {error.strerror}.") from error
    return key


def _new() -> PrivateKey:
    return PrivateKey(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )


def load(path: Path) -> PrivateKey:
    """The key in a file. Raises ``KeyUnusable``, also where others may read it."""
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be read: {error.strerror}.") from error
    if mode & _OTHERS:
        raise KeyUnusable(f"Others may read {path}: chmod 600 it, or make a new key.")
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)):
        raise KeyUnusable(f"{path} is no key of ours: make one with 'poort keys make'.")
    return PrivateKey(pem)
