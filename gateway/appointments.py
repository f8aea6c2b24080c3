"""My appointments: what the ledger knows at once, what is stale asked anew, silence named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.adapter import Capability
from contracts.api import (
    Appointments,
    CitizenAppointment,
    Reschedule,
    Unavailable,
    UnavailableReason,
)
from contracts.deadline import Deadline
from contracts.errors import (
    BookingChanged,
    CancellationClosed,
    CapabilityNotSupported,
    InvalidRequest,
    Issue,
    NotOwner,
    ResourceNotFound,
    SlotInPast,
    VendorUnavailable,
)
from contracts.states import ItemState, Operation
from gateway.booking import present
from gateway.booking.durable import Durable, patiently
from gateway.booking.refusals import error_of
from gateway.booking.workflows import Parts
from gateway.booking.writes import BOOKED
from gateway.catalogue import Catalogue
from gateway.federation import ask
from gateway.ledger import AppointmentRecord, Refusal
from gateway.refresh import Refresh

# How long a list waits for its sources; what has not answered by then is named.
PATIENCE = 3.0
# When a claimed cancel or move is looked at whose workflow is not seen to begin.
_LOOK_AFTER = timedelta(seconds=60)

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
        refresh: Refresh,
        patience: float = 8.0,
    ) -> None:
        self._parts = parts
        self._ledger = parts.ledger
        self._sources = parts.sources
        self._catalogue = catalogue
        self._durable = durable
        self._refresh = refresh
        self._patience = patience

    async def list(
        self, citizen_key: str, language: str, municipality_ids: Sequence[str] = ()
    ) -> Appointments:
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
        stale = {record.source for record in known if self._refresh.is_due(record)}
        lookup = {
            source.id
            for source in self._sources
            if Capability.APPOINTMENTS_OF in source.capabilities
            and (source.municipality_id in asked or source.id in stale)
        }
        answers = await ask(
            [source for source in self._sources if source.id in stale | lookup],
            lambda source: self._refresh.ask(
                source, citizen_key, known, deadline, lookup=source.id in lookup
            ),
            deadline,
        )
        records = await self._ledger.appointments_of(citizen_key, ending_after=now)
        items = tuple(
            self._present(record, language) for record in records if record.state in _SHOWN
        )
        silent = {each.source: each for each in (*answers.unavailable, *self._gone(records))}
        holding = {record.source for record in known}
        return Appointments(
            items=items,
            total=len(items),
            unavailable=tuple(silent.values()),
            not_asked=sum(source.id not in holding | lookup for source in self._sources),
        )

    async def get(self, citizen_key: str, appointment_id: str, language: str) -> CitizenAppointment:
        """One appointment as the ledger knows it.

        Raises:
            ResourceNotFound, NotOwner.
        """
        record = await self._owned(citizen_key, appointment_id)
        return self._present(record, language)

    async def record(
        self, citizen_key: str, appointment_id: str, language: str
    ) -> AppointmentRecord:
        """The ledger's own record, named in this language. Raises as ``get``."""
        record = await self._owned(citizen_key, appointment_id)
        return self._catalogue.named(record, language)

    async def cancel(self, citizen_key: str, appointment_id: str, language: str) -> Change:
        """Cancel; what is cancelled already stays so and is no error.

        Raises:
            CancellationClosed: the source does not allow it (any more).
            BookingChanged: it is being booked or moved at this moment.
            VendorUnavailable: certainly not cancelled; try again.
        """
        record = await self._owned(citizen_key, appointment_id)
        if _is_cancelled(record):
            return self._change(record, language)
        self._refuse_closed(record)
        source = self._sources.get(record.source)
        if not present.can_cancel(record, source, self._ledger.now()):
            raise BookingChanged
        check_at = self._ledger.now() + _LOOK_AFTER
        pending = await self._ledger.begin_write(record.id, Operation.CANCEL, check_at)
        if pending is None:
            record = await self._owned(citizen_key, appointment_id)
            if not _is_cancelled(record):
                raise BookingChanged
            return self._change(record, language)  # in another window
        handle = await self._durable.cancel(pending.workflow, record.id)
        return self._outcome(
            await patiently(handle, self._patience),
            await self._owned(citizen_key, record.id),
            language,
        )

    async def reschedule(
        self,
        citizen_key: str,
        appointment_id: str,
        body: Reschedule,
        language: str,
        *,
        again: bool = False,
    ) -> Change:
        """Move to another slot of the same source; on any refusal the old time stands.

        ``again``: the same wish came before, and its answer may have been lost.

        Raises:
            CapabilityNotSupported: the source cannot move an appointment in one step.
            InvalidRequest: a slot of another source or for other products.
            SlotTaken, SlotInPast, CancellationClosed, BookingChanged, VendorUnavailable.
        """
        record = await self._owned(citizen_key, appointment_id)
        choice = self._parts.slot_ids.open(body.slot_id, "slotId")
        there = (record.slot.location_id, record.slot.start)
        moved = there == (choice.slot.location_id, choice.slot.start)
        if again and (moved or _is_pending(record, Operation.RESCHEDULE)):
            return self._change(record, language)
        source = self._sources[record.source]
        if Capability.RESCHEDULE not in source.capabilities:
            raise CapabilityNotSupported
        if choice.source != record.source or choice.slot.products != record.slot.products:
            issue = Issue(
                type="urn:problem-type:belgif:input-validation:invalidInput",
                name="slotId",
                detail="choose a slot of the same source for the same products",
            )
            raise InvalidRequest(issues=(issue,))
        if choice.slot.start <= self._ledger.now():
            raise SlotInPast
        self._refuse_closed(record)
        if not present.can_reschedule(record, source, self._ledger.now()):
            raise BookingChanged
        check_at = self._ledger.now() + _LOOK_AFTER
        pending = await self._ledger.begin_write(record.id, Operation.RESCHEDULE, check_at)
        if pending is None:
            raise BookingChanged
        handle = await self._durable.reschedule(pending.workflow, record.id, body.slot_id)
        return self._outcome(
            await patiently(handle, self._patience),
            await self._owned(citizen_key, record.id),
            language,
        )

    async def read_again(self, citizen_key: str, appointment_id: str, language: str) -> Change:
        """The answer to a repeated cancel or move."""
        return self._change(await self._owned(citizen_key, appointment_id), language)

    # ------------------------------------------------------------------------------------

    async def _owned(self, citizen_key: str, appointment_id: str) -> AppointmentRecord:
        record = await self._ledger.appointment(appointment_id)
        if record is None:
            raise ResourceNotFound("There is no such appointment.")
        if record.citizen_key != citizen_key:
            raise NotOwner
        return record

    def _refuse_closed(self, record: AppointmentRecord) -> None:
        if record.state not in BOOKED:
            return
        source = self._sources[record.source]
        until = record.cancellable_until
        if not source.manifest.facts.cancellable or (until and self._ledger.now() > until):
            raise CancellationClosed
        if not source.is_reachable:
            raise VendorUnavailable

    def _outcome(self, code: str | None, record: AppointmentRecord, language: str) -> Change:
        if code is not None:
            raise error_of(Refusal(code=code))
        return self._change(record, language)

    def _change(self, record: AppointmentRecord, language: str) -> Change:
        return Change(self._present(record, language), done=not record.is_busy)

    def _present(self, record: AppointmentRecord, language: str) -> CitizenAppointment:
        named = self._catalogue.named(record, language)
        return present.appointment(named, self._sources.get(record.source), self._ledger.now())

    def _gone(self, records: Sequence[AppointmentRecord]) -> Iterator[Unavailable]:
        """Sources that hold something and cannot be asked: no longer connected, or off."""
        for record in records:
            source = self._sources.get(record.source)
            if record.state in BOOKED and (source is None or not source.is_reachable):
                yield Unavailable(
                    source=record.source,
                    municipality_id=record.summary.municipality_id,
                    municipality=record.summary.municipality,
                    reason=UnavailableReason.SWITCHED_OFF,
                )


def _is_cancelled(record: AppointmentRecord) -> bool:
    """Or being cancelled."""
    return record.state is ItemState.CANCELLED or _is_pending(record, Operation.CANCEL)


def _is_pending(record: AppointmentRecord, operation: Operation) -> bool:
    return record.pending is not None and record.pending.operation is operation
