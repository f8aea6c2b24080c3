"""Mistakes in the settings of identity, each told in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import ValidationError

from gateway.identity.identity import Identity
from gateway.keys import Keys
from tests.gateway.identity.conftest import registration

ISSUER = "https://provider.example/op"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ELLIPTIC = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PUBLIC = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_the_least_that_must_be_said() -> None:
    settings = registration(ISSUER, client_secret="s")
    assert settings.scopes == ("openid", "profile")
    assert settings.algorithms == ("RS256",)
    assert "client_secret=SecretStr('**********')" in repr(settings)


@pytest.mark.parametrize(
    ("mistake", "advice"),
    [
        ({"client_secret": None}, "give either client_secret or private_key_file"),
        ({"private_key_file": "x.pem"}, "give either client_secret or private_key_file"),
        ({"issuer": "http://provider.example"}, "write an https:// address"),
        ({"issuer": "provider.example"}, "write an https:// address"),
        ({"issuer": "https://[broken"}, "write an https:// address"),
        ({"scopes": ["profile"]}, '"openid" is always needed'),
        ({"minimum_acr_level": 25}, "needs acr_values"),
        ({"allowed_origins": ["https://portal.example/"]}, "write an origin"),
        ({"allowed_origins": ["https://Portal.example"]}, "write an origin"),
        ({"allowed_origins": ["https://*.portal.example/x"]}, "write an origin"),
        ({"allowed_origins": ["http://portal.example"]}, "write an https:// address"),
        ({"allowed_origins": ["https://user@portal.example"]}, "write an origin"),
        ({"algorithms": ["HS256"]}, "Input should be 'RS256'"),
        ({"algorithms": ["none"]}, "Input should be 'RS256'"),
        ({"algorithms": []}, "at least 1 item"),
        ({"idle_lifetime": 0}, "greater than 0"),
        ({"same_site": "strict"}, "'lax' or 'none'"),
        ({"citizen_key_claim": "email"}, "'sub' or 'rrn'"),
        ({"client_secert": "s"}, "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_told(mistake: dict[str, object], advice: str) -> None:
    with pytest.raises(ValidationError, match=advice):
        registration(ISSUER, **{"client_secret": "s", **mistake})


@pytest.mark.parametrize("content", [None, b"", b"no key", PUBLIC, ELLIPTIC])
def test_a_file_without_our_private_key_is_told(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValidationError, match="there is no RSA private key in PEM"):
        registration(ISSUER, private_key_file=file)


def test_http_is_for_this_machine_only() -> None:
    settings = registration("http://localhost:9000", client_secret="s")
    with pytest.raises(ValueError, match="public_url: write https://"):
        Identity(settings, public_url="http://poort.example", derive=lambda _: b"k" * 32)


def test_a_short_secret_makes_no_keys() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        Keys.from_secret(b"short")
