"""The customer of a booking: found by e-mail address, or made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import answers
from adapters.vendors.easyappointments import wire
from adapters.vendors.easyappointments.rest import BAD_EMAIL, IN_USE, NotSaved
from contracts.errors import BadAnswer, CustomerFieldsMissing, OutcomeUnknown, VendorUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.vendors.easyappointments.rest import Rest
    from contracts.deadline import Deadline


async def customer(rest: Rest, payload: Mapping[str, str], deadline: Deadline) -> wire.Customer:
    """The customer with the e-mail address of the payload, as it was first known.

    It is not deleted when its booking is: another one may have come to stand on it meanwhile,
    and would be deleted with it.

    Raises:
        CustomerFieldsMissing: the vendor does not accept the data.
        VendorUnavailable, BadAnswer: in any case nothing is booked yet.
    """
    email = payload["email"]
    if known := await _known(rest, email, deadline):
        return known
    try:
        return await rest.create("customers", payload, wire.Customer, deadline)
    except OutcomeUnknown as lost:
        # If it was saved after all, the next booking finds it.
        raise VendorUnavailable(lost.detail) from None
    except NotSaved as refused:
        complaint = refused.complaint
    if complaint == BAD_EMAIL:
        answers.refuse({"email": answers.NOT_AN_EMAIL})
    if complaint != IN_USE:
        raise CustomerFieldsMissing("It does not accept the contact data.", vendor_code=complaint)
    if known := await _known(rest, email, deadline):
        return known
    raise BadAnswer("It both has and lacks a customer with this e-mail address.")


async def _known(rest: Rest, email: str, deadline: Deadline) -> wire.Customer | None:
    """The search looks everywhere. Of two that were made at one moment the first is it."""
    found = await rest.all("customers", list[wire.Customer], deadline, q=email)
    same = (each for each in found.values() if (each.email or "").casefold() == email.casefold())
    return min(same, key=lambda each: each.id, default=None)
