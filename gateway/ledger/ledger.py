"""The ledger's operations on appointments and attempts: each is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from contracts.errors import BookingChanged, CitizenTimeConflict
from contracts.models import Slot
from contracts.states import ItemState, Operation, PendingOutcome, Risk
from gateway.ledger import claims
from gateway.ledger.database import Database
from gateway.ledger.records import AppointmentRecord, Attempt, Claim, Closing, PendingWrite
from gateway.ledger.rows import Rows
from gateway.ledger.tables import appointments
from gateway.ledger.transaction import Transactions
from gateway.ledger.visits import VisitLedger
from gateway.sealing import Seal


class Ledger:
    """What must never be lost. ``now`` gives UTC instants.

    Attributes:
        visits: the appointments that are made together, and the workflows that make them.
        changes: wakes who waits for one of them to change.
    """

    def __init__(
        self, database: Database, seal_for: Callable[[str], Seal], now: Callable[[], datetime]
    ) -> None:
        self.now = now
        self._transactions = Transactions(database, Rows(seal_for), now)
        self.visits = VisitLedger(self._transactions)
        self.changes = self._transactions.changes

    async def appointment(self, appointment_id: str) -> AppointmentRecord | None:
        """An appointment by our id; whose it is, is the caller's to check."""
        async with self._transactions.reading() as transaction:
            return await transaction.appointment(appointment_id)

    async def appointments_of(
        self, citizen_key: str, *, ending_after: datetime
    ) -> list[AppointmentRecord]:
        """The citizen's appointments that end after an instant, soonest first."""
        query = (
            select(appointments)
            .where(appointments.c.citizen_key == citizen_key, appointments.c.end > ending_after)
            .order_by(appointments.c.start, appointments.c.id)
        )
        async with self._transactions.reading() as transaction:
            return await transaction.appointments(query)

    async def due(self, limit: int = 200) -> list[AppointmentRecord]:
        """Appointments whose pending write is due for a look."""
        query = (
            select(appointments)
            .where(appointments.c.next_check_at <= self.now())
            .order_by(appointments.c.next_check_at)
            .limit(limit)
        )
        async with self._transactions.reading() as transaction:
            return await transaction.appointments(query)

    async def unsettled(self) -> list[AppointmentRecord]:
        """Appointments with a write whose end is not known, longest first.

        Not those that are moved anew: what is not known there is the booking that replaces them.
        """
        replaced = select(appointments.c.replaces).where(appointments.c.replaces.is_not(None))
        query = (
            select(appointments)
            .where(
                appointments.c.pending_outcome.in_(
                    (PendingOutcome.UNKNOWN, PendingOutcome.NEEDS_DECISION)
                ),
                appointments.c.id.not_in(replaced),
            )
            .order_by(appointments.c.pending_since, appointments.c.id)
        )
        async with self._transactions.reading() as transaction:
            return await transaction.appointments(query)

    async def discover(self, found: AppointmentRecord) -> AppointmentRecord | None:
        """Store an appointment that a source showed; one that is known already is returned.

        ``None`` when the citizen is booking that very time there, or moving to it: it may be
        that booking, whose answer has not come, and would be told twice.
        """
        if found.ref is None:
            raise ValueError("a discovered appointment has a reference")
        same_source = appointments.c.source == found.source
        by_ref = appointments.c.vendor_ref == found.ref.vendor_ref
        # One that a person settled has no reference yet.
        nameless = and_(
            appointments.c.state == ItemState.CONFIRMED, appointments.c.vendor_ref.is_(None)
        )
        being_booked = (
            appointments.c.citizen_key == found.citizen_key,
            or_(appointments.c.state == ItemState.CONFIRMING, nameless),
            appointments.c.start == found.slot.start,
        )
        async with self._transactions.writing() as transaction:
            await transaction.lock(found.citizen_key)
            known = await transaction.appointments(select(appointments).where(same_source, by_ref))
            if known:
                return known[0]
            if await transaction.appointments(
                select(appointments).where(same_source, *being_booked)
            ):
                return None
            moving = await transaction.moves_in_place(found.citizen_key, found.source)
            if any(slot.start == found.slot.start for slot in moving):
                return None
            await transaction.add(found, "discovered")
            return found

    async def change(
        self,
        appointment_id: str,
        event: str,
        *,
        closing: Closing | None = None,
        version: int | None = None,
        unsent: Collection[Operation] = (),
        **changes: Any,  # noqa: ANN401 - the fields of AppointmentRecord
    ) -> AppointmentRecord:
        """Change fields of an appointment, with a line of history; the appointment as it is now.

        Args:
            appointment_id: ours.
            event: what happened, for the history; no personal data.
            closing: the end of the attempt that this change is the answer to. The first
                answer counts: when the attempt is closed already, nothing changes.
            version: nothing changes when the appointment has another version by now.
            unsent: nothing changes while an attempt of one of these kinds is open.
            changes: the new values. A new ``state`` has to be allowed by the table.

        Raises:
            TransitionRefused: the state may not follow the present one.
        """
        async with self._transactions.writing() as transaction:
            record, _ = await transaction.locked(appointment_id)
            if version is not None and record.version != version:
                return record
            if closing and not await transaction.is_open(closing.client_reference):
                return record
            if unsent and any(
                each.operation in unsent for each in await transaction.open_attempts(record.id)
            ):
                return record
            if closing and closing.outcome is not None:
                await transaction.close(closing)
            return await transaction.change(record, event, **changes)

    async def begin_write(
        self,
        appointment_id: str,
        operation: Operation,
        check_at: datetime,
        *,
        slot: Slot | None = None,
    ) -> PendingWrite | None:
        """Claim the appointment for one write outside its visit's workflow (cancel, move).

        ``None`` while another write is pending, or its visit is being worked on. The version
        in the workflow's id makes a second cancel after a refused one a new workflow.

        Raises:
            CitizenTimeConflict: it would move to the ``slot``, where something else is.
        """
        async with self._transactions.writing() as transaction:
            record, visit = await transaction.locked(appointment_id)
            if record.pending or (visit and visit.phase):
                return None
            if slot is not None:
                await transaction.lock(record.citizen_key)
                if Risk.TIME_CONFLICT in await transaction.conflicts([replace(record, slot=slot)]):
                    raise CitizenTimeConflict
            workflow = f"{operation}/{appointment_id}/{record.version}"
            pending = PendingWrite(operation, self.now(), PendingOutcome.RUNNING, workflow)
            await transaction.change(
                record, f"{operation} asked", pending=pending, refusal=None, next_check_at=check_at
            )
            return pending

    async def open_attempt(self, attempt: Attempt, version: int) -> Attempt | None:
        """Commit an attempt before its write is sent; the one that is there already otherwise.

        ``None`` means: yours, send it. An ``Attempt`` means that this write was begun before;
        one without outcome may have been sent and must not be sent again.

        Raises:
            BookingChanged: the appointment has another version by now than the one for which
                the write was decided on: another process has it.
        """
        async with self._transactions.writing() as transaction:
            record = await transaction.appointment(attempt.appointment_id, lock=True)
            known = await transaction.attempt(attempt)
            if known is None:
                if record is None or record.version != version:
                    raise BookingChanged
                await transaction.add_attempt(attempt)
            return known

    async def tries(self, appointment_id: str, operation: Operation, *, ended: bool = False) -> int:
        """How many attempts of one kind there were; ``ended``: whose answer is known."""
        async with self._transactions.reading() as transaction:
            return await transaction.tries(appointment_id, operation, ended=ended)

    async def open_attempts(self, appointment_id: str) -> list[Attempt]:
        """The attempts of an appointment whose answer is not known, oldest first."""
        async with self._transactions.reading() as transaction:
            return await transaction.open_attempts(appointment_id)

    async def claim(self, claim: Claim, until: datetime) -> bool:
        """Take the sole right to book on these days; ``False`` while another write has it.

        It lapses by itself. Taking it again is allowed, and makes it last longer.
        """
        async with self._transactions.writing() as transaction:
            return await claims.take(transaction, claim, until)

    async def release_claim(self, claim: Claim) -> None:
        """Let others book on these days."""
        async with self._transactions.writing() as transaction:
            await claims.give_up(transaction, claim)
