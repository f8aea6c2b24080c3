"""One login: from the portal's page to the provider and back, as a citizen we know."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from pydantic import BaseModel

from gateway.identity.failures import LoginFailed, Reason
from gateway.identity.id_token import IdToken, check_access_token, check_id_token, read_id_token
from gateway.identity.national_number import is_national_number
from gateway.identity.provider import Claims, Provider, Tokens
from gateway.identity.pseudonyms import Derive, citizen_key
from gateway.identity.sessions import Citizen
from gateway.identity.settings import IdentitySettings
from gateway.identity.signatures import read_header
from gateway.sealing import Seal, SealBroken, SealExpired, from_text, to_text

TRANSACTION_LIFETIME = timedelta(minutes=10)


class _Transaction(BaseModel):
    """A login under way. It travels sealed in a cookie: a visitor costs us no memory."""

    state: str
    nonce: str
    code_verifier: str
    return_to: str


class Logins:
    """The authorization code flow with PKCE, state and nonce (RFC 9700 section 2.1.1)."""

    def __init__(
        self,
        settings: IdentitySettings,
        provider: Provider,
        redirect_uri: str,
        derive: Derive,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._provider = provider
        self._redirect_uri = redirect_uri
        self._derive = derive
        self._now = now
        self._transactions = Seal(derive("login"), "login transaction", now)
        self._returns = Seal(derive("login"), "return after logout", now)

    async def start(self, return_to: str) -> tuple[str, str]:
        """Where to send the browser, and the transaction it must bring back."""
        settings, document = self._settings, await self._provider.document()
        transaction = _Transaction(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(48),
            return_to=return_to,
        )
        challenge = create_s256_code_challenge(transaction.code_verifier)  # type: ignore[no-untyped-call] # its stubs are not done yet
        url = prepare_grant_uri(
            document.authorization_endpoint,
            client_id=settings.client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=settings.scopes,
            state=transaction.state,
            nonce=transaction.nonce,
            code_challenge=challenge,
            code_challenge_method="S256",
            acr_values=" ".join(settings.acr_values) or None,
            login_hint=_login_hint(settings.cap_hint),
        )
        sealed = self._transactions.seal_model(transaction, self._now() + TRANSACTION_LIFETIME)
        return url, to_text(sealed)

    async def finish(self, query: Mapping[str, str], sealed: str | None) -> tuple[Citizen, str]:
        """The citizen whom the provider vouches for, and where they go next.

        Args:
            query: what the provider sent the browser back with.
            sealed: the transaction from this browser's cookie.
        """
        transaction = self._open(sealed)
        try:
            code = self._read_code(query, transaction)
            tokens = await self._provider.redeem(code, transaction.code_verifier)
            token = await self._verify(tokens, transaction.nonce)
            claims = await self._complete(token, tokens)
            return self._citizen(claims, token.acr), transaction.return_to
        except LoginFailed as failure:
            failure.return_to = transaction.return_to
            raise

    async def logout_url(self, return_to: str, after_logout: str) -> str | None:
        """Where the browser logs out at the provider too, if that is possible now.

        Our own logout has been done by then, so a provider that is down does not hinder it.
        """
        try:
            endpoint = (await self._provider.document()).end_session_endpoint
        except LoginFailed:
            return None
        if endpoint is None:
            return None
        sealed = self._returns.seal(return_to.encode(), self._now() + TRANSACTION_LIFETIME)
        query = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": after_logout,
            "state": to_text(sealed),
        }
        return str(httpx.URL(endpoint).copy_merge_params(query))

    def return_after_logout(self, state: str) -> str | None:
        """The address that ``logout_url`` sealed; ``None`` when it is not ours or too old."""
        try:
            return self._returns.open(from_text(state)).decode()
        except (SealBroken, SealExpired):
            return None

    def _open(self, sealed: str | None) -> _Transaction:
        if not sealed:
            raise LoginFailed(Reason.TRANSACTION_MISSING)
        try:
            return self._transactions.open_model(from_text(sealed), _Transaction)
        except SealBroken:
            raise LoginFailed(Reason.TRANSACTION_FORGED) from None
        except SealExpired:
            raise LoginFailed(Reason.TRANSACTION_EXPIRED) from None

    def _read_code(self, query: Mapping[str, str], transaction: _Transaction) -> str:
        if not hmac.compare_digest(query.get("state", "").encode(), transaction.state.encode()):
            raise LoginFailed(Reason.STATE_MISMATCH)
        if query.get("iss", self._settings.issuer) != self._settings.issuer:  # RFC 9207
            raise LoginFailed(Reason.ISSUER_WRONG)
        error = query.get("error")
        if error == "access_denied":
            raise LoginFailed(Reason.CANCELLED, error)
        code = query.get("code")
        if error or not code:
            raise LoginFailed(Reason.PROVIDER_REFUSED, error)
        return code

    async def _verify(self, tokens: Tokens, nonce: str) -> IdToken:
        text = tokens.id_token.get_secret_value()
        token = read_id_token(await self._provider.verify(text))
        check_id_token(token, self._settings, nonce=nonce, now=self._now())
        access_token = tokens.access_token.get_secret_value()
        check_access_token(token, access_token, read_header(text).alg)
        return token

    async def _complete(self, token: IdToken, tokens: Tokens) -> Claims:
        """The claims of the token, with what only the userinfo endpoint tells."""
        number_missing = self._settings.needs_national_number and token.rrn is None
        if token.given_name and token.family_name and not number_missing:
            return token
        more = await self._provider.userinfo(tokens.access_token)
        if more is None:
            return token
        if more.sub != token.sub:
            raise LoginFailed(Reason.SUBJECT_SWAPPED)
        return Claims(
            sub=token.sub,
            given_name=token.given_name or more.given_name,
            family_name=token.family_name or more.family_name,
            rrn=token.rrn or more.rrn,
        )

    def _citizen(self, claims: Claims, acr: str | None) -> Citizen:
        settings = self._settings
        number = claims.rrn.get_secret_value() if claims.rrn else ""
        if settings.needs_national_number and not is_national_number(number):
            raise LoginFailed(Reason.CLAIM_MISSING)
        known_by = number if settings.citizen_key_claim == "rrn" else claims.sub
        return Citizen(
            citizen_key=citizen_key(self._derive, known_by),
            given_name=claims.given_name,
            family_name=claims.family_name,
            national_number=claims.rrn if settings.keep_national_number else None,
            acr=acr,
        )


def _login_hint(cap_hint: str | None) -> str | None:
    if cap_hint is None:
        return None
    return base64.b64encode(json.dumps({"cap_hint": cap_hint}).encode()).decode()
