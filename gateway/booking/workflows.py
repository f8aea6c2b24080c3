"""The durable workflows: loops of steps, kept by DBOS across crashes.

Arguments and results are ids and codes, never personal data. A workflow reads no clock and
does no I/O outside its steps. It asks the ledger for the next step, takes it, and asks again,
so that a visit can be continued by a new workflow from wherever it stands.

DBOS keeps one registry per process, so these are module functions that work for the one
``Booking`` that ``bind`` named.
"""

from __future__ import annotations

from typing import TypedDict

from dbos import DBOS

from contracts.adapter import Capability
from contracts.states import CancelledBy, ItemState, Operation, Policy, VisitState
from gateway.booking.decide import Do, next_action
from gateway.booking.order import Undoing
from gateway.booking.slot_ids import SlotIds
from gateway.booking.writes import Writes
from gateway.ledger import AppointmentRecord, Ledger
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

    def undoing(self, item: AppointmentRecord) -> Undoing:
        """What can be undone of an item at its source."""
        source = self.sources[item.source]
        return Undoing(
            can_hold=Capability.HOLD in source.capabilities,
            cancellable=source.manifest.facts.cancellable,
            needs_approval=source.manifest.facts.approval,
        )


class Step(TypedDict):
    """The JSON of one step: what, for which item, the how-manieth of its kind."""

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
    """Hold or confirm a visit, item by item, and undo what has to be undone."""
    del generation  # it is part of the workflow's id: one run per generation
    for _ in range(_MAX_STEPS):
        step = await decide(visit_id)
        if step is None:
            break
        await take(step)
    await end(visit_id)


@DBOS.workflow(name="cancel")
async def run_cancel(appointment_id: str, number: int) -> str | None:
    """Cancel one appointment for its citizen; the code of the error when it was refused."""
    return await cancel(appointment_id, number)


@DBOS.workflow(name="reschedule")
async def run_reschedule(appointment_id: str, number: int, slot_id: str) -> str | None:
    """Move one appointment to a sealed slot; the code of the error when it was refused."""
    return await reschedule(appointment_id, number, slot_id)


@DBOS.step()
async def decide(visit_id: str) -> Step | None:
    """Ask the ledger what comes next."""
    parts = _parts()
    visit = await parts.ledger.visit(visit_id)
    if visit is None or visit.phase is None:
        return None
    items = await parts.ledger.items(visit_id)
    undoing = {item.id: parts.undoing(item) for item in items}
    action = next_action(visit.phase, visit.policy, items, undoing)
    if action is None:
        return None
    number = 1
    if action.do is Do.UNDO:
        number += await parts.ledger.count_attempts(action.item, Operation.CANCEL)
        if visit.phase is VisitState.CONFIRMING:
            await parts.ledger.enter_phase(visit_id, VisitState.COMPENSATING)
    return Step(do=action.do, item=action.item, number=number)


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
async def end(visit_id: str) -> None:
    """The workflow has done what it can."""
    await _parts().ledger.end_phase(visit_id)


@DBOS.step()
async def cancel(appointment_id: str, number: int) -> str | None:
    """Cancel at the source; what is only kept is released."""
    parts = _parts()
    record = await parts.ledger.appointment(appointment_id)
    if record is not None and record.state in {ItemState.CHOSEN, ItemState.HELD}:
        await parts.writes.undo(appointment_id, number, CancelledBy.CITIZEN)
        return None
    return await parts.writes.cancel(appointment_id, number, CancelledBy.CITIZEN)


@DBOS.step()
async def reschedule(appointment_id: str, number: int, slot_id: str) -> str | None:
    """Move at the source."""
    parts = _parts()
    chosen = parts.slot_ids.open(slot_id, "slotId")
    return await parts.writes.reschedule(appointment_id, number, chosen.slot)


def must_continue(policy: Policy, items: list[AppointmentRecord]) -> bool:
    """Whether a visit whose last unknown outcome was settled has steps left to take."""
    parts = _parts()
    undoing = {item.id: parts.undoing(item) for item in items}
    started = any(item.state not in {ItemState.CHOSEN, ItemState.HELD} for item in items)
    return started and next_action(VisitState.CONFIRMING, policy, items, undoing) is not None
