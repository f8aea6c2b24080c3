"""A citizen's answers, held to what a source asks: most vendors would not say what is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from contracts.errors import CustomerFieldsMissing, Issue
from contracts.models import IntakeField, IntakeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ISSUE = "urn:problem-type:afsprakenpoort:fieldMissing"
NOT_AN_EMAIL = "This is not an e-mail address."
REQUIRED = "This is required."
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def check(
    asked: Sequence[IntakeField],
    given: Mapping[str, str],
    also: Callable[[IntakeField, str], str | None] = lambda _field, _value: None,
) -> None:
    """Raise ``CustomerFieldsMissing``, with an issue per field that is missing or not valid.

    Args:
        asked: what the source asks.
        given: the answers by field name, without white space around; an empty one is none.
        also: what the vendor wants of an answer besides; gives what is wrong with it.
    """
    mistakes = {
        field.name: mistake for field in asked if (mistake := _mistake(field, given, asked, also))
    }
    if mistakes:
        refuse(mistakes)


def refuse(mistakes: Mapping[str, str]) -> NoReturn:
    """Raise ``CustomerFieldsMissing`` for what is wrong, by field name."""
    issues = tuple(Issue(type=ISSUE, name=name, detail=text) for name, text in mistakes.items())
    raise CustomerFieldsMissing(f"Missing or not valid: {', '.join(mistakes)}.", issues=issues)


def is_email(text: str) -> bool:
    """Whether it looks like an address; whether it is one, only a mail can tell."""
    return _EMAIL.fullmatch(text) is not None


def _mistake(
    field: IntakeField,
    given: Mapping[str, str],
    asked: Sequence[IntakeField],
    also: Callable[[IntakeField, str], str | None],
) -> str | None:
    value = given.get(field.name)
    if not value:
        group = [other.name for other in asked if other.one_of_group == field.one_of_group]
        if field.one_of_group and not any(given.get(name) for name in group):
            return f"Fill in at least one of {', '.join(group)}."
        return REQUIRED if field.required else None
    if field.max_length is not None and len(value) > field.max_length:
        return f"At most {field.max_length} characters fit."
    if field.kind is IntakeKind.EMAIL and not is_email(value):
        return NOT_AN_EMAIL
    return also(field, value)
