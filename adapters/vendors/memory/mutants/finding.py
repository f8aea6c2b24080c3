"""Faults in finding appointments again: by reference, by citizen, by change, and after silence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from adapters.vendors.memory.adapter import SIGNATURE_HEADER, MemoryAdapter
from contracts.deadline import Deadline
from contracts.errors import InvalidRequest, VendorError
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    BookingRequest,
    Changes,
    MatchKey,
    Slot,
)


class FindsNothing(MemoryAdapter):
    """Finds nothing by reference."""

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        await super().find_by_client_reference(client_reference, near=near, deadline=deadline)
        return None


class LosesTheClientReference(MemoryAdapter):
    """Does not send the client reference of a booking."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        before = len(self.store.entries)
        try:
            return await super().book(slot, request, deadline=deadline)
        finally:
            for entry in list(self.store.entries.values())[before:]:
                entry.references.clear()


class FindsTheNearest(MemoryAdapter):
    """Takes whatever stands in the slot for ours."""

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        found = await super().find_by_client_reference(
            client_reference, near=near, deadline=deadline
        )
        there = (e for e in self.store.standing(near.location_id) if e.start == near.start)
        return found or next((self._appointment(entry) for entry in there), None)


class CutsReferencesOff(MemoryAdapter):
    """Looks references up by their first thirty characters."""

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        exact = await super().find_by_client_reference(
            client_reference, near=near, deadline=deadline
        )
        beginning = client_reference[:30]
        alike = (
            self._appointment(entry)
            for entry in self.store.entries.values()
            if entry.status is not None and any(r.startswith(beginning) for r in entry.references)
        )
        return next(alike, exact)


class FindsWhatBeginsAlike(MemoryAdapter):
    """Looks for what begins with the reference that is asked for."""

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        exact = await super().find_by_client_reference(
            client_reference, near=near, deadline=deadline
        )
        longer = (
            self._appointment(entry)
            for entry in self.store.entries.values()
            if entry.status is not None
            and any(each.startswith(client_reference) for each in entry.references)
        )
        return exact or next(longer, None)


class FindsWhatIsHeld(MemoryAdapter):
    """Takes a hold for an appointment, when it is looked up by its reference."""

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        found = await super().find_by_client_reference(
            client_reference, near=near, deadline=deadline
        )
        held = (
            self._appointment(replace(entry, status=AppointmentStatus.CONFIRMED))
            for entry in self.store.entries.values()
            if entry.status is None and client_reference in entry.references
        )
        return found or next(held, None)


class FailedLookupFindsNothing(MemoryAdapter):
    """Takes a lookup that fails for one that found nothing."""

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        try:
            return await super().find_by_client_reference(
                client_reference, near=near, deadline=deadline
            )
        except VendorError:
            return None


class FindsWhatWasCancelled(MemoryAdapter):
    """Says of what was cancelled that it stands."""

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        found = await super().find_by_client_reference(
            client_reference, near=near, deadline=deadline
        )
        return found and found.model_copy(update={"status": AppointmentStatus.CONFIRMED})


class ForgetsWhoseItIs(MemoryAdapter):
    """Leaks other citizens' appointments: the vendor ignores a filter that it does not know."""

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        await super().appointments_of(citizen, deadline=deadline)
        return [self._appointment(e) for e in self.store.entries.values() if e.stands()]


class IgnoresTheKindOfAKey(MemoryAdapter):
    """Looks a pseudonym up among the national numbers."""

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        kinds: tuple[Literal["nationalNumber", "externalId"], ...] = "nationalNumber", "externalId"
        found = [
            each
            for kind in kinds
            for each in await super(IgnoresTheKindOfAKey, self).appointments_of(
                MatchKey(kind=kind, value=citizen.value), deadline=deadline
            )
        ]
        return sorted(found, key=lambda each: each.start)


class ShowsTheFirstPage(MemoryAdapter):
    """Shows the first five appointments of a citizen."""

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        return (await super().appointments_of(citizen, deadline=deadline))[:5]


class ShowsThePast(MemoryAdapter):
    """Shows appointments that have ended."""

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        await super().appointments_of(citizen, deadline=deadline)
        found = [e for e in self.store.entries.values() if e.citizen == citizen and e.stands()]
        return [self._appointment(entry) for entry in sorted(found, key=lambda e: e.start)]


class DownHasNoAppointments(MemoryAdapter):
    """Degrades a citizen's appointments that cannot be read to an empty list."""

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        try:
            return await super().appointments_of(citizen, deadline=deadline)
        except VendorError:
            return []


class NamesTheCitizen(MemoryAdapter):
    """Quotes the address of a lookup in its error, and the number stands in it."""

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        try:
            return await super().appointments_of(citizen, deadline=deadline)
        except VendorError as error:
            raise type(error)(f"GET /appointments?citizen={citizen.value}: 500") from None


class LosesCancellations(MemoryAdapter):
    """Leaves cancellations out of its feed."""

    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        page = await super().changes(cursor, deadline=deadline)
        booked = tuple(item for item in page.items if item.status != "cancelled")
        return page.model_copy(update={"items": booked})


class SkipsWhatIsTooMuch(MemoryAdapter):
    """Gives five changes a page, and no other page."""

    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        page = await super().changes(cursor, deadline=deadline)
        return page.model_copy(update={"items": page.items[:5]})


class ForgetsWhatItGaveOut(MemoryAdapter):
    """Gives every change out once, whatever the cursor says."""

    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        page = await super().changes(cursor, deadline=deadline)
        given: set[str] = self.store.__dict__.setdefault("given", set())
        new = tuple(item for item in page.items if item.model_dump_json() not in given)
        given |= {item.model_dump_json() for item in new}
        return page.model_copy(update={"items": new})


class NeverEnds(MemoryAdapter):
    """Says that there are more changes."""

    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        page = await super().changes(cursor, deadline=deadline)
        return page.model_copy(update={"more": True})


class StartsAnew(MemoryAdapter):
    """Starts a feed anew where it does not know the cursor."""

    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        try:
            return await super().changes(cursor, deadline=deadline)
        except InvalidRequest:
            return await super().changes(None, deadline=deadline)


class TrustsAnySender(MemoryAdapter):
    """Does not look at the signature of a notification."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        try:
            return super().parse_webhook(headers, body)
        except InvalidRequest:
            return []


class ChecksTheFormOfASignature(MemoryAdapter):
    """Takes whatever looks like a signature."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        given = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE_HEADER, "")
        if len(given) != len(self._signature(body)) or not body.endswith(b"}"):
            raise InvalidRequest("The notification is not signed as agreed.")
        return super().parse_webhook({SIGNATURE_HEADER: self._signature(body)}, body)


class ReadsBeforeItChecks(MemoryAdapter):
    """Parses a notification before it looks at who sent it."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        json.loads(body)
        return super().parse_webhook(headers, body)


class MindsTheCaseOfHeaders(MemoryAdapter):
    """Knows its header in one spelling."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        if SIGNATURE_HEADER not in headers:
            raise InvalidRequest("not signed")
        return super().parse_webhook(headers, body)


class Replays(MemoryAdapter):
    """Has a vendor that replays an idempotency key: sound, and no mutant."""

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        for entry in self.store.entries.values():
            if request.client_reference in entry.references and entry.stands():
                return self._appointment(entry)
        return await super().book(slot, request, deadline=deadline)


class ForgetsItsKeys(MemoryAdapter):
    """Declares that it replays an idempotency key, and books twice for one."""


class Guesses(MemoryAdapter):
    """Declares that nothing can be looked up, and answers all the same."""
