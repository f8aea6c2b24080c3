"""Who may come in, which parts are open, and how every refusal is put."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.types import ExceptionHandlersMap

from contracts import errors
from contracts.api import Problem

CLIENT_ID, CLIENT_SECRET, TOKEN = "afsprakenpoort", "reference-secret", "reference-token"
_SCHEMA = "urn:problem-type:belgif:input-validation:schemaViolation"


@dataclass
class Doors:
    """Bearer tokens: one that was given out once, or those of OAuth 2 client credentials.

    ``lacks`` names the capabilities that are closed.
    """

    now: Callable[[], datetime]
    lacks: Collection[str] = ()
    lifetime: timedelta = timedelta(hours=1)
    tokens: dict[str, datetime] = field(default_factory=dict)

    def grant(self, authorization: str, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """Status and body of a token request (RFC 6749, 4.4 and 5.2)."""
        if form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        if not _same(_pair(authorization), f"{CLIENT_ID}:{CLIENT_SECRET}"):
            return 401, {"error": "invalid_client"}
        token = secrets.token_urlsafe()
        self.tokens[token] = self.now() + self.lifetime
        lives = int(self.lifetime.total_seconds())
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": lives}

    def let_in(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        """A Litestar guard: a token that lives, and a part that is open."""
        if handler.opt.get("open_to_all"):
            return
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        lives = self.tokens.get(token, self.now()) > self.now()
        if scheme.lower() != "bearer" or not (lives or _same(token, TOKEN)):
            raise errors.NotAuthenticated("Send a bearer token.")
        if (part := handler.opt.get("capability")) in self.lacks:
            raise errors.CapabilityNotSupported(f"There is no {part} here.")


def _pair(authorization: str) -> str:
    """The id and secret of HTTP Basic, each form-encoded before they were joined."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return ""
    return unquote_plus(text) if scheme.lower() == "basic" else ""


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _render(error: errors.BookingError) -> Response[Problem]:
    ours = error.origin is errors.Origin.GATEWAY  # here we are the vendor
    document = Problem(
        type=error.type,
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.detail or None,
        origin=(errors.Origin.VENDOR if ours else error.origin).value,
        outcome=error.outcome.value,
        retry=error.retry.value,
        issues=error.issues,
    )
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}  # noqa: PLR2004
    return Response(
        document, status_code=error.status, media_type="application/problem+json", headers=headers
    )


def _on_error(_request: Request[Any, Any, Any], error: errors.BookingError) -> Response[Problem]:
    return _render(error)


def _on_invalid(_request: Request[Any, Any, Any], error: ValidationException) -> Response[Problem]:
    mistakes = error.extra if isinstance(error.extra, list) else []
    issues = tuple(
        errors.Issue(
            type=_SCHEMA,
            in_=str(mistake.get("source") or "body"),
            name=str(mistake.get("key") or "body"),
            detail=str(mistake.get("message", "not valid")),
        )
        for mistake in mistakes
        if isinstance(mistake, dict)
    )
    return _render(errors.InvalidRequest(issues=issues))


def _on_http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    kinds = (errors.ResourceNotFound, errors.MethodNotAllowed, errors.PayloadTooLarge)
    kind = {kind.status: kind for kind in kinds}.get(error.status_code, errors.InvalidRequest)
    return _render(kind())


REFUSALS: ExceptionHandlersMap = {
    errors.BookingError: _on_error,
    ValidationException: _on_invalid,
    HTTPException: _on_http,
}
"""What Litestar does with each kind of exception."""
