"""The ledger's records as the citizen sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.adapter import Capability
from contracts.api import CitizenAppointment, Freshness, Move, Pending, Sync, Visit, VisitItem
from contracts.states import CancelledBy, ItemState, Operation
from gateway.booking.requests import DEFAULT_FIELDS
from gateway.ledger import AppointmentRecord, VisitRecord
from gateway.sources import Source

FRESH_FOR = timedelta(minutes=2)

_OPEN = frozenset({ItemState.CHOSEN, ItemState.HELD})
_BOOKED = frozenset({ItemState.CONFIRMED, ItemState.PENDING_APPROVAL})
_OVER = frozenset({ItemState.CANCELLED, ItemState.FAILED, ItemState.REJECTED})


def appointment(
    record: AppointmentRecord, source: Source | None, now: datetime
) -> CitizenAppointment:
    """One appointment; ``source`` is ``None`` when it is no longer configured."""
    return CitizenAppointment(**_fields(record, source, now))


def visit(
    record: VisitRecord,
    items: Sequence[AppointmentRecord],
    sources: Sequence[Source | None],
    now: datetime,
) -> Visit:
    """A visit with its items; ``sources`` are in the order of ``items``.

    What to ask is told as long as it can be answered.
    """
    asks = record.agreed_at is None
    return Visit(
        id=record.id,
        state=record.state(items),
        policy=record.policy,
        guarantee=record.guarantee,
        risks=record.risks,
        items=tuple(
            VisitItem(
                **_fields(item, source, now, asks=asks and item.state in _OPEN),
                held_until=item.hold.expires_at if item.hold else None,
            )
            for item, source in zip(items, sources, strict=True)
        ),
        created_at=record.created_at,
        expires_at=record.expires_at,
        calendar=f"/booking/v1/visits/{record.id}/calendar.ics",
        events=f"/booking/v1/visits/{record.id}/events",
    )


def _fields(
    record: AppointmentRecord, source: Source | None, now: datetime, *, asks: bool = False
) -> dict[str, Any]:
    zone = ZoneInfo(record.summary.location.zone)
    pending = record.pending
    move, until = how_to_move(record, source, now), cancellable_until(record, source)
    asks = asks or move is Move.NEW_THEN_OLD
    return {
        "id": record.id,
        "visit_id": record.visit_id,
        "source": record.source,
        "municipality_id": record.summary.municipality_id,
        "municipality": record.summary.municipality,
        "location": record.summary.location,
        "start": record.slot.start.astimezone(zone),
        "end": record.slot.end.astimezone(zone),
        "products": record.summary.products,
        "state": record.state,
        "cancelled_by": CancelledBy.COMPENSATION if _is_undone(record) else record.cancelled_by,
        "replaced_by": record.replaced_by,
        "pending": Pending(
            operation=pending.operation, since=pending.since, outcome=pending.outcome
        )
        if pending
        else None,
        "refusal": record.refusal.code if record.refusal else None,
        "can_cancel": can_cancel(record, source, now),
        "can_reschedule": move is not None,
        "move": move,
        "intake_fields": record.summary.intake_fields or DEFAULT_FIELDS if asks else (),
        "cancellable_until": until.astimezone(zone) if until else None,
        "freshness": freshness(record, now),
        "calendar": f"/booking/v1/appointments/{record.id}/calendar.ics",
    }


def can_cancel(record: AppointmentRecord, source: Source | None, now: datetime) -> bool:
    """Whether its citizen can cancel it here and now."""
    if record.state in _OPEN:
        return record.pending is None
    return record.state in _BOOKED and _can_change(record, source, now)


def _is_undone(record: AppointmentRecord) -> bool:
    """Whether it is being cancelled because another part of its visit failed.

    A citizen's cancellation has a workflow of its own; a compensation is part of a visit's.
    """
    pending = record.pending
    return (
        pending is not None
        and pending.operation is Operation.CANCEL
        and not pending.workflow
        and record.replaced_by is None
    )


def how_to_move(record: AppointmentRecord, source: Source | None, now: datetime) -> Move | None:
    """How its citizen can move it here and now; ``None``: not at all."""
    if source is None or record.state is not ItemState.CONFIRMED:
        return None
    if not _can_change(record, source, now):
        return None
    if Capability.RESCHEDULE in source.capabilities:
        return Move.IN_PLACE
    # Staff takes days to approve a new one, and nobody could cancel the old one meanwhile.
    return None if record.summary.approval else Move.NEW_THEN_OLD


def cancellable_until(record: AppointmentRecord, source: Source | None) -> datetime | None:
    """The last instant to cancel or move it: the vendor's, or sooner the municipality's."""
    vendors, ours = record.cancellable_until, None
    if source is not None and source.cancel_until:
        ours = record.slot.start - source.cancel_until
    return min((each for each in (vendors, ours) if each is not None), default=None)


def _can_change(record: AppointmentRecord, source: Source | None, now: datetime) -> bool:
    until = cancellable_until(record, source)
    return (
        record.pending is None
        and record.ref is not None
        and record.replaces is None
        and record.replaced_by is None
        and source is not None
        and source.is_reachable
        and source.manifest.facts.cancellable
        and record.slot.start > now
        and (until is None or now <= until)
    )


def freshness(record: AppointmentRecord, now: datetime) -> Freshness:
    """Fresh when the vendor said so lately, or it is over; what it contradicted stays diverged."""
    verified = record.last_verified_at
    fresh = verified is not None and (now - verified <= FRESH_FOR or record.state in _OVER)
    sync = record.sync if record.sync is Sync.DIVERGED else Sync.FRESH if fresh else Sync.STALE
    return Freshness(sync=sync, last_verified_at=verified)
