"""Every error a caller can meet: one class per code, drawn here as a tree.

    BookingError
    ├── RequestError                      the caller can do something about it
    │   ├── InvalidRequest                400  schemaViolation, with one issue per mistake
    │   ├── IdempotencyKeyMissing         400
    │   ├── NotAuthenticated              401
    │   ├── AssuranceTooLow               403
    │   ├── NotOwner                      403
    │   ├── CsrfRejected                  403
    │   ├── ResourceNotFound              404
    │   │   └── AppointmentNotFound       404  raised by adapters for an unknown reference
    │   ├── MethodNotAllowed              405
    │   ├── IdempotencyInFlight           409
    │   ├── BookingChanged                409
    │   ├── PayloadTooLarge               413
    │   ├── UnsupportedMediaType          415
    │   ├── IdempotencyKeyReused          422
    │   ├── TooManyRequests               429
    │   └── ChoiceRefused                 the choice cannot be booked; another one may be
    │       ├── SlotTaken                 409
    │       ├── SlotHeldByOther           409
    │       ├── CitizenTimeConflict       409
    │       ├── DuplicateBooking          409
    │       ├── HoldExpired               409
    │       ├── CancellationClosed        409
    │       ├── SlotInPast                422
    │       ├── ProductsNotCombinable     422
    │       ├── QuantityExceeded          422
    │       ├── CustomerFieldsMissing     422
    │       └── OutsideBookingWindow      422
    ├── GatewayError
    │   ├── InternalError                 500
    │   ├── CapabilityNotSupported        501  the source's vendor cannot do this
    │   └── AdapterNotCertified           503
    └── VendorError                       the source did not do its part
        ├── BadAnswer                     502  vendorBadResponse: an answer we cannot read
        ├── VendorUnavailable             503  down, too slow, or refusing us
        └── OutcomeUnknown                     a write was sent and not answered; never shown
                                               to a caller as an error, always as a pending state

``origin``, ``outcome`` and ``retry`` travel with each error into its problem+json
document (RFC 9457). A ``detail`` is written for the person who reads it and never
holds personal data: it is logged.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


class Origin(StrEnum):
    """Whose doing an error is."""

    CALLER = "caller"
    GATEWAY = "gateway"
    VENDOR = "vendor"


class Outcome(StrEnum):
    """Whether the write behind an error took effect."""

    NOT_APPLIED = "notApplied"
    APPLIED = "applied"
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """What a caller may do next.

    ``sameKey``: repeat with the same Idempotency-Key. ``newChoice``: choose again and use
    a new key. ``after``: repeat after ``retryAfter`` seconds.
    """

    NEVER = "never"
    SAME_KEY = "sameKey"
    NEW_CHOICE = "newChoice"
    AFTER = "after"


class Issue(BaseModel):
    """One mistake in the input: where it is and what was expected (Belgif ``issues``).

    ``name`` is a JSON pointer-like path (``products[0].quantity``). The rejected value is
    never repeated: it may be personal data.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True
    )

    type: str
    in_: str = Field(default="body", alias="in")
    name: str
    detail: str


class BookingError(Exception):
    """Base of every error of the contract; raise one of its leaves.

    ``vendor_code`` is the vendor's own code, kept for support. ``retry_after`` is in seconds.
    ``retry`` replaces the class's own advice where this one case needs another.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    type: ClassVar[str]
    origin: ClassVar[Origin]
    outcome: ClassVar[Outcome] = Outcome.NOT_APPLIED
    retry: Retry = Retry.NEVER

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__ and "type" not in cls.__dict__:
            cls.type = f"urn:problem-type:afsprakenpoort:{cls.code}"

    def __init__(
        self,
        detail: str = "",
        *,
        issues: tuple[Issue, ...] = (),
        vendor_code: str | None = None,
        retry_after: float | None = None,
        retry: Retry | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.issues = issues
        self.vendor_code = vendor_code
        self.retry_after = retry_after
        self.retry = retry or type(self).retry


class RequestError(BookingError):
    """The caller asked for something that cannot be."""

    origin = Origin.CALLER


class InvalidRequest(RequestError):
    """The input breaks the schema; ``issues`` names every mistake."""

    code, status, title = "schemaViolation", 400, "The request is not valid"
    type = "urn:problem-type:belgif:badRequest"


class IdempotencyKeyMissing(RequestError):
    """A write came without an ``Idempotency-Key`` header."""

    code, status, title = "idempotencyKeyMissing", 400, "The Idempotency-Key header is missing"


class NotAuthenticated(RequestError):
    """Nobody is logged in, or the login has expired."""

    code, status, title = "noAccessToken", 401, "You are not logged in"
    type = "urn:problem-type:belgif:noAccessToken"


class AssuranceTooLow(RequestError):
    """The login is not strong enough for this operation."""

    code, status, title = "assuranceTooLow", 403, "A stronger login is needed"


class NotOwner(RequestError):
    """The appointment belongs to somebody else."""

    code, status, title = "notOwner", 403, "This is not yours"


class CsrfRejected(RequestError):
    """A write came with a cookie but without a valid CSRF token or from a foreign origin."""

    code, status, title = "csrfRejected", 403, "The request was not made by our own page"


class ResourceNotFound(RequestError):
    """Nothing is known under this address."""

    code, status, title = "resourceNotFound", 404, "Not found"
    type = "urn:problem-type:belgif:resourceNotFound"


class AppointmentNotFound(ResourceNotFound):
    """The vendor knows no appointment under this reference."""


class MethodNotAllowed(RequestError):
    """The address exists, the method does not."""

    code, status, title = "methodNotAllowed", 405, "This method does not exist here"


class IdempotencyInFlight(RequestError):
    """The first request with this key is still being worked on."""

    code, status, title = "idempotencyInFlight", 409, "The same request is still running"
    retry = Retry.AFTER


class BookingChanged(RequestError):
    """The visit or appointment is no longer in the state the request assumed."""

    code, status, title = "bookingChanged", 409, "The booking has changed meanwhile"


class PayloadTooLarge(RequestError):
    """The body is larger than this service accepts."""

    code, status, title = "payloadTooLarge", 413, "The request is too large"
    type = "urn:problem-type:belgif:payloadTooLarge"


class UnsupportedMediaType(RequestError):
    """The body is not ``application/json``."""

    code, status, title = "unsupportedMediaType", 415, "Send application/json"


class IdempotencyKeyReused(RequestError):
    """The key was used before with another body."""

    code, status, title = "idempotencyKeyReused", 422, "This Idempotency-Key was used before"


class TooManyRequests(RequestError):
    """The caller goes over its quota."""

    code, status, title = "tooManyRequests", 429, "Too many requests"
    type = "urn:problem-type:belgif:tooManyRequests"
    retry = Retry.AFTER


class ChoiceRefused(RequestError):
    """This slot, product or form cannot be booked as chosen; a new choice may be."""

    retry = Retry.NEW_CHOICE


class SlotTaken(ChoiceRefused):
    """Somebody else took the slot meanwhile."""

    code, status, title = "slotTaken", 409, "This time has just been taken"


class SlotHeldByOther(ChoiceRefused):
    """The slot is kept for another citizen; it may come free."""

    code, status, title = "slotHeldByOther", 409, "Somebody else is booking this time"


class CitizenTimeConflict(ChoiceRefused):
    """The citizen has another appointment at that time."""

    code, status, title = "citizenTimeConflict", 409, "You have another appointment then"


class DuplicateBooking(ChoiceRefused):
    """The citizen already has an appointment for this product."""

    code, status, title = "duplicateBooking", 409, "You already have this appointment"


class HoldExpired(ChoiceRefused):
    """The slot was no longer kept when it was confirmed."""

    code, status, title = "holdExpired", 409, "The time was kept too long ago"


class CancellationClosed(ChoiceRefused):
    """The source does not let citizens cancel or move this appointment (any more)."""

    code, status, title = "cancellationClosed", 409, "This can no longer be changed online"
    retry = Retry.NEVER


class SlotInPast(ChoiceRefused):
    """The slot has already begun."""

    code, status, title = "slotInPast", 422, "This time is in the past"


class ProductsNotCombinable(ChoiceRefused):
    """The source cannot handle these products in one appointment."""

    code, status, title = "productsNotCombinable", 422, "These products cannot be combined"


class QuantityExceeded(ChoiceRefused):
    """More of a product was asked than one appointment can take."""

    code, status, title = "quantityExceeded", 422, "Too many for one appointment"


class CustomerFieldsMissing(ChoiceRefused):
    """A field that the source needs is missing or not valid; ``issues`` names each."""

    code, status, title = "customerFieldsMissing", 422, "The contact data is not complete"


class OutsideBookingWindow(ChoiceRefused):
    """The source takes no bookings that early or that late."""

    code, status, title = "outsideBookingWindow", 422, "No bookings are taken for this day"


class GatewayError(BookingError):
    """Something on our side."""

    origin = Origin.GATEWAY


class InternalError(GatewayError):
    """A defect of ours; the trace id finds it in the log."""

    code, status, title = "internalServerError", 500, "Something went wrong on our side"
    type = "urn:problem-type:belgif:internalServerError"
    outcome = Outcome.UNKNOWN
    retry = Retry.SAME_KEY


class CapabilityNotSupported(GatewayError):
    """The vendor behind this source cannot do this."""

    code, status, title = "capabilityNotSupported", 501, "This source cannot do that"


class AdapterNotCertified(GatewayError):
    """The adapter has no valid certificate and certificates are enforced."""

    code, status, title = "adapterNotCertified", 503, "This source is not certified"


class VendorError(BookingError):
    """The appointment system behind a source did not do its part."""

    origin = Origin.VENDOR


class BadAnswer(VendorError):
    """The vendor answered something that is not its protocol (HTML, truncated, too large)."""

    code, status, title = "vendorBadResponse", 502, "The appointment system gave a bad answer"
    retry = Retry.SAME_KEY


class VendorUnavailable(VendorError):
    """The vendor did not answer in time, or refuses us; nothing was changed there."""

    code, status, title = "vendorUnavailable", 503, "The appointment system is not available"
    retry = Retry.SAME_KEY


class OutcomeUnknown(VendorError):
    """A write was sent and its answer is missing or unreadable.

    Never retried and never reported as failed: the reconciler looks it up by the source's
    ``resolution``. Callers read it as ``pending.outcome = unknown`` on the visit.
    """

    code, status, title = "outcomeUnknown", 503, "It is not yet known whether this was booked"
    outcome = Outcome.UNKNOWN
