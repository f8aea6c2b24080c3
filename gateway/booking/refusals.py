"""The error behind a code that the ledger or a workflow kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.errors import BookingError, Retry, VendorUnavailable
from gateway.ledger import AppointmentRecord

_WORDS = {
    "slotTaken": "Somebody else has just taken this time. Nothing was booked; choose another.",
    "slotHeldByOther": "Somebody else is booking this time. Nothing was booked; choose another.",
    "holdExpired": "The time was kept too long ago. Nothing was booked; choose again.",
    "vendorUnavailable": "The municipality's appointment system does not answer. Nothing was "
    "booked; try again later.",
    "cancellationClosed": "This can no longer be changed online. Contact the municipality.",
}


def refusal(items: Sequence[AppointmentRecord]) -> BookingError:
    """Why a visit failed as a whole: the first refusal among its items."""
    code = next((item.refusal for item in items if item.refusal), VendorUnavailable.code)
    return error_of(code)


def error_of(code: str) -> BookingError:
    """The error with this code, as one that is over: repeating the same key gives it again."""
    kind = _BY_CODE.get(code, VendorUnavailable)
    over = Retry.NEW_CHOICE if kind.retry is Retry.SAME_KEY else None
    return kind(_WORDS.get(code, ""), retry=over)


def _leaves(kind: type[BookingError]) -> Iterator[type[BookingError]]:
    for child in kind.__subclasses__():
        if "code" in child.__dict__:
            yield child
        yield from _leaves(child)


_BY_CODE = {kind.code: kind for kind in _leaves(BookingError)}
