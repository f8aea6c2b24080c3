"""What a refusal means: ZMS's error codes in the errors of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    BookingError,
    CancellationClosed,
    CustomerFieldsMissing,
    DuplicateBooking,
    HoldExpired,
    Issue,
    OutcomeUnknown,
    QuantityExceeded,
    ResourceNotFound,
    SlotInPast,
    SlotTaken,
    VendorUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.vendors.zms.wire import Error

    Meanings = Mapping[str, type[BookingError]]

ISSUE = "urn:problem-type:afsprakenpoort:fieldMissing"

UNKNOWN = "unknownError"
"""What it says when it has no code of its own for what went wrong."""

NOTHING_FREE = frozenset({"noAppointmentForThisDay", "noAppointmentForThisScope"})
"""Refusals of a calendar that are answers: there is nothing on these days."""

_MEANINGS: Meanings = {
    "appointmentNotAvailable": SlotTaken,
    "notFound": BadAnswer,
    "invalidTimestamp": SlotInPast,
    "tooManyServicesPerAppointment": QuantityExceeded,
    "tooManySlotsPerAppointment": QuantityExceeded,
    "invalidServiceCount": QuantityExceeded,
    "invalidOfficeId": ResourceNotFound,
    "invalidServiceId": ResourceNotFound,
    "invalidLocationAndServiceCombination": ResourceNotFound,
    **dict.fromkeys(NOTHING_FREE, ResourceNotFound),
    "tooManyAppointmentsWithSameMail": DuplicateBooking,
    # The key changes when an appointment is cancelled, and a number is given out again with
    # another key: in each case the appointment that our key was made for is gone.
    "authKeyMismatch": AppointmentNotFound,
    "appointmentNotFound": AppointmentNotFound,
    "invalidAuthKey": AppointmentNotFound,
    "invalidProcessId": AppointmentNotFound,
    "preconfirmationExpired": HoldExpired,
    # It has been moved on by somebody else: whether to booked, a look at it tells.
    "processNotReservedAnymore": OutcomeUnknown,
    "processNotPreconfirmedAnymore": OutcomeUnknown,
    "appointmentCanNotBeCanceled": CancellationClosed,
    "processAlreadyCalled": CancellationClosed,
    "captchaMissing": VendorUnavailable,
    "captchaInvalid": VendorUnavailable,
    "captchaExpired": VendorUnavailable,
}

_FIELDS = {
    "invalidFamilyName": "familyName",
    "invalidEmail": "email",
    "emailIsRequired": "email",
    "placeholderEmailNotAllowed": "email",
    "invalidTelephone": "phone",
    "telephoneIsRequired": "phone",
    "invalidCustomTextfield": "answers.customTextfield",
    "invalidCustomTextfield2": "answers.customTextfield2",
}


def error(errors: Sequence[Error], own: Meanings) -> BookingError:
    """The contract's error for a refusal; ``own`` are meanings for this one call."""
    codes = [each.error_code for each in errors]
    first = codes[0][:100] if codes else None
    fields = dict.fromkeys(_FIELDS[code] for code in codes if code in _FIELDS)
    if fields:
        return CustomerFieldsMissing(
            f"Missing or not valid: {', '.join(fields)}.",
            issues=tuple(
                Issue(type=ISSUE, name=name, detail="The source does not accept this.")
                for name in fields
            ),
            vendor_code=first,
        )
    meanings = {**_MEANINGS, **own}
    for code in codes:
        if code in meanings:
            return meanings[code](f"It answered {code}.", vendor_code=code)
    return BadAnswer("It refused, and its reason is not known.", vendor_code=first)
