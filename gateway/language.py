"""Which of the four languages a caller reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

from litestar import Request

Language = Literal["nl", "fr", "de", "en"]
DEFAULT: Language = "nl"


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The best of nl, fr, de and en by ``Accept-Language`` (RFC 9110 12.5.4); Dutch otherwise."""
    return best_language(request.headers)


def best_language(headers: Mapping[str, str]) -> Language:
    """As ``language_of``, for headers under lower-case names."""
    best, best_weight = DEFAULT, 0.0
    for part in headers.get("accept-language", "")[:200].split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.partition("-")[0].lower()
        weight = _weight(parameters)
        if primary in get_args(Language) and weight > best_weight:
            best, best_weight = cast("Language", primary), weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
