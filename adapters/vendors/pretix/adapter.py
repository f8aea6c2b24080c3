"""pretix, REST API v1 of 2026.8: one call and one mapping per method.

An event series is one service desk: its items are products, its dates (subevents) are slots and
its quotas what fits in them. An order is an appointment, with a position for every person or
item. A cart that nobody sees keeps places until the order takes them over.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel

from adapters.http import understood
from adapters.vendors.pretix import catalogue, orders, wire
from adapters.vendors.pretix.settings import PretixSettings
from adapters.vendors.pretix.shop import Shop
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    CancellationClosed,
    HoldExpired,
    OutcomeUnknown,
    ResourceNotFound,
    SlotInPast,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    BookingRequest,
    Hold,
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


class PretixAdapter(BookingAdapter[PretixSettings]):
    """One event series of one organizer in a pretix."""

    Settings: ClassVar[type[BaseModel]] = PretixSettings

    def __init__(
        self,
        settings: PretixSettings,
        context: AdapterContext,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, context)
        self._shop = Shop(settings, transport)

    async def aclose(self) -> None:
        await self._shop.aclose()

    # What there is ------------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        items = await self._items(deadline)
        with understood():
            return [catalogue.product(item) for item in items.values()]

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        if products:
            catalogue.chosen(await self._items(deadline), products)
        return [
            Location(id=known, name=name, zone=self.context.zone.key)
            for known, name in self.settings.locations.items()
        ]

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        if query.location_id not in self.settings.locations:
            raise ResourceNotFound("It knows no such location.")
        items = await self._items(deadline)
        amounts = catalogue.chosen(items, query.products)
        approval = any(items[each.product_id].require_approval for each in query.products)
        first = datetime.combine(query.first_day, time(), self.context.zone)
        after = datetime.combine(query.last_day + timedelta(days=1), time(), self.context.zone)
        now = self.context.now()
        dates = [
            date
            for date in await self._shop.subevents(first, after, deadline)
            if date.date_from < after
            and self._location(date) == query.location_id
            and catalogue.on_sale(date, amounts, now)
        ]
        quotas = defaultdict[int | None, list[wire.Quota]](list)
        for quota in await self._shop.quotas([date.id for date in dates], deadline):
            quotas[quota.subevent].append(quota)
        with understood():
            # Of several desks that are free at the same time one is enough.
            slots = {
                date.date_from: Slot(
                    location_id=query.location_id,
                    start=date.date_from.astimezone(UTC),
                    end=_end(date),
                    products=query.products,
                    vendor_data={"subevent": date.id, "approval": approval},
                )
                for date in reversed(dates)
                if catalogue.has_room(quotas[date.id], amounts)
            }
        return sorted(slots.values(), key=lambda slot: slot.start)

    # What is booked -----------------------------------------------------------------------

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        self._not_begun(slot)
        expires_at = self.context.now() + timedelta(minutes=self.settings.hold_minutes)
        cart = f"{client_reference}@api"
        shared = {
            "cart_id": cart,
            "expires": expires_at.isoformat(),
            "sales_channel": self.settings.sales_channel,
        }
        places = [place | shared for place in _places(slot)]
        kept = await self._shop.keep(places, f"hold-{client_reference}", deadline)
        positions = [position.id for position in kept]
        ref = AppointmentRef(vendor_ref=cart, vendor_state={"positions": [*positions]})
        return Hold(ref=ref, slot=slot, expires_at=min(each.expires for each in kept))

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        if hold.expires_at <= self.context.now():
            raise HoldExpired
        try:
            return await self._order(hold.slot, request, [hold.ref.vendor_ref], deadline)
        except SlotTaken:
            raise HoldExpired from None

    async def release(self, hold: Hold, *, deadline: Deadline) -> None:
        await self._shop.let_go(_kept(hold), deadline)

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        return await self._order(slot, request, [], deadline)

    async def _order(
        self, slot: Slot, request: BookingRequest, carts: list[str], deadline: Deadline
    ) -> Appointment:
        self._not_begun(slot)
        body = orders.body(request, _places(slot), approval=bool(slot.vendor_data["approval"]))
        body |= {
            "consume_carts": carts,
            "sales_channel": self.settings.sales_channel,
            "send_email": self.settings.send_email,
        }
        if request.language in self.settings.languages:
            body["locale"] = request.language
        order = await self._shop.place(body, f"book-{request.client_reference}", deadline)
        with understood(wrote=True):
            return self._booked(order, slot)

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        return await self._appointment(await self._found(ref, deadline), deadline)

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        code = self._code(ref)
        if code and not await self._shop.cancel(code, deadline):
            order = await self._shop.order(code, deadline)
            if order and order.status not in {wire.CANCELLED, wire.EXPIRED}:
                raise CancellationClosed("It does not let this be cancelled any more.")
        return ref

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        self._not_begun(slot)
        order = await self._found(ref, deadline)
        if order.status in {wire.CANCELLED, wire.EXPIRED}:
            raise AppointmentNotFound("It was cancelled.")
        subevent = _subevent(slot)
        try:
            note = orders.with_move(order.comment, client_reference, subevent)
            await self._shop.comment(order.code, note, deadline)
        except OutcomeUnknown as unknown:  # of the note; what it is about was not sent
            raise VendorUnavailable(unknown.detail) from None
        moved = await self._shop.move(order, subevent, f"move-{client_reference}", deadline)
        with understood(wrote=True):
            return self._booked(moved, slot)

    async def find_by_client_reference(
        self,
        client_reference: str,
        *,
        near: Slot,  # noqa: ARG002 it can be asked for by itself
        deadline: Deadline,
    ) -> Appointment | None:
        for order in await self._shop.orders(client_reference, deadline):
            if orders.is_for(order, client_reference):
                return await self._appointment(order, deadline)
        return None

    # --------------------------------------------------------------------------------------

    async def _items(self, deadline: Deadline) -> dict[str, wire.Item]:
        items = await self._shop.items(deadline)
        return catalogue.offered(items, self.settings.sales_channel, self.context.now())

    def _location(self, date: wire.SubEvent) -> str | None:
        if len(self.settings.locations) == 1:
            return next(iter(self.settings.locations))
        shown = catalogue.first_line(date.location)
        names = self.settings.locations.items()
        return next((known for known, name in names if name.casefold() == shown), None)

    def _code(self, ref: AppointmentRef) -> str | None:
        event, _, code = ref.vendor_ref.partition("/")
        return code if event == self.settings.event and orders.CODE.fullmatch(code) else None

    async def _found(self, ref: AppointmentRef, deadline: Deadline) -> wire.Order:
        code = self._code(ref)
        order = await self._shop.order(code, deadline) if code else None
        if order is None or not order.positions:
            raise AppointmentNotFound("It knows no such order.")
        return order

    async def _appointment(self, order: wire.Order, deadline: Deadline) -> Appointment:
        with understood():
            subevent = order.positions[0].subevent
            if subevent is None:
                raise BadAnswer("The order is for no date.")
        date = await self._shop.subevent(subevent, deadline)
        with understood():
            location = self._location(date)
            if location is None:
                raise BadAnswer("The order is for a place that the settings do not name.")
            when = (date.date_from, _end(date))
            return orders.appointment(order, self.settings.event, location, when)

    def _booked(self, order: wire.Order, slot: Slot) -> Appointment:
        if any(position.subevent != _subevent(slot) for position in order.positions):
            raise BadAnswer("It booked another date.")
        when = (slot.start, slot.end)
        return orders.appointment(order, self.settings.event, slot.location_id, when)

    def _not_begun(self, slot: Slot) -> None:
        # pretix sells what is past to whoever holds a token.
        if slot.start < self.context.now():
            raise SlotInPast("This time has already begun.")


def _end(date: wire.SubEvent) -> datetime:
    if date.date_to is None:
        raise BadAnswer("Its date has no end.")
    return date.date_to.astimezone(UTC)


def _subevent(slot: Slot) -> int:
    return int(f"{slot.vendor_data['subevent']}")


def _places(slot: Slot) -> list[dict[str, object]]:
    return [
        {"item": int(wanted.product_id), "subevent": _subevent(slot), "price": orders.FREE}
        for wanted in slot.products
        for _ in range(wanted.quantity)
    ]


def _kept(hold: Hold) -> list[int]:
    positions = hold.ref.vendor_state.get("positions")
    return [int(f"{each}") for each in positions] if isinstance(positions, list) else []


Adapter = PretixAdapter
