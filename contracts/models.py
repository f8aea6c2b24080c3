"""The nouns of the contract: what adapters give and take, as frozen data.

Every instant is timezone-aware; every location carries the IANA zone in which its
counters live. Field names are lowerCamelCase on the wire. Unknown fields are refused.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """Frozen, strict about unknown fields, lowerCamelCase on the wire."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
    )


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"{name!r} is not an IANA time zone; write for example Europe/Brussels"
        raise ValueError(message) from None
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
"""An IANA time zone name, e.g. ``Europe/Brussels``."""

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""An id that means something to its owner only; compared, never parsed."""

ShortText = Annotated[str, StringConstraints(max_length=500)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


# What can be booked -------------------------------------------------------------------


class Product(Model):
    """Something a citizen comes for, as one source offers it.

    ``id`` is the vendor's own. ``max_quantity`` is the most of it in one appointment,
    ``None`` where the vendor sets no limit. ``duration`` is an indication for one; the
    length of a slot is always the vendor's answer for the whole selection. ``approval``:
    staff decides on each booking of it.
    """

    id: Identifier
    name: ShortText
    description: str = ""
    bring: tuple[ShortText, ...] = ()
    duration: timedelta | None = None
    max_quantity: int | None = Field(default=None, ge=1)
    approval: bool = False


class Address(Model):
    """A postal address in Belgium or next to it."""

    street: ShortText = ""
    house_number: ShortText = ""
    postal_code: ShortText = ""
    city: ShortText = ""
    country: ShortText = ""


class Location(Model):
    """A place with counters. ``id`` is the vendor's own."""

    id: Identifier
    name: ShortText
    zone: Zone
    address: Address | None = None
    telephone: ShortText | None = None


class ProductQuantity(Model):
    """How many persons or items of a product; the vendor says how long that takes."""

    product_id: Identifier
    quantity: int = Field(default=1, ge=1, le=100)


class SlotQuery(Model):
    """Which slots are asked for.

    Days are local to the location, first and last both included, at most 366 days. An
    adapter splits the range into as many calls as its vendor's windows need.
    """

    location_id: Identifier
    products: tuple[ProductQuantity, ...] = Field(min_length=1, max_length=20)
    first_day: date
    last_day: date

    @model_validator(mode="after")
    def _days_are_ordered(self) -> SlotQuery:
        if not timedelta(0) <= self.last_day - self.first_day <= timedelta(days=366):
            message = "lastDay must be firstDay or later, at most 366 days later"
            raise ValueError(message)
        return self


class Slot(Model):
    """A start and end at a location at which the asked products can be handled.

    ``vendor_data`` is whatever the adapter needs to book it later: adapters keep no state
    between calls, so it travels with the slot (sealed by the gateway). Never personal data.
    """

    location_id: Identifier
    start: AwareDatetime
    end: AwareDatetime
    products: tuple[ProductQuantity, ...] = Field(min_length=1)
    vendor_data: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Slot:
        if self.end <= self.start:
            message = "a slot ends after it starts"
            raise ValueError(message)
        return self


# Who it is for ------------------------------------------------------------------------


class Gender(StrEnum):
    """What vendors that insist on it accept; only ever asked, never inferred."""

    MALE = "male"
    FEMALE = "female"
    UNSPECIFIED = "unspecified"


class Person(Model):
    """Contact data of the booker, or of the attendee it is for.

    Which fields a source needs is what ``intake_fields`` says; the names of these fields
    (in lowerCamelCase) are the names used there. ``national_number`` is eleven digits
    (national register or BIS number), present only where the source may have it.
    """

    given_name: Name | None = None
    family_name: Name | None = None
    initials: Name | None = None
    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    phone: Annotated[str, StringConstraints(max_length=32)] | None = None
    mobile_phone: Annotated[str, StringConstraints(max_length=32)] | None = None
    birth_date: date | None = None
    gender: Gender | None = None
    nationality: Name | None = None
    street: Name | None = None
    house_number: Annotated[str, StringConstraints(max_length=16)] | None = None
    house_number_suffix: Annotated[str, StringConstraints(max_length=16)] | None = None
    postal_code: Annotated[str, StringConstraints(max_length=16)] | None = None
    city: Name | None = None
    country: Name | None = None
    national_number: Annotated[str, StringConstraints(pattern=r"^\d{11}$")] | None = None

    def __repr__(self) -> str:
        """Name only which fields are filled in: a repr ends up in logs."""
        return f"Person({', '.join(sorted(self.model_fields_set))})"

    __str__ = __repr__


class IntakeKind(StrEnum):
    """How a field is asked on a screen."""

    TEXT = "text"
    MULTILINE = "multiline"
    EMAIL = "email"
    TELEPHONE = "telephone"
    DATE = "date"
    CHOICE = "choice"
    CHECKBOX = "checkbox"


class IntakeOption(Model):
    """One answer of a ``choice``."""

    value: ShortText
    label: ShortText


class IntakeField(Model):
    """One question a source asks before it books the chosen products.

    ``name`` is a field of ``Person`` in lowerCamelCase, or ``answers.<key>`` for a question
    of the vendor's own, which then carries a ``label``. Of the fields that share a
    ``one_of_group`` at least one must be filled in.
    """

    name: Identifier
    kind: IntakeKind = IntakeKind.TEXT
    required: bool = False
    max_length: int | None = Field(default=None, ge=1)
    one_of_group: Identifier | None = None
    label: ShortText | None = None
    options: tuple[IntakeOption, ...] = ()


class MatchKey(Model):
    """How a source recognises a citizen: never logged, never in a URL of ours.

    ``nationalNumber`` is the number itself, allowed per source; ``externalId`` is a keyed
    pseudonym made for this source alone.
    """

    kind: Literal["nationalNumber", "externalId"]
    value: Identifier

    def __repr__(self) -> str:
        """Hide the value."""
        return f"MatchKey(kind={self.kind!r})"

    __str__ = __repr__


class BookingRequest(Model):
    """What a booking carries besides its slot.

    ``client_reference`` is made by the gateway, unique per attempt, and sent wherever the
    protocol has room, so that an unanswered write can be looked up. ``attendee`` is the
    person it is for when that is not the booker. ``answers`` are the answers to the
    vendor's own questions by key. ``match_key`` lets the source find the citizen again.
    """

    client_reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    booker: Person
    attendee: Person | None = None
    answers: dict[Identifier, Annotated[str, StringConstraints(max_length=2000)]] = Field(
        default_factory=dict
    )
    match_key: MatchKey | None = None
    language: Literal["nl", "fr", "de", "en"] = "nl"


# What was booked ----------------------------------------------------------------------


class AppointmentRef(Model):
    """Where an appointment stands at its vendor.

    ``vendor_ref`` names one appointment for ever: a vendor that gives a name out again after
    a cancellation needs something beside it (a UID) to tell the two apart.
    ``vendor_state`` is opaque (a secret that rotates, an etag): the gateway encrypts it and
    replaces it after every call by what the call returned.
    """

    vendor_ref: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    vendor_state: dict[str, JsonValue] = Field(default_factory=dict)


class AppointmentStatus(StrEnum):
    """What the vendor says of an appointment; ``held`` is kept and not booked yet."""

    HELD = "held"
    CONFIRMED = "confirmed"
    PENDING_APPROVAL = "pendingApproval"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Appointment(Model):
    """One booked slot at one source, as its vendor knows it now.

    ``cancellable_until`` is the last instant at which a citizen may cancel; ``None`` where
    the vendor sets no limit of its own. ``client_reference`` is ours, where it can be read
    back.
    """

    ref: AppointmentRef
    status: AppointmentStatus
    location_id: Identifier
    start: AwareDatetime
    end: AwareDatetime
    products: tuple[ProductQuantity, ...]
    client_reference: str | None = None
    cancellable_until: AwareDatetime | None = None


class Hold(Model):
    """A slot kept for one citizen until ``expires_at``; after that confirm may fail."""

    ref: AppointmentRef
    slot: Slot
    expires_at: AwareDatetime


class Changes(Model):
    """A page of a source's change feed; pass ``cursor`` to get what came after it."""

    items: tuple[Appointment, ...]
    cursor: Annotated[str, StringConstraints(max_length=500)]
    more: bool = False
