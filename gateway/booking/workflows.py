"""The durable workflows: loops of steps, kept by DBOS across crashes.

Arguments and results are ids and codes, never personal data. A workflow reads no clock and
does no I/O outside its steps. It asks the ledger for the next step, takes it, and asks again,
so that a visit can be continued by a new workflow from wherever it stands.

DBOS keeps one registry per process, so these are module functions that work with the one set
of parts that ``bind`` named.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypedDict

from dbos import DBOS

from contracts.adapter import Capability
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
        source = self.sources.get(item.source)
        return Undoing(
            can_hold=source is not None and Capability.HOLD in source.capabilities,
            cancellable=source is not None and source.manifest.facts.cancellable,
            needs_approval=item.summary.approval,
        )

    async def next_action(self, visit: VisitRecord) -> Action | None:
        """The next step of a visit, from what the ledger says now."""
        items = await self.ledger.visits.items(visit.id)
        return next_action(visit, items, {item.id: self.undoing(item) for item in items})


class Step(TypedDict):
    """The JSON of one step: what, for which item, and the number of a write of its kind."""

    do: str
    item: str
    number: int


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
        step = await decide(visit_id, generation)
        if step is None:
            break
        await take(step)
    await end(visit_id, generation)


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
async def decide(visit_id: str, generation: int) -> Step | None:
    """Ask the ledger what comes next, unless a later workflow has the visit by now."""
    parts = _parts()
    visit = await parts.ledger.visits.get(visit_id)
    if visit is None or not visit.is_worked_on_by(generation):
        return None
    action = await parts.next_action(visit)
    if action is None:
        return None
    if action.do is Do.UNDO:
        await parts.ledger.visits.enter_phase(visit_id, generation, VisitState.COMPENSATING)
    return Step(do=action.do, item=action.item.id, number=action.item.version)


@DBOS.step()
async def take(step: Step) -> None:
    """Take one step."""
    writes = _parts().writes
    match Do(step["do"]):
        case Do.HOLD:
            await writes.hold(step["item"])
        case Do.BOOK:
            await writes.book(step["item"])
        case Do.UNDO:
            await writes.undo(step["item"], step["number"], CancelledBy.COMPENSATION)


@DBOS.step()
async def end(visit_id: str, generation: int) -> None:
    """The workflow has done what it can."""
    await _parts().ledger.visits.end_phase(visit_id, generation)


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
