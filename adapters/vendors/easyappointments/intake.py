"""What Easy!Appointments asks of a citizen, and what it and its staff are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters import answers, staff_notes
from contracts.models import BookingRequest, IntakeField, IntakeKind, Person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from adapters.vendors.easyappointments import wire

LANGUAGES = {"nl": "dutch", "fr": "french", "de": "german", "en": "english"}


class _Field(NamedTuple):
    """``with_`` names the field that is required together with it."""

    name: str
    ours: str
    kind: IntakeKind = IntakeKind.TEXT
    with_: str = ""


_ALWAYS = ("givenName", "familyName", "email")
_FIELDS = (
    _Field("givenName", "given_name"),
    _Field("familyName", "family_name"),
    _Field("email", "email", IntakeKind.EMAIL),
    _Field("phone", "phone", IntakeKind.TELEPHONE),
    _Field("street", "street"),
    _Field("houseNumber", "house_number", with_="street"),
    _Field("postalCode", "postal_code"),
    _Field("city", "city"),
)


def fields(required: AbstractSet[str]) -> Sequence[IntakeField]:
    """The questions, all required: what it does not require is not asked."""
    return [
        IntakeField(name=field.name, kind=field.kind, required=True) for field in _asked(required)
    ]


def _asked(required: AbstractSet[str]) -> list[_Field]:
    names = {*_ALWAYS, *required}
    return [field for field in _FIELDS if (field.with_ or field.name) in names]


def customer(person: Person, required: AbstractSet[str]) -> dict[str, str]:
    """The payload of a customer: of what is known, only what was asked.

    Raises:
        CustomerFieldsMissing: the vendor would say so without saying which.
    """
    asked = _asked(required)
    given = {field.name: (getattr(person, field.ours) or "").strip() for field in asked}
    answers.check(fields(required), given)
    street, number = given.get("street"), given.get("houseNumber")
    payload = {
        "firstName": given["givenName"],
        "lastName": given["familyName"],
        "email": given["email"],
        "phone": given.get("phone"),
        "address": f"{street} {number}" if street else None,
        "zip": given.get("postalCode"),
        "city": given.get("city"),
    }
    return {name: value for name, value in payload.items() if value}


def notes(request: BookingRequest, known: wire.Customer) -> str:
    """For the clerk: our reference, and who it is for and from where the customer differs.

    An e-mail address has one customer, whoever uses it, so a name that was given before is
    left as it is. Only the first line is read again.
    """
    booker, before = staff_notes.name(request.booker), f"{known.first_name} {known.last_name}"
    if booker.casefold() == " ".join(before.split()).casefold():
        return staff_notes.written(request)
    phone = f", {request.booker.phone}" if request.booker.phone else ""
    return staff_notes.written(request, " ".join(f"Geboekt door {booker}{phone}".split()))
