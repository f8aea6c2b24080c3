"""A system that speaks the contract itself: each method is one call.

``contracts/standard.openapi.json`` is the protocol, ``docs/vendors/standard.md`` its guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
from pydantic import BaseModel, TypeAdapter

from adapters.vendors.standard import wire
from adapters.vendors.standard.calls import Calls, written
from adapters.vendors.standard.settings import StandardSettings, key_of
from adapters.vendors.standard.webhooks import CHANGED, verified
from contracts.adapter import AdapterContext, BookingAdapter, Capability
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    HoldExpired,
    OutcomeUnknown,
    ResourceNotFound,
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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from contracts.deadline import Deadline

MOST_VENDOR_DATA = 1000
"""Characters of JSON in a slot's ``vendorData``: it travels in the id that citizens send back."""

_REF = re.compile(r"[A-Za-z0-9_-]{1,200}")

_PRODUCTS = TypeAdapter(wire.Products)
_LOCATIONS = TypeAdapter(wire.Locations)
_SLOTS = TypeAdapter(wire.Slots)
_FIELDS = TypeAdapter(wire.IntakeFields)
_APPOINTMENT = TypeAdapter(wire.Appointment)
_APPOINTMENTS = TypeAdapter(wire.Appointments)
_HOLD = TypeAdapter(wire.Hold)
_CHANGES = TypeAdapter(wire.Changes)


class StandardAdapter(BookingAdapter[StandardSettings]):
    """One system that speaks the standard."""

    Settings: ClassVar[type[BaseModel]] = StandardSettings

    def __init__(
        self,
        settings: StandardSettings,
        context: AdapterContext,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, context)
        self._calls = Calls(settings, transport)
        self._keys = [key_of(secret) for secret in settings.webhook_secrets]

    def available(self) -> frozenset[Capability]:
        found = (wire.CAPABILITIES[name] for name in self.settings.capabilities)
        return frozenset({Capability.FIND_BY_CLIENT_REFERENCE}).union(*found)

    async def system_version(self, *, deadline: Deadline) -> str:
        return (await self._calls.declared(deadline)).product_version

    async def aclose(self) -> None:
        await self._calls.aclose()

    # What there is ------------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        return (await self._calls.get("products", _PRODUCTS, deadline)).items

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        asked = [("productId", product.product_id) for product in products]
        return (await self._calls.get("locations", _LOCATIONS, deadline, params=asked)).items

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        found = (await self._calls.query("slots/query", query, _SLOTS, deadline)).items
        for slot in found:
            if (slot.location_id, slot.products) != (query.location_id, query.products):
                raise BadAnswer("It offers a slot for something else than was asked.")
            if len(str(slot.vendor_data)) > MOST_VENDOR_DATA:
                raise BadAnswer(f"Its vendorData is longer than {MOST_VENDOR_DATA} characters.")
        now = self.context.now()
        return sorted((s for s in found if s.start >= now), key=lambda s: s.start.timestamp())

    async def intake_fields(
        self, products: Sequence[ProductQuantity], *, deadline: Deadline
    ) -> Sequence[IntakeField]:
        self._need(Capability.INTAKE_FIELDS)
        chosen = wire.ChosenProducts(products=tuple(products))
        return (await self._calls.query("intake-fields/query", chosen, _FIELDS, deadline)).items

    # What is booked -----------------------------------------------------------------------

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        booking = wire.Booking(slot=slot, **_person(request))
        key = request.client_reference
        done = await self._calls.write("POST", "bookings", deadline, key=key, body=booking)
        return _appointment(written(done, _APPOINTMENT))

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        try:
            found = await self._calls.get(_path(ref, "appointments"), _APPOINTMENT, deadline)
        except ResourceNotFound:
            raise AppointmentNotFound("It knows no such appointment.") from None
        if found.vendor_ref != ref.vendor_ref:
            raise BadAnswer("It answered with another appointment.")
        return _appointment(found)

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        try:
            path = f"{_path(ref, 'appointments')}/cancel"
            done = await self._calls.write("POST", path, deadline)
        except ResourceNotFound:
            return ref  # it is gone already
        left = written(done, _APPOINTMENT)
        if left.status is not AppointmentStatus.CANCELLED:
            raise OutcomeUnknown("It does not say that it is cancelled.")
        return AppointmentRef(vendor_ref=left.vendor_ref)

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        self._need(Capability.RESCHEDULE)
        path, body = f"{_path(ref, 'appointments')}/reschedule", wire.ChosenSlot(slot=slot)
        try:
            done = await self._calls.write("POST", path, deadline, key=client_reference, body=body)
        except ResourceNotFound:
            raise AppointmentNotFound("It knows no such appointment.") from None
        return _appointment(written(done, _APPOINTMENT))

    # What is kept -------------------------------------------------------------------------

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        self._need(Capability.HOLD)
        body, key = wire.ChosenSlot(slot=slot), client_reference
        done = await self._calls.write("POST", "holds", deadline, key=key, body=body)
        return _hold(written(done, _HOLD))

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        self._need(Capability.CONFIRM)
        body, key = wire.Confirmation(**_person(request)), request.client_reference
        try:
            path = f"{_path(hold.ref, 'holds')}/confirm"
            done = await self._calls.write("POST", path, deadline, key=key, body=body)
        except ResourceNotFound:
            raise HoldExpired("It keeps this time no longer.") from None
        return _appointment(written(done, _APPOINTMENT))

    async def release(self, hold: Hold, *, deadline: Deadline) -> None:
        self._need(Capability.RELEASE)
        try:
            await self._calls.write("DELETE", _path(hold.ref, "holds"), deadline)
        except (ResourceNotFound, HoldExpired):
            return  # it is gone already

    async def extend(self, hold: Hold, *, deadline: Deadline) -> Hold:
        self._need(Capability.EXTEND)
        try:
            path = f"{_path(hold.ref, 'holds')}/extend"
            done = await self._calls.write("POST", path, deadline)
        except ResourceNotFound:
            raise HoldExpired("It keeps this time no longer.") from None
        return _hold(written(done, _HOLD))

    # What is found ------------------------------------------------------------------------

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        del near  # every system that speaks the standard finds a reference without it
        asked = wire.Lookup(client_reference=client_reference)
        found = (
            await self._calls.query("appointments/query", asked, _APPOINTMENTS, deadline)
        ).items
        if len(found) > 1:
            raise BadAnswer("It has several appointments for one write.")
        return _appointment(found[0]) if found else None

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        self._need(Capability.APPOINTMENTS_OF)
        asked = wire.Lookup(match_key=citizen)
        found = await self._calls.query("appointments/query", asked, _APPOINTMENTS, deadline)
        return [_appointment(each) for each in found.items]

    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        self._need(Capability.CHANGES)
        params = [] if cursor is None else [("cursor", cursor)]
        page = await self._calls.get("changes", _CHANGES, deadline, params=params)
        items = tuple(_appointment(each) for each in page.items)
        return Changes(items=items, cursor=page.cursor, more=page.more)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        self._need(Capability.PARSE_WEBHOOK)
        said = verified(headers, body, self._keys, self.context.now())
        if said.type != CHANGED:
            return ()  # a kind that a later version adds
        return [AppointmentRef(vendor_ref=said.data.vendor_ref)]

    # ------------------------------------------------------------------------------------

    def _need(self, capability: Capability) -> None:
        if capability not in self.available():
            raise self._absent(capability)


def _path(ref: AppointmentRef, collection: str) -> str:
    if not _REF.fullmatch(ref.vendor_ref):
        raise AppointmentNotFound("This is no reference of such a system.")
    return f"{collection}/{ref.vendor_ref}"


def _person(request: BookingRequest) -> dict[str, Any]:
    return {name: getattr(request, name) for name in wire.Confirmation.model_fields}


def _appointment(found: wire.Appointment) -> Appointment:
    fields = {name: getattr(found, name) for name in wire.Appointment.model_fields}
    return Appointment(ref=AppointmentRef(vendor_ref=fields.pop("vendor_ref")), **fields)


def _hold(kept: wire.Hold) -> Hold:
    ref = AppointmentRef(vendor_ref=kept.vendor_ref)
    return Hold(ref=ref, slot=kept.slot, expires_at=kept.expires_at)


Adapter = StandardAdapter
