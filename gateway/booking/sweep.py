"""The sweep: what a process does every few seconds, so that nothing waits for ever."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from contracts.states import ItemState, VisitState
from gateway.booking.decide import Do
from gateway.booking.durable import Durable, Stage, visit_workflow
from gateway.booking.outcomes import FIRST_CHECK
from gateway.booking.settle import Settling, log_defect
from gateway.booking.workflows import Parts
from gateway.ledger import AppointmentRecord, VisitRecord

# How long before it lapses a hold is extended.
KEEP_AHEAD = timedelta(seconds=60)
# How long a visit is left alone where our own code failed, so that the others get their turn.
_AFTER_A_DEFECT = timedelta(minutes=1)
_VISITS_AT_ONCE = 10
_PHASES = {
    Do.HOLD: VisitState.HOLDING,
    Do.BOOK: VisitState.CONFIRMING,
    Do.UNDO: VisitState.COMPENSATING,
}


class Reconciler:
    """Looks at everything that is due. Safe to call at any time, and by several at once."""

    def __init__(self, parts: Parts, durable: Durable) -> None:
        self._parts = parts
        self._durable = durable
        self._ledger = parts.ledger
        self._settling = Settling(parts, durable)

    async def sweep(self) -> None:
        """All of it, once: what a gateway that serves does again and again."""
        await self.take_over()
        await self.look()

    async def take_over(self) -> None:
        """Say that this process lives, and take over the work of those that do not."""
        await self._durable.beat()
        await self._durable.adopt()

    async def look(self) -> None:
        """Settle, continue and expire what is due. One fault does not stop the rest.

        This may take long where a source is silent, which no other source has to wait for.
        """
        by_source = defaultdict[str, list[AppointmentRecord]](list)
        for record in await self._ledger.due():
            by_source[record.source].append(record)
        await asyncio.gather(
            *(self._settling.look_at_each(records) for records in by_source.values())
        )
        turns = asyncio.Semaphore(_VISITS_AT_ONCE)
        due = await self._ledger.visits.due()
        await asyncio.gather(*(self._look_in_turn(visit, turns) for visit in due))

    # ------------------------------------------------------------------------------------

    async def _look_in_turn(self, visit: VisitRecord, turns: asyncio.Semaphore) -> None:
        async with turns:
            try:
                await self._look_at_visit(visit)
            except Exception as error:  # noqa: BLE001 - the others are due too
                log_defect(visit.id, error)
                later = self._ledger.now() + _AFTER_A_DEFECT
                with suppress(SQLAlchemyError):  # the ledger is out of reach for all of them
                    await self._ledger.visits.look_again(visit.id, later)

    async def _look_at_visit(self, visit: VisitRecord) -> None:
        visits, now = self._ledger.visits, self._ledger.now()
        if visit.phase is not None:
            await self._ensure_working(visit)
            return
        for expired in await visits.expire(visit.id) if visit.expires_at <= now else ():
            await self._parts.writes.release(expired)
        visit, action = await self._parts.next_action(visit.id)
        if action is None:
            await self._rest(visit)
            return
        generation = await visits.begin_phase(visit.id, _PHASES[action.do])
        if generation is None:
            await visits.look_again(visit.id, now + FIRST_CHECK)
        else:
            await self._durable.visit(visit.id, generation)

    async def _rest(self, visit: VisitRecord) -> None:
        """Let a visit wait; what is held of it is kept meanwhile when it was agreed to."""
        visits, now = self._ledger.visits, self._ledger.now()
        if visit.agreed_at is None:
            await visits.rest(visit)
            return
        holds = await self._holds(visit)
        lapsing = [item for item, lapses in holds.items() if lapses <= now + KEEP_AHEAD]
        if lapsing:
            taken = await visits.take(visit, now + KEEP_AHEAD)
            if taken is None:
                return
            visit = taken
            for item in lapsing:
                await self._parts.writes.keep(item)
            holds = await self._holds(visit)
        soon = self._ledger.now() + FIRST_CHECK
        await visits.rest(visit, max(min(holds.values()) - KEEP_AHEAD, soon) if holds else None)

    async def _holds(self, visit: VisitRecord) -> dict[str, datetime]:
        """Until when which item is held."""
        items = await self._ledger.visits.items(visit.id)
        held = (item for item in items if item.state is ItemState.HELD)
        return {item.id: item.hold.expires_at for item in held if item.hold}

    async def _ensure_working(self, visit: VisitRecord) -> None:
        match await self._durable.stage(visit_workflow(visit.id, visit.generation)):
            case Stage.NEVER_BEGUN:
                # The process died between its claim and its workflow.
                await self._durable.visit(visit.id, visit.generation)
            case Stage.ENDED:
                # By a defect: its last step would have ended the phase.
                await self._ledger.visits.end_phase(visit.id, visit.generation)
            case Stage.AT_WORK:
                later = self._ledger.now() + FIRST_CHECK
                await self._ledger.visits.look_again(visit.id, later)
