"""A provider that says whatever a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jose import jwk, jws
from litestar import Litestar, Request, Response, get, post

from contracts.suite import Clock

if TYPE_CHECKING:
    from tests.gateway.identity.conftest import Site

Claims = dict[str, Any]
FIRST, SECOND = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


def pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_jwk(key: rsa.RSAPrivateKey, kid: str) -> Claims:
    public = jwk.construct(public_pem(key), "RS256").to_dict()
    return {**public, "kid": kid, "use": "sig"}


def signed(claims: Claims, key: bytes = b"", kid: str = "first", alg: str = "RS256") -> str:
    return jws.sign(claims, key or pem(FIRST), headers={"kid": kid}, algorithm=alg)


@dataclass
class Rogue:
    """A provider that a test tells what to say."""

    clock: Clock
    site: Site = field(init=False)
    issuer: str = ""
    nonce: str = ""
    document: Claims = field(default_factory=dict)
    keys: list[Claims] = field(default_factory=lambda: [public_jwk(FIRST, "first")])
    claims: Claims = field(default_factory=dict)
    make: Callable[[Claims], str] = signed
    userinfo: Claims = field(default_factory=lambda: {"sub": "someone"})
    instead: dict[str, Response[Any]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def app(self, issuer: str) -> Litestar:
        self.issuer = issuer

        async def interfere(request: Request[Any, Any, Any]) -> Response[Any] | None:
            name = request.url.path.rpartition("/")[2]
            self.asked.append(name)
            if name in self.silent:
                await asyncio.Event().wait()
            return self.instead.get(name)

        @get("/.well-known/openid-configuration")
        async def document() -> Claims:
            urls = {
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                "userinfo_endpoint": f"{issuer}/userinfo",
            }
            return {"issuer": issuer, **urls, **self.document}

        @get("/jwks")
        async def jwks() -> Claims:
            return {"keys": self.keys}

        @get("/userinfo")
        async def userinfo() -> Claims:
            return self.userinfo

        @post("/token", status_code=200)
        async def token() -> Claims:
            now = int(self.clock().timestamp())
            claims = {
                "iss": issuer,
                "aud": "poort",
                "sub": "someone",
                "iat": now,
                "exp": now + 300,
                "nonce": self.nonce,
                **self.claims,
            }
            kept = {name: value for name, value in claims.items() if value is not None}
            return {"access_token": "opaque", "token_type": "Bearer", "id_token": self.make(kept)}

        return Litestar(
            [document, jwks, token, userinfo],
            before_request=interfere,
            openapi_config=None,
            logging_config=None,
        )

    async def log_in(self) -> httpx.Response:
        """The citizen's way to this provider and back, up to the gateway's answer."""
        asked = (await self.site.start("/afspraken")).params
        self.nonce = asked["nonce"]
        query = {"code": "the-code", "state": asked["state"]}
        return await self.site.browser.get("/auth/callback", params=query)

    async def refused(self, answer: httpx.Response, status: int) -> None:
        """It is a page for a citizen, which tells nothing, and nobody is logged in."""
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert '<html lang="nl">' in answer.text
        for secret in ("the-code", "Traceback", "opaque", "eyJ"):
            assert secret not in answer.text
        assert await self.site.session() == {"loggedIn": False}
