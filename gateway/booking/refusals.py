"""The error behind a refusal that the ledger or a workflow kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from contracts.errors import BookingError, CancellationClosed, Issue, Retry, VendorUnavailable
from gateway.booking.present import cancellable_until
from gateway.booking.requests import name_outside, path
from gateway.ledger import AppointmentRecord, Refusal
from gateway.sources import Source


def refusal(items: Sequence[AppointmentRecord]) -> BookingError:
    """Why a visit failed as a whole: the first refusal among its items."""
    item = next((item for item in items if item.refusal), None)
    if item is None or item.refusal is None:
        return error_of(Refusal(code=VendorUnavailable.code))
    asked = item.summary.intake_fields
    issues = tuple(
        issue.model_copy(update={"name": name_outside(issue.name, item.source, asked)})
        for issue in item.refusal.issues
    )
    return error_of(item.refusal.model_copy(update={"issues": issues}))


def error_of(refused: Refusal) -> BookingError:
    """The error, as one that is over: repeating the same key gives it again."""
    kind = _BY_CODE.get(refused.code, VendorUnavailable)
    return kind(
        issues=tuple(_in_body(issue) for issue in refused.issues),
        vendor_code=refused.vendor_code,
        retry=Retry.NEW_CHOICE if kind.retry is Retry.SAME_KEY else None,
    )


def refuse_closed(record: AppointmentRecord, source: Source, now: datetime) -> None:
    """Return when what is booked can be cancelled or moved at its source now.

    Raises:
        CancellationClosed: the source or the municipality does not allow it (any more).
        VendorUnavailable: nothing is sent to the source at present.
    """
    until = cancellable_until(record, source)
    if not source.manifest.facts.cancellable or (until and now > until):
        raise CancellationClosed
    if not source.is_reachable:
        raise VendorUnavailable


def _in_body(issue: Issue) -> Issue:
    """An adapter names the intake field; a caller looks for it in what he sent."""
    return issue.model_copy(update={"name": path(issue.name)})


def _leaves(kind: type[BookingError]) -> Iterator[type[BookingError]]:
    for child in kind.__subclasses__():
        if "code" in child.__dict__:
            yield child
        yield from _leaves(child)


_BY_CODE = {kind.code: kind for kind in _leaves(BookingError)}
