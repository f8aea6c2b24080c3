"""What happens around every request: unknown input refused, a trace, careful headers."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from contracts.errors import InvalidRequest, UnsupportedMediaType
from gateway.problems import issue

_API = "/booking/"


async def refuse_unknown_input(request: Request[Any, Any, Any]) -> None:
    """Query parameters that a route does not know, and bodies that are not JSON.

    A misspelt parameter that is silently ignored answers another question than was asked.
    """
    if not request.url.path.startswith(_API):
        return
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
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and has_body and kind != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")


def trace(request: Request[Any, Any, Any]) -> str:
    """The id under which this request is found in the log; made here, never taken over."""
    return str(request.scope.setdefault("state", {}).setdefault("trace_id", str(uuid.uuid4())))


async def begin_trace(request: Request[Any, Any, Any]) -> None:
    """Bind the trace to every log line of the request."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(trace=trace(request))


async def add_headers(message: Message, scope: Scope) -> None:
    """Headers of every answer (Belgif: trace and language; and what a browser may not do)."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    trace_id = scope.get("state", {}).get("trace_id")
    if trace_id:
        headers["BelGov-Trace-Id"] = trace_id
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    if scope["path"].startswith(_API):
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Content-Language", "nl")
        headers.add("Vary", "Accept-Language")
