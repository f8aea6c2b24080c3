"""A municipality with nothing but shared calendars: one calendar per desk is all it needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import httpx
from pydantic import BaseModel

from adapters.http import VendorClient
from adapters.together import together
from adapters.vendors.caldav import counter, wire
from adapters.vendors.caldav.catalogue import Catalogue
from adapters.vendors.caldav.desk import Desk
from adapters.vendors.caldav.events import Entry, Ours, Shown, Stage
from adapters.vendors.caldav.occurrences import Busy
from adapters.vendors.caldav.settings import CalDavSettings
from adapters.wall_clock import in_zone
from contracts.adapter import AdapterContext, BookingAdapter, Capability
from contracts.errors import (
    AppointmentNotFound,
    HoldExpired,
    OutsideBookingWindow,
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
    Location,
    MatchKey,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.vendors.caldav.settings import LocationSettings
    from contracts.deadline import Deadline

HELD = timedelta(minutes=10)
_UPCOMING = timedelta(days=730)
_TRIES = 3


class CalDavAdapter(BookingAdapter[CalDavSettings]):
    """Products and opening hours from the settings, everything booked from the calendars."""

    Settings: ClassVar[type[BaseModel]] = CalDavSettings

    def __init__(self, settings: CalDavSettings, context: AdapterContext) -> None:
        """Know the desks; open nothing yet."""
        super().__init__(settings, context)
        auth = httpx.BasicAuth(settings.username, settings.password.get_secret_value())
        self._client = VendorClient(
            settings.base_url,
            auth=auth if settings.username else None,
            headers={"Accept": "application/xml, text/xml, text/calendar"},
            max_bytes=20_000_000,
        )
        self._catalogue = Catalogue(settings, context.zone)
        self._desks_are_there = False

    # What can be booked -------------------------------------------------------------------

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        """From the settings."""
        await self._check(deadline)
        return self._catalogue.products()

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        """From the settings."""
        found = self._catalogue.locations(products)
        await self._check(deadline)
        return found

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        """Opening hours minus whatever stands in the calendars, whoever put it there."""
        location = self._catalogue.location(query.location_id)
        now, zone = self.context.now(), self.context.zone
        today = now.astimezone(zone).date()
        first = max(query.first_day, today)
        last = min(query.last_day, today + timedelta(days=self.settings.horizon_days))
        earliest = now + timedelta(minutes=self.settings.lead_minutes)
        offered = [
            period
            for period in self._catalogue.periods(location, query.products, first, last)
            if period[0] >= earliest
        ]
        if not offered:
            return ()
        window = offered[0][0], max(end for _, end in offered)
        desks = await together(desk.events(window, deadline) for desk in self._desks(location))
        busy = [
            Busy(period for entry in entries if not entry.lapsed(now) for period in entry.busy)
            for entries in desks
        ]
        return [
            Slot(
                location_id=location.id,
                start=in_zone(start, zone),
                end=in_zone(end, zone),
                products=query.products,
            )
            for start, end in offered
            if not all(desk.overlaps((start, end)) for desk in busy)
        ]

    # Booking ------------------------------------------------------------------------------

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        """At the first desk that is free."""
        ours = _booking(slot, request)
        desk, entry = await self._take(slot, ours, self._shown(slot, request), deadline)
        return self._appointment(desk, replace(entry, ours=ours))

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        """A tentative event for ten minutes, without the citizen."""
        # The calendar keeps whole seconds.
        until = (self.context.now() + HELD).replace(microsecond=0)
        ours = Ours(Stage.HOLD, slot.location_id, slot.products, client_reference, until)
        desk, entry = await self._take(slot, ours, counter.HELD, deadline)
        return Hold(ref=desk.ref(entry), slot=slot, expires_at=until)

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        """The booking written over the hold, if that is still as it was."""
        found = await self._find(hold.ref, Stage.HOLD, deadline)
        if found is None or found[1].lapsed(self.context.now()):
            raise HoldExpired
        desk, entry = found
        ours = _booking(hold.slot, request)
        if not await desk.rewrite(entry, ours, self._shown(hold.slot, request), deadline):
            raise HoldExpired
        return self._appointment(desk, replace(entry, ours=ours))

    async def release(self, hold: Hold, *, deadline: Deadline) -> None:
        """Remove the tentative event, unless it has become a booking."""
        await self._remove(hold.ref, Stage.HOLD, deadline)

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        """As the calendar has it now, moved or cancelled by hand included."""
        found = await self._find(ref, Stage.BOOKED, deadline)
        if found is None:
            raise AppointmentNotFound
        return self._appointment(*found)

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        """Remove the event, so that its name comes free for the next."""
        await self._remove(ref, Stage.BOOKED, deadline)
        return ref

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        """Read every calendar around the slot, then all of them: staff may have moved it."""
        desks = self._desks()
        around = near.start.astimezone(UTC), near.end.astimezone(UTC)
        having = wire.ours("REFERENCE", client_reference)
        for read in (partial(Desk.events, window=around), partial(Desk.having, property_=having)):
            found = await together(read(desk, deadline=deadline) for desk in desks)
            for desk, entries in zip(desks, found, strict=True):
                for entry in entries:
                    if entry.is_booked_under(client_reference):
                        return self._appointment(desk, entry)
        return None

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        """Those that carry the citizen's pseudonym; a national number is never written."""
        if citizen.kind != "externalId":
            raise self._absent(Capability.APPOINTMENTS_OF)
        now = self.context.now()
        desks = self._desks()
        upcoming = now, now + _UPCOMING
        found = await together(
            desk.events(upcoming, deadline, citizen=citizen.value) for desk in desks
        )
        theirs = [
            self._appointment(desk, entry)
            for desk, entries in zip(desks, found, strict=True)
            for entry in entries
            # A server may also find the text as a part of a longer one.
            if entry.ours and entry.ours.citizen == citizen.value and entry.end > now
        ]
        return sorted(theirs, key=lambda appointment: appointment.start)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    # ----------------------------------------------------------------------------------------

    async def _check(self, deadline: Deadline) -> None:
        """Once, so that a wrong password or address shows before the first citizen does."""
        if not self._desks_are_there:
            await together(desk.check(deadline) for desk in self._desks())
            self._desks_are_there = True

    async def _take(
        self, slot: Slot, ours: Ours, shown: Shown, deadline: Deadline
    ) -> tuple[Desk, Entry]:
        location = self._catalogue.location(slot.location_id)
        period = slot.start.astimezone(UTC), slot.end.astimezone(UTC)
        if period[0] < self.context.now():
            raise SlotInPast
        day = slot.start.astimezone(self.context.zone).date()
        if period not in self._catalogue.periods(location, slot.products, day, day):
            raise OutsideBookingWindow("The opening hours have changed meanwhile.")
        for desk in self._desks(location):
            try:
                return desk, await desk.take(period, ours, shown, deadline)
            except SlotTaken:
                continue
        raise SlotTaken

    async def _find(
        self, ref: AppointmentRef, stage: Stage, deadline: Deadline
    ) -> tuple[Desk, Entry] | None:
        """Where it was last seen, or else in any calendar: staff may have moved it."""
        desks = {desk.path: desk for desk in self._desks()}
        last_seen = desks.get(str(ref.vendor_state.get("desk")))
        entry = await last_seen.get(str(ref.vendor_state["name"]), deadline) if last_seen else None
        if last_seen and entry and entry.uid == ref.vendor_ref:
            found = [(last_seen, entry)]
        else:
            entries = await together(desk.find(ref.vendor_ref, deadline) for desk in desks.values())
            found = [(desk, e) for desk, e in zip(desks.values(), entries, strict=True) if e]
        for desk, entry in found:
            # Some calendar programs drop properties they do not know: that was a booking.
            if entry.ours is None or entry.ours.stage is stage:
                return desk, entry
        return None

    async def _remove(self, ref: AppointmentRef, stage: Stage, deadline: Deadline) -> None:
        for _ in range(_TRIES):
            found = await self._find(ref, stage, deadline)
            if found is None or await found[0].remove(found[1], deadline):
                return
        raise VendorUnavailable("The event was changed each time it was to be removed.")

    def _desks(self, location: LocationSettings | None = None) -> list[Desk]:
        """Those of a location, or of all of them."""
        return [
            Desk(path, self._client, self.context.zone, self.context.now)
            for place in ([location] if location else self.settings.locations)
            for path in place.desks
        ]

    def _appointment(self, desk: Desk, entry: Entry) -> Appointment:
        ours = entry.ours
        if ours is None:
            by_desk = {path: place.id for place in self.settings.locations for path in place.desks}
            ours = Ours(Stage.BOOKED, by_desk.get(desk.path, desk.path), (), "")
        return Appointment(
            ref=desk.ref(entry),
            status=AppointmentStatus.CANCELLED if entry.cancelled else AppointmentStatus.CONFIRMED,
            location_id=ours.location,
            start=in_zone(entry.start, self.context.zone),
            end=in_zone(entry.end, self.context.zone),
            products=ours.products,
            client_reference=ours.reference or None,
        )

    def _shown(self, slot: Slot, request: BookingRequest) -> Shown:
        products = ((self._catalogue.product(p.product_id).name, p.quantity) for p in slot.products)
        return counter.booked(products, request, self.settings.contact)


def _booking(slot: Slot, request: BookingRequest) -> Ours:
    match = request.match_key
    # A national number has no business in a calendar that colleagues share.
    citizen = match.value if match and match.kind == "externalId" else None
    return Ours(
        Stage.BOOKED, slot.location_id, slot.products, request.client_reference, citizen=citizen
    )


Adapter = CalDavAdapter
