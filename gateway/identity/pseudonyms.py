"""The names under which a citizen is known inside, none of which tells who they are."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from typing import Literal

from pydantic import SecretStr

from contracts.models import MatchKey

Derive = Callable[[str], bytes]
"""Gives the key for a label: ``Keys.derive``."""

MatchKind = Literal["nationalNumber", "externalId", "claimOnly"]
"""How a source recognises a citizen; ``claimOnly``: it does not, they claim an appointment."""


def citizen_key(derive: Derive, claim: str, version: int = 1) -> str:
    """The citizen's name in our own books: ``v1:…``, the same whichever way they came in.

    ``claim`` is the value of the claim that the operator chose (``citizen_key_claim``). A new
    ``version`` has a key of its own, so names of both versions can live side by side.
    """
    return f"v{version}:{_hash(derive(f'citizen key v{version}'), claim)}"


def match_key(
    derive: Derive,
    *,
    source: str,
    kind: MatchKind,
    citizen: str,
    national_number: SecretStr | None = None,
) -> MatchKey | None:
    """What ``source`` may recognise the citizen by, or ``None`` where there is nothing.

    An ``externalId`` is made of the citizen key for this source alone: two sources cannot
    find out that they serve the same person.
    """
    if kind == "externalId":
        key = hmac.digest(derive("match key v1"), source.encode(), "sha256")
        return MatchKey(kind="externalId", value=_hash(key, citizen))
    if kind == "nationalNumber" and national_number is not None:
        return MatchKey(kind="nationalNumber", value=national_number.get_secret_value())
    return None


def _hash(key: bytes, value: str) -> str:
    digest = hmac.digest(key, value.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
