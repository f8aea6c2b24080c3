"""What the routes say of their errors in the OpenAPI document."""

from __future__ import annotations

from litestar.openapi.datastructures import ResponseSpec

from contracts.api import Problem

_WHEN = {
    400: "The request is not valid; `issues` names every mistake",
    401: "Nobody is logged in",
    403: "It is somebody else's, or the request was not made by our own page",
    404: "Not found",
    409: "The choice or the state does not allow it (any more)",
    413: "The body is too large",
    415: "The body is not `application/json`",
    422: "The choice cannot be booked, or the Idempotency-Key was used for another request",
    429: "Too often, or too many at once",
    500: "Something went wrong on our side; repeat it with the same Idempotency-Key",
    501: "The source's vendor cannot do this",
    502: "The source gave a bad answer",
    503: "The source is not available; nothing was changed",
}


def problems(*statuses: int, body: bool = False) -> dict[int, ResponseSpec]:
    """The problem+json answers of a route, beside its own; ``body``: it takes one."""
    anywhere = (400, 500, 413, 415) if body else (400, 500)
    return {
        status: ResponseSpec(
            data_container=Problem,
            generate_examples=False,
            description=_WHEN[status],
            media_type="application/problem+json",
        )
        for status in sorted({*anywhere, *statuses})
    }


def write_problems(*statuses: int) -> dict[int, ResponseSpec]:
    """As ``problems``, for what a logged-in citizen writes under an Idempotency-Key."""
    return problems(401, 403, 404, 409, 422, 503, *statuses, body=True)
