"""Acme for Afsprakenpoort: one call and one mapping for each method."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

from adapters import offers, staff_notes
from adapters.http import BaseUrl, VendorClient, decode, understood
from adapters.once import once, only
from adapters.wall_clock import first_instant
from afsprakenpoort_acme import wire
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    BookingError,
    CancellationClosed,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
    SlotInPast,
    SlotTaken,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    BookingRequest,
    Location,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)

OK, CREATED, NO_CONTENT, REFUSED = 200, 201, 204, 400

REFUSALS: dict[str, type[BookingError]] = {
    "unknownService": ResourceNotFound,
    "unknownSite": ResourceNotFound,
    "unknownBooking": AppointmentNotFound,
    "tooManyPersons": QuantityExceeded,
    "taken": SlotTaken,
    "begun": SlotInPast,
    "tooLate": CancellationClosed,
}
"""What the vendor's refusals mean."""


class AcmeSettings(BaseModel):
    """What a municipality fills in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: BaseUrl
    api_key: SecretStr


class AcmeAdapter(BookingAdapter[AcmeSettings]):
    """One municipality's Acme."""

    Settings: ClassVar[type[BaseModel]] = AcmeSettings

    def __init__(
        self,
        settings: AcmeSettings,
        context: AdapterContext,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, context)
        key = settings.api_key.get_secret_value()
        self._client = VendorClient(
            settings.base_url, headers={"X-Api-Key": key}, transport=transport
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    # What there is ------------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        response = await self._client.read("GET", "services", deadline=deadline)
        with understood():
            return [
                Product(id=each.code, name=each.title, max_quantity=each.most)
                for each in decode(response, list[wire.Service])
            ]

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        if len(products) > 1:
            raise ProductsNotCombinable("One service in one booking.")
        params = {"service": products[0].product_id} if products else {}
        response = await self._client.read(
            "GET", "sites", params=params, deadline=deadline, ok=(OK, REFUSED)
        )
        _accepted(response)
        with understood():
            return [
                Location(id=each.code, name=each.title, zone=self.context.zone.key)
                for each in decode(response, list[wire.Site])
            ]

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        product, *others = query.products
        if others:
            raise ProductsNotCombinable("One service in one booking.")
        params = {
            "site": query.location_id,
            "service": product.product_id,
            "persons": product.quantity,
            "from": query.first_day.isoformat(),
            "to": query.last_day.isoformat(),
        }
        response = await self._client.read(
            "GET", "openings", params=params, deadline=deadline, ok=(OK, REFUSED)
        )
        _accepted(response)
        with understood():
            free = decode(response, wire.Openings)
            starts = [first_instant(start, self.context.zone) for start in free.starts]
            length = timedelta(minutes=free.minutes)
            return offers.slots(query, starts, length, self.context.now())

    # What is booked -----------------------------------------------------------------------

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        reference = request.client_reference
        # Delivered twice by a proxy in between, it is still one booking.
        return await once(
            self._book(slot, request, deadline),
            slot,
            lambda: self.find_by_client_reference(reference, near=slot, deadline=deadline),
        )

    async def _book(self, slot: Slot, request: BookingRequest, deadline: Deadline) -> Appointment:
        (product,) = slot.products
        start = slot.start.astimezone(self.context.zone)
        body = {
            "site": slot.location_id,
            "service": product.product_id,
            "persons": product.quantity,
            "start": start.replace(tzinfo=None).isoformat(),
            "reference": request.client_reference,
            "name": staff_notes.name(request.attendee or request.booker),
            "email": request.booker.email,
        }
        response = await self._client.write(
            "POST", "bookings", json=body, deadline=deadline, ok=(CREATED, REFUSED)
        )
        _accepted(response)
        with understood(wrote=True):
            return self._appointment(decode(response, wire.Booking))

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        response = await self._client.read("GET", _path(ref), deadline=deadline, ok=(OK, REFUSED))
        _accepted(response)
        with understood():
            return self._appointment(decode(response, wire.Booking))

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        response = await self._client.write(
            "DELETE", _path(ref), deadline=deadline, ok=(NO_CONTENT, REFUSED)
        )
        with suppress(AppointmentNotFound):  # what is gone needs no cancelling
            _accepted(response)
        return ref

    # What this vendor can do beyond the core ------------------------------------------------

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        del near  # the reference is enough
        params = {"reference": client_reference}
        response = await self._client.read("GET", "bookings", params=params, deadline=deadline)
        with understood():
            found = decode(response, list[wire.Booking])
            ours = [self._appointment(e) for e in found if e.reference == client_reference]
        return await only(ours, lambda ref: self.cancel(ref, deadline=deadline))

    def _appointment(self, booking: wire.Booking) -> Appointment:
        start = _instant(booking.start, self.context)
        booked = booking.state == "booked"
        return Appointment(
            ref=AppointmentRef(vendor_ref=booking.number),
            status=AppointmentStatus.CONFIRMED if booked else AppointmentStatus.CANCELLED,
            location_id=booking.site,
            start=start,
            end=start + timedelta(minutes=booking.minutes),
            products=(ProductQuantity(product_id=booking.service, quantity=booking.persons),),
            client_reference=booking.reference,
        )


def _path(ref: AppointmentRef) -> str:
    return f"bookings/{quote(ref.vendor_ref, safe='')}"


def _accepted(response: httpx.Response) -> None:
    """Raise what a refusal means; a code that is not known is a bad answer."""
    if response.status_code == REFUSED:
        code = decode(response, wire.Refusal).error
        raise REFUSALS.get(code, BadAnswer)("It refused.", vendor_code=code)


def _instant(shown: datetime, context: AdapterContext) -> datetime:
    instant = first_instant(shown, context.zone)
    if instant is None:
        raise BadAnswer("Its booking is at a time that never comes.")
    return instant


Adapter = AcmeAdapter
