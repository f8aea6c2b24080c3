"""The bodies of the public API under ``/booking/v1``: what portals and the widget read.

They are made of ``contracts.models``; ids in here are the gateway's, never a vendor's.
Nulls are left out of every answer. Instants carry their offset in the location's zone.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AnyHttpUrl, AwareDatetime, Field, StringConstraints

from contracts.errors import Issue
from contracts.models import (
    Address,
    Identifier,
    IntakeField,
    Model,
    Person,
    ProductQuantity,
    ShortText,
    Zone,
)
from contracts.states import (
    CancelledBy,
    Guarantee,
    ItemState,
    Operation,
    PendingOutcome,
    Policy,
    Risk,
    VisitState,
)

ItemT = TypeVar("ItemT")

SealedSlot = Annotated[str, StringConstraints(min_length=16, max_length=4000)]
"""A slot id: sealed by the gateway; it can be kept and sent back, not read or changed."""


class UnavailableReason(StrEnum):
    """Why a source is silent."""

    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    BAD_ANSWER = "badAnswer"
    SWITCHED_OFF = "switchedOff"
    NOT_CERTIFIED = "notCertified"


class Unavailable(Model):
    """A source whose answer is missing from a collection: never left out in silence."""

    source: Identifier
    municipality_id: Identifier
    municipality: ShortText
    reason: UnavailableReason


class Collection(Model, Generic[ItemT]):
    """A list, and beside it what did not answer. ``total`` counts ``items``."""

    items: tuple[ItemT, ...]
    total: int
    unavailable: tuple[Unavailable, ...] = ()


class Municipality(Model):
    """A local authority that takes part. ``nis_code`` and ``ovo_code`` are the current ones."""

    id: Identifier
    name: ShortText
    nis_code: str
    ovo_code: str | None = None


class Municipalities(Collection[Municipality]):
    """``GET /municipalities``."""


class BookingMode(StrEnum):
    """How a product is got."""

    API = "api"
    LINK = "link"
    PHONE = "phone"
    WALK_IN = "walkIn"


class OfferedProduct(Model):
    """A product of a municipality and how to get it.

    ``id`` is the IPDC product number. ``url`` comes with ``link``, ``telephone`` with
    ``phone``, ``instructions`` with any mode that needs words. ``max_quantity`` is absent
    where there is no limit.
    """

    id: Identifier
    name: ShortText
    description: str = ""
    bring: tuple[ShortText, ...] = ()
    booking_mode: BookingMode
    max_quantity: int | None = None
    url: AnyHttpUrl | None = None
    telephone: ShortText | None = None
    instructions: ShortText | None = None


class OfferedLocation(Model):
    """A place of a municipality where the asked products can be handled together."""

    id: Identifier
    name: ShortText
    zone: Zone
    address: Address | None = None
    telephone: ShortText | None = None


class OfferedProducts(Collection[OfferedProduct]):
    """``GET /municipalities/{id}/products``."""


class OfferedLocations(Collection[OfferedLocation]):
    """``GET /municipalities/{id}/locations``."""


class SlotsQuery(Model):
    """``POST /slots/query``: days are local, both included, at most 62 days apart.

    Without ``location_id`` every location of the municipality that can handle the products
    is asked.
    """

    municipality_id: Identifier
    products: tuple[ProductQuantity, ...] = Field(min_length=1, max_length=10)
    first_day: date
    last_day: date
    location_id: Identifier | None = None


class OfferedSlot(Model):
    """A free slot; ``slot_id`` is what a visit is made of, valid until ``expires_at``."""

    slot_id: SealedSlot
    location_id: Identifier
    start: AwareDatetime
    end: AwareDatetime
    expires_at: AwareDatetime


class OfferedSlots(Collection[OfferedSlot]):
    """``POST /slots/query``, sorted by start."""


class BookedProduct(Model):
    """A product in an appointment. ``id`` is the IPDC number where it is mapped."""

    id: Identifier
    name: ShortText
    quantity: int
    bring: tuple[ShortText, ...] = ()


class PlansQuery(Model):
    """``POST /plans/query``: when and where can all of this be done, at one counter or several?

    Each product once, with its quantity. A product is looked for in every municipality named
    here that offers it. Days are local, both included, at most 62 days apart. Locations named
    in ``preferred_location_ids`` win from others that serve as well.
    """

    municipality_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=5)
    products: tuple[ProductQuantity, ...] = Field(min_length=1, max_length=10)
    first_day: date
    last_day: date
    preferred_location_ids: tuple[Identifier, ...] = Field(default=(), max_length=20)


class PlanLabel(StrEnum):
    """Why a plan is shown first: the fewest counters, the shortest wait, or the earliest end."""

    ONE_STOP = "oneStop"
    LEAST_WAITING = "leastWaiting"
    SOONEST = "soonest"


class PlannedStop(Model):
    """One or more products at one counter, in one appointment of a plan.

    ``travel`` is the time on the way from the stop before and ``waiting`` what is left until
    this one starts, both in whole minutes and 0 for the first stop.
    """

    slot_id: SealedSlot
    municipality_id: Identifier
    municipality: ShortText
    location: OfferedLocation
    start: AwareDatetime
    end: AwareDatetime
    products: tuple[BookedProduct, ...]
    travel: int = 0
    waiting: int = 0


class Plan(Model):
    """A chain of stops for all the products; its slot ids, in order, make a visit.

    ``labels`` is empty for an alternative. ``waiting`` and ``travel`` are the sums over the
    stops, in minutes. ``guarantee`` and ``risks`` are what an ``allOrNothing`` visit of these
    stops can promise, and what can still go wrong with it. Valid until ``expires_at``.
    """

    labels: tuple[PlanLabel, ...] = ()
    start: AwareDatetime
    end: AwareDatetime
    waiting: int
    travel: int
    stops: tuple[PlannedStop, ...]
    guarantee: Guarantee
    risks: tuple[Risk, ...] = ()
    expires_at: AwareDatetime


class Plans(Collection[Plan]):
    """``POST /plans/query``: the labelled plans first, then the alternatives.

    ``complete`` is false where there were too many possibilities to look at all of them.
    """

    complete: bool = True


class Contact(Model):
    """What the citizen fills in: rendered from each item's ``intake_fields``.

    ``attendee`` is who it is for when that is not the booker. ``answers`` holds the answers
    to a source's own questions by the key after ``answers.``.
    """

    booker: Person
    attendee: Person | None = None
    answers: dict[Identifier, Annotated[str, StringConstraints(max_length=2000)]] = Field(
        default_factory=dict, max_length=50
    )


class ConfirmVisit(Model):
    """``POST /visits/{id}/confirm``: the contact data and the guarantee that was agreed to."""

    contact: Contact
    guarantee: Guarantee


class CreateVisit(Model):
    """``POST /visits``: sealed slots, held where that can be. With ``confirm`` also booked."""

    slots: tuple[SealedSlot, ...] = Field(min_length=1, max_length=10)
    policy: Policy = Policy.ALL_OR_NOTHING
    confirm: ConfirmVisit | None = None


class Pending(Model):
    """A write that has not ended; what stands beside it is what is certain."""

    operation: Operation
    since: AwareDatetime
    outcome: PendingOutcome


class Sync(StrEnum):
    """How the shown data relates to the vendor's."""

    FRESH = "fresh"
    STALE = "stale"
    DIVERGED = "diverged"


class Freshness(Model):
    """When the vendor last said so."""

    sync: Sync
    last_verified_at: AwareDatetime | None = None


class Move(StrEnum):
    """How an appointment is moved.

    ``inPlace``: in one step at its source. ``newThenOld``: the source cannot do that, so the
    new time is booked first, with ``contact``, and once it is certain the old one is cancelled.
    For a moment both stand, and the source may mail about both.
    """

    IN_PLACE = "inPlace"
    NEW_THEN_OLD = "newThenOld"


class CitizenAppointment(Model):
    """One appointment of the logged-in citizen; its ``id`` survives a move.

    ``visit_id`` is absent for one made at a desk or by phone. ``calendar`` is the path of its
    iCalendar file. ``cancelled_by`` is ``compensation`` while that is still being undone, too.
    ``replaced_by`` is the appointment that moved away from here: this is its old time, which has
    yet to be cancelled, and nobody is expected then. ``refusal`` is the error code of what was
    refused last: the booking of a failed item, or the cancel or move of one that stands. ``move``
    is there with ``can_reschedule``. ``intake_fields`` are what is to be asked: before an item is
    confirmed, and for a move that is ``newThenOld``.
    """

    id: Identifier
    visit_id: Identifier | None = None
    source: Identifier
    municipality_id: Identifier
    municipality: ShortText
    location: OfferedLocation
    start: AwareDatetime
    end: AwareDatetime
    products: tuple[BookedProduct, ...]
    state: ItemState
    cancelled_by: CancelledBy | None = None
    replaced_by: Identifier | None = None
    pending: Pending | None = None
    refusal: str | None = None
    can_cancel: bool
    can_reschedule: bool
    move: Move | None = None
    intake_fields: tuple[IntakeField, ...] = ()
    cancellable_until: AwareDatetime | None = None
    freshness: Freshness
    calendar: str


class VisitItem(CitizenAppointment):
    """An appointment inside its visit.

    ``held_until`` is until when it is kept; absent where the source cannot keep a slot.
    """

    held_until: AwareDatetime | None = None


class Visit(Model):
    """One or more appointments made together. ``confirm`` before ``expires_at``.

    ``risks`` are told before the citizen agrees. ``calendar`` is the path of one iCalendar file
    with all its appointments, ``events`` that of its progress as server-sent events: each event
    ``visit`` carries this model, and the stream ends when nothing is left to wait for.
    """

    id: Identifier
    state: VisitState
    policy: Policy
    guarantee: Guarantee
    risks: tuple[Risk, ...] = ()
    items: tuple[VisitItem, ...]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    calendar: str
    events: str


class Appointments(Collection[CitizenAppointment]):
    """The citizen's appointments, soonest first.

    ``not_asked`` counts the sources that were not asked because nothing points to them.
    """

    not_asked: int = 0


class Reschedule(Model):
    """``POST /appointments/{id}/reschedule``: to which slot of the same source.

    ``contact`` is needed where ``move`` is ``newThenOld``: it is not kept after a booking.
    """

    slot_id: SealedSlot
    contact: Contact | None = None


class MovedItem(Model):
    """An appointment of a visit and the slot of the same source that it goes to."""

    appointment_id: Identifier
    slot_id: SealedSlot


class RescheduleVisit(Model):
    """``POST /visits/{id}/reschedule``: all of these move, or none.

    Every new time is booked before an old one is cancelled; what is not named here stays.
    """

    items: tuple[MovedItem, ...] = Field(min_length=1, max_length=10)
    contact: Contact


class Session(Model):
    """``GET /auth/session``: what the widget needs to know of the login.

    ``person`` says no more than whether it is the citizen of before: what one filled in is not
    shown to the next, who may have the same given name.
    """

    logged_in: bool
    given_name: str | None = None
    person: str | None = None
    csrf_token: str | None = None
    expires_at: AwareDatetime | None = None


class Problem(Model):
    """An error as problem+json (RFC 9457), with what no peer tells: whose, whether, what next."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    instance: str | None = None
    origin: Literal["caller", "gateway", "vendor"]
    outcome: Literal["notApplied", "applied", "unknown"]
    retry: Literal["never", "sameKey", "newChoice", "after"]
    retry_after: float | None = None
    vendor_code: str | None = None
    issues: tuple[Issue, ...] = ()
