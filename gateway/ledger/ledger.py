"""The ledger's operations: each is one transaction, and every state change obeys the tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.api import Contact
from contracts.errors import Outcome
from contracts.states import (
    ItemState,
    Operation,
    PendingOutcome,
    VisitState,
    check_transition,
)
from gateway.ledger import rows
from gateway.ledger.database import Database
from gateway.ledger.records import AppointmentRecord, Attempt, PendingWrite, VisitRecord
from gateway.ledger.rows import Rows
from gateway.ledger.tables import appointments, attempts, history, visits
from gateway.sealing import Seal


class Ledger:
    """Visits, appointments and attempts. ``now`` gives UTC instants."""

    def __init__(
        self, database: Database, seal_for: Callable[[str], Seal], now: Callable[[], datetime]
    ) -> None:
        self.database = database
        self.now = now
        self._rows = Rows(seal_for)

    # Visits -----------------------------------------------------------------------------

    async def add_visit(self, visit: VisitRecord, items: Sequence[AppointmentRecord]) -> None:
        """Store a new visit with its items; does nothing when the visit is there already."""
        async with self.database.writing() as connection:
            known = await connection.scalar(select(visits.c.id).where(visits.c.id == visit.id))
            if known is not None:
                return
            await connection.execute(
                insert(visits).values(
                    {field.name: getattr(visit, field.name) for field in fields(visit)}
                )
            )
            for item in items:
                await self._insert(connection, item, "chosen")

    async def visit(self, visit_id: str) -> VisitRecord | None:
        """A visit by its id; whose it is, is the caller's to check."""
        async with self.database.reading() as connection:
            return await _visit(connection, visit_id)

    async def items(self, visit_id: str) -> list[AppointmentRecord]:
        """The items of a visit in the order they were chosen."""
        query = (
            select(appointments)
            .where(appointments.c.visit_id == visit_id)
            .order_by(appointments.c.position)
        )
        async with self.database.reading() as connection:
            result = await connection.execute(query)
            return [self._rows.appointment(row) for row in result.mappings()]

    async def begin_phase(
        self, visit_id: str, phase: VisitState, *, contact: Contact | None = None
    ) -> int | None:
        """Claim the visit for the next workflow and number it; ``None`` when one is at work.

        Items that are confirmed from here on are marked ``confirming`` by the workflow
        itself, one by one, so that what was not tried stays what it was.
        """
        async with self.database.writing() as connection:
            visit = await _visit(connection, visit_id, lock=True)
            if visit is None or visit.phase is not None:
                return None
            values: dict[str, Any] = {"phase": phase, "generation": visit.generation + 1}
            if contact is not None:
                values["contact"] = self._rows.contact.seal_model(contact)
            await connection.execute(update(visits).where(visits.c.id == visit_id).values(values))
            return visit.generation + 1

    async def enter_phase(self, visit_id: str, phase: VisitState) -> None:
        """Move the running workflow's visit to another phase (to compensating)."""
        async with self.database.writing() as connection:
            await connection.execute(
                update(visits).where(visits.c.id == visit_id).values(phase=phase)
            )

    async def end_phase(self, visit_id: str) -> None:
        """No workflow works on the visit any more; contact data goes when nothing needs it."""
        async with self.database.writing() as connection:
            open_items = await connection.scalar(
                select(func.count())
                .select_from(appointments)
                .where(appointments.c.visit_id == visit_id)
                .where(
                    appointments.c.state.in_(
                        (ItemState.CHOSEN, ItemState.HELD, ItemState.CONFIRMING)
                    )
                )
            )
            values: dict[str, Any] = {"phase": None}
            if not open_items:
                values["contact"] = None
            await connection.execute(update(visits).where(visits.c.id == visit_id).values(values))

    async def contact(self, visit_id: str) -> Contact | None:
        """The contact data given with the confirm, while a booking may still need it."""
        async with self.database.reading() as connection:
            sealed = await connection.scalar(
                select(visits.c.contact).where(visits.c.id == visit_id)
            )
        return self._rows.contact.open_model(sealed, Contact) if sealed else None

    async def visits_at_work(self) -> list[VisitRecord]:
        """Visits that a workflow has claimed: a sweep makes sure that one really runs."""
        async with self.database.reading() as connection:
            result = await connection.execute(select(visits).where(visits.c.phase.is_not(None)))
            return [rows.visit(row) for row in result.mappings()]

    async def unfinished_visits(self, now: datetime) -> list[str]:
        """Visits past their expiry of which an item is still only chosen or held."""
        query = (
            select(visits.c.id)
            .join(appointments, appointments.c.visit_id == visits.c.id)
            .where(visits.c.phase.is_(None), visits.c.expires_at <= now)
            .where(appointments.c.state.in_((ItemState.CHOSEN, ItemState.HELD)))
            .distinct()
        )
        async with self.database.reading() as connection:
            return list((await connection.scalars(query)).all())

    # Appointments -----------------------------------------------------------------------

    async def appointment(self, appointment_id: str) -> AppointmentRecord | None:
        """An appointment by our id; whose it is, is the caller's to check."""
        async with self.database.reading() as connection:
            return await self._appointment(connection, appointment_id)

    async def appointments_of(
        self, citizen_key: str, *, ending_after: datetime
    ) -> list[AppointmentRecord]:
        """The citizen's appointments that end after an instant, soonest first."""
        query = (
            select(appointments)
            .where(appointments.c.citizen_key == citizen_key, appointments.c.end > ending_after)
            .order_by(appointments.c.start, appointments.c.id)
        )
        async with self.database.reading() as connection:
            result = await connection.execute(query)
            return [self._rows.appointment(row) for row in result.mappings()]

    async def due(self, now: datetime, limit: int = 100) -> list[AppointmentRecord]:
        """Appointments whose pending write is due for a look."""
        query = (
            select(appointments)
            .where(appointments.c.next_check_at <= now)
            .order_by(appointments.c.next_check_at)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            result = await connection.execute(query)
            return [self._rows.appointment(row) for row in result.mappings()]

    async def discover(self, found: AppointmentRecord) -> AppointmentRecord:
        """Store an appointment that a source showed; one that is known already is returned."""
        if found.ref is None:
            message = "a discovered appointment has a reference"
            raise ValueError(message)
        async with self.database.writing() as connection:
            result = await connection.execute(
                select(appointments).where(
                    appointments.c.source == found.source,
                    appointments.c.vendor_ref == found.ref.vendor_ref,
                )
            )
            row = result.mappings().first()
            if row is not None:
                return self._rows.appointment(row)
            await self._insert(connection, found, "discovered")
            return found

    async def change(
        self,
        appointment_id: str,
        event: str,
        *,
        closing: tuple[str, Outcome, str | None] | None = None,
        **changes: object,
    ) -> AppointmentRecord:
        """Change an appointment in one transaction, with a line of history.

        ``changes`` are fields of ``AppointmentRecord``; a new ``state`` has to be allowed by
        the transition table. ``closing`` is (client reference, outcome, error code): the
        attempt that this change is the answer to.

        Raises:
            TransitionRefused: the state may not follow the present one.
        """
        async with self.database.writing() as connection:
            return await self._change(connection, appointment_id, event, closing=closing, **changes)

    # Writes to vendors ------------------------------------------------------------------

    async def begin_write(
        self, appointment_id: str, operation: Operation, check_at: datetime
    ) -> PendingWrite | None:
        """Claim the appointment for one write outside a visit's workflow (cancel, move).

        ``None`` when another write is pending. The workflow's id holds a number, so that a
        second cancel after a refused one is a new workflow.
        """
        async with self.database.writing() as connection:
            record = await self._appointment(connection, appointment_id, lock=True)
            if record is None or record.pending is not None:
                return None
            done = await _count_attempts(connection, appointment_id, operation)
            pending = PendingWrite(
                operation,
                self.now(),
                PendingOutcome.RUNNING,
                f"{operation}/{appointment_id}/{done + 1}",
            )
            await self._change(
                connection,
                appointment_id,
                f"{operation} asked",
                pending=pending,
                next_check_at=check_at,
            )
            return pending

    async def open_attempt(self, attempt: Attempt) -> Attempt | None:
        """Commit an attempt before its write is sent; the one that is there already otherwise.

        ``None`` means: yours, send it. An ``Attempt`` means that this write was begun before;
        one without outcome may have been sent and must not be sent again.
        """
        async with self.database.writing() as connection:
            result = await connection.execute(
                select(attempts).where(
                    attempts.c.appointment_id == attempt.appointment_id,
                    attempts.c.operation == attempt.operation,
                    attempts.c.generation == attempt.generation,
                )
            )
            row = result.mappings().first()
            if row is not None:
                return self._rows.attempt(row)
            await connection.execute(insert(attempts).values(self._attempt_values(attempt)))
            return None

    async def count_attempts(self, appointment_id: str, operation: Operation) -> int:
        """How many times a write was begun for an appointment."""
        async with self.database.reading() as connection:
            return await _count_attempts(connection, appointment_id, operation)

    async def open_attempts(self, appointment_id: str) -> list[Attempt]:
        """The attempts of an appointment whose answer is not known, oldest first."""
        query = (
            select(attempts)
            .where(attempts.c.appointment_id == appointment_id, attempts.c.outcome.is_(None))
            .order_by(attempts.c.opened_at)
        )
        async with self.database.reading() as connection:
            result = await connection.execute(query)
            return [self._rows.attempt(row) for row in result.mappings()]

    # ------------------------------------------------------------------------------------

    async def _appointment(
        self, connection: AsyncConnection, appointment_id: str, *, lock: bool = False
    ) -> AppointmentRecord | None:
        query = select(appointments).where(appointments.c.id == appointment_id)
        result = await connection.execute(query.with_for_update() if lock else query)
        row = result.mappings().first()
        return None if row is None else self._rows.appointment(row)

    async def _change(
        self,
        connection: AsyncConnection,
        appointment_id: str,
        event: str,
        *,
        closing: tuple[str, Outcome, str | None] | None = None,
        **changes: object,
    ) -> AppointmentRecord:
        record = await self._appointment(connection, appointment_id, lock=True)
        if record is None:
            message = "the ledger never deletes an appointment"
            raise LookupError(message)
        state = changes.get("state", record.state)
        if not isinstance(state, ItemState):
            message = "state is an ItemState"
            raise TypeError(message)
        check_transition(record.state, state)
        if closing is not None:
            reference, outcome, error = closing
            await connection.execute(
                update(attempts)
                .where(attempts.c.client_reference == reference)
                .values(outcome=outcome, error=error, closed_at=self.now())
            )
        values = self._rows.columns(changes) | {"version": record.version + 1}
        await connection.execute(
            update(appointments).where(appointments.c.id == appointment_id).values(values)
        )
        await self._note(connection, appointment_id, state, event)
        changed = await self._appointment(connection, appointment_id)
        assert changed is not None  # noqa: S101 - read back what was just written
        return changed

    async def _insert(
        self, connection: AsyncConnection, record: AppointmentRecord, event: str
    ) -> None:
        values = self._rows.columns(
            {field.name: getattr(record, field.name) for field in fields(record)}
        )
        await connection.execute(insert(appointments).values(values))
        await self._note(connection, record.id, record.state, event)

    async def _note(
        self, connection: AsyncConnection, appointment_id: str, state: ItemState, event: str
    ) -> None:
        await connection.execute(
            insert(history).values(
                appointment_id=appointment_id, at=self.now(), state=state, event=event
            )
        )

    def _attempt_values(self, attempt: Attempt) -> dict[str, Any]:
        values = {field.name: getattr(attempt, field.name) for field in fields(attempt)}
        values["slot"] = self._rows.slot.seal_model(attempt.slot) if attempt.slot else None
        return values


async def _visit(
    connection: AsyncConnection, visit_id: str, *, lock: bool = False
) -> VisitRecord | None:
    query = select(visits).where(visits.c.id == visit_id)
    result = await connection.execute(query.with_for_update() if lock else query)
    row = result.mappings().first()
    return None if row is None else rows.visit(row)


async def _count_attempts(
    connection: AsyncConnection, appointment_id: str, operation: Operation
) -> int:
    query = (
        select(func.count())
        .select_from(attempts)
        .where(attempts.c.appointment_id == appointment_id, attempts.c.operation == operation)
    )
    return await connection.scalar(query) or 0
