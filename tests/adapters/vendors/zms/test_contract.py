"""The zms adapter keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters import registry
from adapters.vendors.zms.simulated_city import EID, KIDS, MOVING, PASSPORT
from adapters.vendors.zms.simulator import OFFICE_HOURS
from contracts.models import SlotQuery
from contracts.suite import AdapterContract, Harness
from tests.adapters.vendors.zms.city import ANSWERS, city, query

WORKSTATIONS = 2
MANIFEST = registry.manifest("zms")


class TestZms(AdapterContract):
    @pytest.fixture(params=[True, False], ids=["as recorded", "later"])
    async def harness(self, request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
        async with city(workstations=WORKSTATIONS, update_preconfirms=request.param) as leuven:
            today = leuven.clock().date()

            def asking(*products: int) -> SlotQuery:
                return query(*products, first=today, last=today + timedelta(days=8))

            yield Harness(
                leuven.adapter(),
                second=leuven.adapter(),
                clock=leuven.clock,
                manifest=MANIFEST,
                query=asking(EID),
                opens=OFFICE_HOURS[0][0],
                capacity=WORKSTATIONS,
                combined=asking(EID, KIDS, PASSPORT),
                not_combinable=asking(EID, MOVING),
                answers=ANSWERS,
                faulty=leuven.faulty,
            )
