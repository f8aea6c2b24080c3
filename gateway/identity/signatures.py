"""Whether a token was signed by the provider: RFC 7515 with the keys it publishes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from jose import jwk, jws
from jose.backends.base import Key
from jose.exceptions import JOSEError
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.identity.failures import LoginFailed, Reason
from gateway.identity.settings import Algorithm


class Header(BaseModel):
    """The header of a token. ``crit`` names extensions we would have to know: none."""

    model_config = ConfigDict(frozen=True)

    alg: str
    kid: str | None = None
    crit: None = None


def read_header(token: str) -> Header:
    """The header, before anything is verified. Raises ``LoginFailed``."""
    try:
        return Header.model_validate(jws.get_unverified_header(token))
    except (JOSEError, ValidationError):
        raise LoginFailed(Reason.TOKEN_UNREADABLE) from None


class SigningKeys:
    """The provider's public keys, each made ready once for each algorithm it may be used with.

    The algorithm comes from our settings and the type of the key, never from the token
    alone: a public key is not usable as an HMAC secret, and "none" is no algorithm.
    """

    def __init__(self, keys: Iterable[dict[str, Any]], algorithms: Collection[Algorithm]) -> None:
        self._keys: dict[tuple[str | None, str], Key] = {}
        for key in keys:
            for algorithm in algorithms:
                if _fits(key, algorithm):
                    self._add(key, algorithm)

    def __contains__(self, header: Header) -> bool:
        return self._key(header) is not None

    def verify(self, token: str) -> bytes:
        """The signed payload. Raises ``LoginFailed``."""
        header = read_header(token)
        key = self._key(header)
        if key is None:
            raise LoginFailed(Reason.KEY_UNKNOWN)
        try:
            return jws.verify(token, key, algorithms=[header.alg])
        except JOSEError:
            raise LoginFailed(Reason.SIGNATURE_WRONG) from None

    def _key(self, header: Header) -> Key | None:
        if header.kid is not None:
            return self._keys.get((header.kid, header.alg))
        # A token need not say which key it was where there is only one (OpenID Core, 10.1).
        fitting = [key for (_, algorithm), key in self._keys.items() if algorithm == header.alg]
        return fitting[0] if len(fitting) == 1 else None

    def _add(self, key: dict[str, Any], algorithm: Algorithm) -> None:
        kid = key.get("kid")
        try:
            ready = jwk.construct(key, algorithm)
        except (JOSEError, ValueError, TypeError):
            return  # of another type or broken: no reason to shut out the good ones
        self._keys[kid if isinstance(kid, str) else None, algorithm] = ready


def _fits(key: dict[str, Any], algorithm: Algorithm) -> bool:
    return (
        key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm and "d" not in key
    )
