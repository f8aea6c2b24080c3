"""``keys.json``: whose signature counts, and what was revoked. It is a JWKS (RFC 7517), published.

An owner, dates and revocations are members of ours beside those of the standard; whoever does
not know them skips them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, Self

from jose import jwk
from jose.backends.base import Key
from jose.exceptions import JWKError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

ALGORITHM: Final = "ES256"
"""The only one: an algorithm is chosen here, never by a certificate."""
PLATFORM: Final = "platform"
"""The owner whose signature certifies; every other owner attests to what is its own."""


class KeysUnreadable(Exception):
    """The file with the keys cannot be read or written; the message says why."""


class _Entry(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
    )


class Revoked(_Entry):
    """Since when something no longer counts, and why."""

    at: AwareDatetime
    because: str = Field(min_length=1)


class PublicKey(_Entry):
    """One key, and whose it is.

    ``owner`` is ``platform``, or the one thing that it may sign for: an adapter by its name, or
    by its origin a system that speaks the contract itself.

    A retired key signs nothing new; what it signed counts until that expires. A revoked one
    never signed anything that counts.
    """

    kid: str
    kty: Literal["EC"] = "EC"
    crv: Literal["P-256"] = "P-256"
    x: str
    y: str
    use: Literal["sig"] = "sig"
    alg: Literal["ES256"] = ALGORITHM
    owner: str
    made_at: AwareDatetime
    retired_at: AwareDatetime | None = None
    revoked: Revoked | None = None

    def may_sign_for(self, about: str) -> bool:
        """Whether its signature counts below a certificate of this adapter or system."""
        return self.owner in {PLATFORM, about}

    @model_validator(mode="after")
    def _is_what_it_is_called(self) -> Self:
        """One entry cannot take the place of another, and each is a point that can verify."""
        if self.kid != thumbprint(self.x, self.y):
            raise ValueError("kid is not the thumbprint of the key")
        try:
            _ = self.ready
        except (JWKError, ValueError):
            raise ValueError("x and y are no public key") from None
        return self

    @property
    def ready(self) -> Key:
        """The key, to verify with."""
        return jwk.construct({"kty": "EC", "crv": "P-256", "x": self.x, "y": self.y}, ALGORITHM)


class RevokedCertificate(Revoked):
    """A certificate that no longer counts, by its id."""

    id: str


class Trust(_Entry):
    """The whole file."""

    keys: tuple[PublicKey, ...] = ()
    revoked_certificates: tuple[RevokedCertificate, ...] = ()

    @model_validator(mode="after")
    def _has_each_key_once(self) -> Self:
        """Of two entries one could be revoked and the other not."""
        if len({key.kid for key in self.keys}) != len(self.keys):
            raise ValueError("a key is in it twice")
        return self

    def key(self, kid: str) -> PublicKey | None:
        """The key of this id."""
        return next((key for key in self.keys if key.kid == kid), None)

    def revoked(self, certificate_id: str) -> RevokedCertificate | None:
        """The revocation of this certificate, if any."""
        return next((each for each in self.revoked_certificates if each.id == certificate_id), None)

    def with_key(self, key: PublicKey) -> Trust:
        """The same with a key added, or changed where it is there already."""
        others = tuple(each for each in self.keys if each.kid != key.kid)
        return self.model_copy(update={"keys": (*others, key)})

    def revoking(self, certificate: RevokedCertificate) -> Trust:
        """The same with one certificate more that no longer counts."""
        return self.model_copy(
            update={"revoked_certificates": (*self.revoked_certificates, certificate)}
        )

    def as_json(self) -> str:
        """The file, as it is written and published."""
        return self.model_dump_json(indent=2, exclude_none=True) + "\n"


def read(path: Path) -> Trust:
    """The file; nothing is trusted where there is none. Raises ``KeysUnreadable``."""
    try:
        return Trust.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Trust()
    except OSError as error:
        raise KeysUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise KeysUnreadable(f"{path} is no file of keys: {_places(error)}.") from None


def write(path: Path, trust: Trust) -> None:
    """Write it whole or not at all: gateways read it meanwhile. Raises ``KeysUnreadable``."""
    beside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(trust.as_json(), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise KeysUnreadable(f"{path} cannot be written: {error.strerror}.") from error


def thumbprint(x: str, y: str) -> str:
    """The id of a key: its RFC 7638 thumbprint."""
    members = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


def _places(error: ValidationError) -> str:
    def place(location: Iterable[object]) -> str:
        return ".".join(map(str, location)) or "the whole"

    return "; ".join(f"{place(each['loc'])}: {each['msg']}" for each in error.errors()[:5])
