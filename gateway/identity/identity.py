"""All of identity in one object: what the routes and the rest of the gateway ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from litestar import Request

from contracts.errors import NotAuthenticated
from gateway.identity.cookies import Cookies
from gateway.identity.login import Logins
from gateway.identity.origins import Origins, is_protected
from gateway.identity.provider import Provider
from gateway.identity.pseudonyms import Derive
from gateway.identity.session_stores import MemorySessionStore, SessionStore
from gateway.identity.sessions import CitizenSession, Sessions
from gateway.identity.settings import IdentitySettings

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Identity:
    """Logins, sessions and the rules for cookies, for one provider.

    Args:
        settings: what the operator decided.
        public_url: where browsers reach the gateway; https, except on this machine.
        derive: gives the key for a label (``Keys.derive``).
        store: where sessions lie; in this process where none is given.
        now: the clock, timezone-aware.
    """

    def __init__(
        self,
        settings: IdentitySettings,
        *,
        public_url: str,
        derive: Derive,
        store: SessionStore | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        if not is_protected(public_url):
            raise ValueError("public_url: write https:// (http:// is for this machine only)")
        auth = f"{public_url.rstrip('/')}/auth"
        self.login_url = f"{auth}/login"
        self.after_logout_url = f"{auth}/logged-out"
        self.origins = Origins(public_url, settings.allowed_origins)
        self.cookies = Cookies(secure=public_url.startswith("https:"), same_site=settings.same_site)
        self._store = store or MemorySessionStore(now)
        self.sessions = Sessions(settings, self._store, derive, now)
        self._client = httpx.AsyncClient()
        redirect_uri = f"{auth}/callback"
        provider = Provider(settings, redirect_uri, self._client, now)
        self.logins = Logins(settings, provider, redirect_uri, derive, now)

    def session_id(self, request: Request[Any, Any, Any]) -> str | None:
        """What the browser says its session is; proves nothing by itself."""
        return request.cookies.get(self.cookies.session_name)

    async def current_citizen(self, request: Request[Any, Any, Any]) -> CitizenSession:
        """Who is asking, for every route that needs a citizen.

        Raises ``NotAuthenticated``, and ``CsrfRejected`` for a write that is not provably
        made by a page of ours.
        """
        session = await self.sessions.find(self.session_id(request))
        if session is None:
            raise NotAuthenticated("Log in first.")
        if request.method not in _READS:
            self.origins.check_write(request.headers, session.csrf_token)
        return session

    async def known_citizen(self, request: Request[Any, Any, Any]) -> CitizenSession | None:
        """Who is asking, for a public read that can leave out what does not suit them."""
        return await self.sessions.find(self.session_id(request))

    async def answers(self) -> bool:
        """Whether it can be told who is logged in."""
        return await self._store.answers()

    async def close(self) -> None:
        """Close the connections to the provider and to where sessions lie."""
        await self._client.aclose()
        await self._store.aclose()
