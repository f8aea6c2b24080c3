"""The ledger's records as the citizen sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.adapter import Capability
from contracts.api import CitizenAppointment, Freshness, Pending, Sync, Visit, VisitItem
from contracts.models import IntakeField
from contracts.states import ItemState
from gateway.ledger import AppointmentRecord, VisitRecord
from gateway.sources import Source

FRESH_FOR = timedelta(minutes=2)

_CANCELLABLE = frozenset(
    {ItemState.CHOSEN, ItemState.HELD, ItemState.CONFIRMED, ItemState.PENDING_APPROVAL}
)


def appointment(
    record: AppointmentRecord, source: Source | None, now: datetime
) -> CitizenAppointment:
    """One appointment; ``source`` is ``None`` when it is no longer configured."""
    return CitizenAppointment(**_fields(record, source, now))


def visit(
    record: VisitRecord,
    items: Sequence[AppointmentRecord],
    sources: Sequence[Source],
    intake: Sequence[Sequence[IntakeField]],
    now: datetime,
) -> Visit:
    """A visit with its items; ``sources`` and ``intake`` are in the order of ``items``."""
    return Visit(
        id=record.id,
        state=record.state(list(items)),
        policy=record.policy,
        guarantee=record.guarantee,
        items=tuple(
            VisitItem(
                **_fields(item, source, now),
                intake_fields=tuple(fields),
                held_until=item.hold.expires_at if item.hold else None,
            )
            for item, source, fields in zip(items, sources, intake, strict=True)
        ),
        created_at=record.created_at,
        expires_at=record.expires_at,
    )


def _fields(record: AppointmentRecord, source: Source | None, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(record.summary.location.zone)
    idle = record.pending is None and source is not None and source.enabled
    in_time = record.cancellable_until is None or now <= record.cancellable_until
    upcoming = record.slot.start > now
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
            operation=record.pending.operation,
            since=record.pending.since,
            outcome=record.pending.outcome,
        )
        if record.pending
        else None,
        "refusal": record.refusal,
        "can_cancel": idle and in_time and upcoming and record.state in _CANCELLABLE,
        "can_reschedule": idle
        and in_time
        and upcoming
        and record.state is ItemState.CONFIRMED
        and source is not None
        and Capability.RESCHEDULE in source.capabilities,
        "cancellable_until": record.cancellable_until,
        "freshness": freshness(record, now),
        "calendar": f"/booking/v1/appointments/{record.id}/calendar.ics",
    }


def freshness(record: AppointmentRecord, now: datetime) -> Freshness:
    """Fresh when the vendor said so lately; what the vendor contradicted stays diverged."""
    verified = record.last_verified_at
    fresh = verified is not None and now - verified <= FRESH_FOR
    sync = record.sync if record.sync is Sync.DIVERGED else Sync.FRESH if fresh else Sync.STALE
    return Freshness(sync=sync, last_verified_at=verified)
