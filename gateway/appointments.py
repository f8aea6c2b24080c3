"""My appointments: what the ledger knows at once, what is stale asked anew, silence named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.adapter import Capability
from contracts.api import (
    Appointments,
    CitizenAppointment,
    Unavailable,
    UnavailableReason,
)
from contracts.deadline import Deadline
from contracts.errors import (
    NotOwner,
    ResourceNotFound,
)
from contracts.states import ItemState, Operation
from gateway.booking import present
from gateway.booking.writes import BOOKED
from gateway.catalogue import Catalogue
from gateway.federation import ask
from gateway.ledger import AppointmentRecord, Ledger
from gateway.refresh import Refresh
from gateway.sources import Sources

# How long a list waits for its sources; what has not answered by then is named.
PATIENCE = 3.0

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
    """Lists and reads the appointments of one citizen at a time."""

    def __init__(
        self, ledger: Ledger, sources: Sources, catalogue: Catalogue, refresh: Refresh
    ) -> None:
        self._ledger = ledger
        self._sources = sources
        self._catalogue = catalogue
        self._refresh = refresh

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
        items = tuple(self._present(record, language) for record in records if _is_shown(record))
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
        record = await self.owned(citizen_key, appointment_id)
        return self._present(record, language)

    async def record(
        self, citizen_key: str, appointment_id: str, language: str
    ) -> AppointmentRecord:
        """The ledger's own record, named in this language. Raises as ``get``."""
        record = await self.owned(citizen_key, appointment_id)
        return self._catalogue.named(record, language)

    async def read_again(self, citizen_key: str, appointment_id: str, language: str) -> Change:
        """The answer to a repeated cancel or move."""
        return self.change(await self.owned(citizen_key, appointment_id), language)

    async def owned(self, citizen_key: str, appointment_id: str) -> AppointmentRecord:
        """The ledger's own record. Raises as ``get``."""
        record = await self._ledger.appointment(appointment_id)
        if record is None:
            raise ResourceNotFound("There is no such appointment.")
        if record.citizen_key != citizen_key:
            raise NotOwner
        return record

    def change(self, record: AppointmentRecord, language: str) -> Change:
        """How it stands after a cancel or a move."""
        return Change(self._present(record, language), done=not record.is_busy)

    # ------------------------------------------------------------------------------------

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


def is_pending(record: AppointmentRecord, operation: Operation) -> bool:
    """Whether this has not ended."""
    return record.pending is not None and record.pending.operation is operation


def _is_shown(record: AppointmentRecord) -> bool:
    """Whether it is an appointment to its citizen.

    Of a move that books anew the old booking is, as long as it stands; the new one is shown
    as that of the appointment that moves.
    """
    if record.replaces is not None:
        return False
    if record.replaced_by is not None:
        return record.state is ItemState.CONFIRMED
    if record.state is ItemState.FAILED:
        # A refusal was told when it came; not so what was unknown and turned out not to be booked.
        return record.last_verified_at is not None
    if record.state is ItemState.CANCELLED:
        # Not a choice that was given up before it was booked: that has neither name nor history.
        return record.ref is not None or record.sequence > 0
    return record.state in _SHOWN
