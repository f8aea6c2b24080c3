"""Visits: what the routes call to make, confirm and read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.api import ConfirmVisit, CreateVisit, Visit
from contracts.deadline import Deadline
from contracts.errors import (
    BookingChanged,
    CustomerFieldsMissing,
    HoldExpired,
    InvalidRequest,
    Issue,
    NotOwner,
    ResourceNotFound,
)
from contracts.states import Guarantee, ItemState, VisitState
from gateway.booking import present
from gateway.booking.choices import Choices, refuse_past
from gateway.booking.durable import Durable, patiently
from gateway.booking.order import guarantee, risks
from gateway.booking.refusals import refusal
from gateway.booking.requests import check_contact
from gateway.booking.workflows import Parts
from gateway.catalogue import Catalogue
from gateway.ledger import AppointmentRecord, Summary, VisitRecord, refuse

# A visit that is not confirmed by then is dropped, sooner when a vendor keeps a part no longer;
# and once it is confirmed, what could not be booked by then.
LIFETIME = timedelta(minutes=20)

_WAITING = frozenset({VisitState.CHOSEN, VisitState.HELD})
_ENDED_BADLY = frozenset({VisitState.FAILED, VisitState.COMPENSATED})
_IN_CALENDAR = frozenset(
    {
        ItemState.CONFIRMING,
        ItemState.PENDING_APPROVAL,
        ItemState.CONFIRMED,
        ItemState.REJECTED,
        ItemState.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class Result:
    """A visit, and whether all that was asked of it has been done."""

    visit: Visit
    done: bool


class Visits:
    """Makes visits for citizens. ``patience`` is how long (s) a caller waits for an answer.

    Attributes:
        choices: looks at what was chosen; a move chooses too.
    """

    def __init__(
        self, parts: Parts, catalogue: Catalogue, durable: Durable, patience: float = 8.0
    ) -> None:
        self._parts = parts
        self._ledger = parts.ledger.visits
        self._catalogue = catalogue
        self.choices = Choices(parts, catalogue)
        self._durable = durable
        self._patience = patience

    async def create(
        self, citizen_key: str, visit_id: str, body: CreateVisit, language: str
    ) -> Result:
        """Make the visit ``visit_id`` of the chosen slots and keep them where that can be.

        Making the same visit again goes on with it. With ``body.confirm`` it is booked too.

        Raises:
            InvalidRequest, OutsideBookingWindow: a slot id that is not ours or too old.
            SlotInPast, CitizenTimeConflict, DuplicateBooking, ProductsNotCombinable: see
                contracts.errors.
            CustomerFieldsMissing: the contact data lacks what a source asks.
            SlotTaken, SlotHeldByOther, VendorUnavailable: a slot could not be kept.
            AdapterNotCertified: the source takes no new bookings.
        """
        record = await self._ledger.get(visit_id)
        if record is None:
            await self._add(citizen_key, visit_id, body, language)
        elif record.citizen_key != citizen_key:
            raise NotOwner
        if record is None or record.generation == 0:
            await self._hold(visit_id)
        result = await self._result(visit_id, language)
        if body.confirm is not None and result.done and _is_open(result.visit):
            return await self.confirm(citizen_key, visit_id, body.confirm, language)
        return result

    async def confirm(
        self,
        citizen_key: str,
        visit_id: str,
        body: ConfirmVisit,
        language: str,
        *,
        again: bool = False,
    ) -> Result:
        """Book every item of the visit.

        ``again``: the same wish came before, and its answer may have been lost.

        Raises:
            CustomerFieldsMissing: the contact data lacks what a source asks.
            BookingChanged: it is being confirmed, or was, or was cancelled.
            HoldExpired: it was not confirmed in time.
            CitizenTimeConflict, DuplicateBooking: the citizen has booked something else
                meanwhile that is in the way.
            and every error of ``BookingAdapter.book``, when nothing remained booked.
        """
        record = await self._owned(citizen_key, visit_id)
        if again and record.agreed_at is not None:
            return await self._result(visit_id, language)
        items = await self._ledger.items(visit_id)
        if record.expires_at <= self._ledger.now():
            raise HoldExpired
        if record.state(items) not in _WAITING:
            raise BookingChanged
        for item in items:
            refuse_past(item.slot, self._ledger.now())
        _check(body, record.guarantee, [item.summary for item in items])
        until = self._ledger.now() + LIFETIME
        generation = await self._ledger.agree(visit_id, body.contact, until)
        await patiently(await self._durable.visit(visit_id, generation), self._patience)
        return await self._result(visit_id, language)

    async def get(self, citizen_key: str, visit_id: str, language: str) -> Visit:
        """The visit as it stands.

        Raises:
            ResourceNotFound: no such visit.
            NotOwner: somebody else's.
        """
        return (await self.look(citizen_key, visit_id, language)).visit

    async def look(self, citizen_key: str, visit_id: str, language: str) -> Result:
        """The visit as it stands, also one that failed. Raises as ``get``."""
        await self._owned(citizen_key, visit_id)
        return self._as_it_stands(*await self._ledger.with_items(visit_id), language)

    async def booked(
        self, citizen_key: str, visit_id: str, language: str
    ) -> list[AppointmentRecord]:
        """The ledger's own records of what a calendar shows, named in this language.

        Raises as ``get``, and ``ResourceNotFound`` while there is nothing to show.
        """
        await self._owned(citizen_key, visit_id)
        items = [
            self._catalogue.named(item, language)
            for item in await self._ledger.items(visit_id)
            if item.state in _IN_CALENDAR
        ]
        if not items:
            raise ResourceNotFound("Nothing of this visit is booked.")
        return items

    async def read_again(self, citizen_key: str, visit_id: str, language: str) -> Result:
        """The answer to a repeated create or confirm: the visit, or why it failed."""
        await self._owned(citizen_key, visit_id)
        return await self._result(visit_id, language)

    # ------------------------------------------------------------------------------------

    async def _add(self, citizen_key: str, visit_id: str, body: CreateVisit, language: str) -> None:
        now = self._ledger.now()
        chosen = self.choices.open(body.slots)
        told = await self.choices.warnings(citizen_key, chosen)
        if body.confirm is not None:
            refuse(told)  # in one step nobody reads a warning
        for choice in chosen:
            self._parts.sources[choice.source].admit_booking()
        deadline = Deadline.after(self._patience)
        items = await self.choices.items(citizen_key, visit_id, chosen, deadline, language)
        undoing = [self._parts.undoing(item) for item in items]
        promise = guarantee(undoing, body.policy)
        if body.confirm is not None:
            # Before anything is held: a form that is refused leaves nothing behind.
            _check(body.confirm, promise, [item.summary for item in items])
        visit = VisitRecord(
            id=visit_id,
            citizen_key=citizen_key,
            policy=body.policy,
            guarantee=promise,
            language=language,
            created_at=now,
            expires_at=now + LIFETIME,
            next_check_at=now + LIFETIME,
            risks=(*risks(undoing, body.policy), *told),
        )
        await self._ledger.add(visit, items)

    async def _hold(self, visit_id: str) -> None:
        _, action = await self._parts.next_action(visit_id)
        if action is None:
            return
        generation = await self._ledger.begin_phase(visit_id, VisitState.HOLDING)
        if generation is not None:
            await patiently(await self._durable.visit(visit_id, generation), self._patience)

    async def _result(self, visit_id: str, language: str) -> Result:
        record, items = await self._ledger.with_items(visit_id)
        if record.state(items) in _ENDED_BADLY:
            raise refusal(items)
        return self._as_it_stands(record, items, language)

    def _as_it_stands(
        self, record: VisitRecord, items: Sequence[AppointmentRecord], language: str
    ) -> Result:
        # Between two workflows nothing is pending, and yet the sweep will go on with it.
        busy = (
            record.phase is not None
            or any(item.is_busy for item in items)
            or self._parts.action_of(record, items) is not None
        )
        named = [self._catalogue.named(item, language) for item in items]
        sources = [self._parts.sources.get(item.source) for item in items]
        visit = present.visit(record, named, sources, self._ledger.now())
        return Result(visit, done=not busy)

    async def _owned(self, citizen_key: str, visit_id: str) -> VisitRecord:
        record = await self._ledger.get(visit_id)
        if record is None:
            raise ResourceNotFound("There is no such visit.")
        if record.citizen_key != citizen_key:
            raise NotOwner
        return record


def _check(body: ConfirmVisit, promise: Guarantee, summaries: Sequence[Summary]) -> None:
    if body.guarantee is not promise:
        issue = Issue(
            type="urn:problem-type:belgif-ext:input-validation:equalExpected",
            name="guarantee",
            detail=f"this visit can promise {promise}; show that to the citizen and send it",
        )
        raise InvalidRequest(issues=(issue,))
    issues = check_contact((summary.intake_fields for summary in summaries), body.contact)
    if issues:
        raise CustomerFieldsMissing(issues=issues)


def _is_open(visit: Visit) -> bool:
    return visit.state in _WAITING
