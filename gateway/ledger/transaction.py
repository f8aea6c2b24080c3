"""What can be done within one transaction of the ledger; every change obeys the state tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.models import Slot
from contracts.states import ItemState, Operation, Risk, check_transition
from gateway.ledger import moves, rows
from gateway.ledger.changes import Changes
from gateway.ledger.database import Database
from gateway.ledger.engagements import Engagement
from gateway.ledger.records import (
    AppointmentRecord,
    Attempt,
    Closing,
    Summary,
    VisitRecord,
)
from gateway.ledger.rows import Rows
from gateway.ledger.tables import appointments, attempts, history, visits

OPEN = (ItemState.CHOSEN, ItemState.HELD)
_TAKES_TIME = (ItemState.CONFIRMING, ItemState.CONFIRMED, ItemState.PENDING_APPROVAL)


class Transaction:
    """One connection, in one transaction, at one instant.

    Attributes:
        changed: the visits that look otherwise after it.
    """

    def __init__(self, connection: AsyncConnection, sealed: Rows, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.changed = set[str]()
        self._rows = sealed

    async def lock(self, name: str) -> None:
        """Let no other writer hold the lock ``name`` until this transaction ends.

        On SQLite a writer holds the only lock there is.
        """
        if self.connection.dialect.name == "postgresql":
            key = func.hashtextextended(name, 0)
            await self.connection.execute(select(func.pg_advisory_xact_lock(key)))

    # Visits -----------------------------------------------------------------------------

    async def visit(self, visit_id: str, *, lock: bool = False) -> VisitRecord | None:
        """A visit; locked, nobody else changes it before this transaction ends."""
        query = select(visits).where(visits.c.id == visit_id)
        result = await self.connection.execute(query.with_for_update() if lock else query)
        row = result.mappings().first()
        return None if row is None else rows.visit(row)

    async def items(self, visit_id: str) -> list[AppointmentRecord]:
        """The items of a visit in the order they were chosen."""
        return await self.appointments(
            select(appointments)
            .where(appointments.c.visit_id == visit_id)
            .order_by(appointments.c.position)
        )

    async def add_visit(self, visit: VisitRecord) -> None:
        """Store a new visit, without its items."""
        await self.connection.execute(insert(visits).values(rows.visit_columns(visit)))

    async def update_visit(self, visit_id: str, **columns: object) -> None:
        """Set columns of a visit."""
        self.changed.add(visit_id)
        await self.connection.execute(
            update(visits).where(visits.c.id == visit_id).values(**columns)
        )

    # Appointments -----------------------------------------------------------------------

    async def appointments(self, query: Select[Any]) -> list[AppointmentRecord]:
        """The records of a query on ``appointments``."""
        result = await self.connection.execute(query)
        return [self._rows.appointment(row) for row in result.mappings()]

    async def appointment(
        self, appointment_id: str, *, lock: bool = False
    ) -> AppointmentRecord | None:
        """One appointment; locked, nobody else changes it before this transaction ends."""
        query = select(appointments).where(appointments.c.id == appointment_id)
        found = await self.appointments(query.with_for_update() if lock else query)
        return found[0] if found else None

    async def locked(self, appointment_id: str) -> tuple[AppointmentRecord, VisitRecord | None]:
        """An appointment and its visit, both locked: the visit first, as everywhere."""
        record = await self.appointment(appointment_id)
        visit = await self.visit(record.visit_id, lock=True) if record and record.visit_id else None
        record = await self.appointment(appointment_id, lock=True)
        if record is None:
            raise LookupError("the ledger never deletes an appointment")
        return record, visit

    async def add(self, record: AppointmentRecord, event: str) -> None:
        """Store a new appointment, with its first line of history."""
        values = self._rows.columns(
            {field.name: getattr(record, field.name) for field in fields(record)}
        )
        await self.connection.execute(insert(appointments).values(values))
        await self._note(record.id, record.state, event)

    async def change(
        self,
        record: AppointmentRecord,
        event: str,
        **changes: Any,  # noqa: ANN401 - its fields
    ) -> AppointmentRecord:
        """Change fields of a locked appointment, with a line of history.

        A change of what its visit depends on makes the sweep look at an idle visit, so that
        what follows from the change is done even when this process dies right after it.

        Raises:
            TransitionRefused: the state may not follow the present one.
        """
        changed = replace(record, **changes, version=record.version + 1)
        check_transition(record.state, changed.state)
        await self.connection.execute(
            update(appointments)
            .where(appointments.c.id == record.id)
            .values(self._rows.columns(changes | {"version": changed.version}))
        )
        if changed.standing != record.standing:
            await self.connection.execute(
                update(visits)
                .where(visits.c.id == record.visit_id, visits.c.phase.is_(None))
                .values(next_check_at=self.now)
            )
        await self._note(record.id, changed.state, event)
        if record.visit_id is not None:
            self.changed.add(record.visit_id)
        if changed.replaces is not None and changed.standing != record.standing:
            await moves.follow(self, changed)
        return changed

    async def engagements(
        self, citizen_key: str, *, besides: Iterable[str] = ()
    ) -> list[Engagement]:
        """What the citizen has from now on; not the appointments ``besides``.

        That is: appointments, and items of visits that were agreed to and are still to be
        booked.
        """
        query = (
            select(appointments.c.start, appointments.c.end, appointments.c.summary)
            .outerjoin(visits, visits.c.id == appointments.c.visit_id)
            .where(
                appointments.c.citizen_key == citizen_key,
                appointments.c.end > self.now,
                appointments.c.id.not_in(list(besides)),
                appointments.c.replaced_by.is_(None),
                or_(
                    appointments.c.state.in_(_TAKES_TIME),
                    and_(appointments.c.state.in_(OPEN), visits.c.agreed_at.is_not(None)),
                ),
            )
        )
        return [
            Engagement(start, end, Summary.model_validate_json(summary).numbers)
            for start, end, summary in await self.connection.execute(query)
        ]

    async def conflicts(self, items: Sequence[AppointmentRecord]) -> frozenset[Risk]:
        """In which ways something else of their citizen is in the way of these items."""
        own = {item.id for item in items} | {item.replaces for item in items if item.replaces}
        found = frozenset[Risk]()
        for citizen_key in {item.citizen_key for item in items}:
            others = await self.engagements(citizen_key, besides=own)
            found |= {risk for item in items for risk in item.engagement.conflicts(others)}
        return found

    # Attempts ---------------------------------------------------------------------------

    async def attempt(self, attempt: Attempt) -> Attempt | None:
        """The attempt of the same kind and number, if it was opened before."""
        result = await self.connection.execute(
            select(attempts).where(
                attempts.c.appointment_id == attempt.appointment_id,
                attempts.c.operation == attempt.operation,
                attempts.c.generation == attempt.generation,
            )
        )
        row = result.mappings().first()
        return None if row is None else self._rows.attempt(row)

    async def add_attempt(self, attempt: Attempt) -> None:
        """Open an attempt."""
        await self.connection.execute(insert(attempts).values(self._rows.attempt_columns(attempt)))

    async def tries(self, appointment_id: str, operation: Operation, *, ended: bool) -> int:
        """How many attempts of one kind there were; ``ended``: whose answer is known."""
        query = (
            select(func.count())
            .select_from(attempts)
            .where(
                attempts.c.appointment_id == appointment_id,
                attempts.c.operation == operation,
                *([attempts.c.outcome.is_not(None)] if ended else []),
            )
        )
        return await self.connection.scalar(query) or 0

    async def open_attempts(self, appointment_id: str) -> list[Attempt]:
        """The attempts whose answer is not known, oldest first."""
        result = await self.connection.execute(
            select(attempts)
            .where(attempts.c.appointment_id == appointment_id, attempts.c.outcome.is_(None))
            .order_by(attempts.c.opened_at, attempts.c.generation)
        )
        return [self._rows.attempt(row) for row in result.mappings()]

    async def moves_in_place(self, citizen_key: str, source: str) -> list[Slot]:
        """Where a citizen's appointments at a source go, by moves that have no answer yet."""
        query = (
            select(attempts)
            .join(appointments, appointments.c.id == attempts.c.appointment_id)
            .where(
                appointments.c.citizen_key == citizen_key,
                appointments.c.source == source,
                attempts.c.operation == Operation.RESCHEDULE,
                attempts.c.outcome.is_(None),
            )
        )
        result = await self.connection.execute(query)
        found = [self._rows.attempt(row) for row in result.mappings()]
        return [attempt.slot for attempt in found if attempt.slot]

    async def is_open(self, client_reference: str) -> bool:
        """Whether the answer to an attempt is still awaited."""
        query = select(attempts.c.client_reference).where(
            attempts.c.client_reference == client_reference, attempts.c.outcome.is_(None)
        )
        return await self.connection.scalar(query) is not None

    async def close(self, closing: Closing) -> None:
        """Record how an attempt ended."""
        await self.connection.execute(
            update(attempts)
            .where(attempts.c.client_reference == closing.client_reference)
            .values(outcome=closing.outcome, error=closing.error, closed_at=self.now)
        )

    async def _note(self, appointment_id: str, state: ItemState, event: str) -> None:
        await self.connection.execute(
            insert(history).values(
                appointment_id=appointment_id, at=self.now, state=state, event=event
            )
        )


class Transactions:
    """Begins transactions. ``sealed`` turns records into rows; ``now`` gives UTC instants."""

    def __init__(self, database: Database, sealed: Rows, now: Callable[[], datetime]) -> None:
        self.sealed = sealed
        self.now = now
        self.changes = Changes()
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """One that only reads."""
        async with self._database.reading() as connection:
            yield Transaction(connection, self.sealed, self.now())

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """One that writes: committed at the end, rolled back on an error."""
        async with self._database.writing() as connection:
            transaction = Transaction(connection, self.sealed, self.now())
            yield transaction
        self.changes.tell(transaction.changed)
