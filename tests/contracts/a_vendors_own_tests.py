"""A vendor's tests of adapters that lack or break something; run by the tests beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.settings import MemorySettings
from adapters.vendors.memory.store import Store
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import SlotTaken
from contracts.manifest import Manifest
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
from contracts.suite import AdapterContract, Clock, Harness, WallClock

FACTS = {
    "resolution": "none",
    "conflict_check": "atomic",
    "amount_model": "perProduct",
    "combination": "none",
    "settle_after": 0,
}


class CoreAdapter(BookingAdapter[MemorySettings]):
    """Has the core and nothing else."""

    Settings: ClassVar[type[BaseModel]] = MemorySettings

    def __init__(
        self, settings: MemorySettings, context: AdapterContext, store: Store | None = None
    ) -> None:
        super().__init__(settings, context)
        self.system = MemoryAdapter(settings, context, store=store)

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        return await self.system.products(deadline=deadline)

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        return await self.system.locations(products, deadline=deadline)

    async def slots(self, query: SlotQuery, *, deadline: Deadline) -> Sequence[Slot]:
        return await self.system.slots(query, deadline=deadline)

    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        return await self.system.book(slot, request, deadline=deadline)

    async def appointment(self, ref: AppointmentRef, *, deadline: Deadline) -> Appointment:
        return await self.system.appointment(ref, deadline=deadline)

    async def cancel(self, ref: AppointmentRef, *, deadline: Deadline) -> AppointmentRef:
        return await self.system.cancel(ref, deadline=deadline)


class BooksNothing(CoreAdapter):
    async def book(self, slot: Slot, request: BookingRequest, *, deadline: Deadline) -> Appointment:
        del slot, deadline
        raise SlotTaken(f"No place for {request.booker.family_name}.")


def harness_of(adapter_class: type[CoreAdapter], *, clock: Clock | None = None) -> Harness:
    clock = clock or Clock(datetime(2027, 3, 8, 7, tzinfo=UTC))
    context = AdapterContext("core", ZoneInfo("Europe/Brussels"), clock)
    adapter = adapter_class(MemorySettings(), context)
    manifest = Manifest.model_validate(
        {
            "vendor": "core",
            "name": "Core",
            "documentation": "none",
            "owner": "the vendor",
            "evidence": "docs",
            "facts": FACTS,
        }
    )
    return Harness(
        adapter,
        second=adapter_class(MemorySettings(), context, adapter.system.store),
        clock=clock,
        manifest=manifest,
        query=SlotQuery(
            location_id="stadhuis",
            products=(ProductQuantity(product_id="reispas"),),
            first_day=clock().date(),
            last_day=clock().date() + timedelta(days=8),
        ),
        opens=time(9),
        capacity=2,
    )


class TestCore(AdapterContract):
    @pytest.fixture
    async def harness(self) -> Harness:
        return harness_of(CoreAdapter)


class TestBroken(AdapterContract):
    @pytest.fixture
    async def harness(self) -> Harness:
        return harness_of(BooksNothing)


class TestReplaced(AdapterContract):
    @pytest.fixture
    async def harness(self) -> Harness:
        return harness_of(BooksNothing)

    async def test_a_booking_can_be_read_again(self, harness: Harness) -> None:
        """Passes, and shows nothing."""


class TestRandom(AdapterContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        harness = harness_of(CoreAdapter, clock=WallClock())
        harness.opens = harness.capacity = None
        adapter = harness.adapter
        assert isinstance(adapter, CoreAdapter)
        yield harness
        assert not any(entry.stands() for entry in adapter.system.store.entries.values())
