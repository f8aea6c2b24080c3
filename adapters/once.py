"""A booking that the network delivered twice is one appointment (docs/adr/0330)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.errors import BookingError, OutcomeUnknown, SlotHeldByOther, SlotTaken
from contracts.models import AppointmentStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from contracts.models import Appointment, AppointmentRef, Slot


async def once(
    booking: Awaitable[Appointment],
    slot: Slot,
    find: Callable[[], Awaitable[Appointment | None]],
) -> Appointment:
    """The appointment that a booking made in a slot, also where a copy of it came first.

    ``find`` looks it up by its client reference and leaves one only, as ``only`` does.

    Raises:
        SlotTaken, SlotHeldByOther: by somebody else.
        OutcomeUnknown: it was refused, and whether a copy made it cannot be seen; or there are
            two, and one of them could not be cancelled.
    """
    try:
        booked = await booking
    except (SlotTaken, SlotHeldByOther):
        try:
            found = await find()
        except BookingError as error:
            raise OutcomeUnknown(error.detail) from None
        if found is None or not _stands(found) or found.start != slot.start:
            raise
        return found
    try:
        found = await find()
    except OutcomeUnknown:
        raise
    except BookingError:
        return booked  # as it was answered; two of them are not to be expected
    if found is None or not _stands(found) or found.start != slot.start:
        return booked
    # What does not say that it is ours is no reason to let go of what does.
    return found if found.client_reference == booked.client_reference else booked


async def only(
    found: Iterable[Appointment], cancel: Callable[[AppointmentRef], Awaitable[object]]
) -> Appointment | None:
    """Of the appointments under one client reference, the first that stands.

    Copies of it, at the same time, are cancelled where they say themselves that they are ours.
    The first is by its id: whoever else looks keeps the same one, however they are listed.

    Raises:
        OutcomeUnknown: a copy could not be cancelled.
    """
    known = sorted(found, key=_order)
    if not known:
        return None
    first, *others = known
    for copy in others:
        if _stands(copy) and _alike(copy) == _alike(first) and copy.client_reference:
            try:
                await cancel(copy.ref)
            except BookingError as error:  # also a refusal: the booking itself was not refused
                raise OutcomeUnknown(error.detail) from None
    return first


def _order(appointment: Appointment) -> tuple[bool, int, str]:
    ref = appointment.ref.vendor_ref
    return not _stands(appointment), len(ref), ref  # 9 before 10


def _alike(appointment: Appointment) -> tuple[datetime, str | None]:
    return appointment.start, appointment.client_reference


def _stands(appointment: Appointment) -> bool:
    return appointment.status is not AppointmentStatus.CANCELLED
