"""The ledger's operations on visits: each is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from contracts.api import Contact
from contracts.errors import BookingChanged, CitizenTimeConflict, HoldExpired
from contracts.states import ItemState, PendingOutcome, Risk, VisitState
from gateway.ledger import moves, rows
from gateway.ledger.engagements import Engagement, refuse
from gateway.ledger.records import AppointmentRecord, Refusal, VisitRecord
from gateway.ledger.tables import visits
from gateway.ledger.transaction import OPEN, Transaction, Transactions

_SOON = timedelta(seconds=10)
_SELDOM = timedelta(minutes=15)


class VisitLedger:
    """Visits and the workflows that work on them."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self.now = transactions.now

    async def add(self, visit: VisitRecord, items: Sequence[AppointmentRecord]) -> None:
        """Store a new visit with its items; does nothing when the visit is there already."""
        async with self._transactions.writing() as transaction:
            if await transaction.visit(visit.id) is not None:
                return
            await transaction.add_visit(visit)
            for item in items:
                await transaction.add(item, "chosen")

    async def begin_move(
        self,
        visit: VisitRecord,
        items: Sequence[AppointmentRecord],
        contact: Contact,
        workflow: str,
    ) -> bool:
        """Store a visit that moves appointments, agreed to, and claim those for it.

        ``False``, and nothing is stored, when one of them is busy or stands no longer.
        ``workflow`` is the id of the first workflow of the visit.

        Raises:
            CitizenTimeConflict: the citizen has something else at one of the new times.
        """
        async with self._transactions.writing() as transaction:
            if not await moves.begin(transaction, items, workflow):
                return False
            await transaction.add_visit(visit)
            for item in items:
                await transaction.add(item, "chosen")
            await transaction.lock(visit.citizen_key)
            # Nobody was told of anything in the way. The products are what they were.
            if Risk.TIME_CONFLICT in await transaction.conflicts(items):
                raise CitizenTimeConflict
            sealed = self._transactions.sealed.contact.seal_model(contact)
            await transaction.update_visit(visit.id, agreed_at=self.now(), contact=sealed)
            await self._begin(transaction, visit, VisitState.CONFIRMING)
            return True

    async def get(self, visit_id: str) -> VisitRecord | None:
        """A visit by its id; whose it is, is the caller's to check."""
        async with self._transactions.reading() as transaction:
            return await transaction.visit(visit_id)

    async def with_items(self, visit_id: str) -> tuple[VisitRecord, list[AppointmentRecord]]:
        """A visit and its items. Raises ``LookupError``: the ledger never deletes one."""
        async with self._transactions.reading() as transaction:
            visit = await transaction.visit(visit_id)
            if visit is None:
                raise LookupError("there is no such visit")
            return visit, await transaction.items(visit_id)

    async def items(self, visit_id: str) -> list[AppointmentRecord]:
        """The items of a visit in the order they were chosen."""
        async with self._transactions.reading() as transaction:
            return await transaction.items(visit_id)

    async def engagements(self, citizen_key: str) -> list[Engagement]:
        """What the citizen has from now on."""
        async with self._transactions.reading() as transaction:
            return await transaction.engagements(citizen_key)

    async def agree(self, visit_id: str, contact: Contact, expires_at: datetime) -> int:
        """Keep what the citizen confirmed and claim the visit; the number of its workflow.

        From here on the visit may last until ``expires_at``.

        Of two visits of one citizen at one time, the second to get here is refused.

        Raises:
            BookingChanged: it was confirmed before, or is being worked on.
            HoldExpired: too late.
            CitizenTimeConflict, DuplicateBooking: the citizen has something else that is in
                the way, and was not told so when the visit was made.
        """
        async with self._transactions.writing() as transaction:
            visit = await transaction.visit(visit_id, lock=True)
            items = await transaction.items(visit_id)
            idle = visit is not None and visit.phase is None and visit.agreed_at is None
            if visit is None or not idle or any(item.pending for item in items):
                raise BookingChanged
            if visit.expires_at <= self.now():
                raise HoldExpired
            await transaction.lock(visit.citizen_key)
            open_items = [item for item in items if item.state in OPEN]
            # What the citizen was told of may be: their municipality only warns.
            refuse((await transaction.conflicts(open_items)).difference(visit.risks))
            await transaction.update_visit(
                visit_id,
                agreed_at=self.now(),
                expires_at=expires_at,
                contact=self._transactions.sealed.contact.seal_model(contact),
            )
            return await self._begin(transaction, visit, VisitState.CONFIRMING)

    async def begin_phase(self, visit_id: str, phase: VisitState) -> int | None:
        """Claim the visit for its next workflow and number that; ``None`` while one is at work."""
        async with self._transactions.writing() as transaction:
            visit = await transaction.visit(visit_id, lock=True)
            if visit is None or visit.phase is not None:
                return None
            if any(_has_own_workflow(item) for item in await transaction.items(visit_id)):
                return None
            return await self._begin(transaction, visit, phase)

    async def enter_phase(self, visit_id: str, generation: int, phase: VisitState) -> None:
        """The workflow of this number goes on to another phase."""
        async with self._transactions.writing() as transaction:
            visit = await transaction.visit(visit_id, lock=True)
            if visit is not None and visit.is_worked_on_by(generation):
                await transaction.update_visit(visit_id, phase=phase)

    async def end_phase(self, visit_id: str, generation: int) -> None:
        """The workflow of this number has done what it can; the sweep has a last look."""
        async with self._transactions.writing() as transaction:
            visit = await transaction.visit(visit_id, lock=True)
            if visit is not None and visit.is_worked_on_by(generation):
                await transaction.update_visit(
                    visit_id,
                    phase=None,
                    next_check_at=self.now(),
                    expires_at=_expires_at(visit, await transaction.items(visit_id)),
                )
                await self._forget_contact(transaction, visit_id)

    async def rest(self, visit: VisitRecord, until: datetime | None = None) -> None:
        """Nothing is left to do for the visit as it was read, ``until`` then or its expiry."""
        async with self._transactions.writing() as transaction:
            present = await transaction.visit(visit.id, lock=True)
            if present != visit:
                return
            waits = await self._forget_contact(transaction, visit.id)
            soonest = min(until or visit.expires_at, visit.expires_at)
            next_check_at = soonest if waits else None
            await transaction.update_visit(visit.id, next_check_at=next_check_at)

    async def take(self, visit: VisitRecord, until: datetime) -> VisitRecord | None:
        """Have a visit that is due to oneself: until then no other sweep looks at it.

        The visit as it is from here on; ``None`` when it is not due as it was read: another
        one has it.
        """
        async with self._transactions.writing() as transaction:
            present = await transaction.visit(visit.id, lock=True)
            if present != visit or not visit.next_check_at or visit.next_check_at > self.now():
                return None
            await transaction.update_visit(visit.id, next_check_at=until)
            return await transaction.visit(visit.id)

    async def look_again(self, visit_id: str, at: datetime) -> None:
        """Let the sweep look at a visit later."""
        async with self._transactions.writing() as transaction:
            await transaction.update_visit(visit_id, next_check_at=at)

    async def expire(self, visit_id: str) -> list[AppointmentRecord]:
        """Let what was not booked in time expire, unless a workflow is at it.

        Returns what the vendor still keeps, to be released.
        """
        async with self._transactions.writing() as transaction:
            visit = await transaction.visit(visit_id, lock=True)
            if visit is None or visit.phase is not None or visit.expires_at > self.now():
                return []
            expired = [
                await transaction.change(
                    item,
                    "expired",
                    state=ItemState.EXPIRED,
                    refusal=Refusal(code=HoldExpired.code),
                )
                for item in await transaction.items(visit_id)
                if item.state in OPEN and item.pending is None
            ]
            return [item for item in expired if item.hold is not None]

    async def contact(self, visit_id: str) -> Contact | None:
        """The contact data given with the confirm, while a booking may still need it."""
        query = select(visits.c.contact).where(visits.c.id == visit_id)
        async with self._transactions.reading() as transaction:
            sealed = await transaction.connection.scalar(query)
        return self._transactions.sealed.contact.open_model(sealed, Contact) if sealed else None

    async def due(self, limit: int = 200) -> list[VisitRecord]:
        """Visits that the sweep has to look at now."""
        query = (
            select(visits)
            .where(visits.c.next_check_at <= self.now())
            .order_by(visits.c.next_check_at)
            .limit(limit)
        )
        async with self._transactions.reading() as transaction:
            result = await transaction.connection.execute(query)
            return [rows.visit(row) for row in result.mappings()]

    # ------------------------------------------------------------------------------------

    async def _begin(self, transaction: Transaction, visit: VisitRecord, phase: VisitState) -> int:
        # A workflow that fails again and again is begun anew less and less often.
        generation = visit.generation + 1
        pause = min(_SOON * generation, _SELDOM)
        await transaction.update_visit(
            visit.id, phase=phase, generation=generation, next_check_at=self.now() + pause
        )
        return generation

    async def _forget_contact(self, transaction: Transaction, visit_id: str) -> bool:
        """Erase contact data that no booking needs any more; whether an item is still open."""
        items = await transaction.items(visit_id)
        still_open = any(item.state in OPEN for item in items)
        unsent = any(
            item.pending is not None and item.pending.outcome is PendingOutcome.RUNNING
            for item in items
            if item.state is ItemState.CONFIRMING
        )
        if not still_open and not unsent:
            await transaction.update_visit(visit_id, contact=None)
        return still_open


def _expires_at(visit: VisitRecord, items: Sequence[AppointmentRecord]) -> datetime:
    """Until when it can be confirmed: no longer than everything that is held is kept."""
    if visit.agreed_at is not None:
        return visit.expires_at
    held = [item.hold.expires_at for item in items if item.hold and item.state in OPEN]
    return min([visit.expires_at, *held])


def _has_own_workflow(item: AppointmentRecord) -> bool:
    """Whether a citizen's cancel or move is being sent."""
    pending = item.pending
    return (
        pending is not None and pending.outcome is PendingOutcome.RUNNING and bool(pending.workflow)
    )
