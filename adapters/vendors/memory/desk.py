"""What staff does outside the gateway: appointments by phone, approvals, cancellations."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.vendors.memory.agenda import Agenda
from adapters.vendors.memory.settings import DeskAppointment, MemorySettings
from adapters.vendors.memory.store import Entry, Store
from contracts.models import (
    AppointmentRef,
    AppointmentStatus,
    MatchKey,
    ProductQuantity,
    Slot,
    SlotQuery,
)


class Desk:
    """The municipality's own side of the system."""

    def __init__(self, settings: MemorySettings, agenda: Agenda, store: Store) -> None:
        self._settings = settings
        self._agenda = agenda
        self._store = store

    def open(self, now: datetime) -> None:
        """Make the appointments that the settings say citizens already have."""
        for citizen in self._settings.citizens:
            key = MatchKey(kind=citizen.kind, value=citizen.value.get_secret_value())
            for wish in citizen.appointments:
                self.book(self._first_free(wish, now), key)

    def book(self, slot: Slot, citizen: MatchKey) -> AppointmentRef:
        """Book without asking for anything but who it is for."""
        self._agenda.claim(slot)
        entry = Entry(
            ref=self._store.next_ref(),
            location_id=slot.location_id,
            start=slot.start,
            end=slot.end,
            products=slot.products,
            references=[],
            status=AppointmentStatus.CONFIRMED,
            citizen=citizen,
        )
        self._store.note(entry)
        return AppointmentRef(vendor_ref=entry.ref)

    def decide(self, ref: AppointmentRef, status: AppointmentStatus) -> None:
        """Approve, reject or cancel, whatever the rules for citizens say."""
        entry = self._store.entries[ref.vendor_ref]
        entry.status = status
        self._store.note(entry)

    def _first_free(self, wish: DeskAppointment, now: datetime) -> Slot:
        day = now.astimezone(self._agenda.zone(wish.location)).date()
        query = SlotQuery(
            location_id=wish.location,
            products=(ProductQuantity(product_id=wish.product, quantity=wish.quantity),),
            first_day=day + timedelta(days=wish.in_days),
            last_day=day + timedelta(days=wish.in_days + 30),
        )
        return next(self._agenda.free(query))
