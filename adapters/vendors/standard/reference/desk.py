"""What was held and booked, and what changed when.

Each method here is one transaction. In this process nothing comes between its look and its
write; in a database, let a constraint on (location, counter, time) say which of two comes first,
and write the Idempotency-Key in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from adapters.vendors.standard import wire
from adapters.vendors.standard.reference import offer
from adapters.vendors.standard.reference.agenda import Agenda
from contracts.errors import (
    CancellationClosed,
    HoldExpired,
    IdempotencyKeyReused,
    InvalidRequest,
    ResourceNotFound,
)
from contracts.models import AppointmentStatus, MatchKey, Model, Slot, SlotQuery

AnswerT = TypeVar("AnswerT", bound=Model)

PAGE = 100
_STANDING = frozenset({AppointmentStatus.CONFIRMED, AppointmentStatus.PENDING_APPROVAL})


@dataclass
class Entry:
    """A hold or an appointment. ``keys`` are the Idempotency-Keys that made or moved it."""

    ref: str
    slot: Slot
    counter: int
    keys: list[str]
    status: AppointmentStatus = AppointmentStatus.HELD
    held_until: datetime | None = None
    citizen: MatchKey | None = None
    given: wire.Confirmation | None = None

    @property
    def is_hold(self) -> bool:
        """Whether it is kept and not booked."""
        return self.status is AppointmentStatus.HELD


@dataclass
class Desk:
    """All appointments of one municipality.

    Attributes:
        hold_time: how long a slot is kept.
        closes: how long before its start an appointment can no longer be changed.
        changed: told the reference of each appointment that changes.
    """

    agenda: Agenda
    hold_time: timedelta = timedelta(minutes=10)
    closes: timedelta = timedelta(minutes=30)
    changed: Callable[[str], None] = lambda ref: None  # noqa: ARG005 - nobody listens
    entries: dict[str, Entry] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    answers: dict[str, tuple[object, Any]] = field(default_factory=dict)

    def once(self, key: str, asked: object, work: Callable[[], AnswerT]) -> AnswerT:
        """Do it, or give the answer that the same request got before under the same key.

        A key whose request was refused is free again: nothing was done under it.
        """
        if key in self.answers:
            before, answer = self.answers[key]
            if before != asked:
                raise IdempotencyKeyReused("This Idempotency-Key was used for something else.")
            repeated: AnswerT = answer  # to the same request, so of the same kind
            return repeated
        answer = work()
        self.answers[key] = (asked, answer)
        return answer

    def free(self, query: SlotQuery) -> tuple[Slot, ...]:
        """The free slots."""
        return tuple(self.agenda.free(query, list(self._busy())))

    # Holds ----------------------------------------------------------------------------------

    def hold(self, slot: Slot, key: str) -> wire.Hold:
        """Keep a slot for a while."""
        return self._keep(self._enter(slot, key))

    def extend(self, ref: str) -> wire.Hold:
        """Keep it longer."""
        return self._keep(self._held(ref))

    def release(self, ref: str) -> None:
        """Give it back; what is gone is gone."""
        entry = self.entries.get(ref)
        if entry is not None and entry.is_hold:
            del self.entries[ref]

    def confirm(self, ref: str, given: wire.Confirmation, key: str) -> wire.Appointment:
        """Make an appointment of a hold; it keeps its reference."""
        entry = self._held(ref)
        offer.check(entry.slot.products, given)
        entry.keys.append(key)
        return self._settle(entry, given)

    # Appointments ---------------------------------------------------------------------------

    def book(self, slot: Slot, given: wire.Confirmation, key: str) -> wire.Appointment:
        """Book a slot in one go."""
        counter = self.agenda.counter(slot, list(self._busy()))
        offer.check(slot.products, given)
        return self._settle(Entry(_new_ref(), slot, counter, [key]), given)

    def book_by_phone(self, slot: Slot, citizen: MatchKey) -> str:
        """What staff does: the reference of an appointment that no gateway asked for."""
        entry = self._enter(slot)
        entry.status, entry.citizen = AppointmentStatus.CONFIRMED, citizen
        self._note(entry)
        return entry.ref

    def appointment(self, ref: str) -> wire.Appointment:
        """As it stands, also when it was cancelled."""
        return self._shown(self._booked(ref))

    def cancel(self, ref: str) -> wire.Appointment:
        """Cancel; what is cancelled already stays so."""
        entry = self._booked(ref)
        if entry.status is not AppointmentStatus.CANCELLED:
            self._check_open(entry)
            entry.status = AppointmentStatus.CANCELLED
            self._note(entry)
        return self._shown(entry)

    def reschedule(self, ref: str, slot: Slot, key: str) -> wire.Appointment:
        """Move in one step: refused, the appointment stands where it stood."""
        entry = self._booked(ref)
        self._check_open(entry)
        others = [other for other in self._busy() if other is not entry]
        entry.counter = self.agenda.counter(slot, others)
        entry.slot = slot
        entry.keys.append(key)
        self._note(entry)
        return self._shown(entry)

    def look_up(self, asked: wire.Lookup) -> wire.Appointments:
        """By the key of a write, cancelled ones included; or a citizen's upcoming ones."""
        now = self.agenda.now()
        found = [
            self._shown(entry)
            for entry in self.entries.values()
            if not entry.is_hold
            and (
                asked.client_reference in entry.keys
                if asked.client_reference
                else entry.citizen == asked.match_key
                and entry.status in _STANDING
                and entry.slot.end > now
            )
        ]
        return wire.Appointments(items=tuple(sorted(found, key=lambda each: each.start)))

    def changes(self, cursor: str | None) -> wire.Changes:
        """A page of what changed after ``cursor``; without one, the end of the feed."""
        end = len(self.log)
        if cursor is None:
            return wire.Changes(items=(), cursor=str(end))
        if not (cursor.isascii() and cursor.isdigit() and int(cursor) <= end):
            raise InvalidRequest("This cursor was not given out here.")
        seen, until = int(cursor), min(int(cursor) + PAGE, end)
        items = tuple(self.appointment(ref) for ref in dict.fromkeys(self.log[seen:until]))
        return wire.Changes(items=items, cursor=str(until), more=until < end)

    # ----------------------------------------------------------------------------------------

    def _busy(self) -> Iterator[Entry]:
        """What stands in the way now; a hold that has lapsed does not."""
        now = self.agenda.now()
        for entry in self.entries.values():
            kept = entry.is_hold and entry.held_until is not None and now < entry.held_until
            if kept or entry.status in _STANDING:
                yield entry

    def _enter(self, slot: Slot, *keys: str) -> Entry:
        counter = self.agenda.counter(slot, list(self._busy()))
        return Entry(_new_ref(), slot, counter, list(keys))

    def _keep(self, entry: Entry) -> wire.Hold:
        entry.held_until = self.agenda.now() + self.hold_time
        self.entries[entry.ref] = entry
        return wire.Hold(vendor_ref=entry.ref, slot=entry.slot, expires_at=entry.held_until)

    def _held(self, ref: str) -> Entry:
        entry = self.entries.get(ref)
        if entry is None or not entry.is_hold or entry not in self._busy():
            raise HoldExpired("This time is kept no longer.")
        return entry

    def _booked(self, ref: str) -> Entry:
        entry = self.entries.get(ref)
        if entry is None or entry.is_hold:
            raise ResourceNotFound("There is no such appointment.")
        return entry

    def _settle(self, entry: Entry, given: wire.Confirmation) -> wire.Appointment:
        approval = any(each.product.approval for each in offer.chosen(entry.slot.products))
        entry.status = (
            AppointmentStatus.PENDING_APPROVAL if approval else AppointmentStatus.CONFIRMED
        )
        entry.given, entry.citizen = given, given.match_key
        self._note(entry)
        return self._shown(entry)

    def _check_open(self, entry: Entry) -> None:
        too_late = self.agenda.now() > entry.slot.start - self.closes
        if too_late or entry.status not in _STANDING:
            raise CancellationClosed("This appointment can no longer be changed online.")

    def _note(self, entry: Entry) -> None:
        self.entries[entry.ref] = entry
        self.log.append(entry.ref)
        self.changed(entry.ref)

    def _shown(self, entry: Entry) -> wire.Appointment:
        return wire.Appointment(
            vendor_ref=entry.ref,
            status=entry.status,
            location_id=entry.slot.location_id,
            start=entry.slot.start,
            end=entry.slot.end,
            products=entry.slot.products,
            client_reference=entry.keys[-1] if entry.keys else None,
            cancellable_until=entry.slot.start - self.closes,
        )


def _new_ref() -> str:
    return uuid4().hex
