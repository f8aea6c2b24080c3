"""JCC-Afspraken, the SOAP interface: one call and one mapping per method.

Spoken without a SOAP library: docs/adr/0110 has the measurements. No hold is known.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

import httpx
from pydantic import BaseModel

from adapters.http import understood
from adapters.vendors.jcc_soap import appointments, catalogue, intake, wire
from adapters.vendors.jcc_soap.service import Service, each
from adapters.vendors.jcc_soap.settings import JccSoapSettings
from contracts.adapter import AdapterContext, BookingAdapter
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

    from lxml import etree

    from contracts.deadline import Deadline
    from contracts.errors import BookingError

_JCC_COMPUTES_IT = "0"
"""As ``appDuration``: any other number gives times for that many minutes."""

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

    async def aclose(self) -> None:
        await self._service.aclose()

    # What there is ------------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        async def detailed(listed: wire.Product) -> Product:
            asked = {"productID": listed.id}
            found = await self._service.ask("getGovProductDetails", asked, deadline)
            with understood():
                return catalogue.product(listed, wire.record(found[0], wire.ProductDetails))

        return await each(await catalogue.offered(self._service, deadline), detailed)

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        async def detailed(location_id: str) -> Location:
            asked = {"locationID": location_id}
            found = await self._service.ask("getGovLocationDetails", asked, deadline)
            with understood():
                details = wire.record(found[0], wire.LocationDetails)
                return catalogue.location(location_id, details, self.context.zone.key)

        return await each(await catalogue.places(self._service, products, deadline), detailed)

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        places = await catalogue.places(self._service, query.products, deadline)
        if query.location_id not in places:
            raise ResourceNotFound("These products are not handled at this location.")

        async def of_day(day: date) -> Sequence[Slot]:
            return await self._slots_of_day(query, day, deadline)

        days = await each(await self._days(query, deadline), of_day)
        return [slot for slots in days for slot in slots]

    async def _days(self, query: SlotQuery, deadline: Deadline) -> Sequence[date]:
        """The days of a query that have free times."""
        listed = {"productId": catalogue.ids(query.products)}
        latest = await self._service.ask("getGovLatestPlanDate", listed, deadline)
        with understood():
            until = wire.value(latest[0], date)
        first = max(query.first_day, self.context.now().astimezone(self.context.zone).date())
        # Where .NET has no date, it writes the first one it knows.
        last = query.last_day if until == date.min else min(query.last_day, until)
        if last < first:
            return []
        asked = {
            "locationID": query.location_id,
            "productID": catalogue.ids(query.products),
            "startDate": first.isoformat(),
            "endDate": last.isoformat(),
            "appDuration": _JCC_COMPUTES_IT,
        }
        found = await self._service.ask("getGovAvailableDays", asked, deadline)
        with understood():
            days = sorted({wire.value(day, date) for day in found})
        return [day for day in days if first <= day <= last]

    async def _slots_of_day(
        self, query: SlotQuery, day: date, deadline: Deadline
    ) -> Sequence[Slot]:
        listed = catalogue.ids(query.products)
        asked = {
            "date": day.isoformat(),
            "productID": listed,
            "locationID": query.location_id,
            "appDuration": _JCC_COMPUTES_IT,
        }
        times = await self._service.ask("getGovAvailableTimesPerDay", asked, deadline)
        asked = {"productID": listed, "AppointmentDate": day.isoformat()}
        duration = await self._service.ask("getGovAppointmentDuration", asked, deadline)
        with understood():
            length = timedelta(minutes=wire.value(duration[0], int))
            # As a set, so that a time which is listed twice is offered once.
            naive = {wire.value(time, wire.Naive) for time in times}
            starts = {
                appointments.instant(time, self.context.zone)
                for time in naive
                if time.date() == day
            }
            return [
                Slot(
                    location_id=query.location_id,
                    start=start,
                    end=start + length,
                    products=query.products,
                )
                for start in sorted(filter(None, starts))
                if start >= self.context.now()
            ]

    async def intake_fields(
        self, products: Sequence[ProductQuantity], *, deadline: Deadline
    ) -> Sequence[IntakeField]:
        listed = {"productID": catalogue.ids(products)}
        required = await self._service.ask("GetRequiredClientFields", listed, deadline)
        return intake.fields(name.text or "" for name in required)

    # What is booked -----------------------------------------------------------------------

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        asked = await self.intake_fields(slot.products, deadline=deadline)
        client = intake.client(request.booker, asked)
        if request.match_key and (client_id := self._client_id(request.match_key)):
            client.setdefault("clientID", client_id)
        if description := appointments.description(request.attendee):
            client["appointmentDesc"] = description
        details = await self._details(slot, request.client_reference, client, deadline)
        answer = await self._service.change("bookGovAppointment", {"appDetail": details}, deadline)
        _refuse(answer.status, _REFUSALS)
        with understood(wrote=True):
            ref = AppointmentRef(vendor_ref=answer.id)
        return appointments.booked(ref, slot, request.client_reference)

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        found = await self._find(ref, deadline)
        with understood():
            return appointments.read(wire.record(found, wire.Appointment), self.context.zone, ref)

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        answer = await self._service.change(
            "deleteGovAppointment", {"appID": ref.vendor_ref}, deadline
        )
        if answer.status == 0:
            return ref
        code = str(answer.status)
        try:
            await self._find(ref, deadline)
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
        found = await self._find(ref, deadline)
        with understood():
            # An update replaces everything: what is not sent along would be lost.
            client = {name: str(text) for name, text in wire.texts(found).items()}
        details = await self._details(slot, client_reference, client, deadline)
        answer = await self._service.change(
            "updateGovAppointment", {"appUpdate": details, "appId": ref.vendor_ref}, deadline
        )
        # It is not known whether 1 is a start in the past here, or as in a cancellation.
        _refuse(answer.status, _REFUSALS, unless={_IN_PAST})
        return appointments.booked(ref, slot, client_reference)

    # Looking up ---------------------------------------------------------------------------

    async def find_by_client_reference(
        self,
        client_reference: str,
        *,
        near: Slot,  # noqa: ARG002 the reference is enough
        deadline: Deadline,
    ) -> Appointment | None:
        asked = {"caseID": client_reference}
        listed = await self._service.ask("getGovAppointmentsCase", asked, deadline)
        for found in self._listed(listed):
            if found.client_reference in {None, client_reference}:
                return found
            # To say that ours is not there, the answer must be beyond doubt.
            raise BadAnswer("It lists an appointment of another case.")
        return None

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        client_id = self._client_id(citizen)
        if client_id is None:
            return []  # an answer, not a failure: nothing is booked here under a pseudonym
        if citizen.kind == "nationalNumber":
            asked = {"BSN": client_id}
            found = self._listed(await self._service.ask("getGovAppointmentsBSN", asked, deadline))
        else:
            found = await self._by_client_id(client_id, deadline)
        return [item for item in found if item.end > self.context.now()]

    async def _by_client_id(self, client_id: str, deadline: Deadline) -> Sequence[Appointment]:
        """As the list by national number, in more calls: this one tells no times."""
        asked = {"clientID": client_id}
        listed = await self._service.ask("getGovAppointmentsByClientID", asked, deadline)
        with understood():
            records = [wire.record(element, wire.AppointmentId) for element in listed]
            refs = [AppointmentRef(vendor_ref=record.id) for record in records]

        async def detailed(ref: AppointmentRef) -> Appointment | None:
            try:
                return await self.appointment(ref, deadline=deadline)
            except AppointmentNotFound:
                return None  # cancelled at this very moment

        return [item for item in await each(refs, detailed) if item]

    def _client_id(self, citizen: MatchKey) -> str | None:
        return intake.client_id(citizen, pseudonyms=self.settings.pseudonym_as_client_id)

    def _listed(self, answer: etree._Element) -> Sequence[Appointment]:
        with understood():
            records = [wire.record(element, wire.Appointment) for element in answer]
            return [appointments.read(record, self.context.zone) for record in records]

    async def _find(self, ref: AppointmentRef, deadline: Deadline) -> etree._Element:
        """An appointment by its id. For an id that it does not know, the vendor has an empty one.

        Raises:
            AppointmentNotFound.
        """
        asked = {"appID": ref.vendor_ref}
        found = await self._service.ask("getGovAppointmentDetails", asked, deadline)
        for element in found:
            if not wire.is_nothing(element):
                return element
        raise AppointmentNotFound("It knows no such appointment.")

    async def _details(
        self, slot: Slot, reference: str, client: Mapping[str, str], deadline: Deadline
    ) -> Mapping[str, str]:
        if slot.start < self.context.now():
            raise SlotInPast("This time has already begun.")
        known = await self._service.booking_fields(deadline)
        return appointments.written(slot, reference, client, self.context.zone, known)


def _refuse(
    status: int, refusals: Mapping[int, type[BookingError]], *, unless: Container[int] = ()
) -> None:
    """Raise what a status of a write means, unless that is success."""
    if status == 0:
        return
    if status in refusals and status not in unless:
        raise refusals[status](f"It refused with status {status}.", vendor_code=str(status))
    raise OutcomeUnknown(f"It answered with status {status}.", vendor_code=str(status))


Adapter = JccSoapAdapter
