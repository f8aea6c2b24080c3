"""Visits: what the routes call to make, confirm and read them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.adapter import Capability
from contracts.api import ConfirmVisit, CreateVisit, Visit
from contracts.deadline import Deadline
from contracts.errors import (
    BookingChanged,
    BookingError,
    CitizenTimeConflict,
    CustomerFieldsMissing,
    HoldExpired,
    InvalidRequest,
    Issue,
    NotOwner,
    ResourceNotFound,
    SlotInPast,
    VendorUnavailable,
)
from contracts.models import IntakeField
from contracts.states import ItemState, VisitState
from gateway.booking import present
from gateway.booking.durable import Durable, patiently
from gateway.booking.order import guarantee
from gateway.booking.refusals import refusal
from gateway.booking.requests import DEFAULT_FIELDS, check_contact
from gateway.booking.slot_ids import ChosenSlot
from gateway.booking.workflows import Parts
from gateway.catalogue import Catalogue
from gateway.ledger import AppointmentRecord, VisitRecord
from gateway.ledger.records import Summary
from gateway.sources import Source

# A visit that is not confirmed by then is dropped; what a vendor keeps may lapse sooner.
LIFETIME = timedelta(minutes=20)

_ENDED_BADLY = frozenset({VisitState.FAILED, VisitState.COMPENSATED})
_TAKES_TIME = frozenset({ItemState.CONFIRMING, ItemState.CONFIRMED, ItemState.PENDING_APPROVAL})


@dataclass(frozen=True, slots=True)
class Result:
    """A visit, and whether all that was asked of it has been done."""

    visit: Visit
    done: bool


class Visits:
    """Makes visits for citizens. ``patience`` is how long (s) a caller waits for an answer."""

    def __init__(
        self, parts: Parts, catalogue: Catalogue, durable: Durable, patience: float = 8.0
    ) -> None:
        self._parts = parts
        self._ledger = parts.ledger
        self._catalogue = catalogue
        self._durable = durable
        self._patience = patience

    async def create(
        self, citizen_key: str, visit_id: str, body: CreateVisit, language: str
    ) -> Result:
        """Make the visit ``visit_id`` of the chosen slots and keep them where that can be.

        Making the same visit again changes nothing. With ``body.confirm`` it is booked too.

        Raises:
            InvalidRequest, OutsideBookingWindow: a slot id that is not ours or too old.
            SlotInPast, CitizenTimeConflict, ProductsNotCombinable: see contracts.errors.
            SlotTaken, SlotHeldByOther, VendorUnavailable: a slot could not be kept.
        """
        if await self._ledger.visit(visit_id) is None:
            await self._add(citizen_key, visit_id, body, language)
            await self._hold(visit_id)
        result = await self._result(visit_id)
        if body.confirm is not None and result.done and _is_open(result.visit):
            return await self.confirm(citizen_key, visit_id, body.confirm)
        return result

    async def confirm(self, citizen_key: str, visit_id: str, body: ConfirmVisit) -> Result:
        """Book every item of the visit.

        Raises:
            CustomerFieldsMissing: the contact data lacks what a source asks.
            BookingChanged: it is being confirmed, or was, or was cancelled.
            HoldExpired: it was not confirmed in time.
            and every error of ``BookingAdapter.book``, when nothing remained booked.
        """
        record = await self._owned(citizen_key, visit_id)
        items = await self._ledger.items(visit_id)
        if record.state(items) not in {VisitState.CHOSEN, VisitState.HELD}:
            raise BookingChanged("This visit is no longer waiting to be confirmed. Read it again.")
        if self._ledger.now() >= record.expires_at:
            raise HoldExpired("This visit was not confirmed in time. Choose the times again.")
        if body.guarantee is not record.guarantee:
            raise _agree_to(record)
        issues = check_contact(await self._all_fields(items), body.contact)
        if issues:
            raise CustomerFieldsMissing("Fill in what the municipality asks for.", issues=issues)
        generation = await self._ledger.begin_phase(
            visit_id, VisitState.CONFIRMING, contact=body.contact
        )
        if generation is None:
            raise BookingChanged("This visit is being worked on. Read it again in a moment.")
        await patiently(await self._durable.visit(visit_id, generation), self._patience)
        return await self._result(visit_id)

    async def get(self, citizen_key: str, visit_id: str) -> Visit:
        """The visit as it stands.

        Raises:
            ResourceNotFound: no such visit.
            NotOwner: somebody else's.
        """
        record = await self._owned(citizen_key, visit_id)
        return await self._visit(record, await self._ledger.items(visit_id))

    async def read_again(self, citizen_key: str, visit_id: str) -> Result:
        """The answer to a repeated create or confirm: the visit, or why it failed."""
        await self._owned(citizen_key, visit_id)
        return await self._result(visit_id)

    # ------------------------------------------------------------------------------------

    async def _add(self, citizen_key: str, visit_id: str, body: CreateVisit, language: str) -> None:
        now = self._ledger.now()
        chosen = [
            self._parts.slot_ids.open(slot_id, f"slots[{position}]")
            for position, slot_id in enumerate(body.slots)
        ]
        sources = [self._bookable(choice, now) for choice in chosen]
        await self._refuse_conflicts(citizen_key, chosen, now)
        deadline = Deadline.after(self._patience)
        summaries = await asyncio.gather(
            *(
                self._catalogue.summary(source, choice.slot, deadline, language)
                for source, choice in zip(sources, chosen, strict=True)
            )
        )
        items = [
            _item(visit_id, citizen_key, position, choice, summary)
            for position, (choice, summary) in enumerate(zip(chosen, summaries, strict=True))
        ]
        promise = guarantee([self._parts.undoing(item) for item in items], body.policy)
        await self._ledger.add_visit(
            VisitRecord(
                id=visit_id,
                citizen_key=citizen_key,
                policy=body.policy,
                guarantee=promise,
                language=language,
                created_at=now,
                expires_at=now + LIFETIME,
            ),
            items,
        )

    def _bookable(self, choice: ChosenSlot, now: datetime) -> Source:
        source = self._parts.sources.get(choice.source)
        if source is None or not source.enabled:
            raise VendorUnavailable("This municipality takes no bookings online for the moment.")
        if choice.slot.start <= now:
            raise SlotInPast("This time has passed. Choose another one.")
        return source

    async def _refuse_conflicts(
        self, citizen_key: str, chosen: Sequence[ChosenSlot], now: datetime
    ) -> None:
        known = await self._ledger.appointments_of(citizen_key, ending_after=now)
        taken = [(each.slot.start, each.slot.end) for each in known if each.state in _TAKES_TIME]
        for choice in chosen:
            start, end = choice.slot.start, choice.slot.end
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                raise CitizenTimeConflict(
                    "You have another appointment at that time. Choose another time, or cancel "
                    "the other one first."
                )
            taken.append((start, end))

    async def _hold(self, visit_id: str) -> None:
        items = await self._ledger.items(visit_id)
        if not any(self._parts.undoing(item).can_hold for item in items):
            return
        generation = await self._ledger.begin_phase(visit_id, VisitState.HOLDING)
        if generation is not None:
            await patiently(await self._durable.visit(visit_id, generation), self._patience)

    async def _result(self, visit_id: str) -> Result:
        record = await self._ledger.visit(visit_id)
        if record is None:
            raise ResourceNotFound("There is no such visit.")
        items = await self._ledger.items(visit_id)
        if record.state(items) in _ENDED_BADLY:
            raise refusal(items)
        visit = await self._visit(record, items)
        busy = record.phase is not None or any(item.pending for item in items)
        return Result(visit, done=not busy)

    async def _visit(self, record: VisitRecord, items: list[AppointmentRecord]) -> Visit:
        sources = [self._parts.sources[item.source] for item in items]
        open_ = record.state(items) in {VisitState.CHOSEN, VisitState.HELD, VisitState.HOLDING}
        intake: list[Sequence[IntakeField]] = [()] * len(items)
        if open_:
            intake = list(await asyncio.gather(*(self._fields(item) for item in items)))
        return present.visit(record, items, sources, intake, self._ledger.now())

    async def _all_fields(self, items: Sequence[AppointmentRecord]) -> list[IntakeField]:
        answers = await asyncio.gather(*(self._fields(item) for item in items))
        return [field for fields in answers for field in fields]

    async def _fields(self, item: AppointmentRecord) -> Sequence[IntakeField]:
        source = self._parts.sources[item.source]
        if Capability.INTAKE_FIELDS not in source.capabilities:
            return DEFAULT_FIELDS
        deadline = Deadline.after(min(self._patience, source.timeout))
        return await self._catalogue.intake_fields(source, item.slot.products, deadline)

    async def _owned(self, citizen_key: str, visit_id: str) -> VisitRecord:
        record = await self._ledger.visit(visit_id)
        if record is None:
            raise ResourceNotFound("There is no such visit.")
        if record.citizen_key != citizen_key:
            raise NotOwner("This visit is somebody else's.")
        return record


def _item(
    visit_id: str, citizen_key: str, position: int, choice: ChosenSlot, summary: Summary
) -> AppointmentRecord:
    return AppointmentRecord(
        id=str(uuid.uuid4()),
        visit_id=visit_id,
        position=position,
        citizen_key=citizen_key,
        source=choice.source,
        state=ItemState.CHOSEN,
        slot=choice.slot,
        summary=summary,
    )


def _is_open(visit: Visit) -> bool:
    return visit.state in {VisitState.CHOSEN, VisitState.HELD}


def _agree_to(record: VisitRecord) -> BookingError:
    issue = Issue(
        type="urn:problem-type:belgif-ext:input-validation:equalExpected",
        name="guarantee",
        detail=f"this visit can promise {record.guarantee}; show that to the citizen and send it",
    )
    return InvalidRequest(issues=(issue,))
