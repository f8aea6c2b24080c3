"""What an adapter promises: the port between the gateway and a vendor.

A vendor's adapter subclasses ``BookingAdapter``, implements the core and overrides the
optional methods its vendor can do. An optional method that is not overridden is a
capability the vendor lacks: there is no flag to set, and none to forget.

Rules for every method:

* every vendor fault becomes one of ``contracts.errors``; nothing else leaves an adapter;
* a read that cannot be answered raises, it never returns an empty list;
* a write that was sent and not answered raises ``OutcomeUnknown`` and is not sent again;
* nothing is remembered between calls (a token or a cached catalogue may be);
* ``deadline`` bounds the whole call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from contracts.errors import CapabilityNotSupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from contracts.deadline import Deadline
    from contracts.models import (
        Appointment,
        AppointmentRef,
        BookingRequest,
        Changes,
        Hold,
        IntakeField,
        Location,
        MatchKey,
        Product,
        ProductQuantity,
        Slot,
        SlotQuery,
    )

SettingsT = TypeVar("SettingsT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """What the gateway gives every adapter.

    ``zone`` is the zone in which the vendor's naive times are meant; ``now`` returns the
    current instant in UTC and is the only clock an adapter reads for dates.
    """

    source: str
    zone: ZoneInfo
    now: Callable[[], datetime]


class Capability(StrEnum):
    """What a source can do beyond the core: an optional method, overridden."""

    HOLD = "hold"
    CONFIRM = "confirm"
    RELEASE = "release"
    EXTEND = "extend"
    RESCHEDULE = "reschedule"
    FIND_BY_CLIENT_REFERENCE = "find_by_client_reference"
    APPOINTMENTS_OF = "appointments_of"
    CHANGES = "changes"
    PARSE_WEBHOOK = "parse_webhook"
    INTAKE_FIELDS = "intake_fields"


class BookingAdapter(ABC, Generic[SettingsT]):
    """One configured connection to one appointment system.

    Constructed without I/O; ``aclose`` gives its connections back. One instance serves all
    requests for its source concurrently.

    Attributes:
        Settings: pydantic model of the ``[settings]`` table in the source's TOML file.
    """

    Settings: ClassVar[type[BaseModel]]

    def __init__(self, settings: SettingsT, context: AdapterContext) -> None:
        """Keep the settings; open nothing yet."""
        self.settings = settings
        self.context = context

    # Core: no opt-out ------------------------------------------------------------------

    @abstractmethod
    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        """Everything that can be booked here, with the vendor's ids.

        Raises:
            VendorUnavailable: the vendor is down, too slow or refuses our credentials.
            BadAnswer: the vendor answered something else than its protocol.
        """

    @abstractmethod
    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        """Where the given products can all be handled in one appointment; all when none given.

        Raises:
            ResourceNotFound: a product the vendor does not know.
            ProductsNotCombinable: these products never go together here.
            VendorUnavailable, BadAnswer: see ``products``.
        """

    @abstractmethod
    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        """Free slots that start on the query's days, sorted by start, none in the past.

        Every slot returned can be booked as it is, without asking again. Its ``end`` is the
        vendor's answer for these products and quantities together.

        Raises:
            ResourceNotFound: an unknown product or location.
            QuantityExceeded: more than the vendor takes in one appointment.
            ProductsNotCombinable: these products never go together here.
            VendorUnavailable, BadAnswer: see ``products``.
        """

    @abstractmethod
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        """Book a slot in one go.

        Not idempotent unless the vendor is: the gateway never sends the same
        ``client_reference`` twice.

        Raises:
            SlotTaken: somebody else has it now.
            SlotInPast, OutsideBookingWindow: it can no longer, or not yet, be booked.
            QuantityExceeded, ProductsNotCombinable: see ``slots``.
            CustomerFieldsMissing: with an issue per field that is missing or not valid.
            OutcomeUnknown: sent, and not answered: look it up, never send it again.
            VendorUnavailable: certainly not booked.
        """

    @abstractmethod
    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        """An appointment as the vendor knows it now, cancelled ones included where it can.

        Raises:
            AppointmentNotFound: the vendor knows it no longer.
            VendorUnavailable, BadAnswer: see ``products``.
        """

    @abstractmethod
    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        """Cancel; cancelling what is cancelled or gone succeeds.

        Returns the reference to keep from now on (a vendor may rotate its state).

        Raises:
            CancellationClosed: the vendor does not allow it any more.
            OutcomeUnknown: sent, and not answered.
            VendorUnavailable: certainly not cancelled.
        """

    async def system_version(self, *, deadline: Deadline) -> str:
        """The version of the vendor's product, as its system reports it; empty: it tells none.

        A certificate says of which version it is.
        """
        del deadline
        return ""

    async def aclose(self) -> None:
        """Give connections back; the adapter is not used afterwards."""

    # Optional: each one overridden is a capability -------------------------------------

    async def hold(self, slot: Slot, client_reference: str, *, deadline: Deadline) -> Hold:
        """Keep a slot for a while, without the citizen's data.

        Raises:
            SlotTaken, SlotHeldByOther, SlotInPast, OutcomeUnknown, VendorUnavailable.
        """
        raise self._absent(Capability.HOLD)

    async def confirm(
        self, hold: Hold, request: BookingRequest, *, deadline: Deadline
    ) -> Appointment:
        """Turn a hold into an appointment; offered exactly where ``hold`` is.

        Raises:
            HoldExpired: it was kept no longer; choose again.
            CustomerFieldsMissing, OutcomeUnknown, VendorUnavailable: see ``book``.
        """
        raise self._absent(Capability.CONFIRM)

    async def release(self, hold: Hold, *, deadline: Deadline) -> None:
        """Give a held slot back early; releasing what is gone succeeds."""
        raise self._absent(Capability.RELEASE)

    async def extend(self, hold: Hold, *, deadline: Deadline) -> Hold:
        """Keep a held slot longer. Raises ``HoldExpired`` when it is gone."""
        raise self._absent(Capability.EXTEND)

    async def reschedule(
        self, ref: AppointmentRef, slot: Slot, client_reference: str, *, deadline: Deadline
    ) -> Appointment:
        """Move an appointment in one atomic step: on any error the old one still stands.

        Raises:
            SlotTaken, SlotInPast, AppointmentNotFound, CancellationClosed, OutcomeUnknown,
            VendorUnavailable.
        """
        raise self._absent(Capability.RESCHEDULE)

    async def find_by_client_reference(
        self, client_reference: str, *, near: Slot, deadline: Deadline
    ) -> Appointment | None:
        """Look up what became of an unanswered write; ``None`` when the vendor has nothing.

        ``near`` is the slot that was being booked, for vendors that can only be scanned.
        """
        raise self._absent(Capability.FIND_BY_CLIENT_REFERENCE)

    async def appointments_of(
        self, citizen: MatchKey, *, deadline: Deadline
    ) -> Sequence[Appointment]:
        """The citizen's upcoming appointments, also those made at the desk or by phone."""
        raise self._absent(Capability.APPOINTMENTS_OF)

    async def changes(self, cursor: str | None, *, deadline: Deadline) -> Changes:
        """What changed since ``cursor``; ``None`` starts the feed at its current end."""
        raise self._absent(Capability.CHANGES)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[AppointmentRef]:
        """Which appointments a vendor's notification is about, its signature verified.

        Raises:
            InvalidRequest: not signed as agreed, or not this vendor's.
        """
        raise self._absent(Capability.PARSE_WEBHOOK)

    async def intake_fields(
        self, products: Sequence[ProductQuantity], *, deadline: Deadline
    ) -> Sequence[IntakeField]:
        """What the source asks of the citizen for exactly these products.

        Where it is absent the gateway asks the default fields: given name, family name
        and e-mail address.
        """
        raise self._absent(Capability.INTAKE_FIELDS)

    # ------------------------------------------------------------------------------------

    @classmethod
    def capabilities(cls) -> frozenset[Capability]:
        """The optional methods this adapter overrides."""
        return frozenset(
            capability
            for capability in Capability
            if getattr(cls, capability) is not getattr(BookingAdapter, capability)
        )

    def available(self) -> frozenset[Capability]:
        """What this one source can do: all of ``capabilities()``, unless overridden.

        Overridden where installations of one vendor differ: those of ``capabilities()`` that
        the settings list. Known without I/O; the others raise ``CapabilityNotSupported``.
        """
        return self.capabilities()

    def _absent(self, capability: Capability) -> CapabilityNotSupported:
        return CapabilityNotSupported(f"{self.context.source} cannot {capability}.")
