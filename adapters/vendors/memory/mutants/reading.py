"""Faults in what a source offers, and in when it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    QuantityExceeded,
    ResourceNotFound,
    VendorError,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    BookingRequest,
    Location,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)

_SATURDAY = 5


class DownIsEmpty(MemoryAdapter):
    """Degrades slots that cannot be read to an empty list."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        try:
            return await super().slots(query, deadline=deadline)
        except VendorError:
            return []


class CatalogueEmptied(MemoryAdapter):
    """Degrades products that cannot be read to an empty list."""

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        try:
            return await super().products(deadline=deadline)
        except VendorError:
            return []


class UnknownIsEmpty(MemoryAdapter):
    """Answers an unknown location or product with an empty list."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        try:
            return await super().slots(query, deadline=deadline)
        except ResourceNotFound:
            return []


class AnythingGoesTogether(MemoryAdapter):
    """Looks for the first product alone where several were asked."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        alone = query.model_copy(update={"products": query.products[:1]})
        slots = await super().slots(alone, deadline=deadline)
        return [slot.model_copy(update={"products": query.products}) for slot in slots]


class UnknownIsGone(MemoryAdapter):
    """Takes an appointment that cannot be read for one that is not there."""

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        try:
            return await super().appointment(ref, deadline=deadline)
        except VendorError:
            raise AppointmentNotFound from None


class CrashesOnHostileAnswers(MemoryAdapter):
    """Lets the parser's own exception out."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        try:
            return await super().slots(query, deadline=deadline)
        except BadAnswer:
            raise ValueError("no JSON") from None


class LastDayIsExcluded(MemoryAdapter):
    """Takes the last day as exclusive, as its vendor does."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        slots = await super().slots(query, deadline=deadline)
        return [slot for slot in slots if slot.start.date() < query.last_day]


class CutsTheRange(MemoryAdapter):
    """Answers the first fifty days of a range, and says nothing of the others."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        last = min(query.last_day, query.first_day + timedelta(days=50))
        cut = query.model_copy(update={"last_day": last})
        return await super().slots(cut, deadline=deadline)


class AdvertisesThePast(MemoryAdapter):
    """Offers the whole of today."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        first = min(self.context.now().date(), query.first_day)
        now = datetime.combine(first, datetime.min.time(), UTC)
        self.agenda._now = lambda: now  # noqa: SLF001 a fault reaches where it likes
        try:
            return await super().slots(query, deadline=deadline)
        finally:
            self.agenda._now = self.context.now  # noqa: SLF001 as above


class AdvertisesDaysWithoutSlots(MemoryAdapter):
    """Advertises a Sunday in every range, from a calendar of days that knows no hours."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        slots = await super().slots(query, deadline=deadline)
        if query.first_day == query.last_day:
            return slots
        saturdays = [slot for slot in slots if slot.start.weekday() == _SATURDAY]
        day = timedelta(days=1)
        sundays = [
            slot.model_copy(update={"start": slot.start + day, "end": slot.end + day})
            for slot in saturdays[:1]
        ]
        return sorted([*slots, *sundays], key=lambda slot: slot.start)


class RefusesThePast(MemoryAdapter):
    """Passes on that its vendor refuses a range that begins in the past."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        if query.first_day < self.context.now().date():
            raise BadAnswer("400: fromDate must not be in the past")
        return await super().slots(query, deadline=deadline)


class RefusesTheFuture(MemoryAdapter):
    """Passes on that its vendor refuses days beyond its window."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        if query.first_day > self.context.now().date() + timedelta(days=1000):
            raise BadAnswer("400: beyond the booking window")
        return await super().slots(query, deadline=deadline)


class OncePerDesk(MemoryAdapter):
    """Offers every time once for each desk."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        slots = await super().slots(query, deadline=deadline)
        return [slot for slot in slots for _ in range(2)]


class CachesAvailability(MemoryAdapter):
    """Answers the same question as it did the first time."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        answers: dict[str, Sequence[Slot]] = self.__dict__.setdefault("answers", {})
        asked = query.model_dump_json()
        if asked not in answers:
            answers[asked] = await super().slots(query, deadline=deadline)
        deadline.check()
        return answers[asked]


class IgnoresTheQuantity(MemoryAdapter):
    """Books one, however many were asked."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        one = tuple(each.model_copy(update={"quantity": 1}) for each in slot.products)
        slots = await super().slots(_of(slot, one), deadline=deadline)
        single = next((each for each in slots if each.start == slot.start), slot)
        return await super().book(single, request, deadline=deadline)


class ClampsTheQuantity(MemoryAdapter):
    """Takes the most there is where more was asked."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        try:
            return await super().slots(query, deadline=deadline)
        except QuantityExceeded:
            most = tuple(each.model_copy(update={"quantity": 1}) for each in query.products)
            return await super().slots(
                query.model_copy(update={"products": most}), deadline=deadline
            )


class ListsTwice(MemoryAdapter):
    """Lists a location for each of its desks."""

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        return [*await super().locations(products, deadline=deadline)] * 2


class Shifted(MemoryAdapter):
    """Slots at the wrong instants, consistently."""

    def shift(self, instant: datetime) -> timedelta:
        """By how much."""
        raise NotImplementedError

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        slots = await super().slots(query, deadline=deadline)
        return [
            slot.model_copy(
                update={
                    "start": slot.start + self.shift(slot.start),
                    "end": slot.end + self.shift(slot.start),
                }
            )
            for slot in slots
        ]


class NaiveTimesAreUtc(Shifted):
    """Takes a naive time of the vendor's for UTC."""

    def shift(self, instant: datetime) -> timedelta:
        return instant.utcoffset() or timedelta()


class TodaysOffsetIsKept(Shifted):
    """Gives every day the offset of today, and so shifts when the clock changes."""

    def shift(self, instant: datetime) -> timedelta:
        today = self.context.now().astimezone(self.context.zone).utcoffset() or timedelta()
        return (instant.utcoffset() or timedelta()) - today


class TrustsTheMachine(Shifted):
    """Takes the zone of the machine into account."""

    def shift(self, instant: datetime) -> timedelta:
        del instant
        return timedelta(seconds=time.localtime(0).tm_gmtoff)


class EndsOnTheWallClock(MemoryAdapter):
    """Works an end out on a clock that knows no change until the next week."""

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        slots = await super().slots(query, deadline=deadline)
        first = slots[0].start.utcoffset() if slots else None
        changed = timedelta(hours=1)
        return [
            slot
            if slot.start.utcoffset() == first
            else slot.model_copy(update={"end": slot.end + changed})
            for slot in slots
        ]


def _of(slot: Slot, products: tuple[ProductQuantity, ...]) -> SlotQuery:
    day = slot.start.date()
    return SlotQuery(location_id=slot.location_id, products=products, first_day=day, last_day=day)
