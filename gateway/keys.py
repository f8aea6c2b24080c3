"""One secret for the operator to keep, one key for each thing the gateway does with it."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SHORTEST = 32


class Keys:
    """Keys derived from the master secret by HKDF-SHA-256 (RFC 5869), one per label.

    Whoever learns one key learns neither the secret nor any other key.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def from_secret(cls, secret: bytes) -> Keys:
        """Keys of a master secret of at least 32 random bytes. Raises ``ValueError``."""
        if len(secret) < _SHORTEST:
            raise ValueError(f"the secret is too short: {_SHORTEST} random bytes are needed")
        return cls(secret)

    def derive(self, label: str, length: int = 32) -> bytes:
        """The key for ``label``, always the same one; ``length`` in bytes."""
        info = b"afsprakenpoort/" + label.encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self._secret)
