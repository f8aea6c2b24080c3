"""What an operator decides about logging in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from gateway.identity.origins import is_protected, origin_of

Algorithm = Literal["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
"""Signatures we can check; all with a public key, so that a provider's key signs nothing."""

_ACM_IDM = "urn:be:vlaanderen:authmech:"
ACM_IDM_LEVELS = {
    f"{_ACM_IDM}{name}": level
    for name, level in {
        "eid": 35,
        "eidashigh": 35,
        "itsme": 27,
        "csamtotp": 26,
        "csamsms": 25,
        "eidassubstantial": 25,
        "csampassword": 5,
        "csamselfreg": 5,
    }.items()
}
"""How strong each way to log in with ACM/IDM is, by its own scale."""


def _protected(url: str) -> str:
    if not is_protected(url):
        raise ValueError("write an https:// address (http:// is for this machine only)")
    return url


def _origin(url: str) -> str:
    if origin_of(_protected(url)) != url or url != url.lower() or "@" in url:
        raise ValueError("write an origin in lower case, like https://portal.example, no path")
    return url


ProtectedUrl = Annotated[str, Field(max_length=2000), AfterValidator(_protected)]
Origin = Annotated[str, AfterValidator(_origin)]
Lifetime = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=1))]


class IdentitySettings(BaseModel):
    """The OpenID provider, our registration there, and how long a login lasts.

    Attributes:
        issuer: everything else about the provider is discovered from here.
        client_secret: or ``private_key_file``: an RSA key in PEM, for ``private_key_jwt``.
        scopes: a provider may fail the whole login for one scope it does not grant.
        acr_values: ways to log in that are asked for; ACM/IDM names the way that was used
            only when asked.
        minimum_acr_level: logins below this level of ``acr_levels`` are refused; 0 takes all.
        cap_hint: ACM/IDM's capacity to log in as: ``BUR`` for citizens.
        citizen_key_claim: what a citizen is known by; changing it makes everybody a stranger.
        keep_national_number: keep the ``rrn`` claim, encrypted, for as long as the session.
        idle_lifetime: a session ends when it is not used for so long.
        absolute_lifetime: and at the latest so long after the login.
        allowed_origins: portals that embed the widget.
        same_site: ``none`` where a portal is on another site than the gateway; the cookie is
            then partitioned.
        timeout: the longest that any one answer of the provider is waited for.
        clock_skew: how far the provider's clock may be off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: ProtectedUrl
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: SecretStr | None = None
    private_key_file: Path | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    acr_values: tuple[str, ...] = ()
    acr_levels: dict[str, int] = Field(default_factory=lambda: dict(ACM_IDM_LEVELS))
    minimum_acr_level: int = 0
    cap_hint: str | None = None
    citizen_key_claim: Literal["sub", "rrn"] = "sub"
    keep_national_number: bool = False
    idle_lifetime: Lifetime = timedelta(minutes=30)
    absolute_lifetime: Lifetime = timedelta(hours=8)
    allowed_origins: tuple[Origin, ...] = ()
    same_site: Literal["lax", "none"] = "lax"
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256",), min_length=1)
    timeout: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(seconds=30))] = timedelta(
        seconds=5
    )
    clock_skew: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(minutes=5))] = timedelta(
        seconds=30
    )

    _private_key: SecretStr | None = PrivateAttr(default=None)

    @property
    def private_key(self) -> SecretStr | None:
        """The text of ``private_key_file``, read once with the settings."""
        return self._private_key

    @property
    def needs_national_number(self) -> bool:
        """Whether a login without the ``rrn`` claim is of no use."""
        return self.citizen_key_claim == "rrn" or self.keep_national_number

    @model_validator(mode="after")
    def _is_complete(self) -> IdentitySettings:
        if (self.client_secret is None) == (self.private_key_file is None):
            raise ValueError("give either client_secret or private_key_file")
        if "openid" not in self.scopes:
            raise ValueError('scopes: "openid" is always needed')
        if self.minimum_acr_level > 0 and not self.acr_values:
            raise ValueError("minimum_acr_level needs acr_values to ask the provider for")
        return self

    @model_validator(mode="after")
    def _read_private_key(self) -> IdentitySettings:
        if self.private_key_file is not None:
            try:
                pem = self.private_key_file.read_bytes()
                is_rsa = isinstance(load_pem_private_key(pem, password=None), RSAPrivateKey)
            except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
                is_rsa, pem = False, b""
            if not is_rsa:
                raise ValueError("private_key_file: there is no RSA private key in PEM")
            self._private_key = SecretStr(pem.decode("ascii"))
        return self
