"""What the ledger gives out: its rows as frozen data, unsealed and typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from contracts.api import BookedProduct, OfferedLocation, Sync
from contracts.errors import Issue, Outcome
from contracts.models import AppointmentRef, Hold, IntakeField, Model, Slot
from contracts.states import (
    CancelledBy,
    Guarantee,
    ItemStanding,
    ItemState,
    Operation,
    PendingOutcome,
    Policy,
    Risk,
    VisitState,
    visit_state,
)
from gateway.ledger.engagements import Engagement


class Summary(Model):
    """What was known around an appointment when it was chosen or found: a silent source's too.

    ``intake_fields`` are what the source asks for it, kept so that the citizen answers the
    questions that were shown. ``approval``: staff decides on it. ``free``: how many slots there
    were to choose from at that location on that day.
    """

    municipality_id: str
    municipality: str
    location: OfferedLocation
    products: tuple[BookedProduct, ...]
    intake_fields: tuple[IntakeField, ...] = ()
    approval: bool = False
    free: int | None = None

    @property
    def numbers(self) -> frozenset[str]:
        """The IPDC numbers of its products."""
        return frozenset(product.id for product in self.products)


class Refusal(Model):
    """Why an item was not booked: an error of the contract without its words."""

    code: str
    issues: tuple[Issue, ...] = ()
    vendor_code: str | None = None


class Closing(NamedTuple):
    """How an attempt ended; without an ``outcome`` it is still open, whatever is known of it.

    ``error`` is the code of a refusal.
    """

    client_reference: str
    outcome: Outcome | None
    error: str | None = None


class Claim(NamedTuple):
    """The sole right of one write to book on these local days of a source."""

    source: str
    days: tuple[date, ...]
    client_reference: str


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that has not ended; ``workflow`` is the id of the workflow that works on it."""

    operation: Operation
    since: datetime
    outcome: PendingOutcome
    workflow: str


@dataclass(frozen=True, slots=True)
class AppointmentRecord:
    """One appointment: an item of a visit, or a discovered one (``visit_id`` is ``None``).

    A move that books anew is a visit of its own. Each of its items ``replaces`` an appointment
    until all of them are confirmed. Then the two change places: the appointment keeps its id
    and has the new booking; the item has the old one, is ``replaced_by`` it, and is cancelled.
    """

    id: str
    visit_id: str | None
    position: int
    citizen_key: str
    source: str
    state: ItemState
    slot: Slot
    summary: Summary
    ref: AppointmentRef | None = None
    hold: Hold | None = None
    cancelled_by: CancelledBy | None = None
    refusal: Refusal | None = None
    cancellable_until: datetime | None = None
    pending: PendingWrite | None = None
    next_check_at: datetime | None = None
    sync: Sync = Sync.FRESH
    last_verified_at: datetime | None = None
    sequence: int = 0
    version: int = 0
    replaces: str | None = None
    replaced_by: str | None = None

    @property
    def engagement(self) -> Engagement:
        """What it means for its citizen's time."""
        return Engagement(self.slot.start, self.slot.end, self.summary.numbers)

    @property
    def is_busy(self) -> bool:
        """Whether waiting helps: a write is pending and is not left to a person."""
        pending = self.pending
        return pending is not None and pending.outcome is not PendingOutcome.NEEDS_DECISION

    @property
    def standing(self) -> ItemStanding:
        """What its visit's state depends on."""
        return ItemStanding(
            self.state, self.cancelled_by, self.pending.outcome if self.pending else None
        )


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """One visit. ``risks`` are what the citizen was told can go wrong.

    ``agreed_at`` is when the citizen confirmed it: from then on it is booked. ``phase`` is the
    state that a workflow is working through, if any; ``generation`` numbers the workflows.
    At ``next_check_at`` the sweep looks whether something is left to do.
    """

    id: str
    citizen_key: str
    policy: Policy
    guarantee: Guarantee
    language: str
    created_at: datetime
    expires_at: datetime
    agreed_at: datetime | None = None
    phase: VisitState | None = None
    generation: int = 0
    next_check_at: datetime | None = None
    risks: tuple[Risk, ...] = ()

    def is_worked_on_by(self, generation: int) -> bool:
        """Whether the workflow of this number works on it: not ended, and none came after."""
        return self.phase is not None and self.generation == generation

    def state(self, items: Sequence[AppointmentRecord]) -> VisitState:
        """The state of the visit with these items."""
        if self.phase is not None:
            return self.phase
        state = visit_state([item.standing for item in items])
        if state is VisitState.PARTIALLY_CONFIRMED and self.policy is Policy.ALL_OR_NOTHING:
            return VisitState.COMPENSATING  # not for long: the sweep goes on with it
        return state


@dataclass(frozen=True, slots=True)
class Attempt:
    """One vendor write, committed before it is sent; not sent any more after ``deadline``.

    ``outcome`` is ``None`` until the answer is recorded: an attempt found open by a second
    run of its step was sent, or perhaps sent, by a process that died.
    """

    client_reference: str
    appointment_id: str
    operation: Operation
    generation: int
    opened_at: datetime
    deadline: datetime
    outcome: Outcome | None = None
    error: str | None = None
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What an Idempotency-Key stands for and how its request ended."""

    fingerprint: str
    resource_id: str
    running_until: datetime | None
    status: int | None
    problem: str | None
