"""Easy!Appointments: one call and one mapping per method, and a guard around ``book``.

It checks nothing that is sent to it: a time that is taken, past or outside opening hours is
saved all the same. So a booking here is three steps: ask whether the time is still offered,
save, and see whether it may stay (``agenda``, docs/adr/0140).
"""

from __future__ import annotations

import hmac
import re
import zlib
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

import msgspec
from pydantic import BaseModel

from adapters import staff_notes
from adapters.http import understood
from adapters.vendors.easyappointments import agenda, catalogue, customers, intake, times, wire
from adapters.vendors.easyappointments.rest import NotSaved, Rest
from adapters.vendors.easyappointments.settings import EasyAppointmentsSettings
from adapters.wall_clock import first_instant
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    InvalidRequest,
    ResourceNotFound,
    SlotInPast,
    SlotTaken,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    BookingRequest,
    IntakeField,
    Location,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from contracts.deadline import Deadline

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_ABOUT_APPOINTMENTS = frozenset({"appointment_save", "appointment_delete"})


class EasyAppointmentsAdapter(BookingAdapter[EasyAppointmentsSettings]):
    """One municipality's Easy!Appointments.

    Moving is absent though the vendor can change an appointment: it does not check the new
    time either, and while a refused move is put back somebody may have taken the old time.
    """

    Settings: ClassVar[type[BaseModel]] = EasyAppointmentsSettings

    def __init__(
        self,
        settings: EasyAppointmentsSettings,
        context: AdapterContext,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, context)
        self._rest = Rest(settings, transport)

    async def aclose(self) -> None:
        await self._rest.aclose()

    # What there is ------------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        known = await self._catalogue(deadline)
        with understood():
            return known.products()

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        known = await self._catalogue(deadline)
        service = known.chosen(products) if products else None
        with understood():
            return [known.location(service)] if service else known.locations()

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        known = await self._catalogue(deadline)
        service = known.chosen(query.products)
        if query.location_id != known.location_of(service):
            raise ResourceNotFound("This product is not handled at this location.")
        now, zone = self.context.now(), self.context.zone
        furthest = now.astimezone(zone).date() + timedelta(days=self.settings.days_ahead)
        last = min(query.last_day, furthest)
        begin = datetime.combine(query.first_day, time(), zone)
        end = datetime.combine(last + timedelta(days=1), time(), zone)
        zones = {provider: known.zones[provider] for provider in known.offering(service)}
        free = await times.free(self._rest, service, zones, (max(begin, now), end), deadline)
        length = timedelta(minutes=service.duration)
        with understood():
            return [
                Slot(
                    location_id=query.location_id,
                    start=start,
                    end=start + length,
                    products=query.products,
                    vendor_data={"providers": [*sorted(free[start])]},
                )
                for start in sorted(free)
            ]

    async def intake_fields(
        self,
        products: Sequence[ProductQuantity],  # noqa: ARG002 the same for all
        *,
        deadline: Deadline,  # noqa: ARG002 nobody is asked
    ) -> Sequence[IntakeField]:
        return intake.fields(self.settings.required)

    # What is booked -----------------------------------------------------------------------

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        if slot.start < self.context.now():
            raise SlotInPast("This time has already begun.")
        contact = intake.customer(request.booker, self.settings.required)
        contact |= {
            "timezone": self.context.zone.key,
            "language": intake.LANGUAGES[request.language],
        }
        known = await self._catalogue(deadline)
        service = known.chosen(slot.products)
        customer: wire.Customer | None = None
        for provider in _candidates(slot, known.offering(service), request.client_reference):
            begin = slot.start.astimezone(known.zones[provider]).replace(tzinfo=None)
            offered = await self._rest.times(provider, service.id, begin.date(), deadline)
            if f"{begin:%H:%M}" not in offered:
                continue
            customer = customer or await customers.customer(self._rest, contact, deadline)
            booking = {
                "start": f"{begin:%Y-%m-%d %H:%M:%S}",
                "end": f"{begin + (slot.end - slot.start):%Y-%m-%d %H:%M:%S}",
                "customerId": customer.id,
                "providerId": provider,
                "serviceId": service.id,
                "notes": intake.notes(request, customer),
            }
            booked = await self._save(booking, deadline)
            if kept := await agenda.kept(self._rest, booked, service, deadline):
                with understood(wrote=True):
                    return self._appointment(kept, known)
        raise SlotTaken

    async def _save(self, booking: Mapping[str, object], deadline: Deadline) -> wire.Appointment:
        try:
            return await self._rest.create("appointments", booking, wire.Appointment, deadline)
        except NotSaved as refused:
            raise BadAnswer("It refused the booking.", vendor_code=refused.complaint) from None

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        """Look around the slot, then everywhere: staff may have moved it.

        A booking that was cut short before it was judged is judged now: it may be one too
        many, and is deleted then.
        """
        known = await self._catalogue(deadline)
        day = near.start.astimezone(self.context.zone).date()
        listed = await self._rest.agenda(day, deadline)
        if not (booked := _ours(client_reference, listed)):
            listed = await self._rest.search(client_reference, deadline)
            booked = _ours(client_reference, listed)
        if booked is None:
            return None
        with understood():
            appointment = self._appointment(booked, known)
            service = known.services[booked.service_id or 0]
        if appointment.start != near.start:
            return appointment
        kept = await agenda.kept(self._rest, booked, service, deadline)
        with understood():
            return self._appointment(kept, known) if kept else None

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        booked = await self._booked(ref, deadline)
        known = await self._catalogue(deadline)
        with understood():
            return self._appointment(booked, known)

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        try:
            booked = await self._booked(ref, deadline)
        except AppointmentNotFound:
            return ref  # gone already, or never there
        await self._rest.delete(booked.id, deadline)
        return ref

    async def _booked(self, ref: AppointmentRef, deadline: Deadline) -> wire.Appointment:
        """The row of a reference, while it is still the same appointment.

        Under MySQL before 8 the number of a deleted row is given out again after a restart.
        """
        if not _NUMBER.fullmatch(ref.vendor_ref):
            raise AppointmentNotFound("It gives no such references.")
        booked = await self._rest.appointment(int(ref.vendor_ref), deadline)
        if ref.vendor_state.get("book", booked.book) != booked.book:
            raise AppointmentNotFound("It has another appointment under that number.")
        return booked

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        """Webhooks are not signed: a token proves who sends, not what; the rest is read anew."""
        token = self.settings.webhook_token
        given = next((text for name, text in headers.items() if name.lower() == "x-ea-token"), "")
        if token is None or not hmac.compare_digest(
            given.encode(errors="replace"), token.get_secret_value().encode()
        ):
            raise InvalidRequest("It does not carry the token agreed for webhooks.")
        try:
            told = msgspec.json.decode(body, type=wire.Notified)
            if told.action not in _ABOUT_APPOINTMENTS:
                return []
            about = msgspec.json.decode(told.payload, type=wire.NotifiedAppointment)
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise InvalidRequest("It is no notification of Easy!Appointments.") from None
        state = {"book": about.book_datetime}
        return [AppointmentRef(vendor_ref=str(about.id), vendor_state={**state})]

    # How it is told -----------------------------------------------------------------------

    async def _catalogue(self, deadline: Deadline) -> catalogue.Catalogue:
        return await catalogue.read(self._rest, self.settings.location, self.context.zone, deadline)

    def _appointment(self, booked: wire.Appointment, known: catalogue.Catalogue) -> Appointment:
        """Raises ``LookupError`` or ``ValueError`` where it makes no sense."""
        service = known.services[booked.service_id or 0]
        start = first_instant(booked.start, known.zones[booked.provider_id or 0])
        if start is None:
            raise ValueError(booked.start)
        return Appointment(
            ref=AppointmentRef(vendor_ref=str(booked.id), vendor_state={"book": booked.book}),
            status=AppointmentStatus.CONFIRMED,
            location_id=known.location_of(service),
            start=start,
            end=start + (booked.end - booked.start),
            products=(ProductQuantity(product_id=str(service.id)),),
            client_reference=staff_notes.reference(booked.notes),
        )


def _candidates(slot: Slot, offering: Sequence[int], client_reference: str) -> Sequence[int]:
    """Who was free when the slot was offered; each booking begins with another of them.

    Else all who want one popular time would race for the same counter, and the citizen is
    mailed about each booking that is undone.
    """
    free = slot.vendor_data.get("providers")
    found = [provider for provider in offering if isinstance(free, list) and provider in free]
    turn = zlib.crc32(client_reference.encode()) % max(len(found), 1)
    return found[turn:] + found[:turn]


def _ours(client_reference: str, listed: Sequence[wire.Appointment]) -> wire.Appointment | None:
    own = (each for each in listed if staff_notes.reference(each.notes) == client_reference)
    return next(own, None)


Adapter = EasyAppointmentsAdapter
