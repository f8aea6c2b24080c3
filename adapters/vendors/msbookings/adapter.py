"""Microsoft Bookings: one mapping per method, free times worked out, and a guard around ``book``.

Graph tells when staff is free and under which rules a service is booked, never which times
that leaves (docs/adr/0160). It takes bookings of a time that is taken, so each is judged after
it was saved (docs/adr/0161). No hold, no lookup by citizen; a move would be no single step.
"""

from __future__ import annotations

import zlib
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel

from adapters import offers, staff_notes
from adapters.http import understood
from adapters.vendors.msbookings import intake
from adapters.vendors.msbookings.agenda import Entry, settled
from adapters.vendors.msbookings.catalogue import MAIN, Catalogue
from adapters.vendors.msbookings.graph import Graph
from adapters.vendors.msbookings.opening import Span, covers
from adapters.vendors.msbookings.settings import MsBookingsSettings
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.errors import (
    CancellationClosed,
    OutcomeUnknown,
    OutsideBookingWindow,
    ResourceNotFound,
    SlotInPast,
    SlotTaken,
    VendorError,
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
    from collections.abc import Sequence

    import httpx

    from adapters.vendors.msbookings import wire
    from contracts.deadline import Deadline

AROUND = timedelta(hours=4)
"""How far from an appointment another one is looked for whose buffers reach it."""


class MsBookingsAdapter(BookingAdapter[MsBookingsSettings]):
    """One booking business."""

    Settings: ClassVar[type[BaseModel]] = MsBookingsSettings

    def __init__(
        self,
        settings: MsBookingsSettings,
        context: AdapterContext,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, context)
        self._graph = Graph(settings, transport)

    async def aclose(self) -> None:
        await self._graph.aclose()

    # What there is ------------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        catalogue = await self._catalogue(deadline)
        with understood():
            return catalogue.products()

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        catalogue = await self._catalogue(deadline)
        with understood():
            return catalogue.locations(products)

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        catalogue = await self._catalogue(deadline)
        service = catalogue.chosen(query.products)
        with understood():
            if query.location_id != catalogue.location(service).id:
                raise ResourceNotFound("This product is not handled at this location.")
        free = await self._free(catalogue, service, (query.first_day, query.last_day), deadline)
        with understood():
            return offers.slots(query, free, service.default_duration, self.context.now())

    async def intake_fields(
        self, products: Sequence[ProductQuantity], *, deadline: Deadline
    ) -> Sequence[IntakeField]:
        service = (await self._catalogue(deadline)).chosen(products)
        return intake.fields(service, await self._graph.questions(service, deadline))

    async def _catalogue(self, deadline: Deadline) -> Catalogue:
        business = await self._graph.business(deadline)
        return Catalogue(business, await self._graph.services(deadline), self.context.zone)

    async def _free(
        self,
        catalogue: Catalogue,
        service: wire.Service,
        days: tuple[date, date],
        deadline: Deadline,
    ) -> dict[datetime, list[str]]:
        """The starts on these days, each with the staff that is free for it."""
        now, zone = self.context.now(), self.context.zone
        with understood():
            starts = catalogue.starts(service, days, now)
        if not starts:
            return {}
        first, last = min(starts).astimezone(zone).date(), max(starts).astimezone(zone).date()
        staff = service.staff_member_ids or []
        free = await self._graph.availability(staff, self._midnights(first, last), deadline)
        able = {
            start: [each for each in staff if covers(free[each], *_taken_by(service, start))]
            for start in starts
        }
        return {start: who for start, who in able.items() if who}

    def _midnights(self, first: date, last: date) -> Span:
        """From the beginning of the first day to the end of the last."""
        zone = self.context.zone
        end = last + timedelta(days=1)
        return datetime.combine(first, time(), zone), datetime.combine(end, time(), zone)

    # What is booked -----------------------------------------------------------------------

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        if slot.start < self.context.now():
            raise SlotInPast("This time has already begun.")
        catalogue = await self._catalogue(deadline)
        service = catalogue.chosen(slot.products)
        questions = await self._graph.questions(service, deadline)
        customer = intake.customer(request, service, questions, self.context.zone.key)
        staff = await self._staff_for(slot, catalogue, service, deadline)
        span = _taken_by(service, slot.start)
        agenda: Sequence[Entry] = await self._graph.agenda(_around(span), deadline)
        for each in _in_turn(staff, request.client_reference):
            if any(other.clashes_with([each], span) for other in agenda):
                continue  # whatever the availability says
            if service.maximum_attendees_count > 1 and "customerId" not in customer:
                listed = intake.listed_customer(request)
                customer["customerId"] = await self._graph.add_customer(listed, deadline)
            body = intake.appointment(slot, request, customer, each)
            booked = await self._graph.create(body, deadline)
            kept, agenda = await self._judge(booked, request.client_reference, deadline)
            if kept:
                with understood(wrote=True):
                    return self._appointment(kept, catalogue)
        raise SlotTaken

    async def _staff_for(
        self, slot: Slot, catalogue: Catalogue, service: wire.Service, deadline: Deadline
    ) -> Sequence[str]:
        """Who can take the slot now, by the same rules as when it was offered."""
        with understood():
            policy = catalogue.policy(service)
        if not policy.lead <= slot.start - self.context.now() <= policy.advance:
            raise OutsideBookingWindow("It takes no bookings for this time now.")
        if slot.end - slot.start != service.default_duration:
            raise SlotTaken("This takes another time now.")
        day = slot.start.astimezone(self.context.zone).date()
        return (await self._free(catalogue, service, (day, day), deadline)).get(slot.start, [])

    async def _judge(
        self, booked: Entry, reference: str, deadline: Deadline
    ) -> tuple[Entry | None, Sequence[Entry]]:
        """What may stay of a booking that was saved, and what else there is around it.

        The rest has been deleted again: all of it, or a copy that the network delivered.

        Raises:
            OutcomeUnknown: it was saved; whether it stays or is gone is not known.
        """
        try:
            agenda = await self._graph.agenda(_around(booked.busy), deadline)
            alike = [other for other in agenda if other.looks_like(booked)]
            copies = await self._graph.under(reference, alike, deadline)
            kept, surplus = settled([booked, *copies], agenda)
            for each in surplus:
                await self._graph.delete(each.id, deadline)
        except VendorError as error:
            raise OutcomeUnknown(error.detail) from None
        return kept, agenda

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        booked = await self._graph.appointment(ref.vendor_ref, deadline)
        catalogue = await self._catalogue(deadline)
        with understood():
            return self._appointment(booked, catalogue)

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        """Delete it: the call that cancels is not for applications."""
        until = ref.vendor_state.get("cancellableUntil")
        if isinstance(until, str) and datetime.fromisoformat(until) < self.context.now():
            raise CancellationClosed("It asks to cancel earlier than this.")
        await self._graph.delete(ref.vendor_ref, deadline)
        return ref

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        """Read the notes of the same service's appointments on that day, the slot's own first.

        A booking that was cut short before it was judged is judged now: until then it may be
        one too many.
        """
        day = near.start.astimezone(self.context.zone).date()
        agenda = await self._graph.agenda(self._midnights(day, day), deadline)
        same = [entry for entry in agenda if entry.service_id == near.products[0].product_id]
        same.sort(key=lambda entry: entry.start != near.start)
        booked = next(iter(await self._graph.under(client_reference, same, deadline)), None)
        if booked and booked.start == near.start:
            booked, _ = await self._judge(booked, client_reference, deadline)
        if booked is None:
            return None
        catalogue = await self._catalogue(deadline)
        with understood():
            return self._appointment(booked, catalogue)

    def _appointment(self, booked: Entry, catalogue: Catalogue) -> Appointment:
        service = catalogue.services.get(booked.service_id)
        lead = catalogue.policy(service).lead if service else timedelta(0)
        until = booked.start - lead if lead else None
        return Appointment(
            ref=AppointmentRef(
                vendor_ref=booked.id,
                vendor_state={"cancellableUntil": until.isoformat()} if until else {},
            ),
            status=AppointmentStatus.CONFIRMED,
            location_id=catalogue.location(service).id if service else MAIN,
            start=booked.start,
            end=booked.end,
            products=(ProductQuantity(product_id=booked.service_id, quantity=booked.quantity),),
            client_reference=staff_notes.reference(booked.notes),
            cancellable_until=until,
        )


def _taken_by(service: wire.Service, start: datetime) -> Span:
    """The time that an appointment takes of its staff."""
    return start - service.pre_buffer, start + service.default_duration + service.post_buffer


def _around(span: Span) -> Span:
    return span[0] - AROUND, span[1] + AROUND


def _in_turn(staff: Sequence[str], client_reference: str) -> Sequence[str]:
    """The same staff; each booking begins with another of them.

    Else all who want one popular time would race for the first, and each loser's booking is
    mailed before it is undone.
    """
    turn = zlib.crc32(client_reference.encode()) % max(len(staff), 1)
    return [*staff[turn:], *staff[:turn]]


Adapter = MsBookingsAdapter
