"""The memory adapter keeps the contract."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from adapters import registry
from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.settings import MemorySettings
from contracts.adapter import AdapterContext
from contracts.models import ProductQuantity, SlotQuery
from contracts.suite import AdapterContract, Clock, Harness


def query(*products: str) -> SlotQuery:
    return SlotQuery(
        location_id="stadhuis",
        products=tuple(ProductQuantity(product_id=name) for name in products),
        first_day=date(2027, 3, 8),
        last_day=date(2027, 3, 16),
    )


class TestMemory(AdapterContract):
    @pytest.fixture
    def harness(self) -> Harness:
        clock = Clock(datetime(2027, 3, 8, 7, tzinfo=UTC))
        context = AdapterContext("memory", ZoneInfo("Europe/Brussels"), clock)
        settings = MemorySettings()
        adapter = MemoryAdapter(settings, context)
        return Harness(
            adapter,
            second=MemoryAdapter(settings, context, store=adapter.store),
            clock=clock,
            manifest=registry.manifest("memory"),
            query=query("reispas"),
            opens=time(9),
            capacity=2,
            combined=query("reispas", "identiteitskaart"),
            not_combinable=query("reispas", "rijbewijs"),
            approval=query("huwelijk"),
            answers={"partner": "Bo Maes"},
        )
