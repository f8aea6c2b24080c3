"""ID tokens that prove nothing: each is refused, for its own reason."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from jose import jws
from jose.utils import base64url_encode, calculate_at_hash
from structlog.testing import capture_logs

from contracts.suite import Clock
from tests.gateway.identity.conftest import Sites, registration
from tests.gateway.identity.rogue import (
    FIRST,
    SECOND,
    Claims,
    Rogue,
    pem,
    public_jwk,
    public_pem,
    signed,
)


async def test_a_good_token_logs_in(rogue: Rogue) -> None:
    assert (await rogue.log_in()).headers["Location"] == f"{rogue.site.url}/afspraken"
    assert (await rogue.site.session())["loggedIn"]


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
async def test_a_token_with_a_bad_claim_is_refused(rogue: Rogue, name: str) -> None:
    reason, rogue.claims = BAD_CLAIMS[name]
    with capture_logs() as log:
        await rogue.refused(await rogue.log_in(), 502)
    assert {"login_failed", reason} <= set(log[-1].values())


async def test_a_token_for_us_among_others_names_us_as_its_party(rogue: Rogue) -> None:
    at_hash = calculate_at_hash("opaque", hashlib.sha256)
    rogue.claims = {"aud": ["poort", "other"], "azp": "poort", "at_hash": at_hash}
    assert (await rogue.log_in()).status_code == 302


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
async def test_a_token_with_a_bad_signature_is_refused(rogue: Rogue, name: str) -> None:
    reason, rogue.make = BAD_TOKENS[name]
    with capture_logs() as log:
        await rogue.refused(await rogue.log_in(), 502)
    assert {"login_failed", reason} <= set(log[-1].values())


async def test_new_keys_are_found_and_asked_for_once_a_minute_at_most(
    rogue: Rogue, clock: Clock
) -> None:
    assert (await rogue.log_in()).status_code == 302
    rogue.keys = [public_jwk(SECOND, "second")]
    rogue.make = lambda claims: signed(claims, pem(SECOND), "second")
    for _ in range(3):
        assert (await rogue.log_in()).status_code == 502
    assert rogue.asked.count("jwks") == 1
    clock.advance(timedelta(minutes=1))
    assert (await rogue.log_in()).status_code == 302
    assert rogue.asked.count("jwks") == 2


async def test_a_token_may_leave_its_key_unnamed_where_there_is_one(rogue: Rogue) -> None:
    rogue.make = lambda claims: jws.sign(claims, pem(FIRST), algorithm="RS256")
    assert (await rogue.log_in()).status_code == 302


async def test_a_token_must_name_its_key_where_there_are_two(rogue: Rogue) -> None:
    rogue.keys.append(public_jwk(SECOND, "second"))
    rogue.make = lambda claims: jws.sign(claims, pem(FIRST), algorithm="RS256")
    await rogue.refused(await rogue.log_in(), 502)


async def test_broken_keys_beside_a_good_one_do_no_harm(rogue: Rogue) -> None:
    rogue.keys += [{"kty": "RSA", "kid": "a"}, {"kty": "oct", "kid": "first", "k": "AAAA"}, {}]
    rogue.keys += [{"kty": "RSA", "kid": "b", "n": "*", "e": [1]}]
    assert (await rogue.log_in()).status_code == 302


async def test_what_the_userinfo_adds_must_be_of_the_same_person(rogue: Rogue) -> None:
    rogue.userinfo = {"sub": "someone", "given_name": "Noor"}
    assert (await rogue.log_in()).status_code == 302
    assert (await rogue.site.session())["givenName"] == "Noor"
    await rogue.site.write(
        "/auth/logout", Origin=rogue.site.url, CSRF_Token=(await rogue.site.session())["csrfToken"]
    )
    rogue.userinfo = {"sub": "somebody else", "given_name": "Sam"}
    await rogue.refused(await rogue.log_in(), 502)


@pytest.mark.parametrize("number", [None, "85073003329", "8507300332", "a" * 11])
async def test_a_login_by_number_needs_a_right_number(
    sites: Sites, rogue: Rogue, number: str | None
) -> None:
    chosen = {"client_secret": "s", "citizen_key_claim": "rrn"}
    async with sites.site(lambda _: registration(rogue.issuer, **chosen)) as rogue.site:
        rogue.userinfo = {"sub": "someone", "rrn": number}
        await rogue.refused(await rogue.log_in(), 502)
        rogue.userinfo = {"sub": "someone", "rrn": "85073003328"}
        assert (await rogue.log_in()).status_code == 302
