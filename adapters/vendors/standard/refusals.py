"""What a refusal in problem+json means, told by its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import httpx
from pydantic import TypeAdapter

from adapters.http import decode
from adapters.vendors.standard.wire import Refusal
from contracts import errors

if TYPE_CHECKING:
    from contracts.errors import BookingError

_REFUSAL = TypeAdapter(Refusal)
_MEANT: Mapping[str, type[errors.BookingError]] = {
    kind.code: kind
    for kind in (
        errors.ResourceNotFound,
        errors.SlotTaken,
        errors.SlotHeldByOther,
        errors.CitizenTimeConflict,
        errors.DuplicateBooking,
        errors.HoldExpired,
        errors.CancellationClosed,
        errors.SlotInPast,
        errors.ProductsNotCombinable,
        errors.QuantityExceeded,
        errors.CustomerFieldsMissing,
        errors.OutsideBookingWindow,
        errors.CapabilityNotSupported,
    )
}
_SAID_OF_A_FIELD = "This is missing, or the municipality's system does not accept it."

REFUSED = frozenset({kind.status for kind in _MEANT.values()} | {400})
"""Statuses that come with a document which says what is the matter."""

FAILED = frozenset({500, 503})
"""As ``REFUSED``, for writes: only the document can say that nothing was applied."""


def refusal(response: httpx.Response, *, wrote: bool) -> BookingError:
    """The contract's error for an answer with one of these statuses.

    A code under another status than its own comes from something between us and the system.
    The system's own sentences are left out: they may repeat what a citizen typed.
    """
    status = response.status_code
    try:
        said = decode(response, _REFUSAL)
    except errors.BadAnswer as bad:
        failed = wrote and httpx.codes.is_server_error(status)
        return errors.OutcomeUnknown(f"It answered {status}.") if failed else bad
    kind = _MEANT.get(said.code)
    if kind is not None and kind.status == status:
        return kind(
            issues=tuple(
                errors.Issue(type=kind.type, name=field.name, detail=_SAID_OF_A_FIELD)
                for field in said.issues
            )
        )
    if status in FAILED and said.outcome == "notApplied":
        return errors.VendorUnavailable(f"It could not do that ({said.code}).")
    if wrote and (status in FAILED or said.code == errors.IdempotencyInFlight.code):
        return errors.OutcomeUnknown(f"It does not know yet ({said.code}).")
    return errors.BadAnswer(f"It does not take our request ({said.code}).")
