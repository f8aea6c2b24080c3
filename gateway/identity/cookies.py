"""The two cookies of a login, and what they may be used for."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from litestar.datastructures import Cookie


class _PartitionedCookie(Cookie):
    """Kept apart per portal that embeds us (CHIPS), which Python 3.11 has no word for."""

    def to_encoded_header(self) -> tuple[bytes, bytes]:
        """The header with the attribute added."""
        name, value = super().to_encoded_header()
        return name, value + b"; Partitioned"


class Cookies:
    """Cookies that no script reads and, over https, no other host can set (``__Host-``).

    On http, which is for this machine only, browsers refuse that prefix: there the names
    are plain ones.
    """

    def __init__(self, *, secure: bool, same_site: Literal["lax", "none"]) -> None:
        self._secure = secure
        self._same_site: Literal["lax", "none"] = same_site if secure else "lax"
        prefix = "__Host-" if secure else ""
        self.session_name = f"{prefix}poort-session"
        self.login_name = f"{prefix}poort-login"

    def session(self, session_id: str) -> Cookie:
        """Holds a session id until the browser closes; the server ends it earlier."""
        kind = _PartitionedCookie if self._same_site == "none" else Cookie
        return kind(
            self.session_name,
            value=session_id,
            httponly=True,
            secure=self._secure,
            samesite=self._same_site,
        )

    def no_session(self) -> Cookie:
        """Takes the session id away."""
        cookie = self.session("")
        cookie.max_age = 0
        return cookie

    def login(self, transaction: str, lifetime: timedelta) -> Cookie:
        """Ties a login under way to this browser. Lax: the provider sends the browser back."""
        return Cookie(
            self.login_name,
            value=transaction,
            max_age=int(lifetime.total_seconds()),
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def no_login(self) -> Cookie:
        """Takes the transaction away: a login is tried once."""
        return self.login("", timedelta(0))
