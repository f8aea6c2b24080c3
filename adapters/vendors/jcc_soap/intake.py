"""What JCC-Afspraken asks of a citizen, and how a citizen's answers are written down for it.

``GetRequiredClientFields`` names what is required for a set of products. It never names the
last name, which always is; and the date of birth always is as well, since the WSDL has no
booking without one. What may be filled in besides is not said: the first name and the e-mail
address are offered.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from pydantic.alias_generators import to_camel

from adapters import answers
from contracts.errors import CapabilityNotSupported
from contracts.models import Gender, IntakeField, IntakeKind, IntakeOption, MatchKey, Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.vendors.jcc_soap.settings import ClientId

_SEXES = {Gender.MALE: "M", Gender.FEMALE: "F"}
_ADDRESS_LENGTH = 64
_IN_A_NUMBER = re.compile(r"[\s./()-]+")
_ANY_TELEPHONE = "AnyTel"


class _Field(NamedTuple):
    """A field of ``Person``, by whatever name the vendor requires it (``rules``)."""

    ours: str
    rules: tuple[str, ...] = ()
    max_length: int | None = None
    kind: IntakeKind = IntakeKind.TEXT
    always: bool = False
    offered: bool = False


_FIELDS = (
    _Field("given_name", ("Initials",), 128, offered=True),
    _Field("family_name", ("LastName",), 128, always=True),
    _Field("birth_date", ("Birthday",), kind=IntakeKind.DATE, always=True),
    _Field("gender", ("Sex",), kind=IntakeKind.CHOICE),
    _Field("national_number", ("ID",), 16),
    _Field("email", ("Email",), 254, IntakeKind.EMAIL, offered=True),
    _Field("phone", ("MainTel", _ANY_TELEPHONE), 16, IntakeKind.TELEPHONE),
    _Field("mobile_phone", ("MobileTel", _ANY_TELEPHONE), 16, IntakeKind.TELEPHONE),
    _Field("street", ("Address",), _ADDRESS_LENGTH),
    _Field("house_number", ("Address",), 16),
    _Field("postal_code", ("PostalCode",), 16),
    _Field("city", ("City",), 80),
)
_RULES = frozenset(rule for field in _FIELDS for rule in field.rules)


def fields(required: Iterable[str]) -> Sequence[IntakeField]:
    """The questions for one set of products, of which the vendor requires these by name.

    Raises:
        CapabilityNotSupported: something is required that a booking has no room for.
    """
    rules = set(required)
    for rule in sorted(rules - _RULES):
        raise CapabilityNotSupported(f"It requires {rule[:40]}, which cannot be sent to it.")
    if {"MainTel", "MobileTel"} <= rules:
        raise CapabilityNotSupported("It requires two telephone numbers and has room for one.")
    if rules & {"MainTel", "MobileTel"}:
        rules.discard(_ANY_TELEPHONE)
    asked = [
        (field, field.always or not rules.isdisjoint(field.rules))
        for field in _FIELDS
        if field.always or field.offered or not rules.isdisjoint(field.rules)
    ]
    return [
        IntakeField(
            name=to_camel(field.ours),
            kind=field.kind,
            required=is_required and not _one_of(field, rules),
            max_length=field.max_length,
            one_of_group=_ANY_TELEPHONE if _one_of(field, rules) else None,
            options=tuple(IntakeOption(value=gender, label=gender) for gender in _SEXES)
            if field.kind is IntakeKind.CHOICE
            else (),
        )
        for field, is_required in asked
    ]


def _one_of(field: _Field, rules: set[str]) -> bool:
    return _ANY_TELEPHONE in rules and _ANY_TELEPHONE in field.rules


def client(
    person: Person, asked: Sequence[IntakeField], known_as: str | None = None
) -> dict[str, str]:
    """The client of a booking, by the names of ``AppointmentDetailsType``: only what was asked.

    Known by ``known_as`` where the citizen was not asked for an id.

    Raises:
        CustomerFieldsMissing: it names each field, which the vendor would not.
    """
    names = {field.name for field in asked}
    given = {
        name: text
        for field in _FIELDS
        if (name := to_camel(field.ours)) in names and (text := _text(person, field))
    }
    answers.check(asked, given, lambda field, _: _too_long(field, given))
    sent = {
        "clientID": given.get("nationalNumber") or known_as,
        "clientLastName": given.get("familyName"),
        "clientSex": given.get("gender"),
        "clientDateOfBirth": given.get("birthDate"),
        "clientInitials": given.get("givenName"),
        "clientAddress": _address(given),
        "clientPostalCode": given.get("postalCode"),
        "clientCity": given.get("city"),
        "clientTel": given.get("mobilePhone") or given.get("phone"),
        "clientMail": given.get("email"),
    }
    return {name: value for name, value in sent.items() if value}


def client_id(citizen: MatchKey | None, kind: ClientId) -> str | None:
    """Under which id the vendor knows a citizen; ``None`` where it may not know this key.

    Of a pseudonym, as much as fits: 80 bits as sixteen characters, in which a database that
    takes capitals and small letters for the same loses nothing.
    """
    if citizen is None:
        return None
    if kind == citizen.kind == "nationalNumber":
        return citizen.value
    if (kind, citizen.kind) == ("pseudonym", "externalId"):
        return base64.b32encode(hashlib.sha256(citizen.value.encode()).digest()[:10]).decode()
    return None


def _text(person: Person, field: _Field) -> str:
    value = getattr(person, field.ours)
    if field.kind is IntakeKind.CHOICE:
        return _SEXES.get(value, "")
    text = "" if value is None else str(value).strip()
    # Written for people, a number may be longer than the vendor has room for.
    return _IN_A_NUMBER.sub("", text) if field.kind is IntakeKind.TELEPHONE else text


def _too_long(field: IntakeField, given: Mapping[str, str]) -> str | None:
    if field.name == "street" and len(_address(given)) > _ADDRESS_LENGTH:
        return f"With the house number, at most {_ADDRESS_LENGTH} characters fit."
    return None


def _address(given: Mapping[str, str]) -> str:
    return f"{given.get('street', '')} {given.get('houseNumber', '')}".strip()
