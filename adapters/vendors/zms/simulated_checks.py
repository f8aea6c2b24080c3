"""What the simulated ZMS takes, and how it refuses the rest."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from adapters.vendors.zms import simulated_city as city

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.vendors.zms.simulated_city import Json

MOST_DAYS = 365
MOST_IN_A_TEXT = 250
_KEY = re.compile(r"[0-9a-fA-F]{4}|[0-9a-fA-F]{64}")
_TELEPHONE = re.compile(r"\+?\d{7,15}")

_TEXT = "must be non-empty when required and at most 250 characters after normalization."
_ERRORS: dict[str, tuple[int, str, str]] = {
    "notFound": (404, "error", "Endpoint not found."),
    "invalidRequest": (400, "warning", "Invalid request."),
    "invalidStartDate": (400, "warning", "startDate is required and must be a valid date."),
    "invalidEndDate": (400, "warning", "endDate is required and must be a valid date."),
    "invalidOfficeId": (400, "warning", "officeId should be a 32-bit integer."),
    "invalidServiceId": (400, "warning", "serviceId should be a 32-bit integer."),
    "invalidServiceCount": (
        400,
        "warning",
        "serviceCounts should be an array of numeric values.",
    ),
    "invalidLocationAndServiceCombination": (
        400,
        "warning",
        "The provided service(s) do not exist at the given location.",
    ),
    "dateRangeTooLarge": (400, "warning", "The date range is too large."),
    "captchaMissing": (400, "warning", "Missing captcha token."),
    "invalidTimestamp": (400, "warning", "Missing timestamp or invalid timestamp format."),
    "invalidProcessId": (400, "warning", "processId should be a positive 32-bit integer."),
    "invalidAuthKey": (400, "warning", "authKey should be a string."),
    "invalidFamilyName": (400, "warning", "familyName should be a non-empty string."),
    "invalidEmail": (400, "warning", "email should be a valid email address."),
    "invalidTelephone": (
        400,
        "warning",
        "telephone should be a numeric string between 7 and 15 digits.",
    ),
    "invalidCustomTextfield": (400, "warning", f"customTextfield {_TEXT}"),
    "appointmentNotAvailable": (
        404,
        "error",
        "The selected appointment is unfortunately no longer available.",
    ),
    "appointmentNotFound": (404, "error", "Maybe you have already canceled your appointment?"),
    "authKeyMismatch": (406, "warning", "Invalid authentication key."),
    "appointmentCanNotBeCanceled": (
        406,
        "warning",
        "The selected appointment cannot be canceled.",
    ),
    "tooManyAppointmentsWithSameMail": (
        406,
        "error",
        "You can only book a limited number of appointments with your e-mail address.",
    ),
    "processNotReservedAnymore": (409, "error", "The appointment is no longer reserved."),
    "processNotPreconfirmedAnymore": (
        409,
        "error",
        "The appointment is no longer preconfirmed.",
    ),
    "placeholderEmailNotAllowed": (409, "error", "The placeholder email is not allowed."),
    "rateLimitExceeded": (429, "warning", "Rate limit exceeded. Please try again later."),
    "unknownError": (520, "error", "An unknown error occurred."),
}


class Refused(Exception):
    """A refusal; ``status`` is HTTP's, which need not be that of the errors inside."""

    def __init__(self, code: str, status: int = 0, *others: str) -> None:
        super().__init__(code)
        self.errors = [
            {"errorCode": code, "statusCode": status, "errorType": kind, "errorMessage": text}
            for code in (code, *others)
            for status, kind, text in [_ERRORS[code]]
        ]
        self.status = status or _ERRORS[code][0]


def asked(query: Json) -> tuple[list[int], list[int], list[int], date, date]:
    """Offices, services, counts and days of a calendar, or every mistake at once."""
    offices, services = _ids(query, "officeIds"), _ids(query, "serviceIds")
    counts = _ids(query, "serviceCounts")
    first, last = (_day(query.get(name, "")) for name in ("startDate", "endDate"))
    mistakes = [
        code
        for code, wrong in {
            "invalidOfficeId": not offices,
            "invalidServiceId": not services,
            "invalidStartDate": first is None,
            "invalidEndDate": last is None,
            "dateRangeTooLarge": first is not None
            and last is not None
            and (last - first).days > MOST_DAYS,
            "invalidServiceCount": not counts or 0 in counts or len(counts) != len(services),
        }.items()
        if wrong
    ]
    if mistakes:
        raise Refused(mistakes[0], 0, *mistakes[1:])
    for office in offices:
        _check_place(office, services)
    return offices, services, counts, first or date.min, last or date.min


def reservation(data: Json, now: datetime) -> tuple[int, datetime, list[int], list[int]]:
    """Office, start, services and counts."""
    office, start = data.get("officeId"), data.get("timestamp")
    services, counts = data.get("serviceId"), data.get("serviceCount", [1])
    if not isinstance(office, int):
        raise Refused("invalidOfficeId")
    if not isinstance(services, list) or not services:
        raise Refused("invalidServiceId")
    if not isinstance(start, int) or start <= now.timestamp():
        raise Refused("invalidTimestamp")
    if not isinstance(counts, list) or len(counts) != len(services) or min(counts) < 1:
        raise Refused("invalidServiceCount")
    _check_place(office, services)
    return office, datetime.fromtimestamp(start, UTC), services, counts


def number_and_key(data: Json) -> tuple[int, str]:
    """What names an appointment."""
    number, key = str(data.get("processId", "")), data.get("authKey")
    if not number.isdecimal() or not int(number):
        raise Refused("invalidProcessId")
    if not isinstance(key, str) or not _KEY.fullmatch(key.strip()):
        raise Refused("invalidAuthKey")
    return int(number), key.strip()


def contact(data: Json, office: int) -> Json:
    """What an update brings, by the rules of the office; the first mistake is told."""
    rules = city.scope(office)
    given = {name: text for name, text in data.items() if isinstance(text, str)}
    email, telephone = given.get("email", ""), given.get("telephone", "")
    text = given.get("customTextfield", "")
    if not given.get("familyName", "").strip():
        raise Refused("invalidFamilyName")
    if rules["emailRequired"] and not re.fullmatch(r"[^\s@+]+@[^\s@+]+\.[^\s@]{2,}", email):
        raise Refused("invalidEmail")
    if rules["telephoneActivated"] and telephone and not _TELEPHONE.fullmatch(telephone):
        raise Refused("invalidTelephone")
    if len(text) > MOST_IN_A_TEXT or (rules["customTextfieldRequired"] and not text.strip()):
        raise Refused("invalidCustomTextfield")
    names = ("familyName", "email", "telephone", "customTextfield", "customTextfield2")
    return {name: given[name] for name in names if name in given}


def day(query: Json, name: str, otherwise: date) -> date:
    """A day of the window of times."""
    return _day(query.get(name, "")) or otherwise


def _check_place(office: int, services: Sequence[int]) -> None:
    if office not in city.OFFICES or any(
        service not in city.SERVICES or office not in city.SERVICES[service].offices
        for service in services
    ):
        raise Refused("invalidLocationAndServiceCombination")
    if city.OFFICES[office].captcha:
        raise Refused("captchaMissing")


def _ids(query: Json, name: str) -> list[int]:
    parts = [part.strip() for part in query.get(name, "").split(",")]
    return [int(part) for part in parts] if all(part.isdecimal() for part in parts) else []


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
