"""What the ledger gives out: its rows as frozen data, unsealed and typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.api import BookedProduct, OfferedLocation, Sync
from contracts.errors import Outcome
from contracts.models import AppointmentRef, Hold, Model, Slot
from contracts.states import (
    CancelledBy,
    Guarantee,
    ItemStanding,
    ItemState,
    Operation,
    PendingOutcome,
    Policy,
    VisitState,
    visit_state,
)


class Summary(Model):
    """The names around an appointment as they were when it was booked or found."""

    municipality_id: str
    municipality: str
    location: OfferedLocation
    products: tuple[BookedProduct, ...]


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that has not ended; ``workflow`` is the id of the workflow that works on it."""

    operation: Operation
    since: datetime
    outcome: PendingOutcome
    workflow: str


@dataclass(frozen=True, slots=True)
class AppointmentRecord:
    """One appointment: an item of a visit, or a discovered one (``visit_id`` is ``None``)."""

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
    refusal: str | None = None
    cancellable_until: datetime | None = None
    pending: PendingWrite | None = None
    next_check_at: datetime | None = None
    sync: Sync = Sync.FRESH
    last_verified_at: datetime | None = None
    sequence: int = 0
    version: int = 0

    @property
    def standing(self) -> ItemStanding:
        """What its visit's state depends on."""
        return ItemStanding(
            self.state, self.cancelled_by, self.pending.outcome if self.pending else None
        )


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """One visit. ``phase`` is the state that a workflow is working through, if any."""

    id: str
    citizen_key: str
    policy: Policy
    guarantee: Guarantee
    language: str
    created_at: datetime
    expires_at: datetime
    phase: VisitState | None = None
    generation: int = 0

    def state(self, items: list[AppointmentRecord]) -> VisitState:
        """The state of the visit with these items."""
        return self.phase or visit_state([item.standing for item in items])


@dataclass(frozen=True, slots=True)
class Attempt:
    """One vendor write, committed before it is sent.

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
