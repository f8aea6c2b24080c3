"""Checks a booking against the questions the source asks."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.errors import CustomerFieldsMissing, Issue
from contracts.models import BookingRequest, IntakeField, IntakeKind

_ISSUE = "urn:problem-type:afsprakenpoort:fieldMissing"


def check(fields: Sequence[IntakeField], request: BookingRequest) -> None:
    """Raise ``CustomerFieldsMissing`` with one issue per field, under the field's name."""
    given = request.booker.model_dump(mode="json", by_alias=True, exclude_none=True)
    given |= {f"answers.{key}": value for key, value in request.answers.items()}
    filled = {name: value.strip() for name, value in given.items() if value.strip()}
    issues = [
        Issue(type=_ISSUE, name=field.name, detail=mistake)
        for field in fields
        if (mistake := _mistake(field, filled.get(field.name)))
    ]
    groups = {field.one_of_group for field in fields if field.one_of_group}
    for group in sorted(groups):
        members = [field.name for field in fields if field.one_of_group == group]
        if filled.keys().isdisjoint(members):
            detail = f"Fill in at least one of {', '.join(members)}."
            issues += [Issue(type=_ISSUE, name=name, detail=detail) for name in members]
    if issues:
        names = ", ".join(issue.name for issue in issues)
        raise CustomerFieldsMissing(f"Missing or not valid: {names}.", issues=tuple(issues))


def _mistake(field: IntakeField, value: str | None) -> str | None:
    if value is None:
        return "This is required." if field.required else None
    if field.max_length is not None and len(value) > field.max_length:
        return f"At most {field.max_length} characters fit."
    if field.kind is IntakeKind.EMAIL and "@" not in value:
        return "This is not an e-mail address."
    if field.options and value not in {option.value for option in field.options}:
        return "Choose one of the options."
    return None
