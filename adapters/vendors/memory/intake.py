"""Checks a booking against the questions the source asks."""

from __future__ import annotations

from collections.abc import Sequence

from adapters import answers
from contracts.models import BookingRequest, IntakeField


def check(fields: Sequence[IntakeField], request: BookingRequest) -> None:
    """Raise ``CustomerFieldsMissing`` with one issue per field, under the field's name."""
    given = request.booker.model_dump(mode="json", by_alias=True, exclude_none=True)
    given |= {f"answers.{key}": value for key, value in request.answers.items()}
    filled = {name: value.strip() for name, value in given.items()}
    answers.check(fields, filled, _not_an_option)


def _not_an_option(field: IntakeField, value: str) -> str | None:
    if field.options and value not in {option.value for option in field.options}:
        return "Choose one of the options."
    return None
