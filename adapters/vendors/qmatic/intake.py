"""What citizens are asked for a Qmatic, and the customers that are written down for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic.alias_generators import to_snake

from adapters import answers
from contracts.models import IntakeField, IntakeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.vendors.qmatic.settings import AskedField, Need
    from contracts.models import BookingRequest, Person


class _Field(NamedTuple):
    """Its name in a customer record; what shares a name is joined by a space."""

    theirs: str
    kind: IntakeKind = IntakeKind.TEXT


_FIELDS: Mapping[AskedField, _Field] = {
    "givenName": _Field("firstName"),
    "familyName": _Field("lastName"),
    "email": _Field("email", IntakeKind.EMAIL),
    "phone": _Field("phone", IntakeKind.TELEPHONE),
    "birthDate": _Field("dateOfBirth", IntakeKind.DATE),
    "street": _Field("addressLine1"),
    "houseNumber": _Field("addressLine1"),
    "postalCode": _Field("addressZip"),
    "city": _Field("addressCity"),
    "nationalNumber": _Field("identificationNumber"),
}
_NAMES = ("firstName", "lastName")


def fields(asked: Mapping[AskedField, Need]) -> Sequence[IntakeField]:
    """The questions, the same for all products. The vendor's lengths exceed the contract's."""
    return [
        IntakeField(name=name, kind=field.kind, required=asked[name] == "required")
        for name, field in _FIELDS.items()
        if name in asked
    ]


def customers(
    request: BookingRequest, asked: Mapping[AskedField, Need], people: int
) -> list[dict[str, str]]:
    """The booker, of whom only what was asked is told, and a placeholder for everyone else.

    The citizen is looked up by an external id that must belong to one customer only, and the
    vendor may write to each address it has: placeholders carry nothing but the name.

    Raises:
        CustomerFieldsMissing: with an issue per required field that is not filled in.
    """
    given = {name: text for name in asked if (text := _text(request.booker, name))}
    missing = [name for name, need in asked.items() if need == "required" and name not in given]
    if missing:
        answers.refuse(dict.fromkeys(missing, answers.REQUIRED))
    first: dict[str, str] = {}
    for name, field in _FIELDS.items():
        if name in given:
            first[field.theirs] = f"{first.get(field.theirs, '')} {given[name]}".strip()
    placeholder = {name: first[name] for name in _NAMES if name in first}
    if request.match_key and request.match_key.kind == "externalId":
        first["externalId"] = request.match_key.value
    return [first, *([placeholder] * (people - 1))]


def _text(person: Person, name: AskedField) -> str:
    value = getattr(person, to_snake(name))
    return "" if value is None else str(value).strip()
