"""The ledger's records as the citizen sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.adapter import Capability
from contracts.api import CitizenAppointment, Freshness, Pending, Sync, Visit, VisitItem
from contracts.states import ItemState
from gateway.ledger import AppointmentRecord, VisitRecord
from gateway.sources import Source

FRESH_FOR = timedelta(minutes=2)

_OPEN = frozenset({ItemState.CHOSEN, ItemState.HELD})
_BOOKED = frozenset({ItemState.CONFIRMED, ItemState.PENDING_APPROVAL})


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
                **_fields(item, source, now),
                intake_fields=item.summary.intake_fields if asks and item.state in _OPEN else (),
                held_until=item.hold.expires_at if item.hold else None,
            )
            for item, source in zip(items, sources, strict=True)
        ),
        created_at=record.created_at,
        expires_at=record.expires_at,
        calendar=f"/booking/v1/visits/{record.id}/calendar.ics",
        events=f"/booking/v1/visits/{record.id}/events",
    )


def _fields(record: AppointmentRecord, source: Source | None, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(record.summary.location.zone)
    pending = record.pending
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
        "cancelled_by": record.cancelled_by,
        "pending": Pending(
            operation=pending.operation, since=pending.since, outcome=pending.outcome
        )
        if pending
        else None,
        "refusal": record.refusal.code if record.refusal else None,
        "can_cancel": can_cancel(record, source, now),
        "can_reschedule": can_reschedule(record, source, now),
        "cancellable_until": record.cancellable_until,
        "freshness": freshness(record, now),
        "calendar": f"/booking/v1/appointments/{record.id}/calendar.ics",
    }


def can_cancel(record: AppointmentRecord, source: Source | None, now: datetime) -> bool:
    """Whether its citizen can cancel it here and now."""
    if record.state in _OPEN:
        return record.pending is None
    return record.state in _BOOKED and _can_change(record, source, now)


def can_reschedule(record: AppointmentRecord, source: Source | None, now: datetime) -> bool:
    """Whether its citizen can move it here and now."""
    return (
        record.state is ItemState.CONFIRMED
        and _can_change(record, source, now)
        and source is not None
        and Capability.RESCHEDULE in source.capabilities
    )


def _can_change(record: AppointmentRecord, source: Source | None, now: datetime) -> bool:
    return (
        record.pending is None
        and source is not None
        and source.is_reachable
        and source.manifest.facts.cancellable
        and record.slot.start > now
        and (record.cancellable_until is None or now <= record.cancellable_until)
    )


def freshness(record: AppointmentRecord, now: datetime) -> Freshness:
    """Fresh when the vendor said so lately; what the vendor contradicted stays diverged."""
    verified = record.last_verified_at
    fresh = verified is not None and now - verified <= FRESH_FOR
    sync = record.sync if record.sync is Sync.DIVERGED else Sync.FRESH if fresh else Sync.STALE
    return Freshness(sync=sync, last_verified_at=verified)
