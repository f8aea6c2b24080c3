"""Every error that leaves the gateway, as problem+json (RFC 9457, Belgif REST guide)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from contracts import errors
from contracts.api import Problem

log = structlog.get_logger()

_BY_STATUS: Mapping[int, type[errors.RequestError]] = {
    401: errors.NotAuthenticated,
    404: errors.ResourceNotFound,
    405: errors.MethodNotAllowed,
    413: errors.PayloadTooLarge,
    415: errors.UnsupportedMediaType,
    429: errors.TooManyRequests,
}
_SCHEMA_VIOLATION = "urn:problem-type:belgif:input-validation:schemaViolation"


class Replayed(Exception):
    """A refusal that was given before for the same Idempotency-Key: the same words again."""

    def __init__(self, document: Problem) -> None:
        super().__init__(document.code)
        self.document = document


def problem(error: errors.BookingError, instance: str | None = None) -> Problem:
    """The document of one error; ``instance`` is a ``urn:uuid`` that the log knows too."""
    return Problem(
        type=error.type,
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.detail or None,
        instance=instance,
        origin=error.origin.value,
        outcome=error.outcome.value,
        retry=error.retry.value,
        retry_after=error.retry_after,
        vendor_code=error.vendor_code,
        issues=error.issues,
    )


def render(error: errors.BookingError) -> Response[bytes]:
    """The HTTP answer for one error."""
    document = problem(error, f"urn:uuid:{uuid.uuid4()}")
    log.info("problem", code=error.code, status=error.status, instance=document.instance)
    return _answer(document)


def _answer(document: Problem) -> Response[bytes]:
    headers = {"Cache-Control": "no-store"}
    if document.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(document.retry_after)))
    return Response(
        content=document.model_dump_json(by_alias=True, exclude_none=True).encode(),
        status_code=document.status,
        media_type="application/problem+json",
        headers=headers,
    )


def issue(name: str, detail: str, *, where: str = "body") -> errors.Issue:
    """One mistake of the caller, by the path of the field."""
    return errors.Issue(type=_SCHEMA_VIOLATION, in_=where, name=name, detail=detail)


def _issues(mistakes: object) -> Iterable[errors.Issue]:
    if not isinstance(mistakes, list):
        return
    for mistake in mistakes:
        if isinstance(mistake, Mapping):
            yield issue(
                str(mistake.get("key") or "body"),
                str(mistake.get("message", "not valid")),
                where=str(mistake.get("source") or "body"),
            )


def _on_booking_error(
    _request: Request[Any, Any, Any], error: errors.BookingError
) -> Response[bytes]:
    return render(error)


def _on_replayed(_request: Request[Any, Any, Any], error: Replayed) -> Response[bytes]:
    return _answer(error.document)


def _on_validation(_request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    issues = tuple(_issues(error.extra))
    detail = "" if issues else "The request could not be read: send valid JSON."
    return render(errors.InvalidRequest(detail, issues=issues))


def _on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    kind = _BY_STATUS.get(error.status_code)
    if kind is not None:
        return render(kind())
    if error.status_code < 500:  # noqa: PLR2004 - HTTP's own border between theirs and ours
        return render(errors.InvalidRequest("The request could not be read: send valid JSON."))
    return _on_defect(request, error)


def _on_defect(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    # The type and the place, never the message: it may quote what a citizen typed.
    log.error("defect", kind=type(error).__name__, exc_info=_without_message(error))
    return render(errors.InternalError())


def _without_message(error: Exception) -> tuple[type[Exception], Exception, Any]:
    return (RuntimeError, RuntimeError(type(error).__name__), error.__traceback__)


HANDLERS: ExceptionHandlersMap = {
    errors.BookingError: _on_booking_error,
    Replayed: _on_replayed,
    ValidationException: _on_validation,
    HTTPException: _on_http,
    Exception: _on_defect,
}
"""What Litestar does with each kind of exception; no other place renders an error."""
