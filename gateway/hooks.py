"""What happens around every request: a trace, unknown input refused, careful headers."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import Message, Scope

from contracts.errors import InvalidRequest, UnsupportedMediaType
from gateway.language import best_language
from gateway.problems import issue
from gateway.traces import begin_trace, trace

API = "/booking/"


async def before_any(request: Request[Any, Any, Any]) -> None:
    """Begin the trace."""
    begin_trace(request.scope)


async def before_booking(request: Request[Any, Any, Any]) -> None:
    """Begin the trace; refuse unknown query parameters, and bodies that are not JSON.

    A misspelt parameter that is silently ignored answers another question than was asked.
    """
    begin_trace(request.scope)
    known = request.route_handler.opt.get("query", ())
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        said = f"known here: {', '.join(known)}" if known else "none are known here"
        raise InvalidRequest(
            issues=tuple(
                issue(name[:50], f"unknown parameter; {said}", where="query") for name in unknown
            )
        )
    has_body = request.headers.get("content-length", "0") != "0"
    has_body = has_body or "transfer-encoding" in request.headers
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and has_body and kind != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")


async def add_headers(message: Message, scope: Scope) -> None:
    """Headers of every answer (Belgif: trace and language; and what a browser may not do)."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers["BelGov-Trace-Id"] = trace(scope)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    if scope["path"].startswith(API):
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Content-Language", best_language(Headers.from_scope(scope)))
        headers.add("Vary", "Accept-Language")
