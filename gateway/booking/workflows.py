"""The durable workflows: loops of steps, kept by DBOS across crashes.

Arguments and results are ids and codes, never personal data. A workflow reads no clock and
does no I/O outside its steps. A step asks the ledger what comes next and does that, so that a
visit can be continued by a new workflow from wherever it stands.

DBOS keeps one registry per process, so these are module functions that work with the one set
of parts that ``bind`` named.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from dbos import DBOS

from contracts.states import CancelledBy, VisitState
from gateway.booking.decide import Action, Do, next_action
from gateway.booking.order import Undoing
from gateway.booking.slot_ids import SlotIds
from gateway.booking.writes import Writes
from gateway.ledger import AppointmentRecord, Ledger, VisitRecord
from gateway.sources import Sources

# A visit of ten items takes at most three steps an item; more is a defect, not a long visit.
_MAX_STEPS = 100


class Parts:
    """What the steps work with."""

    def __init__(self, ledger: Ledger, sources: Sources, writes: Writes, slot_ids: SlotIds) -> None:
        self.ledger = ledger
        self.sources = sources
        self.writes = writes
        self.slot_ids = slot_ids
        self._at_work = set[asyncio.Task[Any]]()

    def begin(self) -> None:
        """A workflow begins, in the present task."""
        if task := asyncio.current_task():
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def finish(self, seconds: float) -> None:
        """Wait for the workflows of this process, so that it leaves no write unanswered."""
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=seconds)

    def undoing(self, item: AppointmentRecord) -> Undoing:
        """What can be undone of an item at its source; nothing where that is gone."""
        return Undoing.at(self.sources.get(item.source), approval=item.summary.approval)

    async def next_action(self, visit_id: str) -> tuple[VisitRecord, Action | None]:
        """A visit and its next step, from what the ledger says now."""
        visit, items = await self.ledger.visits.with_items(visit_id)
        return visit, self.action_of(visit, items)

    def action_of(self, visit: VisitRecord, items: Sequence[AppointmentRecord]) -> Action | None:
        """The next step of a visit with these items."""
        return next_action(visit, items, {item.id: self.undoing(item) for item in items})


_bound: list[Parts] = []


def bind(parts: Parts | None) -> None:
    """Name the parts that this process's workflows work with; ``None`` lets them go."""
    _bound[:] = [parts] if parts else []


def _parts() -> Parts:
    return _bound[0]


@DBOS.workflow(name="visit")
async def run_visit(visit_id: str, generation: int) -> None:
    """Hold or book a visit, item by item, and undo what has to be undone."""
    _parts().begin()
    for _ in range(_MAX_STEPS):
        if not await advance(visit_id, generation):
            break


@DBOS.workflow(name="cancel")
async def run_cancel(appointment_id: str, number: int) -> str | None:
    """Cancel one appointment for its citizen; the code of the error when it was refused."""
    _parts().begin()
    return await cancel(appointment_id, number)


@DBOS.workflow(name="reschedule")
async def run_reschedule(appointment_id: str, number: int, slot_id: str) -> str | None:
    """Move one appointment to a sealed slot; the code of the error when it was refused."""
    _parts().begin()
    return await reschedule(appointment_id, number, slot_id)


@DBOS.step()
async def advance(visit_id: str, generation: int) -> bool:
    """Take the next step of a visit, one write at most; whether there are more.

    Run again after a crash it asks the ledger again, which leads it to the same write; the
    attempt of that tells whether it was sent. Nothing is done when a later workflow has the
    visit by now.
    """
    parts = _parts()
    visit, action = await parts.next_action(visit_id)
    if not visit.is_worked_on_by(generation):
        return False
    if action is not None:
        await _take(action, visit)
        _, action = await parts.next_action(visit_id)
    if action is None:
        await parts.ledger.visits.end_phase(visit_id, generation)
    return action is not None


async def _take(action: Action, visit: VisitRecord) -> None:
    parts, item = _parts(), action.item
    match action.do:
        case Do.HOLD:
            await parts.writes.hold(item.id)
        case Do.BOOK:
            await parts.writes.book(item.id)
        case Do.UNDO:
            await parts.ledger.visits.enter_phase(
                visit.id, visit.generation, VisitState.COMPENSATING
            )
            # No two cancellations of one item are of one version: each change makes another.
            await parts.writes.undo(item.id, item.version, CancelledBy.COMPENSATION)


@DBOS.step()
async def cancel(appointment_id: str, number: int) -> str | None:
    """Cancel at the source; what is only kept is released."""
    return await _parts().writes.cancel(appointment_id, number)


@DBOS.step()
async def reschedule(appointment_id: str, number: int, slot_id: str) -> str | None:
    """Move at the source."""
    parts = _parts()
    chosen = parts.slot_ids.open(slot_id, "slotId")
    return await parts.writes.reschedule(appointment_id, number, chosen.slot)
