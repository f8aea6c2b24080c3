"""Faults where the network delivers a request twice, and the second answer is the one given."""

from __future__ import annotations

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.deadline import Deadline
from contracts.errors import HoldExpired, SlotTaken
from contracts.models import Appointment, AppointmentRef, BookingRequest, Hold, Slot


class Copied(MemoryAdapter):
    """Knows what an adapter does not: whether its next request arrives twice."""

    def arrives_twice(self, operation: str) -> bool:
        """Whether the network will deliver the next one again."""
        coming = self.faults._scripts[operation]  # noqa: SLF001 a fault reaches where it likes
        return bool(coming) and coming[0].twice


class TakesItsCopyForAnother(Copied):
    """Believes that somebody else has the place that a copy of its own request has taken."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        twice, before = self.arrives_twice("book"), len(self.store.entries)
        booked = await super().book(slot, request, deadline=deadline)
        if twice and len(self.store.entries) == before + 1:
            raise SlotTaken("All desks are taken at this time.")
        return booked


class LeavesTheCopy(Copied):
    """Leaves what a copy of its request has booked beside it."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        before = len(self.store.entries)
        booked = await super().book(slot, request, deadline=deadline)
        for entry in list(self.store.entries.values())[before:]:
            entry.status = booked.status
        return booked


class TakesItsCopyForExpiry(Copied):
    """Believes that a hold has expired which a copy of its own request has confirmed."""

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        twice = self.arrives_twice("confirm")
        booked = await super().confirm(hold, request, deadline=deadline)
        if twice:
            raise HoldExpired("This time is no longer kept.")
        return booked


class TakesItsMoveForAnother(Copied):
    """Believes that somebody else has the place to which a copy of its request has moved."""

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        twice = self.arrives_twice("reschedule")
        moved = await super().reschedule(ref, slot, client_reference, deadline=deadline)
        if twice:
            raise SlotTaken("All desks are taken at this time.")
        return moved
