"""Which pages may send a citizen here, get them back, and write in their name."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from contracts.errors import CsrfRejected

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CSRF_HEADER = "CSRF-Token"
_LONGEST_URL = 2000


def is_protected(url: str) -> bool:
    """Whether nobody on the way can read or change what goes to ``url``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )


def origin_of(url: str) -> str | None:
    """``scheme://host:port`` as written in ``url``; ``None`` when it names no host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


class Origins:
    """Our own origin and those of the portals that embed the widget.

    Origins are compared letter by letter with what the operator wrote, never interpreted:
    whatever a browser and we could read differently is refused.
    """

    def __init__(self, public_url: str, allowed: Iterable[str]) -> None:
        self._own = origin_of(public_url)
        self._known = frozenset({self._own, *allowed})

    def return_url(self, target: str) -> str | None:
        """The absolute address that a ``returnTo`` stands for; ``None`` if it is not ours."""
        if (
            len(target) <= _LONGEST_URL
            and target.isascii()
            and not any(letter <= " " or letter in "\\\x7f" for letter in target)
        ):
            if target.startswith("/") and not target.startswith("//"):
                return f"{self._own}{target}"
            if origin_of(target) in self._known - {None}:
                return target
        return None

    def check_write(self, headers: Mapping[str, str], token: str) -> None:
        """Raise ``CsrfRejected`` unless a page of these origins knew the session's ``token``.

        Both are asked for: a token can leak, and an origin is only as good as its page.
        """
        origin = headers.get("Origin") or origin_of(headers.get("Referer", ""))
        if origin is None or origin not in self._known:
            raise CsrfRejected("The request does not come from a page of ours.")
        given = headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise CsrfRejected(f"The {CSRF_HEADER} header is missing or does not fit the session.")
