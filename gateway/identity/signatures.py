"""Whether a token was signed by the provider: RFC 7515 with the keys it publishes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from jose import jwk, jws
from jose.backends.base import Key
from jose.exceptions import JOSEError
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.identity.failures import LoginFailed, Reason
from gateway.identity.settings import Algorithm

_KEY_TYPE: Final = {"RS": "RSA", "ES": "EC"}


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
        return (header.kid, header.alg) in self._keys

    def verify(self, token: str) -> bytes:
        """The signed payload. Raises ``LoginFailed``."""
        header = read_header(token)
        key = self._keys.get((header.kid, header.alg))
        if key is None:
            raise LoginFailed(Reason.KEY_UNKNOWN)
        try:
            return jws.verify(token, key, algorithms=[header.alg])
        except JOSEError:
            raise LoginFailed(Reason.SIGNATURE_WRONG) from None

    def _add(self, key: dict[str, Any], algorithm: Algorithm) -> None:
        kid = key.get("kid")
        try:
            ready = jwk.construct(key, algorithm)
        except (JOSEError, ValueError, TypeError):
            return  # one broken key of theirs must not shut out the good ones
        self._keys[kid if isinstance(kid, str) else None, algorithm] = ready


def _fits(key: dict[str, Any], algorithm: Algorithm) -> bool:
    return (
        key.get("kty") == _KEY_TYPE[algorithm[:2]]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and "d" not in key
    )
