"""The OpenID provider as we call it: what it publishes, and a code for its tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from jose import jwk, jwt
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from gateway.identity.answers import ProviderClient, read
from gateway.identity.failures import LoginFailed, Reason
from gateway.identity.refreshed import Refreshed
from gateway.identity.settings import IdentitySettings, ProtectedUrl
from gateway.identity.signatures import SigningKeys, read_header

_REFRESH = timedelta(hours=1)
_REFRESH_FOR_UNKNOWN_KEY = timedelta(minutes=1)
_ASSERTION_SECONDS = 60


class Document(BaseModel):
    """What the provider publishes of itself (OpenID Connect Discovery 1.0, section 3)."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: ProtectedUrl
    token_endpoint: ProtectedUrl
    jwks_uri: ProtectedUrl
    userinfo_endpoint: ProtectedUrl | None = None
    end_session_endpoint: ProtectedUrl | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Tokens(BaseModel):
    """What the provider gives for a code; used once and not kept."""

    model_config = ConfigDict(frozen=True)

    id_token: SecretStr = Field(max_length=16_000)
    access_token: SecretStr = Field(max_length=16_000)


class Claims(BaseModel):
    """What is read of a citizen; whatever else the provider tells is dropped here."""

    model_config = ConfigDict(frozen=True)

    sub: str = Field(min_length=1, max_length=255)
    given_name: str | None = Field(default=None, max_length=128)
    family_name: str | None = Field(default=None, max_length=128)
    rrn: SecretStr | None = None


class _JsonWebKeySet(BaseModel):
    keys: tuple[dict[str, Any], ...] = Field(max_length=100)


class Provider:
    """One provider, found by its issuer. Every method raises ``LoginFailed``."""

    def __init__(
        self,
        settings: IdentitySettings,
        redirect_uri: str,
        client: httpx.AsyncClient,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._client = ProviderClient(client, settings.timeout)
        self._now = now
        pem = settings.private_key
        self._key = jwk.construct(pem.get_secret_value(), "RS256") if pem else None
        self._document = Refreshed(self._load_document, now)
        self._keys = Refreshed(self._load_keys, now)

    async def document(self) -> Document:
        """The published document, at most an hour old."""
        return await self._document.get(_REFRESH)

    async def verify(self, token: str) -> bytes:
        """The payload of a token that the provider signed.

        A key we do not know makes us ask for the keys anew, at most once a minute.
        """
        header = read_header(token)
        if header.alg not in self._settings.algorithms:
            raise LoginFailed(Reason.ALGORITHM_REFUSED)
        keys = await self._keys.get(_REFRESH)
        if header not in keys:
            keys = await self._keys.get(_REFRESH_FOR_UNKNOWN_KEY)
        return keys.verify(token)

    async def redeem(self, code: str, code_verifier: str) -> Tokens:
        """Change a code for tokens; it is sent once."""
        document = await self.document()
        proof, basic = self._client_authentication(document)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": code_verifier,
        }
        status, answer = await self._client.post(document.token_endpoint, form | proof, basic)
        if status == httpx.codes.OK:
            return read(Tokens, answer)
        error = answer.get("error")
        reason = Reason.CODE_REFUSED if error == "invalid_grant" else Reason.PROVIDER_REFUSED
        raise LoginFailed(reason, error)

    async def userinfo(self, access_token: SecretStr) -> Claims | None:
        """What the provider tells of the citizen beside the ID token; ``None`` if nowhere."""
        url = (await self.document()).userinfo_endpoint
        if url is None:
            return None
        status, answer = await self._client.get(url, bearer=access_token.get_secret_value())
        if status != httpx.codes.OK:
            raise LoginFailed(Reason.PROVIDER_REFUSED)
        return read(Claims, answer)

    def _client_authentication(
        self, document: Document
    ) -> tuple[dict[str, str], tuple[str, str] | None]:
        """What proves who we are: fields of the form, and a user and password."""
        settings = self._settings
        if self._key is not None:
            return {
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": jwt.encode(self._assertion(), self._key, "RS256"),
            }, None
        secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
        if "client_secret_basic" in document.token_endpoint_auth_methods_supported:
            # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
            return {}, (quote_plus(settings.client_id), quote_plus(secret))
        return {"client_id": settings.client_id, "client_secret": secret}, None

    def _assertion(self) -> dict[str, str | int]:
        """Who we are by RFC 7523; ACM/IDM wants the issuer as audience, for ten minutes at most."""
        now = int(self._now().timestamp())
        return {
            "iss": self._settings.client_id,
            "sub": self._settings.client_id,
            "aud": self._settings.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }

    async def _load_document(self) -> Document:
        issuer = self._settings.issuer
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        document = read(Document, await self._published(url))
        if document.issuer != issuer:
            raise LoginFailed(Reason.ISSUER_WRONG)
        return document

    async def _load_keys(self) -> SigningKeys:
        answer = await self._published((await self.document()).jwks_uri)
        return SigningKeys(read(_JsonWebKeySet, answer).keys, self._settings.algorithms)

    async def _published(self, url: str) -> dict[str, Any]:
        status, answer = await self._client.get(url)
        if status != httpx.codes.OK:
            raise LoginFailed(Reason.PROVIDER_BAD_ANSWER)
        return answer
