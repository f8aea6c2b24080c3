"""A login provider for the demo: real OpenID Connect, citizens who do not exist, no password.

Serve ``DemoProvider(…).app`` on this machine; whatever comes in on another address is refused.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from string import Template
from typing import Any, Final

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from jose import jwk, jwt
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.exceptions import ClientException, PermissionDeniedException
from litestar.response import Redirect

from gateway.identity.origins import LOOPBACK

AnyRequest = Request[Any, Any, Any]

_CODE_LIFETIME = timedelta(seconds=30)  # as short as ACM/IDM's
_TOKEN_LIFETIME = timedelta(minutes=10)
_KID = "demo"


@dataclass(frozen=True)
class DemoCitizen:
    """Somebody to log in as. The national numbers are published test numbers."""

    sub: str
    given_name: str
    family_name: str
    rrn: str
    acr: str


DEMO_CITIZENS: Final = (
    DemoCitizen(
        "demo-noor", "Noor", "Testburger", "85073003328", "urn:be:vlaanderen:authmech:itsme"
    ),
    DemoCitizen("demo-sam", "Sam", "Testburger", "98472899765", "urn:be:vlaanderen:authmech:eid"),
    DemoCitizen("demo-kim", "Kim", "Testburger", "01490700185", "urn:be:vlaanderen:authmech:eid"),
)
_PAGE: Final = Template(
    """<!doctype html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Demo: aanmelden als testburger</title>
<style>
body { font: 1.125rem/1.5 system-ui, sans-serif; color: #333332; background: #fff;
  max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.5rem; }
ul { list-style: none; padding: 0; }
button { font: inherit; width: 100%; text-align: start; margin: 0 0 .75rem; padding: .75rem 1rem;
  color: #0055cc; background: #fff; border: 2px solid #0055cc; border-radius: 4px;
  cursor: pointer; overflow-wrap: anywhere; }
button:hover, button:focus-visible { color: #fff; background: #0055cc; }
button:focus-visible { outline: 3px solid #333332; outline-offset: 2px; }
small { display: block; font-size: 1rem; }
</style>
</head>
<body>
<main>
<h1>Als wie meldt u zich aan?</h1>
<p>Dit is een demo: deze burgers bestaan niet en er is geen wachtwoord.</p>
<form method="post"><ul>$citizens</ul>$request</form>
</main>
</body>
</html>
"""
)


@dataclass(frozen=True)
class _Grant:
    citizen: DemoCitizen
    expires_at: datetime
    query: Mapping[str, str]


class DemoProvider:
    """One provider for one client, with a key made when it starts.

    Args:
        client_id: the gateway's registration, with its ``client_secret``.
        redirect_uri: where a login ends, compared letter by letter.
        after_logout_uri: where a logout ends.
        now: the clock, timezone-aware.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        after_logout_uri: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._after_logout_uri = after_logout_uri
        self._now = now
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._key = jwk.construct(pem, "RS256")
        self._grants: dict[str, _Grant] = {}
        self.app = Litestar(
            [
                get("/.well-known/openid-configuration")(self._document),
                get("/jwks")(self._jwks),
                get("/authorize", media_type=MediaType.HTML)(self._choose),
                post("/authorize")(self._chosen),
                post("/token")(self._token),
                get("/userinfo")(self._userinfo),
                get("/logout")(self._logout),
            ],
            before_request=_on_this_machine_only,
            openapi_config=None,
            logging_config=None,
        )

    async def _document(self, request: AnyRequest) -> dict[str, Any]:
        issuer = _issuer(request)
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "end_session_endpoint": f"{issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    async def _jwks(self) -> dict[str, Any]:
        public = self._key.public_key().to_dict()
        return {"keys": [{**public, "kid": _KID, "use": "sig"}]}

    async def _choose(self, request: AnyRequest) -> str:
        query = request.query_params
        self._check(query)
        citizens = "".join(
            f'<li><button name="citizen" value="{citizen.sub}">'
            f"{citizen.given_name} {citizen.family_name}"
            f"<small>Testnummer {citizen.rrn}</small></button></li>"
            for citizen in DEMO_CITIZENS
        )
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in query.items()
            if name != "citizen"
        )
        return _PAGE.substitute(citizens=citizens, request=hidden)

    async def _chosen(self, request: AnyRequest) -> Redirect:
        form = dict(await request.form())
        self._check(form)
        citizen = next((one for one in DEMO_CITIZENS if one.sub == form.get("citizen")), None)
        if citizen is None:
            raise ClientException("no such citizen")
        code = self._grant(citizen, form, _CODE_LIFETIME)
        answer = {"code": code, "state": form.get("state", ""), "iss": _issuer(request)}
        return Redirect(str(httpx.URL(self._redirect_uri, params=answer)), status_code=303)

    async def _token(self, request: AnyRequest) -> Response[dict[str, Any]]:
        form = dict(await request.form())
        pair = base64.b64encode(f"{self._client_id}:{self._client_secret}".encode())
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, b"Basic " + pair):
            return _refusal("invalid_client", 401)
        grant = self._redeem(form.get("code", ""))
        if grant is None or not _proves(grant, form):
            return _refusal("invalid_grant", 400)
        access_token = self._grant(grant.citizen, {}, _TOKEN_LIFETIME)
        return _private(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": int(_TOKEN_LIFETIME.total_seconds()),
                "id_token": self._id_token(_issuer(request), grant, access_token),
            }
        )

    async def _userinfo(self, request: AnyRequest) -> Response[dict[str, Any]]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        grant = self._grants.get(token)
        if grant is None or grant.query or grant.expires_at <= self._now():
            return _refusal("invalid_token", 401)
        return _private(_claims(grant.citizen))

    async def _logout(self, request: AnyRequest) -> Redirect:
        query = request.query_params
        if query.get("post_logout_redirect_uri") != self._after_logout_uri:
            raise ClientException("unknown post_logout_redirect_uri")
        answer = {"state": query.get("state", "")}
        return Redirect(str(httpx.URL(self._after_logout_uri, params=answer)))

    def _check(self, query: Mapping[str, str]) -> None:
        """Raise for a request that a provider must not answer with a redirect."""
        if (
            query.get("client_id") != self._client_id
            or query.get("redirect_uri") != self._redirect_uri
            or query.get("response_type") != "code"
            or query.get("code_challenge_method") != "S256"
            or not query.get("code_challenge")
        ):
            raise ClientException("not a login of the demo's client")

    def _grant(self, citizen: DemoCitizen, query: Mapping[str, str], life: timedelta) -> str:
        now = self._now()
        self._grants = {key: one for key, one in self._grants.items() if one.expires_at > now}
        secret = secrets.token_urlsafe(32)
        self._grants[secret] = _Grant(citizen, now + life, query)
        return secret

    def _redeem(self, code: str) -> _Grant | None:
        """The grant of a code, which is worth nothing from now on."""
        grant = self._grants.pop(code, None)
        return grant if grant and grant.query and grant.expires_at > self._now() else None

    def _id_token(self, issuer: str, grant: _Grant, access_token: str) -> str:
        now = int(self._now().timestamp())
        claims = {
            **_claims(grant.citizen),
            "iss": issuer,
            "aud": self._client_id,
            "iat": now,
            "exp": now + int(_TOKEN_LIFETIME.total_seconds()),
            "nonce": grant.query.get("nonce"),
            "acr": grant.citizen.acr,
        }
        return jwt.encode(
            claims, self._key, "RS256", headers={"kid": _KID}, access_token=access_token
        )


def _on_this_machine_only(request: AnyRequest) -> None:
    if (request.scope["server"] or ("", 0))[0] not in LOOPBACK:
        raise PermissionDeniedException("the demo's provider is for this machine only")


def _issuer(request: AnyRequest) -> str:
    """From the address that was connected to; a Host header could say anything."""
    host, port = request.scope["server"] or ("127.0.0.1", 80)
    return f"http://{host}:{port}"


def _claims(citizen: DemoCitizen) -> dict[str, Any]:
    return {
        "sub": citizen.sub,
        "given_name": citizen.given_name,
        "family_name": citizen.family_name,
        "rrn": citizen.rrn,
    }


def _proves(grant: _Grant, form: Mapping[str, str]) -> bool:
    """Whether the one who redeems a code is the one who asked for it (RFC 7636)."""
    challenge = create_s256_code_challenge(form.get("code_verifier", ""))  # type: ignore[no-untyped-call] # its stubs are not done yet
    return (
        form.get("grant_type") == "authorization_code"
        and form.get("redirect_uri") == grant.query["redirect_uri"]
        and hmac.compare_digest(str(challenge), grant.query["code_challenge"])
    )


def _private(content: dict[str, Any]) -> Response[dict[str, Any]]:
    return Response(content, status_code=200, headers={"Cache-Control": "no-store"})


def _refusal(error: str, status: int) -> Response[dict[str, Any]]:
    return Response({"error": error}, status_code=status, headers={"Cache-Control": "no-store"})
