"""JCC-Afspraken, the SOAP interface: one call and one mapping per method.

Spoken without a SOAP library: docs/adr/0110 has the measurements. No hold is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import httpx
from pydantic import BaseModel

from adapters import offers
from adapters.http import understood
from adapters.once import once, only
from adapters.together import together
from adapters.vendors.jcc_soap import appointments, availability, catalogue, intake, wire
from adapters.vendors.jcc_soap.service import Service
from adapters.vendors.jcc_soap.settings import JccSoapSettings
from contracts.adapter import AdapterContext, BookingAdapter, Capability
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    CancellationClosed,
    CustomerFieldsMissing,
    OutcomeUnknown,
    ProductsNotCombinable,
    ResourceNotFound,
    SlotInPast,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    BookingRequest,
    IntakeField,
    Location,
    MatchKey,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from contracts.deadline import Deadline
    from contracts.errors import BookingError

_IN_PAST = 1
_REFUSALS: Mapping[int, type[BookingError]] = {
    _IN_PAST: SlotInPast,
    3: ResourceNotFound,  # the location
    4: CustomerFieldsMissing,  # no name
    5: SlotTaken,  # nobody is free
    6: SlotTaken,  # it overlaps with another
    7: ProductsNotCombinable,  # the product numbers are not valid
    12: CustomerFieldsMissing,
    13: CustomerFieldsMissing,  # the client's id is not known
    14: CustomerFieldsMissing,  # a field is not valid
    15: CustomerFieldsMissing,  # two nationalities
}
"""By ``updateStatus``. What is not here (-1 is an unknown error) may well be applied."""

_GONE_OR_EXPIRED = 2
"""As ``updateStatus`` of a cancellation."""


class JccSoapAdapter(BookingAdapter[JccSoapSettings]):
    """One municipality's JCC-Afspraken."""

    Settings: ClassVar[type[BaseModel]] = JccSoapSettings

    def __init__(
        self,
        settings: JccSoapSettings,
        context: AdapterContext,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, context)
        self._service = Service(settings, transport)

    def available(self) -> frozenset[Capability]:
        lookup = {Capability.APPOINTMENTS_OF}
        return self.capabilities() - (lookup if self.settings.client_id == "none" else set())

    async def aclose(self) -> None:
        await self._service.aclose()

    # What there is ------------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        listed = await catalogue.offered(self._service, deadline)
        return await together(catalogue.product(self._service, each, deadline) for each in listed)

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        service, zone = self._service, self.context.zone.key
        places = await catalogue.places(service, products, deadline)
        return await together(catalogue.location(service, each, zone, deadline) for each in places)

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        places = await catalogue.places(self._service, query.products, deadline)
        if query.location_id not in places:
            raise ResourceNotFound("These products are not handled at this location.")
        return await availability.slots(self._service, query, self.context, deadline)

    async def intake_fields(
        self, products: Sequence[ProductQuantity], *, deadline: Deadline
    ) -> Sequence[IntakeField]:
        listed = {"productID": catalogue.ids(products)}
        required = await self._service.every("GetRequiredClientFields", listed, str, deadline)
        return intake.fields(required)

    # What is booked -----------------------------------------------------------------------

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        return await once(
            self._book(slot, request, deadline),
            slot,
            lambda: self.find_by_client_reference(
                request.client_reference, near=slot, deadline=deadline
            ),
        )

    async def _book(self, slot: Slot, request: BookingRequest, deadline: Deadline) -> Appointment:
        asked = await self.intake_fields(slot.products, deadline=deadline)
        client_id = intake.client_id(request.match_key, self.settings.client_id)
        client = intake.client(request.booker, asked, client_id)
        client["appointmentDesc"] = appointments.description(request.attendee)
        details = await self._details(slot, request.client_reference, client, deadline)
        answer = await self._service.change("bookGovAppointment", {"appDetail": details}, deadline)
        _refuse(answer.status)
        with understood(wrote=True):
            return offers.booked(answer.id, slot, request.client_reference)

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        found = await appointments.find(self._service, ref, deadline)
        with understood():
            return appointments.read(wire.read(found, wire.Appointment), self.context.zone, ref)

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        answer = await self._service.change(
            "deleteGovAppointment", {"appID": ref.vendor_ref}, deadline
        )
        if answer.status == 0:
            return ref
        code = str(answer.status)
        try:
            await appointments.find(self._service, ref, deadline)
        except AppointmentNotFound:
            return ref  # it was gone already
        except VendorError as error:
            raise OutcomeUnknown(error.detail, vendor_code=code) from None
        if answer.status == _GONE_OR_EXPIRED:
            raise CancellationClosed("It has expired.", vendor_code=code)
        raise VendorUnavailable("It could not cancel: it still stands.", vendor_code=code)

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        found = await appointments.find(self._service, ref, deadline)
        with understood():
            # An update replaces everything: what is not sent along would be lost.
            client = {name: str(text) for name, text in wire.texts(found).items()}
        details = await self._details(slot, client_reference, client, deadline)
        answer = await self._service.change(
            "updateGovAppointment", {"appUpdate": details, "appId": ref.vendor_ref}, deadline
        )
        # It is not known whether 1 is a start in the past here, or as in a cancellation.
        _refuse(answer.status, unless={_IN_PAST})
        return offers.booked(ref.vendor_ref, slot, client_reference)

    # Looking up ---------------------------------------------------------------------------

    async def find_by_client_reference(
        self,
        client_reference: str,
        *,
        near: Slot,  # noqa: ARG002 the reference is enough
        deadline: Deadline,
    ) -> Appointment | None:
        listed = await appointments.of_case(
            self._service, client_reference, self.context.zone, deadline
        )
        # To say that ours is not there, the answer must be beyond doubt.
        if not {each.client_reference for each in listed} <= {None, client_reference}:
            raise BadAnswer("It lists an appointment of another case.")
        return await only(listed, lambda ref: self.cancel(ref, deadline=deadline))

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        client_id = intake.client_id(citizen, self.settings.client_id)
        if client_id is None:
            raise self._absent(Capability.APPOINTMENTS_OF)
        if citizen.kind == "nationalNumber":
            found = await appointments.of_citizen(
                self._service, client_id, self.context.zone, deadline
            )
        else:
            found = await self._by_client_id(client_id, deadline)
        return [item for item in found if item.end > self.context.now()]

    async def _by_client_id(self, client_id: str, deadline: Deadline) -> Sequence[Appointment]:
        """As the list by national number, in more calls: this one tells no times."""
        asked = {"clientID": client_id}
        listed = await self._service.every(
            "getGovAppointmentsByClientID", asked, wire.AppointmentId, deadline
        )
        with understood():
            refs = [AppointmentRef(vendor_ref=each.id) for each in listed]
        found = await together(self._still_there(ref, deadline) for ref in refs)
        return [item for item in found if item]

    async def _still_there(self, ref: AppointmentRef, deadline: Deadline) -> Appointment | None:
        try:
            return await self.appointment(ref, deadline=deadline)
        except AppointmentNotFound:
            return None  # cancelled at this very moment

    async def _details(
        self, slot: Slot, reference: str, client: Mapping[str, str], deadline: Deadline
    ) -> Mapping[str, str]:
        if slot.start < self.context.now():
            raise SlotInPast("This time has already begun.")
        known = await self._service.booking_fields(deadline)
        return appointments.written(slot, reference, client, self.context.zone, known)


def _refuse(status: int, *, unless: Container[int] = ()) -> None:
    """Raise what a status of a write means; 0 is success."""
    if status != 0:
        refused = OutcomeUnknown if status in unless else _REFUSALS.get(status, OutcomeUnknown)
        raise refused(f"It answered with status {status}.", vendor_code=str(status))


Adapter = JccSoapAdapter
