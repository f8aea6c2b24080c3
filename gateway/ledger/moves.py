"""A move that books anew: a visit of its own, whose items replace appointments all at once.

Until every item is confirmed the appointments stand as they were, and say what is known of
the new booking. In the transaction that records the last answer they change places with the
items: an appointment keeps its id and has the new booking, the item has the old one and is
cancelled. When an item fails, the appointments are let go as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.api import Sync
from contracts.states import ItemState, Operation, PendingOutcome
from gateway.ledger.records import AppointmentRecord, PendingWrite

if TYPE_CHECKING:
    from gateway.ledger.transaction import Transaction

_ENDED_BADLY = frozenset(
    {ItemState.FAILED, ItemState.EXPIRED, ItemState.REJECTED, ItemState.CANCELLED}
)


async def begin(
    transaction: Transaction, items: Sequence[AppointmentRecord], workflow: str
) -> bool:
    """Claim the appointments that the items replace.

    ``False`` when one of them is busy, or stands no longer.
    """
    claimed = []
    for item in items:
        appointment, visit = await transaction.locked(item.replaces or "")
        is_idle = appointment.pending is None and (visit is None or visit.phase is None)
        if not is_idle or appointment.state is not ItemState.CONFIRMED:
            return False
        claimed.append(appointment)
    pending = PendingWrite(Operation.RESCHEDULE, transaction.now, PendingOutcome.RUNNING, workflow)
    for appointment in claimed:
        await transaction.change(appointment, "reschedule asked", pending=pending, refusal=None)
    return True


async def follow(transaction: Transaction, changed: AppointmentRecord) -> None:
    """Let the appointments know how far the visit is that replaces them."""
    items = await transaction.items(changed.visit_id or "")
    if changed.state in _ENDED_BADLY:
        for item in items:
            await _let_go(transaction, item, changed)
    elif all(item.state is ItemState.CONFIRMED for item in items):
        for item in items:
            await _change_places(transaction, item)
    elif (appointment := await _being_moved(transaction, changed)) and appointment.pending:
        outcome = changed.pending.outcome if changed.pending else PendingOutcome.RUNNING
        if appointment.pending.outcome is not outcome:
            pending = replace(appointment.pending, outcome=outcome)
            await transaction.change(appointment, f"reschedule {outcome}", pending=pending)


async def _being_moved(
    transaction: Transaction, item: AppointmentRecord
) -> AppointmentRecord | None:
    """The appointment that an item replaces, while that is still going on."""
    if item.replaces is None:
        return None
    appointment, _ = await transaction.locked(item.replaces)
    pending = appointment.pending
    going_on = pending is not None and pending.operation is Operation.RESCHEDULE
    return appointment if going_on else None


async def _let_go(
    transaction: Transaction, item: AppointmentRecord, failed: AppointmentRecord
) -> None:
    appointment = await _being_moved(transaction, item)
    if appointment is None:
        return
    await transaction.change(appointment, "not moved", pending=None, refusal=failed.refusal)
    # From here on an item of a visit that failed: what is booked of that is cancelled again.
    await transaction.change(item, "replaces nothing", replaces=None)


async def _change_places(transaction: Transaction, item: AppointmentRecord) -> None:
    appointment = await _being_moved(transaction, item)
    if appointment is None:
        return
    # A reference stands in one row at a time.
    waiting = await transaction.change(item, "changes places", ref=None, replaces=None)
    await transaction.change(
        appointment,
        "moved",
        ref=item.ref,
        slot=item.slot,
        summary=item.summary,
        cancellable_until=item.cancellable_until,
        pending=None,
        sequence=appointment.sequence + 1,
        sync=Sync.FRESH,
        last_verified_at=item.last_verified_at,
    )
    await transaction.change(
        waiting,
        "is replaced",
        ref=appointment.ref,
        slot=appointment.slot,
        summary=appointment.summary,
        cancellable_until=appointment.cancellable_until,
        sequence=appointment.sequence,
        replaced_by=appointment.id,
    )
