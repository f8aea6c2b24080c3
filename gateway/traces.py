"""The id under which a request is found in the log, in its answer's headers and its problem."""

from __future__ import annotations

import uuid

import structlog
from litestar.types import Scope


def trace(scope: Scope) -> str:
    """The id of this request; made here, never taken over from the caller."""
    found: str = scope.setdefault("state", {}).setdefault("trace_id", str(uuid.uuid4()))
    return found


def begin_trace(scope: Scope) -> None:
    """Bind the id to every log line from here on."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(trace=trace(scope))
