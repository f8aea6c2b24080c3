"""The qmatic adapter keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters import registry
from adapters.vendors.qmatic.simulator import OFFICE_HOURS
from contracts.models import SlotQuery
from contracts.suite import AdapterContract, Harness
from tests.adapters.vendors.qmatic.town_hall import query, town_hall

RESOURCES = 2
MANIFEST = registry.manifest("qmatic")


class TestQmatic(AdapterContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        async with town_hall(resources=RESOURCES) as hall:
            today = hall.clock().date()

            def asking(*products: str) -> SlotQuery:
                return query(*products, first=today, last=today + timedelta(days=14))

            yield Harness(
                hall.adapter(),
                second=hall.adapter(),
                clock=hall.clock,
                manifest=MANIFEST,
                query=asking("Identiteitskaart"),
                opens=OFFICE_HOURS[0][0],
                capacity=RESOURCES,
                combined=asking("Reispas", "Rijbewijs"),
                not_combinable=asking("Reispas", "Aangifte_huwelijk"),
                book_at_desk=hall.book_at_desk,
                faulty=hall.faulty,
            )
