"""The pretix adapter keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters import registry
from adapters.vendors.pretix.simulator import OFFICE_HOURS
from contracts.models import SlotQuery
from contracts.suite import AdapterContract, Harness
from tests.adapters.vendors.pretix.town_hall import DRIVING, PASSPORT, WEDDING, query, town_hall

COUNTERS = 2
MANIFEST = registry.manifest("pretix")


class TestPretix(AdapterContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        async with town_hall(counters=COUNTERS) as hall:
            today = hall.clock().date()

            def asking(product: str, *others: str) -> SlotQuery:
                return query(product, *others, first=today, last=today + timedelta(days=10))

            yield Harness(
                hall.adapter(),
                second=hall.adapter(),
                clock=hall.clock,
                manifest=MANIFEST,
                query=asking(PASSPORT),
                opens=OFFICE_HOURS[0][0],
                capacity=COUNTERS,
                combined=asking(PASSPORT, DRIVING),
                approval=asking(WEDDING),
                faulty=hall.faulty,
            )
