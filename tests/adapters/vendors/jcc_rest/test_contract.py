"""The jcc_rest adapter keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters import registry
from adapters.vendors.jcc_rest.simulator import OFFICE_HOURS
from contracts.models import SlotQuery
from contracts.suite import AdapterContract, Harness
from tests.adapters.vendors.jcc_rest.town_hall import town_hall

COUNTERS = 2
MANIFEST = registry.manifest("jcc_rest")


class TestJccRest(AdapterContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        async with town_hall(counters=COUNTERS) as hall:
            today = hall.clock().date()

            def asking(*products: str) -> SlotQuery:
                return hall.query(*products, first=today, last=today + timedelta(days=14))

            yield Harness(
                hall.adapter(),
                second=hall.adapter(),
                clock=hall.clock,
                manifest=MANIFEST,
                query=asking("Identiteitskaart aanvragen"),
                opens=OFFICE_HOURS[0][0],
                capacity=COUNTERS,
                combined=asking("Reispas aanvragen", "Rijbewijs aanvragen"),
                not_combinable=asking("Reispas aanvragen", "Aangifte van huwelijk"),
                faulty=hall.faulty,
            )
