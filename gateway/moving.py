"""What a citizen moves: in place where the source can, else the new booked and the old cancelled.

The second is a visit of its own (gateway/ledger/moves.py), booked by the same workflow as any
other, so that a move is all or nothing and survives what a booking survives.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from contracts.api import Contact, Move, Reschedule, RescheduleVisit
from contracts.deadline import Deadline
from contracts.errors import (
    BookingChanged,
    CitizenTimeConflict,
    CustomerFieldsMissing,
    InvalidRequest,
    Issue,
)
from contracts.models import Person
from contracts.states import Operation, Policy, Risk
from gateway.appointments import Change, MyAppointments, is_pending
from gateway.booking import present
from gateway.booking.choices import refuse_past
from gateway.booking.durable import Durable, patiently, visit_workflow
from gateway.booking.order import guarantee
from gateway.booking.refusals import error_of, refusal, refuse_closed
from gateway.booking.requests import check_contact
from gateway.booking.slot_ids import ChosenSlot
from gateway.booking.visits import LIFETIME, Result, Visits
from gateway.booking.workflows import Parts
from gateway.booking.writes import BOOKED
from gateway.cancelling import LOOK_AFTER
from gateway.ledger import AppointmentRecord, Refusal, VisitRecord

_NOBODY = Contact(booker=Person())


@dataclass(frozen=True, slots=True)
class _Moved:
    """An appointment and the sealed slot it is to go to; ``name`` is the field that said so."""

    record: AppointmentRecord
    slot_id: str
    choice: ChosenSlot
    name: str

    @property
    def is_there(self) -> bool:
        """Whether it is there already."""
        old, new = self.record.slot, self.choice.slot
        return (old.location_id, old.start) == (new.location_id, new.start)


class Moving:
    """Moves for citizens. ``patience`` is how long (s) a caller waits for an answer.

    Attributes:
        mine: reads an appointment as it stands afterwards.
        visits: reads a visit as it stands afterwards.
    """

    def __init__(
        self,
        parts: Parts,
        durable: Durable,
        mine: MyAppointments,
        visits: Visits,
        patience: float = 8.0,
    ) -> None:
        self._parts = parts
        self._ledger = parts.ledger
        self._durable = durable
        self.mine = mine
        self.visits = visits
        self._patience = patience

    async def reschedule(
        self,
        citizen_key: str,
        appointment_id: str,
        body: Reschedule,
        language: str,
        *,
        again: bool = False,
    ) -> Change:
        """Move to another slot of the same source; on any refusal the old time stands.

        ``again``: the same wish came before, and its answer may have been lost.

        Raises:
            InvalidRequest: a slot of another source or for other products.
            CustomerFieldsMissing: the source cannot move in place, and needs contact data.
            SlotTaken, SlotInPast, CitizenTimeConflict, CancellationClosed, BookingChanged,
            VendorUnavailable.
        """
        record = await self.mine.owned(citizen_key, appointment_id)
        moved = self._moved(record, body.slot_id, "slotId")
        if again and (moved.is_there or is_pending(record, Operation.RESCHEDULE)):
            return self.mine.change(record, language)
        if self._how(moved) is Move.IN_PLACE:
            await self._in_place(moved, language)
        else:
            await self._anew([moved], body.contact or _NOBODY, language)
        return self.mine.change(await self.mine.owned(citizen_key, record.id), language)

    async def reschedule_visit(
        self,
        citizen_key: str,
        visit_id: str,
        body: RescheduleVisit,
        language: str,
        *,
        again: bool = False,
    ) -> Result:
        """Move several appointments of a visit: all of them, or none. See ``reschedule``."""
        await self.visits.get(citizen_key, visit_id, language)
        items = {item.id: item for item in await self._ledger.visits.items(visit_id)}
        moved = [
            self._moved(items[each.appointment_id], each.slot_id, f"items[{place}].slotId")
            for place, each in enumerate(body.items)
            if each.appointment_id in items
        ]
        if len({each.record.id for each in moved}) < len(body.items):
            raise _invalid("items", "name appointments of this visit, each of them once")
        done = (each.is_there or is_pending(each.record, Operation.RESCHEDULE) for each in moved)
        if not (again and all(done)):
            ways = [self._how(each) for each in moved]
            if ways == [Move.IN_PLACE]:
                await self._in_place(moved[0], language)
            else:
                await self._anew(moved, body.contact, language)
        return await self.visits.look(citizen_key, visit_id, language)

    # ------------------------------------------------------------------------------------

    def _moved(self, record: AppointmentRecord, slot_id: str, name: str) -> _Moved:
        return _Moved(record, slot_id, self._parts.slot_ids.open(slot_id, name), name)

    def _how(self, moved: _Moved) -> Move:
        """How it can be moved there; raises as ``reschedule``."""
        record, choice, now = moved.record, moved.choice, self._ledger.now()
        source = self._parts.sources[record.source]
        if choice.source != record.source or choice.slot.products != record.slot.products:
            raise _invalid(moved.name, "choose a slot of the same source for the same products")
        refuse_past(choice.slot, now)
        if record.state in BOOKED:
            refuse_closed(record, source, now)
        move = present.how_to_move(record, source, now)
        if move is None:
            raise BookingChanged
        return move

    async def _in_place(self, moved: _Moved, language: str) -> None:
        record = moved.record
        stays = moved.choice.slot.location_id == record.slot.location_id
        there = [] if stays else await self._items(str(record.visit_id), [moved], language)
        check_at = self._ledger.now() + LOOK_AFTER
        pending = await self._ledger.begin_write(
            record.id, Operation.RESCHEDULE, check_at, slot=moved.choice.slot
        )
        if pending is None:
            raise BookingChanged
        handle = await self._durable.reschedule(pending.workflow, record.id, moved.slot_id)
        code = await patiently(handle, self._patience)
        if code is not None:
            raise error_of(Refusal(code=code))
        after = await self.mine.owned(record.citizen_key, record.id)
        if there and not after.is_busy:
            # Where it is now. Should this process die here, the next look at the source says so.
            await self._ledger.change(
                record.id, "named anew", version=after.version, summary=there[0].summary
            )

    async def _anew(self, moved: Sequence[_Moved], contact: Contact, language: str) -> None:
        """Book the new times, and then cancel the old ones; return when that takes long."""
        visit_id = str(uuid.uuid4())
        items = [
            replace(item, replaces=each.record.id)
            for each, item in zip(moved, await self._items(visit_id, moved, language), strict=True)
        ]
        issues = check_contact((item.summary.intake_fields for item in items), contact)
        if issues:
            raise CustomerFieldsMissing(issues=issues)
        _refuse_both_at_once(items)
        now = self._ledger.now()
        undoing = [self._parts.undoing(item) for item in items]
        promise = guarantee(undoing, Policy.ALL_OR_NOTHING)
        visit = VisitRecord(
            id=visit_id,
            citizen_key=moved[0].record.citizen_key,
            policy=Policy.ALL_OR_NOTHING,
            guarantee=promise,
            language=language,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        workflow = visit_workflow(visit_id, 1)
        if not await self._ledger.visits.begin_move(visit, items, contact, workflow):
            raise BookingChanged
        await patiently(await self._durable.visit(visit_id, 1), self._patience)
        items = await self._ledger.visits.items(visit_id)
        if any(item.replaces or item.replaced_by for item in items):
            return
        raise refusal(items)  # they were let go: nothing moves

    async def _items(
        self, visit_id: str, moved: Sequence[_Moved], language: str
    ) -> list[AppointmentRecord]:
        """The new times as items of a visit, with what is known around them."""
        return await self.visits.choices.items(
            moved[0].record.citizen_key,
            visit_id,
            [each.choice for each in moved],
            Deadline.after(self._patience),
            language,
        )


def _refuse_both_at_once(items: Sequence[AppointmentRecord]) -> None:
    """Nobody can be at two counters at once, whatever a municipality allows."""
    for one, other in combinations(items, 2):
        if Risk.TIME_CONFLICT in one.engagement.conflicts([other.engagement]):
            raise CitizenTimeConflict


def _invalid(name: str, detail: str) -> InvalidRequest:
    issue = Issue(
        type="urn:problem-type:belgif:input-validation:invalidInput", name=name, detail=detail
    )
    return InvalidRequest(issues=(issue,))
