"""My appointments: what the ledger knows at once, what is stale asked anew, silence named."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from contracts.adapter import Capability
from contracts.api import (
    Appointments,
    CitizenAppointment,
    Reschedule,
    Sync,
)
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BookingChanged,
    CancellationClosed,
    CapabilityNotSupported,
    InvalidRequest,
    Issue,
    NotOwner,
    ResourceNotFound,
    SlotInPast,
)
from contracts.models import Appointment, AppointmentStatus
from contracts.states import CancelledBy, ItemState, Operation
from gateway.booking import present
from gateway.booking.durable import Durable, patiently
from gateway.booking.match_keys import MatchKeys
from gateway.booking.refusals import error_of
from gateway.booking.workflows import Parts
from gateway.catalogue import Catalogue
from gateway.federation import Answers, ask
from gateway.ledger import AppointmentRecord
from gateway.sources import Source

# How long a list waits for its sources; what has not answered by then is named.
PATIENCE = 3.0
_RESTART = timedelta(seconds=60)

# Dropped choices and refusals are told when they happen; they are no appointments.
_SHOWN = frozenset(
    {
        ItemState.CONFIRMING,
        ItemState.PENDING_APPROVAL,
        ItemState.CONFIRMED,
        ItemState.REJECTED,
        ItemState.CANCELLED,
    }
)
_VERIFIABLE = frozenset({ItemState.CONFIRMED, ItemState.PENDING_APPROVAL})
_STATES = {
    AppointmentStatus.CONFIRMED: ItemState.CONFIRMED,
    AppointmentStatus.PENDING_APPROVAL: ItemState.PENDING_APPROVAL,
    AppointmentStatus.REJECTED: ItemState.REJECTED,
    AppointmentStatus.CANCELLED: ItemState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Change:
    """An appointment after a cancel or a move, and whether that has ended."""

    appointment: CitizenAppointment
    done: bool


class MyAppointments:
    """Lists, reads, cancels and moves the appointments of one citizen at a time."""

    def __init__(
        self,
        parts: Parts,
        catalogue: Catalogue,
        durable: Durable,
        match_keys: MatchKeys,
        patience: float = 8.0,
    ) -> None:
        self._parts = parts
        self._ledger = parts.ledger
        self._sources = parts.sources
        self._catalogue = catalogue
        self._durable = durable
        self._match_keys = match_keys
        self._patience = patience

    async def list(self, citizen_key: str, municipality_ids: Sequence[str] = ()) -> Appointments:
        """The citizen's upcoming appointments, soonest first.

        Sources that hold a stale one are asked about it; those of ``municipality_ids`` (home
        and followed) that can look a citizen up are asked for all. Under one deadline.

        Raises:
            ResourceNotFound: an unknown municipality.
        """
        asked = [self._catalogue.municipality(each).id for each in municipality_ids]
        now = self._ledger.now()
        known = await self._ledger.appointments_of(citizen_key, ending_after=now)
        deadline = Deadline.after(PATIENCE)
        stale = {record.source for record in known if self._is_stale(record)}
        lookup = {
            source.id
            for source in self._sources
            if Capability.APPOINTMENTS_OF in source.capabilities
            and (source.municipality_id in asked or source.id in stale)
        }
        sources = [source for source in self._sources if source.id in stale | lookup]
        answers: Answers[None] = await ask(
            sources,
            lambda source: self._refresh(
                source, citizen_key, known, deadline, lookup=source.id in lookup
            ),
            deadline,
        )
        records = await self._ledger.appointments_of(citizen_key, ending_after=now)
        items = tuple(
            present.appointment(record, self._sources.get(record.source), now)
            for record in records
            if record.state in _SHOWN
        )
        holding = {record.source for record in known}
        return Appointments(
            items=items,
            total=len(items),
            unavailable=answers.unavailable,
            not_asked=sum(source.id not in holding | lookup for source in self._sources),
        )

    async def get(self, citizen_key: str, appointment_id: str) -> CitizenAppointment:
        """One appointment as the ledger knows it.

        Raises:
            ResourceNotFound, NotOwner.
        """
        return self._present(await self.record(citizen_key, appointment_id))

    async def record(self, citizen_key: str, appointment_id: str) -> AppointmentRecord:
        """The ledger's record, its owner checked."""
        record = await self._ledger.appointment(appointment_id)
        if record is None:
            raise ResourceNotFound("There is no such appointment.")
        if record.citizen_key != citizen_key:
            raise NotOwner("This appointment is somebody else's.")
        return record

    async def cancel(self, citizen_key: str, appointment_id: str) -> Change:
        """Cancel; what is cancelled already stays so and is no error.

        Raises:
            CancellationClosed: the source does not allow it (any more).
            BookingChanged: it is being booked or moved at this moment.
            VendorUnavailable: certainly not cancelled; try again.
        """
        record = await self.record(citizen_key, appointment_id)
        if record.state is ItemState.CANCELLED:
            return Change(self._present(record), done=True)
        if record.pending is not None and record.pending.operation is Operation.CANCEL:
            return Change(self._present(record), done=False)
        shown = self._present(record)
        if record.cancellable_until is not None and self._ledger.now() > record.cancellable_until:
            raise CancellationClosed("This can no longer be cancelled online.")
        if not shown.can_cancel:
            raise BookingChanged("This appointment cannot be cancelled now. Read it again.")
        pending = await self._ledger.begin_write(
            record.id, Operation.CANCEL, self._ledger.now() + _RESTART
        )
        if pending is None:
            raise BookingChanged("This appointment is being changed. Read it again in a moment.")
        handle = await self._durable.cancel(pending.workflow, record.id)
        return await self._outcome(citizen_key, record.id, await patiently(handle, self._patience))

    async def reschedule(self, citizen_key: str, appointment_id: str, body: Reschedule) -> Change:
        """Move to another slot of the same source; on any refusal the old time stands.

        Raises:
            CapabilityNotSupported: the source cannot move an appointment in one step.
            InvalidRequest: a slot of another source or for other products.
            SlotTaken, SlotInPast, CancellationClosed, BookingChanged, VendorUnavailable.
        """
        record = await self.record(citizen_key, appointment_id)
        choice = self._parts.slot_ids.open(body.slot_id, "slotId")
        source = self._sources.get(record.source)
        if source is None or Capability.RESCHEDULE not in source.capabilities:
            raise CapabilityNotSupported(
                "This municipality cannot move an appointment. Book a new one, then cancel this."
            )
        if choice.source != record.source or choice.slot.products != record.slot.products:
            issue = Issue(
                type="urn:problem-type:belgif:input-validation:invalidInput",
                name="slotId",
                detail="choose a slot of the same municipality for the same products",
            )
            raise InvalidRequest(issues=(issue,))
        if choice.slot.start <= self._ledger.now():
            raise SlotInPast("This time has passed. Choose another one.")
        if not self._present(record).can_reschedule:
            raise BookingChanged("This appointment cannot be moved now. Read it again.")
        pending = await self._ledger.begin_write(
            record.id, Operation.RESCHEDULE, self._ledger.now() + _RESTART
        )
        if pending is None:
            raise BookingChanged("This appointment is being changed. Read it again in a moment.")
        handle = await self._durable.reschedule(pending.workflow, record.id, body.slot_id)
        return await self._outcome(citizen_key, record.id, await patiently(handle, self._patience))

    async def read_again(self, citizen_key: str, appointment_id: str) -> Change:
        """The answer to a repeated cancel or move."""
        record = await self.record(citizen_key, appointment_id)
        return Change(self._present(record), done=record.pending is None)

    # ------------------------------------------------------------------------------------

    async def _outcome(
        self, citizen_key: str, appointment_id: str, ended: tuple[bool, str | None]
    ) -> Change:
        _, code = ended
        if code is not None:
            raise error_of(code)
        return await self.read_again(citizen_key, appointment_id)

    def _present(self, record: AppointmentRecord) -> CitizenAppointment:
        return present.appointment(record, self._sources.get(record.source), self._ledger.now())

    def _is_stale(self, record: AppointmentRecord) -> bool:
        return (
            record.state in _VERIFIABLE
            and record.pending is None
            and present.freshness(record, self._ledger.now()).sync is not Sync.FRESH
        )

    async def _refresh(
        self,
        source: Source,
        citizen_key: str,
        known: Sequence[AppointmentRecord],
        deadline: Deadline,
        *,
        lookup: bool,
    ) -> None:
        """Bring the ledger up to date with one source."""
        seen: set[str] = set()
        if lookup:
            match_key = self._match_keys.for_source(source, citizen_key)
            if match_key is not None:
                shown = await source.read(
                    lambda adapter, own: adapter.appointments_of(match_key, deadline=own), deadline
                )
                for found in shown:
                    seen.add(await self._found(source, citizen_key, found, deadline))
        for record in known:
            if record.source == source.id and record.id not in seen and self._is_stale(record):
                await self._verify(source, record, deadline)

    async def _found(
        self, source: Source, citizen_key: str, found: Appointment, deadline: Deadline
    ) -> str:
        """Take in what a source showed; the id it has with us."""
        slot = self._catalogue.slot_of(source, found)
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
        if record.state in _VERIFIABLE and record.pending is None:
            await self._verified(record, found)
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
            # Asked by its own name and not there: taken away by the authority. (Missing from
            # a list would not be enough.)
            await self._ledger.change(
                record.id,
                "gone at the source",
                state=ItemState.CANCELLED,
                cancelled_by=CancelledBy.AUTHORITY,
                sequence=record.sequence + 1,
                last_verified_at=self._ledger.now(),
            )
            return
        await self._verified(record, found)

    async def _verified(self, record: AppointmentRecord, found: Appointment) -> None:
        """The vendor is the truth for existence, time and place."""
        state = _STATES.get(found.status, record.state)
        changes: dict[str, Any] = {"last_verified_at": self._ledger.now(), "sync": Sync.FRESH}
        moved = (found.start, found.end) != (record.slot.start, record.slot.end)
        if moved:
            changes["slot"] = record.slot.model_copy(
                update={"start": found.start, "end": found.end}
            )
        if state is ItemState.CANCELLED:
            changes["cancelled_by"] = CancelledBy.AUTHORITY
        if moved or state is not record.state:
            changes["sequence"] = record.sequence + 1
        await self._ledger.change(
            record.id,
            "verified",
            state=state,
            ref=found.ref,
            cancellable_until=found.cancellable_until,
            **changes,
        )
