"""What has to be true of a visit: at every moment, and at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.api import Visit, VisitItem
from contracts.errors import ResourceNotFound
from contracts.states import CancelledBy, ItemState, Operation, PendingOutcome, Policy, VisitState
from gateway.drill.acts import LANGUAGE, Booking
from gateway.drill.life import Life
from gateway.ledger import AppointmentRecord

_BOOKED = frozenset({ItemState.CONFIRMED, ItemState.PENDING_APPROVAL})
_OVER = frozenset({ItemState.FAILED, ItemState.EXPIRED, ItemState.CANCELLED, ItemState.REJECTED})
_UNDER_WAY = frozenset({VisitState.HOLDING, VisitState.CONFIRMING, VisitState.COMPENSATING})


@dataclass
class Witness:
    """Looks at one visit as its citizen does, and at what the vendors have.

    Attributes:
        starts: when each source's item starts, or would start when it is moved.
        books: whether the write that suffers books something.
        before: what each source's vendor had at the beginning.
        seen: what was not true, in the order it was seen, once each.
        looks: how often it looked.
    """

    life: Life
    booking: Booking
    starts: Mapping[str, frozenset[datetime]]
    before: Mapping[str, frozenset[str]]
    books: bool
    seen: dict[str, None] = field(default_factory=dict)
    looks: int = 0

    async def view(self) -> Visit | None:
        """The visit as its citizen sees it now; ``None`` before it is there."""
        booking, visits = self.booking, self.life.gateway.visits
        try:
            return await visits.get(booking.citizen, booking.visit, LANGUAGE)
        except ResourceNotFound:
            return None

    async def look(self) -> None:
        """Note what is shown and is not so."""
        visit = await self.view()
        if visit is None:
            return
        self.looks += 1
        for item in visit.items:
            has = self.stands(item.source)
            changing = item.pending is not None or visit.state is VisitState.COMPENSATING
            if item.state in _BOOKED and not has and not changing:
                self.note(f"{item.source} is shown {item.state}, and its vendor has nothing")
            if item.state in _OVER and has:
                self.note(f"{item.source} is shown {item.state}, and its vendor has it")
            if item.state in _OVER and self.books and self.is_late(item.source):
                self.note(f"{item.source} is shown {item.state} while it may still be booked")
            if has > len(self.starts[item.source]):
                self.note(f"{item.source} has {has} bookings for one item")
        standing = sum(self.stands(item.source) for item in visit.items)
        if (
            visit.state is VisitState.CONFIRMED
            and not standing
            and not any(map(_goes_on, visit.items))
        ):
            self.note("the visit is shown confirmed, and no vendor has any of it")
        if visit.state in {VisitState.FAILED, VisitState.COMPENSATED} and standing:
            self.note(f"the visit is shown {visit.state}, and {standing} of it stand")

    def stands(self, source: str) -> int:
        """How many appointments its vendor has for the visit's item there."""
        return sum(start in self.starts[source] for _, start in self.life.standing(source))

    def is_late(self, source: str) -> bool:
        """Whether a write that was given up may still be carried out there."""
        return bool(self.life.prompters[source].script.late)

    async def is_quiet(self, visit: Visit) -> bool:
        """Whether nothing goes on with it, and nothing is to come."""
        if visit.state in _UNDER_WAY or any(self.is_late(source) for source in self.starts):
            return False
        records = await self._records()
        return not any(each.is_busy or _is_moving(each) for each in records)

    async def left_to_a_person(self) -> list[AppointmentRecord]:
        """What nobody can look up."""
        return [
            each
            for each in await self._records()
            if each.pending is not None
            and each.pending.outcome is PendingOutcome.NEEDS_DECISION
            # Of a move the new booking is the question.
            and each.pending.operation is not Operation.RESCHEDULE
        ]

    async def _records(self) -> list[AppointmentRecord]:
        """All that the ledger has of the citizen; of a move also what it leaves behind."""
        ledger = self.life.gateway.parts.ledger
        return await ledger.appointments_of(self.booking.citizen, ending_after=self.life.clock())

    async def judge(self) -> None:
        """Note what is not as it has to be in the end."""
        visit = await self.view()
        if visit is None:
            self._nothing_left(0)
            return
        if not await self.is_quiet(visit):
            self.note(f"it stays {visit.state}: {_described(visit)}")
        records = await self._records()
        undecided = [each for each in records if each.pending is not None]
        for item in visit.items:
            has = self.stands(item.source)
            if item.pending is None and has != (item.state in _BOOKED):
                self.note(f"{item.source} ends {item.state}, and its vendor has {has} of it")
        if undecided:
            self.note(f"it is not decided: {_described(visit)}")
        else:
            self._nothing_left(sum(each.state in _BOOKED for each in records))
            self._all_or_none(visit)

    def _nothing_left(self, booked: int) -> None:
        new = {
            (source, ref)
            for source, before in self.before.items()
            for ref, _ in self.life.standing(source)
            if ref not in before
        }
        if len(new) != booked:
            self.note(f"{booked} are booked, and the vendors have {len(new)} more than before")

    def _all_or_none(self, visit: Visit) -> None:
        counted = [
            item.state in _BOOKED
            for item in visit.items
            if item.cancelled_by is not CancelledBy.CITIZEN
        ]
        if visit.policy is Policy.ALL_OR_NOTHING and any(counted) and not all(counted):
            self.note(f"neither all nor nothing: {_described(visit)}")

    def note(self, what: str) -> None:
        """Note what was not true."""
        self.seen.setdefault(what)


def _goes_on(item: VisitItem) -> bool:
    return item.pending is not None and item.pending.outcome is not PendingOutcome.NEEDS_DECISION


def _is_moving(record: AppointmentRecord) -> bool:
    """Whether it is the new booking of a move, or the old one that it leaves behind."""
    if record.pending is not None:
        return False
    return bool(record.replaces) or (record.replaced_by is not None and record.state in _BOOKED)


def _described(visit: Visit) -> str:
    return ", ".join(
        f"{item.source} {item.state}" + (f" ({item.pending.operation}?)" if item.pending else "")
        for item in visit.items
    )
