"""Brings the ledger up to date with one source: the vendor is the truth for time and place."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from contracts.api import Sync
from contracts.deadline import Deadline
from contracts.errors import AppointmentNotFound, BadAnswer
from contracts.models import Appointment, AppointmentStatus, Slot
from contracts.states import ITEM_TRANSITIONS, CancelledBy, ItemState
from gateway.booking import present
from gateway.booking.match_keys import MatchKeys
from gateway.booking.outcomes import as_booked
from gateway.booking.writes import BOOKED
from gateway.catalogue import Catalogue
from gateway.ledger import AppointmentRecord, Ledger
from gateway.sources import Source

_STATES = {
    AppointmentStatus.CONFIRMED: ItemState.CONFIRMED,
    AppointmentStatus.PENDING_APPROVAL: ItemState.PENDING_APPROVAL,
    AppointmentStatus.REJECTED: ItemState.REJECTED,
    AppointmentStatus.CANCELLED: ItemState.CANCELLED,
}


class Refresh:
    """Looks appointments up at their sources. Repair never writes to the vendor."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue, match_keys: MatchKeys) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._match_keys = match_keys

    def is_due(self, record: AppointmentRecord) -> bool:
        """Whether its source has to be asked before it is shown."""
        fresh = present.freshness(record, self._ledger.now()).sync is Sync.FRESH
        return record.state in BOOKED and record.pending is None and not fresh

    async def ask(
        self,
        source: Source,
        citizen_key: str,
        known: Sequence[AppointmentRecord],
        deadline: Deadline,
        *,
        lookup: bool,
    ) -> None:
        """Ask one source about a citizen: with ``lookup`` what it has, and about what is known.

        Raises ``VendorError``.
        """
        seen: set[str] = set()
        match_key = self._match_keys.for_source(source, citizen_key) if lookup else None
        if match_key is not None:
            shown = await source.read(
                lambda adapter, own: adapter.appointments_of(match_key, deadline=own), deadline
            )
            for found in shown:
                seen.add(await self._found(source, citizen_key, found, deadline))
        for record in known:
            # Absence from a list is not a cancellation: ask for it by name.
            if record.source == source.id and record.id not in seen and self.is_due(record):
                await self._verify(source, record, deadline)

    async def _found(
        self, source: Source, citizen_key: str, found: Appointment, deadline: Deadline
    ) -> str:
        """Take in what a source showed; the id it has with us, if any."""
        slot = slot_of(source, found)
        record = await self._ledger.discover(
            AppointmentRecord(
                id=str(uuid.uuid4()),
                visit_id=None,
                position=0,
                citizen_key=citizen_key,
                source=source.id,
                state=_STATES.get(found.status, ItemState.CONFIRMED),
                slot=slot,
                summary=await self._catalogue.summary(source, slot, deadline),
                ref=found.ref,
                cancellable_until=found.cancellable_until,
                last_verified_at=self._ledger.now(),
            )
        )
        if record is None:
            return ""
        if record.state in BOOKED and record.pending is None:
            await self._verified(source, record, found, deadline)
        return record.id

    async def _verify(self, source: Source, record: AppointmentRecord, deadline: Deadline) -> None:
        ref = record.ref
        if ref is None:
            return
        try:
            found = await source.read(
                lambda adapter, own: adapter.appointment(ref, deadline=own), deadline
            )
        except AppointmentNotFound:
            # Asked by its own name and not there: taken away by the authority.
            await self._ledger.change(
                record.id,
                "gone at the source",
                version=record.version,
                state=ItemState.CANCELLED,
                cancelled_by=CancelledBy.AUTHORITY,
                sequence=record.sequence + 1,
                sync=Sync.FRESH,
                last_verified_at=self._ledger.now(),
            )
        else:
            await self._verified(source, record, found, deadline)

    async def _verified(
        self, source: Source, record: AppointmentRecord, found: Appointment, deadline: Deadline
    ) -> None:
        """Keep what the vendor says, unless the appointment was changed here meanwhile."""
        slot = as_booked(record.slot, found)
        changes: dict[str, Any] = {"slot": slot} if slot != record.slot else {}
        if source.location_id(slot.location_id) != record.summary.location.id:
            changes["summary"] = await self._catalogue.summary(source, slot, deadline)
        said = _STATES.get(found.status, record.state)
        state = _following(record.state, said)
        if state is ItemState.CANCELLED:
            changes["cancelled_by"] = CancelledBy.AUTHORITY
        if changes or state is not record.state:
            changes["sequence"] = record.sequence + 1
        await self._ledger.change(
            record.id,
            "verified",
            version=record.version,
            state=state,
            ref=found.ref,
            cancellable_until=found.cancellable_until,
            sync=Sync.FRESH if state is said else Sync.DIVERGED,
            last_verified_at=self._ledger.now(),
            **changes,
        )


def _following(state: ItemState, said: ItemState) -> ItemState:
    """The state after the vendor said so; what cannot follow is shown as diverged."""
    if said is ItemState.REJECTED and state is ItemState.CONFIRMED:
        return ItemState.CANCELLED
    return said if said is state or said in ITEM_TRANSITIONS[state] else state


def slot_of(source: Source, found: Appointment) -> Slot:
    """The slot of an appointment found at a source. Raises ``BadAnswer`` when it is none."""
    if not found.products or found.end <= found.start:
        raise BadAnswer(f"{source.id} shows an appointment without product or length.")
    return Slot(
        location_id=found.location_id,
        start=found.start,
        end=found.end,
        products=found.products,
    )
