"""One vendor write, sent at most once.

A step may run again after a crash. So a write commits its attempt first; who finds that
attempt open was not the one to send it, and leaves the outcome unknown, to be looked up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from contracts.adapter import BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    BadAnswer,
    BookingChanged,
    BookingError,
    Outcome,
    OutcomeUnknown,
    VendorUnavailable,
)
from contracts.models import Slot
from contracts.states import Operation
from gateway.booking.turns import Turns
from gateway.ledger import AppointmentRecord, Attempt, Closing, Ledger
from gateway.sources import Source, Sources, defect

ValueT = TypeVar("ValueT")
Send = Callable[[BookingAdapter[Any], str, Deadline], Awaitable[ValueT]]
"""What to call, with the client reference and the deadline."""

# What takes time at a source; the rest takes no more, or gives some back.
_TAKING = frozenset({Operation.HOLD, Operation.BOOK, Operation.RESCHEDULE})

# How long after its deadline an adapter that does not give up is given up on.
GRACE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Answer(Generic[ValueT]):
    """How a write ended: with a value, or refused with an error, or unknown with neither."""

    reference: str
    value: ValueT | None = None
    error: BookingError | None = None

    @property
    def is_known(self) -> bool:
        """Whether the source has said what became of it."""
        return self.value is not None or self.error is not None

    @property
    def closing(self) -> Closing:
        """The attempt's end, as the ledger wants it."""
        if self.error is not None:
            return Closing(self.reference, Outcome.NOT_APPLIED, self.error.code)
        return Closing(self.reference, Outcome.APPLIED if self.value else Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Write(Generic[ValueT]):
    """What is to be sent."""

    record: AppointmentRecord
    operation: Operation
    number: int
    send: Send[ValueT]
    slot: Slot | None

    @property
    def reference(self) -> str:
        return reference(self.record.id, self.operation, self.number)


class Sender:
    """Sends writes to sources."""

    def __init__(self, ledger: Ledger, sources: Sources) -> None:
        self._ledger = ledger
        self._sources = sources
        self._turns = Turns(ledger)

    async def once(
        self,
        record: AppointmentRecord,
        operation: Operation,
        number: int,
        send: Send[ValueT],
        *,
        slot: Slot | None = None,
    ) -> Answer[ValueT] | None:
        """Commit the attempt, send the write, and say how it ended.

        ``number`` tells apart the writes of one kind for one appointment; ``slot`` is where a
        move goes. ``None`` when what follows is in the ledger already: an earlier run of the
        same step recorded the answer, or ``record`` is not how it stands any more.
        """
        source = self._sources.get(record.source)
        write = _Write(record, operation, number, send, slot)
        if source is None:
            return await self._begin(write, None, None)
        if operation not in _TAKING:
            return await self._begin(write, source, Deadline.after(source.timeout))
        async with self._turns.turn(source, slot or record.slot, write.reference) as turn:
            answer = await self._begin(write, source, turn.deadline)
            if answer is None or answer.is_known:
                await turn.end()
            return answer

    async def _begin(
        self, write: _Write[ValueT], source: Source | None, deadline: Deadline | None
    ) -> Answer[ValueT] | None:
        """Open the attempt and send it; without a ``source`` or a ``deadline`` nothing is sent.

        The deadline began before the row is there: nothing is sent after what the row says.
        """
        timeout = deadline.remaining if deadline else 0.0
        attempt = Attempt(
            client_reference=write.reference,
            appointment_id=write.record.id,
            operation=write.operation,
            generation=write.number,
            opened_at=self._ledger.now(),
            deadline=self._ledger.now() + timedelta(seconds=timeout) + GRACE,
            slot=write.slot,
        )
        try:
            known = await self._ledger.open_attempt(attempt, write.record.version)
        except BookingChanged:
            return None
        if known is not None:
            return None if known.outcome is not None else Answer(write.reference)
        if source is None or deadline is None or not source.is_reachable:
            return Answer(write.reference, error=VendorUnavailable())
        return await _send(source, write.reference, write.send, deadline)


def reference(appointment_id: str, operation: Operation, number: int) -> str:
    """Our name for one write, the same in every run of its step."""
    return f"{appointment_id}-{operation}-{number}"


async def _send(
    source: Source, client_reference: str, send: Send[ValueT], deadline: Deadline
) -> Answer[ValueT]:
    try:
        deadline.check()
        async with asyncio.timeout(deadline.remaining + GRACE.total_seconds()):
            value = await send(source.adapter, client_reference, deadline)
    except (OutcomeUnknown, BadAnswer, TimeoutError):
        return Answer(client_reference)
    except BookingError as error:
        return Answer(client_reference, error=error)
    except Exception as error:  # noqa: BLE001 - an adapter's defect may not lose a booking
        defect(source, error)
        return Answer(client_reference)
    return Answer(client_reference, value=value)
