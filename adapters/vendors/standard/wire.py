"""The payloads of the standard: the contract's own nouns, as they travel over HTTP.

What is not defined here is of ``contracts.models``, word for word. An appointment is named by
``vendorRef`` alone: a system that is called by one known gateway needs no secret beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar, get_args

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from contracts.adapter import Capability
from contracts.models import (
    AppointmentStatus,
    Identifier,
    IntakeField,
    Location,
    MatchKey,
    Model,
    Person,
    Product,
    ProductQuantity,
    Slot,
)

VERSION = 1
"""Raised when something changes that an older caller would stumble over."""

ItemT = TypeVar("ItemT")

CapabilityName = Literal[
    "hold", "extend", "reschedule", "appointmentsOf", "changes", "webhooks", "intakeFields"
]
CAPABILITIES: Mapping[CapabilityName, frozenset[Capability]] = {
    "hold": frozenset({Capability.HOLD, Capability.CONFIRM, Capability.RELEASE}),
    "extend": frozenset({Capability.EXTEND}),
    "reschedule": frozenset({Capability.RESCHEDULE}),
    "appointmentsOf": frozenset({Capability.APPOINTMENTS_OF}),
    "changes": frozenset({Capability.CHANGES}),
    "webhooks": frozenset({Capability.PARSE_WEBHOOK}),
    "intakeFields": frozenset({Capability.INTAKE_FIELDS}),
}
"""What a system may offer beyond the core, by the name it declares it under."""

VendorRef = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,200}$")]
"""Made by the system, never from a citizen's data: it stands in paths."""

ClientReference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class Capabilities(Model):
    """What the system speaks and offers. A caller skips names that it does not know.

    ``sandbox``: whether the operations tagged so are here. Never where citizens book.
    """

    version: int = Field(description="the version of this standard, a whole number")
    capabilities: tuple[Identifier, ...] = Field(
        description=f"any of {', '.join(get_args(CapabilityName))}; all else is core"
    )
    product_version: str = Field(
        default="",
        max_length=100,
        description="of the system itself: a certificate says of which version it is",
    )
    sandbox: bool = False


class Items(Model, Generic[ItemT]):
    """A whole list: the standard has no pages but those of ``changes``."""

    items: tuple[ItemT, ...]


class Products(Items[Product]):
    """Everything that can be booked."""


class Locations(Items[Location]):
    """Where the asked products can all be handled in one appointment."""


class Slots(Items[Slot]):
    """Free slots, sorted by start; each can be booked as it is."""


class IntakeFields(Items[IntakeField]):
    """What is asked of the citizen."""


class Appointment(Model):
    """One booked slot. ``clientReference`` is the Idempotency-Key of the last write to it.

    Without ``cancellableUntil`` it can be cancelled at any time.
    """

    vendor_ref: VendorRef
    status: AppointmentStatus
    location_id: Identifier
    start: AwareDatetime
    end: AwareDatetime
    products: tuple[ProductQuantity, ...]
    client_reference: ClientReference | None = None
    cancellable_until: AwareDatetime | None = None


class Appointments(Items[Appointment]):
    """What was looked for, and nothing of anybody else."""


class Hold(Model):
    """A slot kept until ``expiresAt``. Confirmed, it may keep its ``vendorRef`` or get another."""

    vendor_ref: VendorRef
    slot: Slot
    expires_at: AwareDatetime


class Changes(Items[Appointment]):
    """What changed after a cursor, oldest first, each appointment as it stands now."""

    cursor: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    more: bool = False


class ChosenProducts(Model):
    """The products of one appointment."""

    products: tuple[ProductQuantity, ...] = Field(min_length=1, max_length=20)


class ChosenSlot(Model):
    """A slot to hold or to move to, as it was offered."""

    slot: Slot


class Confirmation(Model):
    """Who it is for. ``attendee`` only when that is not the booker."""

    booker: Person
    attendee: Person | None = None
    answers: dict[Identifier, Annotated[str, StringConstraints(max_length=2000)]] = Field(
        default_factory=dict, max_length=50
    )
    match_key: MatchKey | None = None
    language: Literal["nl", "fr", "de", "en"] = "nl"


class Booking(Confirmation):
    """A slot, as it was offered, and who it is for."""

    slot: Slot


class Lookup(Model):
    """One of the two: whose appointments, or the write that made or moved one."""

    match_key: MatchKey | None = None
    client_reference: ClientReference | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Lookup:
        if (self.match_key is None) == (self.client_reference is None):
            raise ValueError("give either matchKey or clientReference")
        return self


class RefusedField(Model):
    """A field that is missing or not valid, by its intake name."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,200}$")]


class Refusal(Model):
    """What a caller reads of a problem+json document; its sentences may quote a citizen."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,64}$")]
    outcome: Literal["notApplied", "applied", "unknown"] = "unknown"
    issues: tuple[RefusedField, ...] = Field(default=(), max_length=100)


class Changed(Model):
    """The appointment that a notification is about; the rest is asked for."""

    vendor_ref: VendorRef


class Notification(Model):
    """The body of a webhook (Standard Webhooks): thin, without anybody's data."""

    type: Identifier
    timestamp: datetime
    data: Changed


def is_write(method: str, path: str) -> bool:
    """Whether a request changes something: here a POST may only ask."""
    return method in {"POST", "DELETE"} and not path.endswith(("/query", "/token"))
