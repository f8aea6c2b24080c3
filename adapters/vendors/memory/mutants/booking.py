"""Faults in who gets what, in what is sent, and in whose data is where."""

from __future__ import annotations

import logging
from contextlib import suppress

import anyio

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.store import Entry
from contracts.deadline import Deadline
from contracts.errors import (
    AppointmentNotFound,
    BadAnswer,
    BookingError,
    CustomerFieldsMissing,
    OutcomeUnknown,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    BookingRequest,
    Slot,
    SlotQuery,
)


class Overbooks(MemoryAdapter):
    """Books whatever is asked: the vendor's 409 is not looked at."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        self.agenda.claim = lambda *_, **__: None  # type: ignore[method-assign]
        return await super().book(slot, request, deadline=deadline)


class ChecksThenBooks(Overbooks):
    """Looks whether a slot is free, and books it a moment later."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        day = slot.start.date()
        query = SlotQuery(
            location_id=slot.location_id, products=slot.products, first_day=day, last_day=day
        )
        if slot not in await self.slots(query, deadline=deadline):
            raise SlotTaken("Not free.")
        await anyio.lowlevel.checkpoint()
        return await super().book(slot, request, deadline=deadline)


class SwallowsErrors(MemoryAdapter):
    """Takes a 200 for success, whatever error stands inside it."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except SlotTaken:
            entry = self._enter(slot, request.client_reference)
            entry.status = AppointmentStatus.CONFIRMED
            return self._appointment(entry)


class BooksTheNearest(MemoryAdapter):
    """Books the next slot where the chosen one is taken."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except SlotTaken:
            moved = {"start": slot.end, "end": slot.end + (slot.end - slot.start)}
            return await super().book(slot.model_copy(update=moved), request, deadline=deadline)


class BooksTwice(MemoryAdapter):
    """Sends each booking twice under the one key."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        booked = await super().book(slot, request, deadline=deadline)
        with suppress(BookingError):
            await super().book(slot, request, deadline=deadline)
        return booked


class BooksTheFirstProduct(MemoryAdapter):
    """Books the first product of several."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        booked = await super().book(slot, request, deadline=deadline)
        entry = self.store.entries[booked.ref.vendor_ref]
        entry.products = entry.products[:1]
        return self._appointment(entry)


class ReservesBeforeItRefuses(MemoryAdapter):
    """Leaves a place kept for a booking that was refused."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except (SlotTaken, CustomerFieldsMissing):
            entry = self._enter(slot, request.client_reference)
            entry.status = AppointmentStatus.CONFIRMED
            self.store.entries[entry.ref] = entry
            raise


class MixesUpCallers(MemoryAdapter):
    """Keeps the slot of the caller in a session that all callers share."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        self.chosen = slot
        await anyio.lowlevel.checkpoint()
        return await super().book(self.chosen, request, deadline=deadline)


class ReplacesTheFirst(MemoryAdapter):
    """Knows a customer by e-mail address, and gives each one appointment."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        booked = await super().book(slot, request, deadline=deadline)
        for entry in list(self.store.entries.values()):
            if _same_address(entry, request) and entry.ref != booked.ref.vendor_ref:
                entry.status = AppointmentStatus.CANCELLED
        return booked


class ApprovedByItself(MemoryAdapter):
    """Calls a request confirmed before staff has seen it."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        booked = await super().book(slot, request, deadline=deadline)
        return booked.model_copy(update={"status": AppointmentStatus.CONFIRMED})


class KnowsNoGerman(MemoryAdapter):
    """Passes on that its vendor knows two languages."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        if request.language == "de":
            raise BadAnswer("400: unknown language")
        return await super().book(slot, request, deadline=deadline)


class IgnoresTheDeadline(MemoryAdapter):
    """Books after the time is up."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except VendorUnavailable:
            if deadline.passed:
                await super().book(slot, request, deadline=Deadline.after(1))
            raise


class SendsAgain(MemoryAdapter):
    """Sends a booking without an answer once more."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except OutcomeUnknown:
            return await super().book(slot, request, deadline=Deadline.after(1))


class LostIsFailed(MemoryAdapter):
    """Calls a booking without an answer failed."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except OutcomeUnknown:
            raise VendorUnavailable("It failed.") from None


class StaysBroken(MemoryAdapter):
    """Keeps a connection that broke."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        if getattr(self, "broke", False):
            raise VendorUnavailable("The connection is broken.")
        try:
            return await super().book(slot, request, deadline=deadline)
        except OutcomeUnknown:
            self.broke = True
            raise


class KeepsToItself(MemoryAdapter):
    """Remembers in the process what it booked."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        booked = await super().book(slot, request, deadline=deadline)
        self.own = {*getattr(self, "own", ()), booked.ref.vendor_ref}
        return booked

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        entry = self.store.entries.get(ref.vendor_ref)
        booked_here = ref.vendor_ref in getattr(self, "own", ())
        if entry is not None and entry.held_until is None and not booked_here:
            raise AppointmentNotFound
        return await super().appointment(ref, deadline=deadline)


class NamesTheBooker(MemoryAdapter):
    """Quotes the request in the cause of a refusal."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except SlotTaken as error:
            cause = ValueError(f"rejected: {request.booker.model_dump()}")
            raise type(error)("Refused.") from cause


class AddressesTheBooker(MemoryAdapter):
    """Says a refusal to the citizen, by the given name."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except SlotTaken:
            raise SlotTaken(f"Sorry {request.booker.given_name}, it is taken.") from None


class LogsTheBooker(MemoryAdapter):
    """Logs what it sends."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        logging.getLogger("vendor").debug("POST %s", request.model_dump_json())
        return await super().book(slot, request, deadline=deadline)


class TitlesWithTheName(MemoryAdapter):
    """Keeps the name of the booker in the state of an appointment."""

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        read = await super().appointment(ref, deadline=deadline)
        request = self.store.entries[ref.vendor_ref].request
        name = request.booker.family_name if request else None
        state = {**read.ref.vendor_state, "title": name}
        return read.model_copy(update={"ref": read.ref.model_copy(update={"vendor_state": state})})


class ChokesOnEmoji(MemoryAdapter):
    """Writes names in Latin-1."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        (request.booker.given_name or "").encode("latin-1")
        return await super().book(slot, request, deadline=deadline)


class ChokesOnLongNames(MemoryAdapter):
    """Passes on that a column of its vendor's is too short."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        if len(request.booker.family_name or "") > 100:  # noqa: PLR2004 the vendor's own number
            raise BadAnswer("500: value too long for type character varying(100)")
        return await super().book(slot, request, deadline=deadline)


class AsksButTakesAnything(MemoryAdapter):
    """Fills in what the citizen left out."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        try:
            return await super().book(slot, request, deadline=deadline)
        except CustomerFieldsMissing as error:
            if any(issue.name == "answers.partner" for issue in error.issues):
                raise
            full = request.booker.model_copy(
                update={"given_name": "?", "family_name": "?", "email": "a@b"}
            )
            request = request.model_copy(update={"booker": full})
            return await super().book(slot, request, deadline=deadline)


class NeedsWhatItDoesNotAsk(MemoryAdapter):
    """Refuses a booking without a date of birth, which it never asks for."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        if request.booker.birth_date is None:
            raise BadAnswer("422: dateOfBirth is required")
        return await super().book(slot, request, deadline=deadline)


def _same_address(entry: Entry, request: BookingRequest) -> bool:
    return entry.request is not None and entry.request.booker.email == request.booker.email
