"""The contact data of a booking: checked against what the source asks, handed to its adapter."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple, cast

from contracts.api import Contact
from contracts.errors import Issue
from contracts.models import BookingRequest, IntakeField, IntakeKind, MatchKey, Person

DEFAULT_FIELDS = (
    IntakeField(name="givenName", required=True, max_length=128),
    IntakeField(name="familyName", required=True, max_length=128),
    IntakeField(name="email", kind=IntakeKind.EMAIL, required=True, max_length=254),
)
"""What is asked where a source says nothing of its own."""

_ANSWERS = "answers."
_NAMES = frozenset({"givenName", "familyName"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_REQUIRED = "urn:problem-type:belgif-ext:input-validation:requiredInput"
_ONE_OF = "urn:problem-type:belgif-ext:input-validation:anyOfExpected"
_INVALID = "urn:problem-type:belgif:input-validation:invalidInput"


def check_contact(
    questionnaires: Iterable[Sequence[IntakeField]], contact: Contact
) -> tuple[Issue, ...]:
    """Every field that is missing or not valid for one of the items, by its path."""
    issues = (issue for fields in questionnaires for issue in _issues(fields, contact))
    return tuple({(issue.name, issue.detail): issue for issue in issues}.values())


class Questionnaire(NamedTuple):
    """What one source asks for one item."""

    source: str
    fields: Sequence[IntakeField]


def told_apart(asked: Sequence[Questionnaire]) -> list[tuple[IntakeField, ...]]:
    """What each source asks, by names that mean one thing in all of a visit.

    A key that two sources use for different questions gets the source's id in front; what they
    ask alike is asked once.
    """
    questions = defaultdict[str, set[IntakeField]](set)
    sources = defaultdict[str, set[str]](set)
    for source, fields in asked:
        for field in fields:
            if field.name.startswith(_ANSWERS):
                questions[field.name].add(field)
                sources[field.name].add(source)
    ambiguous = {name for name in questions if len(questions[name]) > 1 and len(sources[name]) > 1}
    return [
        tuple(
            field.model_copy(update={"name": _of_source(source, field.name)})
            if field.name in ambiguous
            else field
            for field in fields
        )
        for source, fields in asked
    ]


def name_outside(field: str, source: str, asked: Iterable[IntakeField]) -> str:
    """The name by which the citizen was asked what an adapter calls ``field``."""
    told = _of_source(source, field)
    return told if any(each.name == told for each in asked) else field


def _of_source(source: str, field: str) -> str:
    return f"{_ANSWERS}{source}.{field.removeprefix(_ANSWERS)}"


def path(field: str) -> str:
    """Where the caller's body has an intake field."""
    return f"contact.{field}" if field.startswith(_ANSWERS) else f"contact.booker.{field}"


def booking_request(
    contact: Contact,
    asked: Questionnaire,
    reference: str,
    match_key: MatchKey | None,
    language: str,
) -> BookingRequest:
    """What the adapter gets besides the slot: of the contact data only what its source asks."""
    names = {field.name for field in asked.fields}
    own = f"{asked.source}."
    answers = {
        key.removeprefix(own): value
        for key, value in contact.answers.items()
        if _ANSWERS + key in names
    }
    attendee = contact.attendee
    return BookingRequest(
        client_reference=reference,
        booker=_only(contact.booker, names),
        attendee=_only(attendee, names | _NAMES) if attendee else None,
        answers=answers,
        match_key=match_key,
        language=cast('Literal["nl", "fr", "de", "en"]', language),
    )


def _only(person: Person, names: Iterable[str]) -> Person:
    given = person.model_dump(by_alias=True, exclude_none=True)
    return Person.model_validate({name: given[name] for name in names if name in given})


def _issues(fields: Sequence[IntakeField], contact: Contact) -> Iterator[Issue]:
    groups: dict[str, list[IntakeField]] = {}
    for field in fields:
        value = _value(field, contact)
        if field.one_of_group:
            groups.setdefault(field.one_of_group, []).append(field)
        if value:
            yield from _mistakes(field, value)
        elif field.required and not field.one_of_group:
            yield Issue(type=_REQUIRED, name=path(field.name), detail="this is needed")
    for group in groups.values():
        if not any(_value(field, contact) for field in group):
            names = ", ".join(field.name for field in group)
            for field in group:
                yield Issue(type=_ONE_OF, name=path(field.name), detail=f"fill in one of {names}")


def _mistakes(field: IntakeField, value: str) -> Iterator[Issue]:
    mistake = None
    if field.max_length is not None and len(value) > field.max_length:
        mistake = f"at most {field.max_length} characters"
    elif field.kind is IntakeKind.EMAIL and not _EMAIL.fullmatch(value):
        mistake = "not an e-mail address"
    elif field.options and value not in {option.value for option in field.options}:
        mistake = "choose one of the options"
    if mistake:
        yield Issue(type=_INVALID, name=path(field.name), detail=mistake)


def _value(field: IntakeField, contact: Contact) -> str:
    if field.name.startswith(_ANSWERS):
        return contact.answers.get(field.name.removeprefix(_ANSWERS), "").strip()
    value = contact.booker.model_dump(by_alias=True).get(field.name)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value).strip()
