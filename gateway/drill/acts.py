"""What a citizen, or the sweep, does in a drill; data, so that another process can do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.api import ConfirmVisit, Contact, CreateVisit, Reschedule, VisitItem
from contracts.errors import BookingError
from contracts.states import Policy
from gateway.app import Gateway
from gateway.demo.seed import complete_person

LANGUAGE = "nl"


class Kind(StrEnum):
    """What is done."""

    CREATE = "create"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class Booking:
    """One citizen's visit, of sealed ``slots``; the item at ``source`` is moved or cancelled."""

    citizen: str
    visit: str
    source: str
    slots: tuple[str, ...]
    policy: Policy
    elsewhere: str | None = None


async def perform(gateway: Gateway, kind: Kind, booking: Booking) -> str | None:
    """Do it as a route would; the code of the error it was answered with."""
    try:
        await _perform(gateway, kind, booking)
    except BookingError as error:
        return error.code
    return None


async def _perform(gateway: Gateway, kind: Kind, booking: Booking) -> None:
    citizen, visits = booking.citizen, gateway.visits
    match kind:
        case Kind.CREATE:
            body = CreateVisit(slots=booking.slots, policy=booking.policy)
            await visits.create(citizen, booking.visit, body, LANGUAGE)
        case Kind.CONFIRM:
            visit = await visits.get(citizen, booking.visit, LANGUAGE)
            contact = _contact(booking, visit.items)
            agreed = ConfirmVisit(contact=contact, guarantee=visit.guarantee)
            await visits.confirm(citizen, booking.visit, agreed, LANGUAGE)
        case Kind.CANCEL:
            item = await _item(gateway, booking)
            await gateway.cancelling.cancel(citizen, item.id, LANGUAGE)
        case Kind.RESCHEDULE:
            item = await _item(gateway, booking)
            contact = _contact(booking, [item])
            move = Reschedule(slot_id=booking.elsewhere or "", contact=contact)
            await gateway.moving.reschedule(citizen, item.id, move, LANGUAGE)
        case Kind.SWEEP:
            await gateway.reconciler.sweep()


def _contact(booking: Booking, items: Sequence[VisitItem]) -> Contact:
    """What all of these items ask."""
    asked = {field.name for item in items for field in item.intake_fields}
    return Contact(
        booker=complete_person("Dril", "Testburger", f"{booking.visit}@example.org"),
        answers={
            name.removeprefix("answers."): "Dril" for name in asked if name.startswith("answers.")
        },
    )


async def _item(gateway: Gateway, booking: Booking) -> VisitItem:
    visit = await gateway.visits.get(booking.citizen, booking.visit, LANGUAGE)
    return next(item for item in visit.items if item.source == booking.source)
