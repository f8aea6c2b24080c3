"""What ZMS asks of a citizen, and how the answers are written down for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters import answers, staff_notes
from contracts.models import IntakeField, IntakeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.vendors.zms.wire import Scope
    from contracts.models import BookingRequest

TEXTS = ("customTextfield", "customTextfield2")
"""The two questions that an office may ask in its own words."""

_MOST_IN_A_TEXT = 250
_WITHOUT_WORDS = "Opmerkingen"
_TELEPHONE = re.compile(r"\+?\d{7,15}")
_SIGNS = re.compile(r"[\s()./-]")


def fields(scopes: Sequence[Scope]) -> list[IntakeField]:
    """The questions for one set of products: all that any office which does them asks.

    The office is chosen after the form was made.
    """
    asked = [
        IntakeField(name="givenName"),
        IntakeField(name="familyName", required=True),
        IntakeField(
            name="email",
            kind=IntakeKind.EMAIL,
            required=any(scope.email_required for scope in scopes),
            max_length=254,
        ),
    ]
    if any(scope.telephone_activated for scope in scopes):
        required = any(scope.telephone_required for scope in scopes)
        asked.append(IntakeField(name="phone", kind=IntakeKind.TELEPHONE, required=required))
    return asked + [field for number in ("", "2") if (field := _text(scopes, number))]


def _text(scopes: Sequence[Scope], number: str) -> IntakeField | None:
    """A question in an office's own words; one without words is asked only where it must be."""
    rules = [scope for scope in scopes if getattr(scope, f"custom_textfield{number}_activated")]
    labels = [getattr(scope, f"custom_textfield{number}_label") for scope in rules]
    label = " / ".join(dict.fromkeys(text.strip() for text in labels if text and text.strip()))
    required = any(getattr(scope, f"custom_textfield{number}_required") for scope in rules)
    if not label and not required:
        return None
    return IntakeField(
        name=f"answers.customTextfield{number}",
        required=required,
        max_length=_MOST_IN_A_TEXT,
        label=label[:500] or _WITHOUT_WORDS,
    )


def contact(request: BookingRequest, asked: Sequence[IntakeField]) -> dict[str, str]:
    """The data of an ``update-appointment``: of what is known, only what was asked.

    ``email`` is always sent, empty if need be: a reservation has the address of a mailbox of
    somebody else until then, and mails would go there.

    Raises:
        CustomerFieldsMissing: with an issue for each field that is missing or not valid.
    """
    booker = request.booker
    given = {
        "givenName": booker.given_name,
        "familyName": booker.family_name,
        "email": booker.email,
        "phone": _SIGNS.sub("", booker.phone or booker.mobile_phone or ""),
        **{f"answers.{name}": request.answers.get(name) for name in TEXTS},
    }
    known = {field.name: (given[field.name] or "").strip() for field in asked}
    answers.check(asked, known, _mistake)
    posted = {"familyName": _called(request), "email": known["email"]}
    others = {"phone": "telephone", **{f"answers.{name}": name for name in TEXTS}}
    return posted | {others[name]: known[name] for name in known if name in others}


def _mistake(field: IntakeField, value: str) -> str | None:
    if field.kind is IntakeKind.TELEPHONE and not _TELEPHONE.fullmatch(value):
        return "A telephone number has 7 to 15 digits."
    return None


def _called(request: BookingRequest) -> str:
    """The one name there is room for; who it is for stands beside the booker's."""
    booker = staff_notes.name(request.booker)
    return f"{booker} (voor {staff_notes.name(request.attendee)})" if request.attendee else booker
