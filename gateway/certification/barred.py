"""What stands in for an adapter whose code may not be loaded: nothing is asked, nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NoReturn

from pydantic import BaseModel

from contracts.adapter import BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import VendorUnavailable
from contracts.models import (
    Appointment,
    AppointmentRef,
    BookingRequest,
    Location,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)


class BarredSettings(BaseModel):
    """In the place of the settings that only the barred code could read."""

    reason: str


class BarredAdapter(BookingAdapter[BarredSettings]):
    """Says of everything that the source is not available, which is certain and passes.

    So its appointments stay known, what is unknown waits, and nobody takes silence for emptiness.
    """

    Settings: ClassVar[type[BaseModel]] = BarredSettings

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        """Refused."""
        del deadline
        self._refuse()

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        """Refused."""
        del products, deadline
        self._refuse()

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        """Refused."""
        del query, deadline
        self._refuse()

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        """Refused."""
        del slot, request, deadline
        self._refuse()

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        """Refused."""
        del ref, deadline
        self._refuse()

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        """Refused."""
        del ref, deadline
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise VendorUnavailable("The adapter of this source was not loaded.")
