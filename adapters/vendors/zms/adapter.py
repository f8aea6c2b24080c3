"""ZMS, the appointment system of Munich, by its interface for citizens: one call per step.

A booking is reserved, filled in, preconfirmed and confirmed (docs/vendors/zms.md). What is
kept of it is its number and a key, which changes when the appointment is cancelled.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from adapters import offers
from adapters.http import BaseUrl, understood
from adapters.vendors.zms import intake, refusals, times, wire
from adapters.vendors.zms.catalogue import Catalogue
from adapters.vendors.zms.client import ZmsClient
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.errors import (
    AppointmentNotFound,
    BookingError,
    CancellationClosed,
    HoldExpired,
    OutcomeUnknown,
    SlotInPast,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    BookingRequest,
    Hold,
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

    from contracts.deadline import Deadline

HOLD_MINUTES = 15
"""How long a reservation is kept where the office does not say."""

_STANDS = (wire.CONFIRMED, "queued", "called", "processing", "pending", "parked", "finished")
_STATUS = {
    **dict.fromkeys((wire.RESERVED, wire.PRECONFIRMED), AppointmentStatus.HELD),
    # After the first, somebody is at the counter with it, or should have been.
    **dict.fromkeys((*_STANDS, "missed", "archived"), AppointmentStatus.CONFIRMED),
    **dict.fromkeys(("deleted", "blocked", "anonymized"), AppointmentStatus.CANCELLED),
}


class ZmsSettings(BaseModel):
    """``base_url`` is where ``offices-and-services/`` is below. There are no credentials."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: BaseUrl


class ZmsAdapter(BookingAdapter[ZmsSettings]):
    """One city's ZMS."""

    Settings: ClassVar[type[BaseModel]] = ZmsSettings

    def __init__(
        self,
        settings: ZmsSettings,
        context: AdapterContext,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, context)
        self._zms = ZmsClient(settings.base_url, transport)

    async def aclose(self) -> None:
        await self._zms.aclose()

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
            return catalogue.locations(products, self.context.zone.key)

    async def intake_fields(
        self, products: Sequence[ProductQuantity], *, deadline: Deadline
    ) -> Sequence[IntakeField]:
        catalogue = await self._catalogue(deadline)
        with understood():
            return intake.fields(catalogue.scopes(products))

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        catalogue = await self._catalogue(deadline)
        with understood():
            count = catalogue.slot_count(query.location_id, query.products)
            minutes = catalogue.slot_minutes(query.location_id)
        now = self.context.now()
        today = now.astimezone(self.context.zone).date()
        starts = await times.starts(self._zms, query, today, deadline)
        with understood():
            length = timedelta(minutes=minutes * count)
            # What begins at this very moment, it no longer takes.
            soonest = now + timedelta.resolution
            return offers.slots(query, starts, length, soonest, slotMinutes=minutes)

    # What is booked -----------------------------------------------------------------------

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:  # noqa: ARG002 there is no room for it
        now = self.context.now()
        if slot.start <= now:
            raise SlotInPast("This time has already begun.")
        body = {
            "timestamp": int(slot.start.timestamp()),
            "officeId": int(slot.location_id),
            "serviceId": [int(product.product_id) for product in slot.products],
            "serviceCount": [product.quantity for product in slot.products],
        }
        # Who loses a race for the last place is told the one or the other.
        lost = {refusals.UNKNOWN: SlotTaken}
        process = await self._zms.write("reserve-appointment/", body, deadline, lost)
        with understood(wrote=True):
            scope = process.scope if isinstance(process.scope, wire.Scope) else wire.Scope()
            minutes = scope.reservation_duration or HOLD_MINUTES
            # A number is given out again once its appointment is gone; a moment is not.
            ref = AppointmentRef(vendor_ref=f"{process.process_id}-{int(now.timestamp())}")
            state = {"authKey": process.auth_key, **slot.vendor_data}
            return Hold(
                ref=ref.model_copy(update={"vendor_state": state}),
                slot=slot,
                expires_at=now + timedelta(minutes=minutes),
            )

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        asked = await self.intake_fields(hold.slot.products, deadline=deadline)
        return await self._confirm(hold, intake.contact(request, asked), deadline)

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        asked = await self.intake_fields(slot.products, deadline=deadline)
        contact = intake.contact(request, asked)
        held = await self.hold(slot, request.client_reference, deadline=deadline)
        try:
            return await self._confirm(held, contact, deadline)
        except OutcomeUnknown:
            raise
        except BookingError:
            with contextlib.suppress(BookingError):  # else it lapses by itself
                await self.release(held, deadline=deadline)
            raise

    async def _confirm(
        self, hold: Hold, contact: dict[str, str], deadline: Deadline
    ) -> Appointment:
        """Fill in, preconfirm, confirm; each answer says how far it has got.

        Some versions preconfirm when it is filled in. From then on the citizen has a mail
        with a link that books, so anything but a refusal leaves it unknown.
        """
        if self.context.now() >= hold.expires_at:
            raise HoldExpired
        try:
            process = await self._zms.write(
                "update-appointment/", _key(hold.ref) | contact, deadline
            )
            if process.status == wire.RESERVED:
                process = await self._zms.write(
                    "preconfirm-appointment/", _key_of(process), deadline
                )
            if process.status == wire.PRECONFIRMED:
                process = await self._last_step(process, deadline)
        except AppointmentNotFound as error:
            raise HoldExpired(vendor_code=error.vendor_code) from None
        if process.status != wire.CONFIRMED:
            raise OutcomeUnknown("It does not say that the booking is confirmed.")
        with understood(wrote=True):
            return self._appointment(hold.ref, process)

    async def _last_step(self, process: wire.Process, deadline: Deadline) -> wire.Process:
        try:
            return await self._zms.write("confirm-appointment/", _key_of(process), deadline)
        except VendorUnavailable as error:
            raise OutcomeUnknown(error.detail) from None

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        params = {
            "processId": _number(ref),
            "authKey": str(ref.vendor_state.get("authKey", "")),
        }
        process = await self._zms.read("appointment/", params, wire.Process, deadline)
        with understood():
            if _STATUS[process.status] is AppointmentStatus.CANCELLED:
                raise AppointmentNotFound("It was cancelled, and no longer says where it was.")
            return self._appointment(ref, process)

    def _appointment(self, ref: AppointmentRef, process: wire.Process) -> Appointment:
        start = datetime.fromtimestamp(int(process.timestamp), UTC)
        minutes = int(str(ref.vendor_state["slotMinutes"])) * (process.slot_count or 0)
        counted = [(process.service_id, process.service_count or 1)]
        counted += [(other.id, other.count) for other in process.sub_request_counts or ()]
        return Appointment(
            ref=_renewed(ref, process),
            status=_STATUS[process.status],
            location_id=str(process.office_id),
            start=start,
            end=start + timedelta(minutes=minutes),
            products=tuple(
                ProductQuantity(product_id=str(service), quantity=count)
                for service, count in counted
            ),
            cancellable_until=start,
        )

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        try:
            # A second cancellation with the newest key would be carried out, mails and all.
            await self.appointment(ref, deadline=deadline)
            return await self._cancel(ref, deadline)
        except AppointmentNotFound:
            return ref

    async def release(self, hold: Hold, *, deadline: Deadline) -> None:
        with contextlib.suppress(AppointmentNotFound, CancellationClosed):
            found = await self.appointment(hold.ref, deadline=deadline)
            if found.status is AppointmentStatus.HELD:
                await self._cancel(hold.ref, deadline)

    async def _cancel(self, ref: AppointmentRef, deadline: Deadline) -> AppointmentRef:
        process = await self._zms.write("cancel-appointment/", _key(ref), deadline)
        if process.status == wire.CONFIRMED:
            raise OutcomeUnknown("It does not say that the appointment is cancelled.")
        return _renewed(ref, process)

    # ----------------------------------------------------------------------------------------

    async def _catalogue(self, deadline: Deadline) -> Catalogue:
        found = await self._zms.read("offices-and-services/", {}, wire.OfficesAndServices, deadline)
        with understood():
            return Catalogue(found)


def _number(ref: AppointmentRef) -> str:
    return ref.vendor_ref.partition("-")[0]


def _key(ref: AppointmentRef) -> dict[str, object]:
    return {"processId": int(_number(ref)), "authKey": ref.vendor_state.get("authKey", "")}


def _key_of(process: wire.Process) -> dict[str, object]:
    return {"processId": process.process_id, "authKey": process.auth_key}


def _renewed(ref: AppointmentRef, process: wire.Process) -> AppointmentRef:
    """The same appointment with the key it has now."""
    state = {**ref.vendor_state, "authKey": process.auth_key}
    return AppointmentRef(vendor_ref=ref.vendor_ref, vendor_state=state)


Adapter = ZmsAdapter
