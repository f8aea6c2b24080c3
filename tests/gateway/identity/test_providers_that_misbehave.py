"""What a wrong, broken or hostile provider can make of a login: a page that says so, no more."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jose import jwk, jws
from jose.utils import base64url_encode, calculate_at_hash
from litestar import Litestar, Request, Response, get, post
from structlog.testing import capture_logs

from contracts.suite import Clock
from tests.gateway.identity.conftest import Site, Sites, registration

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

    async def log_in(self, site: Site) -> httpx.Response:
        asked = (await site.start("/afspraken")).params
        self.nonce = asked["nonce"]
        query = {"code": "the-code", "state": asked["state"]}
        return await site.browser.get("/auth/callback", params=query)


@pytest.fixture
def rogue(clock: Clock) -> Rogue:
    return Rogue(clock)


@pytest.fixture
async def site(sites: Sites, rogue: Rogue) -> AsyncIterator[Site]:
    sites.serve(rogue.app)
    chosen = {"client_secret": "s", "timeout": timedelta(seconds=0.2)}
    async with sites.site(lambda _: registration(rogue.issuer, **chosen)) as site:
        yield site


async def refused(site: Site, answer: httpx.Response, status: int) -> None:
    """A page in the citizen's language, which tells nothing, and nobody is logged in."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert '<html lang="nl">' in answer.text
    for secret in ("the-code", "Traceback", "opaque", "eyJ"):
        assert secret not in answer.text
    assert await site.session() == {"loggedIn": False}


async def test_a_good_token_logs_in(site: Site, rogue: Rogue) -> None:
    assert (await rogue.log_in(site)).headers["Location"] == f"{site.url}/afspraken"
    assert (await site.session())["loggedIn"]


BAD_CLAIMS: dict[str, tuple[str, Claims]] = {
    "another issuer": ("issuerWrong", {"iss": "https://evil.example"}),
    "another audience": ("audienceWrong", {"aud": "somebody-else"}),
    "no audience": ("audienceWrong", {"aud": []}),
    "two audiences and no azp": ("audienceWrong", {"aud": ["poort", "other"]}),
    "another azp": ("audienceWrong", {"azp": "other"}),
    "expired": ("tokenExpired", {"exp": 1_000_000_000}),
    "no expiry": ("tokenUnreadable", {"exp": None}),
    "an expiry in words": ("tokenUnreadable", {"exp": "soon"}),
    "from the future": ("tokenFromFuture", {"iat": 2_000_000_000}),
    "another nonce": ("nonceWrong", {"nonce": "another"}),
    "no nonce": ("nonceWrong", {"nonce": None}),
    "no subject": ("tokenUnreadable", {"sub": None}),
    "an empty subject": ("tokenUnreadable", {"sub": ""}),
    "a subject without end": ("tokenUnreadable", {"sub": "a" * 256}),
    "another access token": ("accessTokenSwapped", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
async def test_a_token_with_a_bad_claim_is_refused(site: Site, rogue: Rogue, name: str) -> None:
    reason, rogue.claims = BAD_CLAIMS[name]
    with capture_logs() as log:
        await refused(site, await rogue.log_in(site), 502)
    assert {"login_failed", reason} <= set(log[-1].values())


async def test_a_token_for_us_among_others_names_us_as_its_party(site: Site, rogue: Rogue) -> None:
    at_hash = calculate_at_hash("opaque", hashlib.sha256)
    rogue.claims = {"aud": ["poort", "other"], "azp": "poort", "at_hash": at_hash}
    assert (await rogue.log_in(site)).status_code == 302


def _unsigned(claims: Claims) -> str:
    header = base64url_encode(json.dumps({"alg": "none", "kid": "first"}).encode())
    return b".".join([header, base64url_encode(json.dumps(claims).encode()), b""]).decode()


def _hmac_with_the_public_key(claims: Claims) -> str:
    # By hand: no library signs like this any more, but attackers do.
    header = base64url_encode(json.dumps({"alg": "HS256", "kid": "first"}).encode())
    text = header + b"." + base64url_encode(json.dumps(claims).encode())
    signature = hmac.digest(public_pem(FIRST), text, "sha256")
    return (text + b"." + base64url_encode(signature)).decode()


def _changed_afterwards(claims: Claims) -> str:
    header, _, signature = signed(claims).split(".")
    changed = base64url_encode(json.dumps({**claims, "sub": "somebody else"}).encode())
    return f"{header}.{changed.decode()}.{signature}"


BAD_TOKENS: dict[str, tuple[str, Callable[[Claims], str]]] = {
    "alg none": ("algorithmRefused", _unsigned),
    "HS256 with the public key": ("algorithmRefused", _hmac_with_the_public_key),
    "an algorithm that was not chosen": ("algorithmRefused", lambda c: signed(c, alg="RS512")),
    "another's key": ("signatureWrong", lambda c: signed(c, pem(SECOND))),
    "changed afterwards": ("signatureWrong", _changed_afterwards),
    "unknown kid": ("keyUnknown", lambda c: signed(c, kid="never heard of")),
    "no token": ("tokenUnreadable", lambda _: "no token"),
    "nothing": ("tokenUnreadable", lambda _: ""),
    "dots": ("tokenUnreadable", lambda _: "...."),
    "a critical extension": (
        "tokenUnreadable",
        lambda c: jws.sign(c, pem(FIRST), {"kid": "first", "crit": ["exp"]}, "RS256"),
    ),
    "no object": (
        "tokenUnreadable",
        lambda _: jws.sign(b"[]", pem(FIRST), {"kid": "first"}, "RS256"),
    ),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_a_token_with_a_bad_signature_is_refused(site: Site, rogue: Rogue, name: str) -> None:
    reason, rogue.make = BAD_TOKENS[name]
    with capture_logs() as log:
        await refused(site, await rogue.log_in(site), 502)
    assert {"login_failed", reason} <= set(log[-1].values())


async def test_new_keys_are_found_and_asked_for_once_a_minute_at_most(
    site: Site, rogue: Rogue, clock: Clock
) -> None:
    assert (await rogue.log_in(site)).status_code == 302
    rogue.keys = [public_jwk(SECOND, "second")]
    rogue.make = lambda claims: signed(claims, pem(SECOND), "second")
    for _ in range(3):
        assert (await rogue.log_in(site)).status_code == 502
    assert rogue.asked.count("jwks") == 1
    clock.advance(timedelta(minutes=1))
    assert (await rogue.log_in(site)).status_code == 302
    assert rogue.asked.count("jwks") == 2


async def test_broken_keys_beside_a_good_one_do_no_harm(site: Site, rogue: Rogue) -> None:
    rogue.keys += [{"kty": "RSA", "kid": "a"}, {"kty": "oct", "kid": "first", "k": "AAAA"}, {}]
    rogue.keys += [{"kty": "RSA", "kid": "b", "n": "*", "e": [1]}]
    assert (await rogue.log_in(site)).status_code == 302


async def test_what_the_userinfo_adds_must_be_of_the_same_person(site: Site, rogue: Rogue) -> None:
    rogue.userinfo = {"sub": "someone", "given_name": "Noor"}
    assert (await rogue.log_in(site)).status_code == 302
    assert (await site.session())["givenName"] == "Noor"
    await site.write(
        "/auth/logout", Origin=site.url, CSRF_Token=(await site.session())["csrfToken"]
    )
    rogue.userinfo = {"sub": "somebody else", "given_name": "Sam"}
    await refused(site, await rogue.log_in(site), 502)


@pytest.mark.parametrize("number", [None, "85073003329", "8507300332", "a" * 11])
async def test_a_login_by_number_needs_a_right_number(
    sites: Sites, rogue: Rogue, number: str | None
) -> None:
    sites.serve(rogue.app)
    rogue.userinfo = {"sub": "someone", "rrn": number}
    chosen = {"client_secret": "s", "citizen_key_claim": "rrn"}
    async with sites.site(lambda _: registration(rogue.issuer, **chosen)) as site:
        await refused(site, await rogue.log_in(site), 502)
        rogue.userinfo = {"sub": "someone", "rrn": "85073003328"}
        assert (await rogue.log_in(site)).status_code == 302


BAD_ANSWERS: dict[str, tuple[int, Callable[[], Response[Any]]]] = {
    "a page": (502, lambda: Response("<html>Sorry</html>", media_type="text/html")),
    "a huge answer": (502, lambda: Response(b" " * 300_000, media_type="application/json")),
    "half an answer": (502, lambda: Response(b'{"issuer": "http', media_type="application/json")),
    "a list": (502, lambda: Response([], status_code=200)),
    "nothing useful": (502, lambda: Response({}, status_code=200)),
    "an error of its own": (503, lambda: Response({}, status_code=500)),
    "another address": (
        502,
        lambda: Response({}, status_code=307, headers={"Location": "https://evil.example/"}),
    ),
}


@pytest.mark.parametrize("endpoint", ["openid-configuration", "jwks", "token", "userinfo"])
@pytest.mark.parametrize("name", BAD_ANSWERS)
async def test_an_answer_that_is_none_gives_a_page(
    site: Site, rogue: Rogue, endpoint: str, name: str
) -> None:
    status, answer = BAD_ANSWERS[name]
    rogue.instead[endpoint] = answer()
    if endpoint == "openid-configuration":
        await refused(site, await site.browser.get("/auth/login"), status)
    elif (endpoint, name) == ("jwks", "nothing useful"):
        await refused(site, await rogue.log_in(site), 502)
    else:
        await refused(site, await rogue.log_in(site), status)


@pytest.mark.parametrize("endpoint", ["openid-configuration", "jwks", "token", "userinfo"])
async def test_a_provider_that_stays_silent_is_not_waited_for(
    site: Site, rogue: Rogue, endpoint: str
) -> None:
    rogue.silent = {endpoint}
    if endpoint == "openid-configuration":
        await refused(site, await site.browser.get("/auth/login"), 503)
    else:
        await refused(site, await rogue.log_in(site), 503)


async def test_many_citizens_wait_for_a_silent_provider_together(site: Site, rogue: Rogue) -> None:
    rogue.silent = {"openid-configuration"}
    answers = await asyncio.gather(*(site.browser.get("/auth/login") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {503}
    assert rogue.asked == ["openid-configuration"]


async def test_a_provider_that_is_down_gives_a_page_and_is_found_again(
    sites: Sites, rogue: Rogue, clock: Clock
) -> None:
    address = sites.serve(rogue.app)
    nowhere = "http://127.0.0.1:9"  # the discard port: nothing listens
    async with sites.site(lambda _: registration(nowhere, client_secret="s")) as site:
        await refused(site, await site.browser.get("/auth/login"), 503)
    async with sites.site(lambda _: registration(address, client_secret="s")) as site:
        rogue.instead["openid-configuration"] = Response({}, status_code=500)
        await refused(site, await site.browser.get("/auth/login"), 503)
        rogue.instead.clear()
        clock.advance(timedelta(seconds=3))
        assert (await rogue.log_in(site)).status_code == 302


async def test_what_was_published_outlives_an_outage(
    site: Site, rogue: Rogue, clock: Clock
) -> None:
    assert (await rogue.log_in(site)).status_code == 302
    clock.advance(timedelta(hours=2))
    rogue.instead["openid-configuration"] = Response({}, status_code=500)
    rogue.instead["jwks"] = Response({}, status_code=500)
    assert (await rogue.log_in(site)).status_code == 302


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://provider.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
async def test_a_published_document_must_be_its_issuers_and_safe(
    site: Site, rogue: Rogue, document: Claims
) -> None:
    rogue.document = document
    await refused(site, await site.browser.get("/auth/login"), 502)


BAD_CALLBACKS: dict[str, tuple[int, str, Claims]] = {
    "a forged state": (400, "stateMismatch", {"code": "the-code", "state": "forged"}),
    "no state": (400, "stateMismatch", {"code": "the-code", "state": None}),
    "no code": (502, "providerRefused", {}),
    "cancelled": (403, "cancelled", {"error": "access_denied"}),
    "a scope refused": (502, "providerRefused", {"error": "invalid_scope", "code": "the-code"}),
    "text as error": (502, "providerRefused", {"error": "<script>rrn 85073003328</script>"}),
    "an error of a stranger": (400, "stateMismatch", {"error": "access_denied", "state": "x"}),
    "another provider's answer": (502, "issuerWrong", {"code": "c", "iss": "https://evil.example"}),
}


@pytest.mark.parametrize("name", BAD_CALLBACKS)
async def test_a_bad_way_back_gives_a_page(site: Site, rogue: Rogue, name: str) -> None:
    status, reason, query = BAD_CALLBACKS[name]
    state = (await site.start("/afspraken")).params["state"]
    params = {key: value for key, value in {"state": state, **query}.items() if value}
    with capture_logs() as log:
        answer = await site.browser.get("/auth/callback", params=params)
    await refused(site, answer, status)
    assert f'href="{site.url}/auth/login?returnTo=' in answer.text
    assert log[-1]["reason"] == reason
    assert log[-1]["said"] in {None, "access_denied", "invalid_scope"}
    assert "85073003328" not in repr(log)
    assert "token" not in rogue.asked


async def test_a_callback_out_of_the_blue_gives_a_page(site: Site) -> None:
    answer = await site.browser.get("/auth/callback", params={"code": "the-code", "state": "x"})
    await refused(site, answer, 400)


@pytest.mark.parametrize(
    ("header", "language", "title"),
    [
        ("fr-BE,nl;q=0.5", "fr", "La connexion a expiré"),
        ("de", "de", "Die Anmeldung ist abgelaufen"),
        ("en-GB", "en", "The login has expired"),
        ("pt", "nl", "De aanmelding is verlopen"),
    ],
)
async def test_the_page_is_in_the_citizens_language(
    site: Site, header: str, language: str, title: str
) -> None:
    answer = await site.browser.get("/auth/callback", headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in answer.text
    assert title in answer.text


async def test_no_code_token_or_person_is_in_the_log(site: Site, rogue: Rogue) -> None:
    rogue.userinfo = {"sub": "someone", "given_name": "Noor", "family_name": "Testburger"}
    with capture_logs() as log:
        assert (await rogue.log_in(site)).status_code == 302
        rogue.instead["token"] = Response({"error": "invalid_grant"}, status_code=400)
        assert (await rogue.log_in(site)).status_code == 400
    assert [line["event"] for line in log] == ["logged_in", "login_failed"]
    for secret in ("the-code", "opaque", "eyJ", "Noor", "someone"):
        assert secret not in repr(log)
