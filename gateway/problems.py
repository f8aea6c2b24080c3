"""Every error that leaves the gateway, as problem+json (RFC 9457, Belgif REST guide)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from contracts import errors
from contracts.api import Problem
from gateway.language import language_of
from gateway.logs import place
from gateway.sentences import sentence
from gateway.traces import trace

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
_UNREADABLE = "The request could not be read: send valid JSON."


class Replayed(Exception):
    """A refusal that was given before for the same Idempotency-Key: the same again."""

    def __init__(self, document: Problem) -> None:
        super().__init__(document.code)
        self.document = document


def problem(error: errors.BookingError) -> Problem:
    """The document of one error, in no one's language yet."""
    return Problem(
        type=error.type,
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.detail or None,
        origin=error.origin.value,
        outcome=error.outcome.value,
        retry=error.retry.value,
        retry_after=error.retry_after,
        vendor_code=error.vendor_code,
        issues=error.issues,
    )


def issue(name: str, detail: str, *, where: str = "body") -> errors.Issue:
    """One mistake of the caller, by the path of the field."""
    return errors.Issue(type=_SCHEMA_VIOLATION, in_=where, name=name, detail=detail)


def _answer(request: Request[Any, Any, Any], document: Problem) -> Response[bytes]:
    """The HTTP answer: for a citizen in his language; ``instance`` is in the log too."""
    instance = f"urn:uuid:{trace(request.scope)}"
    log.info("problem", code=document.code, status=document.status, instance=instance)
    language = language_of(request)
    said = sentence(document.code, language)
    document = document.model_copy(update={"instance": instance, "detail": said or document.detail})
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": language if said else "en",
    }
    if document.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(document.retry_after)))
    return Response(
        content=document.model_dump_json(by_alias=True, exclude_none=True).encode(),
        status_code=document.status,
        media_type="application/problem+json",
        headers=headers,
    )


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
    request: Request[Any, Any, Any], error: errors.BookingError
) -> Response[bytes]:
    return _answer(request, problem(error))


def _on_replayed(request: Request[Any, Any, Any], error: Replayed) -> Response[bytes]:
    return _answer(request, error.document)


def _on_validation(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    issues = tuple(_issues(error.extra))
    detail = "" if issues else _UNREADABLE
    return _answer(request, problem(errors.InvalidRequest(detail, issues=issues)))


def _on_too_deep(request: Request[Any, Any, Any], _error: RecursionError) -> Response[bytes]:
    # Nothing of ours recurses: only the decoder of a body that is nested without end.
    return _answer(request, problem(errors.InvalidRequest(_UNREADABLE)))


def _on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:  # noqa: PLR2004 - HTTP's own border between theirs and ours
        return _on_defect(request, error)
    kind = _BY_STATUS.get(error.status_code)
    answer = _answer(request, problem(kind() if kind else errors.InvalidRequest(_UNREADABLE)))
    answer.headers.update(error.headers or {})
    return answer


def _on_defect(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("defect", kind=type(error).__name__, place=place(error))
    return _answer(request, problem(errors.InternalError()))


HANDLERS: ExceptionHandlersMap = {
    errors.BookingError: _on_booking_error,
    Replayed: _on_replayed,
    ValidationException: _on_validation,
    HTTPException: _on_http,
    RecursionError: _on_too_deep,
    Exception: _on_defect,
}
"""What Litestar does with each kind of exception; no other place renders an error."""
