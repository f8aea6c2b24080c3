"""A booking that the network delivered twice is one appointment (docs/adr/0330)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.errors import OutcomeUnknown, SlotHeldByOther, SlotTaken, VendorError
from contracts.models import AppointmentStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

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
        except VendorError as error:
            raise OutcomeUnknown(error.detail) from None
        if found is None or not _stands(found) or found.start != slot.start:
            raise
        return found
    try:
        found = await find()
    except OutcomeUnknown:
        raise
    except VendorError:
        return booked  # as it was answered; two of them are not to be expected
    if found is None or found.start != slot.start or found.ref.vendor_ref == booked.ref.vendor_ref:
        return booked
    return found


async def only(
    found: Iterable[Appointment], cancel: Callable[[AppointmentRef], Awaitable[object]]
) -> Appointment | None:
    """Of the appointments under one client reference, the first that stands.

    Copies of it, at the same time, are cancelled.

    Raises:
        OutcomeUnknown: a copy could not be cancelled.
    """
    known = sorted(found, key=lambda each: not _stands(each))
    if not known:
        return None
    first, *others = known
    for copy in others:
        if _stands(copy) and copy.start == first.start:
            try:
                await cancel(copy.ref)
            except VendorError as error:
                raise OutcomeUnknown(error.detail) from None
    return first


def _stands(appointment: Appointment) -> bool:
    return appointment.status is not AppointmentStatus.CANCELLED
