"""What a citizen takes back: one appointment, or all that stands of a visit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dbos import WorkflowHandleAsync

from contracts.errors import BookingChanged
from contracts.states import ItemState, Operation
from gateway.appointments import Change, MyAppointments, is_pending
from gateway.booking import present
from gateway.booking.durable import Durable, patiently
from gateway.booking.refusals import error_of, refuse_closed
from gateway.booking.visits import Result, Visits
from gateway.booking.workflows import Parts
from gateway.booking.writes import BOOKED
from gateway.ledger import AppointmentRecord, Refusal

# When a claimed cancel or move is looked at whose workflow is not seen to begin.
LOOK_AFTER = timedelta(seconds=60)

_STANDS = BOOKED | {ItemState.CHOSEN, ItemState.HELD, ItemState.CONFIRMING}


class Cancelling:
    """Cancels for citizens. ``patience`` is how long (s) a caller waits for an answer.

    Attributes:
        mine: reads an appointment as it stands afterwards.
        visits: reads a visit as it stands afterwards.
    """

    def __init__(
        self,
        parts: Parts,
        durable: Durable,
        mine: MyAppointments,
        visits: Visits,
        patience: float = 8.0,
    ) -> None:
        self._ledger = parts.ledger
        self._sources = parts.sources
        self._durable = durable
        self.mine = mine
        self.visits = visits
        self._patience = patience

    async def cancel(self, citizen_key: str, appointment_id: str, language: str) -> Change:
        """Cancel; what is cancelled already stays so and is no error.

        Raises:
            CancellationClosed: the source or the municipality does not allow it (any more).
            BookingChanged: it is being booked or moved at this moment.
            VendorUnavailable: certainly not cancelled; try again.
        """
        record = await self.mine.owned(citizen_key, appointment_id)
        if _is_cancelled(record):
            return self.mine.change(record, language)
        self._refuse(record)
        handle = await self._begin(record)
        if handle is None:
            record = await self.mine.owned(citizen_key, appointment_id)
            if not _is_cancelled(record):
                raise BookingChanged
            return self.mine.change(record, language)  # in another window
        code = await patiently(handle, self._patience)
        if code is not None:
            raise error_of(Refusal(code=code))
        return self.mine.change(await self.mine.owned(citizen_key, record.id), language)

    async def cancel_visit(self, citizen_key: str, visit_id: str, language: str) -> Result:
        """Cancel all that stands of a visit; what is cancelled already is no error.

        What becomes of each item is in the visit: a part that could not be cancelled still
        stands, with its refusal.

        Raises:
            ResourceNotFound, NotOwner: see ``Visits.get``.
            and as ``cancel``, when nothing at all could be cancelled.
        """
        await self.visits.get(citizen_key, visit_id, language)
        standing = [
            item for item in await self._ledger.visits.items(visit_id) if item.state in _STANDS
        ]
        to_cancel = [item for item in standing if self._can_cancel(item)]
        begun = [handle for item in to_cancel if (handle := await self._begin(item))]
        codes: Sequence[str | None] = await asyncio.gather(
            *(patiently(handle, self._patience) for handle in begun)
        )
        result = await self.visits.look(citizen_key, visit_id, language)
        if None in codes or all(map(_is_cancelled, standing)):
            return result
        refused = next(filter(None, codes), None)
        if refused is not None:
            raise error_of(Refusal(code=refused))
        for item in standing:
            self._refuse(item)
        raise BookingChanged

    # ------------------------------------------------------------------------------------

    def _refuse(self, record: AppointmentRecord) -> None:
        """Return when it can be cancelled; raises as ``cancel``."""
        now = self._ledger.now()
        if record.state in BOOKED:
            refuse_closed(record, self._sources[record.source], now)
        if not self._can_cancel(record):
            raise BookingChanged

    def _can_cancel(self, record: AppointmentRecord) -> bool:
        source = self._sources.get(record.source)
        return present.can_cancel(record, source, self._ledger.now())

    async def _begin(self, record: AppointmentRecord) -> WorkflowHandleAsync[Any] | None:
        """Claim an appointment and start its workflow; ``None`` when it is busy."""
        check_at = self._ledger.now() + LOOK_AFTER
        pending = await self._ledger.begin_write(record.id, Operation.CANCEL, check_at)
        if pending is None:
            return None
        return await self._durable.cancel(pending.workflow, record.id)


def _is_cancelled(record: AppointmentRecord) -> bool:
    """Or being cancelled."""
    return record.state is ItemState.CANCELLED or is_pending(record, Operation.CANCEL)
