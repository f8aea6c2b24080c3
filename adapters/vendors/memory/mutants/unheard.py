"""Faults in what is made of a write that failed, or was not answered."""

from __future__ import annotations

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    HoldExpired,
    OutcomeUnknown,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    BookingRequest,
    Hold,
    Slot,
)

_ASKED = "asked-to-cancel"


class FailedConfirmIsExpired(MemoryAdapter):
    """Takes a hold that could not be confirmed for one that has expired."""

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().confirm(hold, request, deadline=deadline)
        except BadAnswer:
            raise HoldExpired from None


class FailedHoldIsTaken(MemoryAdapter):
    """Takes a slot that could not be held for one that somebody else has."""

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        try:
            return await super().hold(slot, client_reference, deadline=deadline)
        except BadAnswer:
            raise SlotTaken from None


class LostConfirmIsFailed(MemoryAdapter):
    """Calls a confirmation without an answer failed."""

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().confirm(hold, request, deadline=deadline)
        except OutcomeUnknown:
            raise VendorUnavailable("It failed.") from None


class APageIsGone(MemoryAdapter):
    """Takes a page where an appointment should be for one that is gone: cancelled, it says."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        try:
            return await super().cancel(ref, deadline=deadline)
        except BadAnswer:
            return ref


class APageMovesNothing(MemoryAdapter):
    """Takes a page where an appointment should be for one that is gone: nothing to move."""

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().reschedule(ref, slot, client_reference, deadline=deadline)
        except BadAnswer:
            raise AppointmentNotFound from None


class LostCancelIsFailed(MemoryAdapter):
    """Calls a cancellation without an answer failed."""

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        try:
            return await super().cancel(ref, deadline=deadline)
        except OutcomeUnknown:
            raise VendorUnavailable("It failed.") from None


class LostCancelIsDone(MemoryAdapter):
    """Takes a cancellation that never arrived for done."""

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        read = await super().appointment(ref, deadline=deadline)
        if _ASKED in self.store.entries[ref.vendor_ref].references:
            return read.model_copy(update={"status": AppointmentStatus.CANCELLED})
        return read

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        try:
            return await super().cancel(ref, deadline=deadline)
        except OutcomeUnknown:
            self.store.entries[ref.vendor_ref].references.append(_ASKED)
            raise


class LostMoveIsFailed(MemoryAdapter):
    """Calls a move without an answer failed."""

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        try:
            return await super().reschedule(ref, slot, client_reference, deadline=deadline)
        except OutcomeUnknown:
            raise VendorUnavailable("It failed.") from None
