"""The reference adapter: all of the contract, deterministic, in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as keyed_digest
from typing import ClassVar

from pydantic import BaseModel

from adapters.vendors.memory.agenda import Agenda
from adapters.vendors.memory.desk import Desk
from adapters.vendors.memory.faults import Faults
from adapters.vendors.memory.intake import check
from adapters.vendors.memory.settings import MemorySettings
from adapters.vendors.memory.store import Entry, Store
from adapters.wall_clock import in_zone
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    CancellationClosed,
    HoldExpired,
    InvalidRequest,
    SlotHeldByOther,
    SlotTaken,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    BookingRequest,
    Changes,
    Hold,
    IntakeField,
    Location,
    MatchKey,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)

SIGNATURE_HEADER = "x-memory-signature"
_PAGE = 100


class MemoryAdapter(BookingAdapter[MemorySettings]):
    """An appointment system in this process, with every capability.

    Attributes:
        store: what it remembers; give it to another adapter to imitate a second process.
        desk: what its staff does.
        faults: what goes wrong on the way to it.
    """

    Settings: ClassVar[type[BaseModel]] = MemorySettings

    def __init__(
        self, settings: MemorySettings, context: AdapterContext, *, store: Store | None = None
    ) -> None:
        """Open the counters; an own store starts with the appointments from the settings."""
        super().__init__(settings, context)
        self.faults = Faults()
        self.store = store or Store(settings.seed)
        self.agenda = Agenda(settings, context.zone, context.now, self.store)
        self.desk = Desk(settings, self.agenda, self.store)
        if store is None:
            self.desk.open(context.now())

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        products = [
            Product(
                id=product.id,
                name=product.name,
                description=product.description,
                bring=product.bring,
                duration=timedelta(minutes=product.minutes),
                max_quantity=product.max_quantity,
                approval=product.approval,
            )
            for product in self.settings.products
        ]
        return await self.faults.run("products", lambda: products, deadline)

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        def work() -> Sequence[Location]:
            return [
                Location(
                    id=place.id,
                    name=place.name,
                    zone=self.agenda.zone(place.id).key,
                    address=place.address,
                    telephone=place.telephone,
                )
                for place in self.agenda.places(products)
            ]

        return await self.faults.run("locations", work, deadline)

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        return await self.faults.run("slots", lambda: list(self.agenda.free(query)), deadline)

    async def intake_fields(
        self, products: Sequence[ProductQuantity], *, deadline: Deadline
    ) -> Sequence[IntakeField]:
        return await self.faults.run("intake_fields", lambda: self._fields(products), deadline)

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        made: list[Entry] = []

        def work() -> Appointment:
            self.agenda.claim(slot)
            check(self._fields(slot.products), request)
            made.append(self._enter(slot, request.client_reference))
            return self._settle(made[-1], request)

        try:
            booked = await self.faults.run("book", work, deadline)
        except (SlotTaken, SlotHeldByOther):
            if not made:
                raise
            return self._appointment(made[0])  # by a copy of this request, which came first
        self._undo(entry for entry in made if entry.ref != booked.ref.vendor_ref)
        return booked

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        def work() -> Hold:
            self.agenda.claim(slot)
            entry = self._enter(slot, client_reference)
            return self._keep(entry)

        return await self.faults.run("hold", work, deadline)

    async def extend(self, hold: Hold, *, deadline: Deadline) -> Hold:
        return await self.faults.run("extend", lambda: self._keep(self._held(hold)), deadline)

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        made: list[Appointment] = []

        def work() -> Appointment:
            entry = self._held(hold)
            check(self._fields(entry.products), request)
            entry.references.append(request.client_reference)
            made.append(self._settle(entry, request))
            return made[-1]

        try:
            return await self.faults.run("confirm", work, deadline)
        except HoldExpired:
            if not made:
                raise
            return made[0]  # by a copy of this request, which came first

    async def release(self, hold: Hold, *, deadline: Deadline) -> None:
        def work() -> None:
            entry = self.store.entries.get(hold.ref.vendor_ref)
            if entry is not None and entry.status is None:
                del self.store.entries[entry.ref]

        await self.faults.run("release", work, deadline)

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        return await self.faults.run(
            "appointment", lambda: self._appointment(self._entry(ref)), deadline
        )

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        def work() -> AppointmentRef:
            entry = self.store.entries.get(ref.vendor_ref)
            if entry is None or not entry.stands():
                return ref
            self._check_changeable(entry)
            self._undo([entry])
            return self._ref(entry)

        return await self.faults.run("cancel", work, deadline)

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        def work() -> Appointment:
            entry = self._entry(ref)
            self._check_changeable(entry)
            self.agenda.claim(slot, moving=entry)
            entry.location_id, entry.products = slot.location_id, slot.products
            entry.start, entry.end = slot.start, slot.end
            entry.references.append(client_reference)
            self.store.note(entry)
            return self._appointment(entry)

        return await self.faults.run("reschedule", work, deadline)

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        del near  # the store finds a reference without it

        def work() -> Appointment | None:
            return next(
                (
                    self._appointment(entry)
                    for entry in self.store.entries.values()
                    if entry.status is not None and client_reference in entry.references
                ),
                None,
            )

        return await self.faults.run("find_by_client_reference", work, deadline)

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        def work() -> Sequence[Appointment]:
            now = self.context.now()
            found = [
                self._appointment(entry)
                for entry in self.store.entries.values()
                if entry.citizen == citizen and entry.stands() and entry.end > now
            ]
            return sorted(found, key=lambda appointment: appointment.start)

        return await self.faults.run("appointments_of", work, deadline)

    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        def work() -> Changes:
            log = self.store.log
            if cursor is None:
                return Changes(items=(), cursor=str(len(log)))
            if not cursor.isdecimal() or int(cursor) > len(log):
                raise InvalidRequest("This cursor was not given out here.")
            seen = int(cursor)
            page = log[seen : seen + _PAGE]
            items = tuple(self._appointment(self.store.entries[ref]) for ref in dict.fromkeys(page))
            until = seen + len(page)
            return Changes(items=items, cursor=str(until), more=until < len(log))

        return await self.faults.run("changes", work, deadline)

    def standing(self) -> list[tuple[str, datetime]]:
        """Every appointment that will take place; see ``adapters.rehearsal``."""
        return [(entry.ref, entry.start) for entry in self.store.entries.values() if entry.stands()]

    def notification(self, *refs: AppointmentRef) -> tuple[Mapping[str, str], bytes]:
        """Headers and body as the system would post them after these appointments changed."""
        body = json.dumps({"changed": [ref.vendor_ref for ref in refs]}).encode()
        return {SIGNATURE_HEADER: self._signature(body)}, body

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        given = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE_HEADER, "")
        if not compare_digest(given.encode(), self._signature(body).encode()):
            raise InvalidRequest("The notification is not signed as agreed.")
        refs = json.loads(body)["changed"]
        known = self.store.entries
        return [self._ref(known[name]) for name in refs if name in known]

    # ------------------------------------------------------------------------------------

    def _fields(self, products: Sequence[ProductQuantity]) -> Sequence[IntakeField]:
        questions = [q for product in self.agenda.chosen(products) for q in product.questions]
        return [*self.settings.contact, *questions]

    def _enter(self, slot: Slot, client_reference: str) -> Entry:
        return Entry(
            ref=self.store.next_ref(),
            location_id=slot.location_id,
            start=slot.start,
            end=slot.end,
            products=slot.products,
            references=[client_reference],
        )

    def _keep(self, entry: Entry) -> Hold:
        entry.held_until = self.context.now() + timedelta(seconds=self.settings.hold_seconds)
        self.store.note(entry)
        slot = Slot(
            location_id=entry.location_id,
            start=entry.start,
            end=entry.end,
            products=entry.products,
        )
        return Hold(ref=self._ref(entry), slot=slot, expires_at=entry.held_until)

    def _settle(self, entry: Entry, request: BookingRequest) -> Appointment:
        approval = any(product.approval for product in self.agenda.chosen(entry.products))
        entry.status = (
            AppointmentStatus.PENDING_APPROVAL if approval else AppointmentStatus.CONFIRMED
        )
        entry.request, entry.citizen = request, request.match_key
        self.store.note(entry)
        return self._appointment(entry)

    def _undo(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            entry.status = AppointmentStatus.CANCELLED
            self.store.note(entry)

    def _held(self, hold: Hold) -> Entry:
        entry = self.store.entries.get(hold.ref.vendor_ref)
        if entry is None or not entry.is_held(self.context.now()):
            raise HoldExpired("This time is no longer kept.")
        return entry

    def _entry(self, ref: AppointmentRef) -> Entry:
        entry = self.store.entries.get(ref.vendor_ref)
        if entry is None or entry.status is None:
            raise AppointmentNotFound("There is no such appointment.")
        return entry

    def _check_changeable(self, entry: Entry) -> None:
        if not entry.stands() or self.context.now() > self._changeable_until(entry):
            raise CancellationClosed("This appointment can no longer be changed online.")

    def _changeable_until(self, entry: Entry) -> datetime:
        return entry.start - timedelta(hours=self.settings.cancel_until_hours)

    def _ref(self, entry: Entry) -> AppointmentRef:
        return AppointmentRef(vendor_ref=entry.ref, vendor_state={"revision": entry.revision})

    def _appointment(self, entry: Entry) -> Appointment:
        assert entry.status is not None  # noqa: S101 only appointments get here, never holds
        zone = self.agenda.zone(entry.location_id)
        return Appointment(
            ref=self._ref(entry),
            status=entry.status,
            location_id=entry.location_id,
            start=in_zone(entry.start, zone),
            end=in_zone(entry.end, zone),
            products=entry.products,
            client_reference=entry.references[-1] if entry.references else None,
            cancellable_until=in_zone(self._changeable_until(entry), zone),
        )

    def _signature(self, body: bytes) -> str:
        secret = self.settings.webhook_secret
        if secret is None:
            raise InvalidRequest("This source accepts no notifications.")
        return keyed_digest(secret.get_secret_value().encode(), body, sha256).hex()


Adapter = MemoryAdapter
