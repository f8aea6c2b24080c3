"""JCC-Afspraken, the REST interface: one call and one mapping per method.

Known from recorded traffic and a public client (docs/vendors/jcc_rest.md). No hold, no lookup
by citizen or by our reference, and no move is known.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, NoReturn

from pydantic import BaseModel

from adapters import offers, staff_notes
from adapters.http import understood
from adapters.vendors.jcc_rest import catalogue, intake, wire
from adapters.vendors.jcc_rest.service import Service
from adapters.vendors.jcc_rest.settings import JccRestSettings
from adapters.wall_clock import first_instant
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    CancellationClosed,
    CustomerFieldsMissing,
    OutcomeUnknown,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
    SlotInPast,
    SlotTaken,
    VendorError,
    VendorUnavailable,
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

    from adapters.vendors.jcc_rest.service import Params
    from contracts.deadline import Deadline

WINDOW = timedelta(days=50)
"""The longest range of one ``availabletimelist``; its last day is excluded."""


class JccRestAdapter(BookingAdapter[JccRestSettings]):
    """One municipality's JCC-Afspraken."""

    Settings: ClassVar[type[BaseModel]] = JccRestSettings

    def __init__(
        self,
        settings: JccRestSettings,
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
        activities = await self._activities(deadline)
        with understood():
            return [catalogue.product(activity) for activity in activities]

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        path, params = "location", _selected(products)
        if products:
            await self._check(products, deadline)
            path = "location/forappointment"
        places = await self._service.ask(path, params, list[wire.Location], deadline)
        with understood():
            zone = self.context.zone.key
            return [catalogue.location(place, zone) for place in places if place.is_active]

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        locations = await self.locations(query.products, deadline=deadline)
        if query.location_id not in {location.id for location in locations}:
            raise ResourceNotFound("These products are not handled at this location.")
        activities: Params = [("activityId", product.product_id) for product in query.products]
        amounts: Params = [("amount", product.quantity) for product in query.products]
        bounds = await self._service.ask(
            "activity/appointmentdaterange", activities, wire.DateRange, deadline
        )
        today = self.context.now().astimezone(self.context.zone).date()
        day = max(query.first_day, bounds.min_date.date(), today)
        end = min(query.last_day, bounds.max_date.date()) + timedelta(days=1)
        slots: list[Slot] = []
        while day < end:
            until = min(day + WINDOW, end)
            window: Params = [
                ("locationId", query.location_id),
                ("fromDate", day.isoformat()),
                ("toDate", until.isoformat()),
            ]
            times = await self._service.ask(
                "appointment/availabletimelist",
                window + activities + amounts,
                wire.AvailableTimes,
                deadline,
            )
            with understood():
                naive = times.available_times_list
                starts = [
                    first_instant(shown, self.context.zone)
                    for shown in naive
                    if day <= shown.date() < until
                ]
                length = timedelta(seconds=times.appointment_duration)
                slots += offers.slots(query, starts, length, self.context.now())
            day = until
        return slots

    async def intake_fields(
        self, products: Sequence[ProductQuantity], *, deadline: Deadline
    ) -> Sequence[IntakeField]:
        rules = await self._service.ask(
            "customer/customerfields/required", _selected(products), wire.Rules, deadline
        )
        return intake.fields(rules)

    # What is booked -----------------------------------------------------------------------

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        if slot.start < self.context.now():
            raise SlotInPast("This time has already begun.")
        asked = await self.intake_fields(slot.products, deadline=deadline)
        body = {
            "id": None,
            "activityList": [
                {"activityId": product.product_id, "amount": product.quantity}
                for product in slot.products
            ],
            "customerList": [intake.customer(request.booker, asked)],
            "fromDateTime": slot.start.astimezone(self.context.zone).isoformat(),
            "toDateTime": slot.end.astimezone(self.context.zone).isoformat(),
            "locationId": slot.location_id,
            "message": staff_notes.written(request),
            "fieldList": None,
        }
        answer = await self._service.book(body, request.language, deadline)
        if answer.acknowledge_is_success is False:
            await self._refuse(slot, answer, deadline)
        if answer.acknowledge_is_success is None:
            raise OutcomeUnknown("It does not say whether it took the booking.")
        with understood(wrote=True):
            return offers.booked(answer.id, slot, request.client_reference)

    async def _refuse(
        self, slot: Slot, answer: wire.Acknowledgement, deadline: Deadline
    ) -> NoReturn:
        """Say why a booking was refused. The vendor's codes are not known, its agenda is."""
        code = str(answer.code)
        if answer.validate_errors:
            raise CustomerFieldsMissing("It does not accept the contact data.", vendor_code=code)
        day = slot.start.astimezone(self.context.zone).date()
        query = SlotQuery(
            location_id=slot.location_id, products=slot.products, first_day=day, last_day=day
        )
        try:
            free = await self.slots(query, deadline=deadline)
        except VendorError:
            free = [slot]
        if slot.start in {other.start for other in free}:
            raise BadAnswer("It refused the booking and does not say why.", vendor_code=code)
        raise SlotTaken(vendor_code=code)

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        try:
            booked = await self._service.ask(
                "appointment", [("id", ref.vendor_ref)], wire.Appointment, deadline
            )
        except ResourceNotFound:
            raise AppointmentNotFound("It knows no such appointment.") from None
        with understood():
            start = first_instant(booked.start_date_time, self.context.zone)
            if start is None:
                raise ValueError(booked.start_date_time)
            return Appointment(
                ref=ref,
                status=AppointmentStatus.CONFIRMED,
                location_id=booked.location.id,
                start=start,
                end=start + (booked.end_date_time - booked.start_date_time),
                products=tuple(
                    ProductQuantity(product_id=chosen.activity.id, quantity=chosen.amount)
                    for chosen in booked.activity_list
                ),
            )

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        answer = await self._service.cancel(ref.vendor_ref, deadline)
        if answer and answer.id and answer.acknowledge_is_success is not False:
            return ref
        try:
            await self.appointment(ref, deadline=deadline)
        except AppointmentNotFound:
            return ref  # it was gone already
        except VendorError as error:
            raise OutcomeUnknown(error.detail) from None
        if answer:
            raise CancellationClosed("It refused the cancellation.")
        raise VendorUnavailable("It could not cancel: the appointment still stands.")

    # What goes together ------------------------------------------------------------------

    async def _activities(self, deadline: Deadline) -> list[wire.Activity]:
        path = "activity/listforappointment"
        return await self._service.ask(path, [], list[wire.Activity], deadline)

    async def _check(self, products: Sequence[ProductQuantity], deadline: Deadline) -> None:
        """Raise what is wrong with a choice: the vendor would only answer 500, or nothing."""
        most = {a.id: a.max_count_for_event for a in await self._activities(deadline)}
        for product in products:
            if product.product_id not in most:
                raise ResourceNotFound("It knows no such product.")
            if 0 < most[product.product_id] < product.quantity:
                raise QuantityExceeded(f"At most {most[product.product_id]} in one appointment.")
        for count in range(1, len(products)):
            chosen = _selected(products[:count])
            others = await self._service.ask(
                "activity/listforappointment/additional",
                [*chosen, ("includeSelectedActivities", "False")],
                list[wire.Activity],
                deadline,
            )
            if products[count].product_id not in {other.id for other in others}:
                raise ProductsNotCombinable


def _selected(products: Sequence[ProductQuantity]) -> Params:
    return [("selectedActivityId", product.product_id) for product in products]


Adapter = JccRestAdapter
