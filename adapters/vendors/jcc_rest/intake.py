"""What JCC-Afspraken asks of a citizen, and how a citizen's answers are written down for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pydantic.alias_generators import to_camel

from adapters import answers
from contracts.errors import CapabilityNotSupported
from contracts.models import Gender, IntakeField, IntakeKind, IntakeOption, Person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.vendors.jcc_rest.wire import Rules

HIDDEN, REQUIRED = 1, 2
_GENDERS = {Gender.UNSPECIFIED: 0, Gender.MALE: 1, Gender.FEMALE: 2}
_HOUSE_NUMBER = re.compile(r"\s*(\d{1,6})\s*(.*)", re.DOTALL)


class _Field(NamedTuple):
    """``rule`` names it in the rules, ``posted`` in a booking where that is another name.

    The lengths are those of the vendor's SOAP interface on the same database.
    """

    rule: str
    ours: str
    max_length: int | None = None
    kind: IntakeKind = IntakeKind.TEXT
    posted: str = ""


_FIELDS = (
    _Field("firstName", "given_name", 128),
    _Field("initials", "initials", 128),
    _Field("lastName", "family_name", 128),
    _Field("gender", "gender", kind=IntakeKind.CHOICE),
    _Field("birthDate", "birth_date", kind=IntakeKind.DATE),
    _Field("socialSecurityNumber", "national_number", 16),
    _Field("emailAddress", "email", 254, IntakeKind.EMAIL),
    _Field("mainPhoneNumber", "phone", 16, IntakeKind.TELEPHONE, "phoneNumber"),
    _Field("mobilePhoneNumber", "mobile_phone", 16, IntakeKind.TELEPHONE),
    _Field("streetName", "street", 64),
    _Field("houseNumber", "house_number"),
    _Field("houseNumberSuffix", "house_number_suffix"),
    _Field("postalCode", "postal_code", 16),
    _Field("city", "city", 80),
)
_ONE_OF = {
    "areFirstNameOrInitialsRequired": ("firstName", "initials"),
    "isAnyPhoneNumberRequired": ("mainPhoneNumber", "mobilePhoneNumber"),
}
# A booking carries ids for these, and no call lists the ids.
_CANNOT_BE_SENT = ("nationality", "language", "country")


def fields(rules: Rules) -> Sequence[IntakeField]:
    """The questions for one set of products.

    Raises:
        CapabilityNotSupported: the municipality requires what this interface cannot take.
    """
    for rule in _CANNOT_BE_SENT:
        if rules.get(rule) == REQUIRED:
            raise CapabilityNotSupported(f"It requires {rule}, which cannot be sent to it.")
    states = {field.rule: int(rules.get(field.rule, 0)) for field in _FIELDS}
    states["lastName"] = REQUIRED
    if states["socialSecurityNumber"] != REQUIRED:
        states["socialSecurityNumber"] = HIDDEN  # never ask for it without need
    groups: dict[str, str] = {}
    for flag, pair in _ONE_OF.items():
        asked = [rule for rule in pair if states[rule] != HIDDEN]
        if rules.get(flag) is not True or any(states[rule] == REQUIRED for rule in pair):
            continue
        if len(asked) == len(pair):
            groups |= dict.fromkeys(pair, flag)
        else:
            states[asked[0] if asked else pair[0]] = REQUIRED
    return [
        IntakeField(
            name=to_camel(field.ours),
            kind=field.kind,
            required=states[field.rule] == REQUIRED,
            max_length=field.max_length,
            one_of_group=groups.get(field.rule),
            options=_options(field),
        )
        for field in _FIELDS
        if states[field.rule] != HIDDEN
    ]


def _options(field: _Field) -> tuple[IntakeOption, ...]:
    if field.ours != "gender":
        return ()
    return tuple(IntakeOption(value=gender, label=gender) for gender in Gender)


def customer(person: Person, asked: Sequence[IntakeField]) -> dict[str, object]:
    """The main customer of a booking: of what is known, only what was asked.

    Raises:
        CustomerFieldsMissing: HTTP 500 would be all that the vendor says about it.
    """
    names = {field.name for field in asked}
    given = {
        field.rule: str(value)
        for field in _FIELDS
        if to_camel(field.ours) in names
        and (value := getattr(person, field.ours)) is not None
        and str(value).strip()
    }
    answers.check(asked, {to_camel(f.ours): given.get(f.rule, "") for f in _FIELDS}, _mistake)
    posted: dict[str, object] = {
        field.posted or field.rule: given[field.rule] for field in _FIELDS if field.rule in given
    }
    # Required, yet 0 (other) is accepted, so nobody has to say.
    posted["gender"] = _GENDERS[Gender(given.get("gender", Gender.UNSPECIFIED))]
    if "houseNumber" in posted:
        posted |= _house(f"{posted['houseNumber']}", f"{posted.get('houseNumberSuffix', '')}")
    return {**posted, "id": None, "isMainCustomer": True}


def _mistake(field: IntakeField, value: str) -> str | None:
    if field.name == "houseNumber" and not _HOUSE_NUMBER.fullmatch(value):
        return "A house number starts with a number."
    return None


def _house(number: str, suffix: str) -> dict[str, object]:
    """The vendor's house number is an integer: ``12A bus 3`` is 12 with a suffix."""
    match = _HOUSE_NUMBER.fullmatch(number)
    if match is None:
        raise ValueError(number)
    rest = f"{match[2]} {suffix}".strip()
    return {"houseNumber": int(match[1])} | ({"houseNumberSuffix": rest} if rest else {})
