"""Faults in cancelling, holding and moving."""

from __future__ import annotations

from datetime import timedelta

import anyio

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    CancellationClosed,
    CustomerFieldsMissing,
    HoldExpired,
    SlotInPast,
    SlotTaken,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    BookingRequest,
    Hold,
    Slot,
)


class CancelsOnce(MemoryAdapter):
    """Passes on that its vendor refuses a second cancellation."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        if ref.vendor_ref in self.store.entries and not self.store.entries[ref.vendor_ref].stands():
            raise AppointmentNotFound
        return await super().cancel(ref, deadline=deadline)


class CancelsWhatItKnows(MemoryAdapter):
    """Passes on that its vendor does not know a reference."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        if ref.vendor_ref not in self.store.entries:
            raise AppointmentNotFound
        return await super().cancel(ref, deadline=deadline)


class CancelsInNameOnly(MemoryAdapter):
    """Says that it cancelled."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        deadline.check()
        return ref


class CancelsThePlace(MemoryAdapter):
    """Cancels whoever has the place that the reference once had."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        entry = self.store.entries.get(ref.vendor_ref)
        if entry is not None and not entry.stands():
            for other in self.store.standing(entry.location_id):
                if other.overlaps(entry.start, entry.end):
                    other.status = AppointmentStatus.CANCELLED
                    break
        return await super().cancel(ref, deadline=deadline)


class CancelsTooLate(MemoryAdapter):
    """Says that it cancelled what its vendor no longer lets go."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        try:
            return await super().cancel(ref, deadline=deadline)
        except CancellationClosed:
            return ref


class CancelsOneAtATime(MemoryAdapter):
    """Refuses a cancellation while another is on its way."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        if getattr(self, "busy", False):
            raise BadAnswer("409: locked")
        self.busy = True
        try:
            await anyio.lowlevel.checkpoint()
            return await super().cancel(ref, deadline=deadline)
        finally:
            self.busy = False


class LeavesToTheDesk(MemoryAdapter):
    """Says that it cancelled what staff has booked."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        entry = self.store.entries.get(ref.vendor_ref)
        if entry is None or entry.request is not None:
            return await super().cancel(ref, deadline=deadline)
        deadline.check()
        return ref


class LeavesTraces(MemoryAdapter):
    """Leaves an appointment standing at every fifth cancellation."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        self.count = getattr(self, "count", 0) + 1
        if self.count % 5:
            return await super().cancel(ref, deadline=deadline)
        deadline.check()
        return ref


class HoldsNothing(MemoryAdapter):
    """Says that it holds."""

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        held = await super().hold(slot, client_reference, deadline=deadline)
        del self.store.entries[held.ref.vendor_ref]
        return held

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        return await super().book(hold.slot, request, deadline=deadline)


class HoldNeverExpires(MemoryAdapter):
    """Keeps a hold after its end."""

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        held = await super().hold(slot, client_reference, deadline=deadline)
        self.store.entries[held.ref.vendor_ref].held_until = held.expires_at + timedelta(days=1)
        return held


class HoldsLessThanItSays(MemoryAdapter):
    """Gives a hold an end five minutes after the vendor's own."""

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        held = await super().hold(slot, client_reference, deadline=deadline)
        return held.model_copy(update={"expires_at": held.expires_at + timedelta(minutes=5)})


class ConfirmsWhatExpired(MemoryAdapter):
    """Books anew what was held no longer."""

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().confirm(hold, request, deadline=deadline)
        except HoldExpired:
            return await super().book(hold.slot, request, deadline=deadline)


class ReleasesNothing(MemoryAdapter):
    """Says that it released."""

    async def release(self, hold: Hold, *, deadline: Deadline) -> None:
        del hold
        deadline.check()


class ExtendsOnPaper(MemoryAdapter):
    """Moves the end of a hold on our side alone."""

    async def extend(self, hold: Hold, *, deadline: Deadline) -> Hold:
        self._held(hold)
        deadline.check()
        later = hold.expires_at + timedelta(minutes=5)
        return hold.model_copy(update={"expires_at": later})


class DropsTheHold(MemoryAdapter):
    """Loses a hold to a form with a mistake in it."""

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().confirm(hold, request, deadline=deadline)
        except CustomerFieldsMissing:
            del self.store.entries[hold.ref.vendor_ref]
            raise


class ForgetsTheReferenceOfAHold(MemoryAdapter):
    """Keeps the client reference of a hold, and not that of its confirmation."""

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        booked = await super().confirm(hold, request, deadline=deadline)
        self.store.entries[booked.ref.vendor_ref].references.pop()
        return booked


class ConfirmsUnderAnotherName(MemoryAdapter):
    """Gives what was held another reference while it is confirmed."""

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().confirm(hold, request, deadline=deadline)
        finally:
            entry = self.store.entries.get(hold.ref.vendor_ref)
            if entry is not None and entry.status is not None:
                del self.store.entries[entry.ref]
                entry.ref = self.store.next_ref()
                self.store.entries[entry.ref] = entry


class CancelsBeforeItMoves(MemoryAdapter):
    """Loses the old slot where the new one is refused."""

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        if not self.store.entries.get(ref.vendor_ref):
            raise AppointmentNotFound
        try:
            return await super().reschedule(ref, slot, client_reference, deadline=deadline)
        except (SlotTaken, SlotInPast):
            await self.cancel(ref, deadline=deadline)
            raise


class MovesTwice(MemoryAdapter):
    """Books the new slot, and leaves the old appointment."""

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        entry = self._entry(ref)
        old = (entry.start, entry.end)
        moved = await super().reschedule(ref, slot, client_reference, deadline=deadline)
        left = self._enter(slot, "left-behind-by-a-move")
        left.start, left.end = old
        left.status = AppointmentStatus.CONFIRMED
        self.store.entries[left.ref] = left
        return moved


class MovesIntoThePast(MemoryAdapter):
    """Moves to whatever time is asked."""

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().reschedule(ref, slot, client_reference, deadline=deadline)
        except SlotInPast:
            entry = self._entry(ref)
            entry.start, entry.end = slot.start, slot.end
            return self._appointment(entry)


class ForgetsTheMove(MemoryAdapter):
    """Does not send the client reference of a move."""

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        moved = await super().reschedule(ref, slot, client_reference, deadline=deadline)
        self.store.entries[moved.ref.vendor_ref].references.pop()
        return moved
