"""The contact data of a booking: checked against what the source asks, handed to its adapter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, cast

from contracts.api import Contact
from contracts.errors import Issue
from contracts.models import BookingRequest, IntakeField, IntakeKind, MatchKey

DEFAULT_FIELDS: Sequence[IntakeField] = (
    IntakeField(name="givenName", required=True, max_length=128),
    IntakeField(name="familyName", required=True, max_length=128),
    IntakeField(name="email", kind=IntakeKind.EMAIL, required=True, max_length=254),
)
"""What is asked where a source says nothing of its own."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_REQUIRED = "urn:problem-type:belgif-ext:input-validation:requiredInput"
_ONE_OF = "urn:problem-type:belgif-ext:input-validation:anyOfExpected"
_INVALID = "urn:problem-type:belgif:input-validation:invalidInput"


def check_contact(fields: Iterable[IntakeField], contact: Contact) -> tuple[Issue, ...]:
    """Every field that is missing or not valid, by its path under ``contact``."""
    issues: list[Issue] = []
    groups: dict[str, list[IntakeField]] = {}
    for field in fields:
        value = _value(field, contact)
        if field.one_of_group:
            groups.setdefault(field.one_of_group, []).append(field)
        if value == "":
            if field.required and not field.one_of_group:
                issues.append(_issue(_REQUIRED, field, "this is needed"))
            continue
        if field.max_length is not None and len(value) > field.max_length:
            issues.append(_issue(_INVALID, field, f"at most {field.max_length} characters"))
        elif field.kind is IntakeKind.EMAIL and not _EMAIL.fullmatch(value):
            issues.append(_issue(_INVALID, field, "not an e-mail address"))
        elif field.options and value not in {option.value for option in field.options}:
            issues.append(_issue(_INVALID, field, "choose one of the options"))
    for group in groups.values():
        if all(_value(field, contact) == "" for field in group):
            names = ", ".join(field.name for field in group)
            issues += [_issue(_ONE_OF, field, f"fill in one of {names}") for field in group]
    return tuple(issues)


def booking_request(
    contact: Contact, reference: str, match_key: MatchKey | None, language: str
) -> BookingRequest:
    """What the adapter gets besides the slot."""
    return BookingRequest(
        client_reference=reference,
        booker=contact.booker,
        attendee=contact.attendee,
        answers=contact.answers,
        match_key=match_key,
        language=cast('Literal["nl", "fr", "de", "en"]', language),
    )


def _value(field: IntakeField, contact: Contact) -> str:
    if field.name.startswith("answers."):
        return contact.answers.get(field.name.removeprefix("answers."), "").strip()
    value = contact.booker.model_dump(by_alias=True).get(field.name)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _issue(type_: str, field: IntakeField, detail: str) -> Issue:
    where = field.name if field.name.startswith("answers.") else f"booker.{field.name}"
    return Issue(type=type_, name=f"contact.{where}", detail=detail)
