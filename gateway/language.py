"""Which of the four languages a caller reads."""

from __future__ import annotations

from typing import Any, NewType

from litestar import Request

Language = NewType("Language", str)
LANGUAGES = ("nl", "fr", "de", "en")
DEFAULT = Language("nl")


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The best of nl, fr, de and en by ``Accept-Language`` (RFC 9110 12.5.4); Dutch otherwise."""
    header = request.headers.get("accept-language", "")[:200]
    best, best_weight = DEFAULT, 0.0
    for part in header.split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.partition("-")[0].lower()
        weight = _weight(parameters)
        if primary in LANGUAGES and weight > best_weight:
            best, best_weight = Language(primary), weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
