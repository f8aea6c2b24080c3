"""Whether an ID token is meant for us, now, and for this login (OpenID Connect Core, 3.1.3.7)."""

from __future__ import annotations

from datetime import datetime

from jose.constants import ALGORITHMS
from jose.utils import calculate_at_hash
from pydantic import ConfigDict, ValidationError

from gateway.identity.failures import LoginFailed, Reason
from gateway.identity.provider import Claims
from gateway.identity.settings import IdentitySettings


class IdToken(Claims):
    """The claims of an ID token that the rules below and the login need."""

    model_config = ConfigDict(frozen=True, strict=True)

    iss: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str | None = None
    azp: str | None = None
    at_hash: str | None = None
    acr: str | None = None


def read_id_token(payload: bytes) -> IdToken:
    """The claims of a payload whose signature was right. Raises ``LoginFailed``."""
    try:
        return IdToken.model_validate_json(payload)
    except ValidationError:
        raise LoginFailed(Reason.TOKEN_UNREADABLE) from None


def check_id_token(
    token: IdToken,
    settings: IdentitySettings,
    *,
    nonce: str,
    now: datetime,
) -> None:
    """Raise ``LoginFailed`` for the first rule that the token breaks."""
    audience = {token.aud} if isinstance(token.aud, str) else set(token.aud)
    us = settings.client_id
    parties = {us, None} if audience == {us} else {us}
    seconds, skew = now.timestamp(), settings.clock_skew.total_seconds()
    level = settings.acr_levels.get(token.acr or "", 0)
    broken = {
        Reason.ISSUER_WRONG: token.iss != settings.issuer,
        Reason.AUDIENCE_WRONG: us not in audience or token.azp not in parties,
        Reason.TOKEN_EXPIRED: token.exp <= seconds - skew,
        Reason.TOKEN_FROM_FUTURE: token.iat > seconds + skew,
        Reason.NONCE_WRONG: token.nonce != nonce,
        Reason.ASSURANCE_TOO_LOW: level < settings.minimum_acr_level,
    }
    for reason, is_broken in broken.items():
        if is_broken:
            raise LoginFailed(reason)


def check_access_token(token: IdToken, access_token: str, algorithm: str) -> None:
    """Raise ``LoginFailed`` when another access token came with it than it was signed for."""
    if token.at_hash is not None:
        at_hash = calculate_at_hash(access_token, ALGORITHMS.HASHES[algorithm])
        if token.at_hash != at_hash:
            raise LoginFailed(Reason.ACCESS_TOKEN_SWAPPED)
