"""Qmatic Orchestra Calendar, the public API: one call and one mapping per method.

Known from recorded traffic and public clients (docs/vendors/qmatic.md). The API does not check
whose appointment is read or cancelled: who may, the gateway knows.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from adapters import staff_notes
from adapters.http import understood
from adapters.together import together
from adapters.vendors.qmatic import appointments, catalogue, intake, wire
from adapters.vendors.qmatic.calls import Orchestra
from adapters.vendors.qmatic.settings import QmaticSettings
from adapters.wall_clock import first_instant
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    CancellationClosed,
    CapabilityNotSupported,
    HoldExpired,
    OutcomeUnknown,
    ProductsNotCombinable,
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
    Hold,
    IntakeField,
    Location,
    MatchKey,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from contracts.deadline import Deadline

AT_ONCE = 8
"""Days whose times are asked at the same time."""


class QmaticAdapter(BookingAdapter[QmaticSettings]):
    """One municipality's Qmatic Orchestra."""

    Settings: ClassVar[type[BaseModel]] = QmaticSettings

    def __init__(
        self,
        settings: QmaticSettings,
        context: AdapterContext,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, context)
        self._orchestra = Orchestra(settings, transport)
        self._zone = context.zone.key

    async def aclose(self) -> None:
        await self._orchestra.aclose()

    # What there is ------------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        services = await self._orchestra.services(deadline)
        with understood():
            return [catalogue.product(service) for service in services]

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        chosen = _ids(products)
        if chosen:
            catalogue.chosen(await self._orchestra.services(deadline), chosen)
        if len(chosen) == 1:
            return self._locations(await self._orchestra.branches(deadline, chosen[0]))
        everywhere = self._locations(await self._orchestra.branches(deadline))
        if not chosen:
            return everywhere
        offering = {
            branch.branch_public_id
            for branch in await self._orchestra.branch_groups(chosen, deadline)
            if catalogue.go_together(chosen, branch.service_groups)
        }
        if not offering:
            raise ProductsNotCombinable
        return [location for location in everywhere if location.id in offering]

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        everywhere = self._locations(await self._orchestra.branches(deadline))
        location = next((each for each in everywhere if each.id == query.location_id), None)
        if location is None:
            raise ResourceNotFound("It knows no such location.")
        chosen = _ids(query.products)
        services = catalogue.chosen(await self._orchestra.services(deadline, location.id), chosen)
        if len(chosen) > 1:
            groups = await self._orchestra.groups(location.id, chosen, deadline)
            if not catalogue.go_together(chosen, groups):
                raise ProductsNotCombinable
        amounts = appointments.amounts(query.products, services)
        free = await self._free(query, deadline)
        with understood():
            length = catalogue.length(services, _people(query.products))
            zone = ZoneInfo(location.zone)
            slots = [
                Slot(
                    location_id=location.id,
                    start=start,
                    end=start + length,
                    products=query.products,
                    vendor_data={"date": f"{day}", "time": clock, "amounts": amounts},
                )
                for day, clock in free
                if (start := first_instant(datetime.fromisoformat(f"{day}T{clock}"), zone))
                and start >= self.context.now()
            ]
        return sorted(slots, key=lambda slot: slot.start)

    async def _free(self, query: SlotQuery, deadline: Deadline) -> set[tuple[date, str]]:
        """Days and times of day, as the vendor gives them: a call per day that has any."""
        asked = (_ids(query.products), _people(query.products), deadline)

        async def times(day: date) -> list[tuple[date, str]]:
            listed = await self._orchestra.times(query.location_id, day, *asked)
            return [(day, clock) for clock in listed]

        days = await self._orchestra.dates(query.location_id, *asked)
        wanted = {day for day in days if query.first_day <= day <= query.last_day}
        found = await together((times(day) for day in wanted), AT_ONCE)
        return {start for starts in found for start in starts}

    async def intake_fields(
        self,
        products: Sequence[ProductQuantity],  # noqa: ARG002 the same for all
        *,
        deadline: Deadline,  # noqa: ARG002 nobody is asked
    ) -> Sequence[IntakeField]:
        return intake.fields(self.settings.fields)

    # What is booked -----------------------------------------------------------------------

    async def hold(
        self,
        slot: Slot,
        client_reference: str,  # noqa: ARG002 a reservation has no room for it
        *,
        deadline: Deadline,
    ) -> Hold:
        expires_at = self.context.now() + timedelta(seconds=self.settings.hold_seconds)
        kept = await self._orchestra.reserve(
            self._time(slot), _ids(slot.products), _people(slot.products), deadline
        )
        with understood(wrote=True):
            ref = AppointmentRef(vendor_ref=kept.public_id, vendor_state={"reserved": True})
        return Hold(ref=ref, slot=slot, expires_at=expires_at)

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        if hold.expires_at <= self.context.now():
            raise HoldExpired
        whom = self._whom(hold.slot, request)
        try:
            booked = await self._orchestra.confirm(hold.ref.vendor_ref, whom, deadline)
        except (BadAnswer, SlotTaken):
            try:
                found = await self._orchestra.appointment(hold.ref.vendor_ref, deadline)
            except VendorError as error:
                raise OutcomeUnknown(error.detail) from None
            if found is None:
                # Dropped before its time: the slot may be free all the same (docs/adr/0120).
                return await self._anew(hold, request, deadline)
            if staff_notes.reference(found.notes) != request.client_reference:
                raise
            booked = found  # by a copy of this request, which came first (docs/adr/0330)
        return appointments.booked(booked, self._zone, hold.slot, request)

    async def _anew(self, hold: Hold, request: BookingRequest, deadline: Deadline) -> Appointment:
        try:
            return await self.book(hold.slot, request, deadline=deadline)
        except SlotTaken:
            raise HoldExpired from None

    async def release(self, hold: Hold, *, deadline: Deadline) -> None:
        found = await self._find(hold.ref, deadline)
        if found and found.status is AppointmentStatus.HELD:  # it would cancel what is booked, too
            await self._orchestra.delete(hold.ref.vendor_ref, deadline)

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        booked = await self._orchestra.book(
            self._time(slot), _ids(slot.products), self._whom(slot, request), deadline
        )
        return appointments.booked(booked, self._zone, slot, request)

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        if found := await self._find(ref, deadline):
            return found
        if ref.vendor_state.get("reserved"):
            raise BadAnswer("The reservation is gone; it may have been booked under another id.")
        raise AppointmentNotFound("It knows no such appointment.")

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        if found := await self._find(ref, deadline):
            if found.cancellable_until:
                raise CancellationClosed("Appointments for this product are not cancelled online.")
            await self._orchestra.delete(ref.vendor_ref, deadline)
        return ref

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        if citizen.kind != "externalId":
            raise CapabilityNotSupported("It finds citizens by external id only.")
        listed = await self._orchestra.appointments_of(citizen.value, deadline)
        with understood():
            # Once each, also when the same person was written down for several people.
            found = {each.public_id: appointments.appointment(each, self._zone) for each in listed}
        upcoming = (
            each
            for each in found.values()
            if each.status is AppointmentStatus.CONFIRMED and each.end > self.context.now()
        )
        return sorted(upcoming, key=lambda each: each.start)

    # --------------------------------------------------------------------------------------

    def _locations(self, branches: list[wire.Branch]) -> list[Location]:
        with understood():
            return [catalogue.location(branch, self._zone) for branch in branches]

    async def _find(self, ref: AppointmentRef, deadline: Deadline) -> Appointment | None:
        found = await self._orchestra.appointment(ref.vendor_ref, deadline)
        with understood():
            return appointments.appointment(found, self._zone) if found else None

    def _whom(self, slot: Slot, request: BookingRequest) -> dict[str, object]:
        return {
            "title": "Online afspraak",
            "customers": intake.customers(request, self.settings.fields, _people(slot.products)),
            "notes": staff_notes.written(request, f"{slot.vendor_data['amounts']}"),
        }

    def _time(self, slot: Slot) -> wire.FreeTime:
        if slot.start < self.context.now():
            raise SlotInPast("This time has already begun.")
        day, clock = slot.vendor_data["date"], slot.vendor_data["time"]
        return wire.FreeTime(slot.location_id, f"{day}", f"{clock}")


def _ids(products: Sequence[ProductQuantity]) -> list[str]:
    return [product.product_id for product in products]


def _people(products: Sequence[ProductQuantity]) -> int:
    """How many come: everybody is given time for every product."""
    return max(product.quantity for product in products)


Adapter = QmaticAdapter
