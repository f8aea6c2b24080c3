"""The msbookings adapter keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters import registry
from adapters.vendors.msbookings.simulator import OFFICE_HOURS
from contracts.models import SlotQuery
from contracts.suite import AdapterContract, Harness
from tests.adapters.guard import guard
from tests.adapters.vendors.msbookings.town_hall import EID, LICENCE, PASSPORT, query, town_hall

STAFF = 2
MANIFEST = registry.manifest("msbookings")


class TestMsBookings(AdapterContract):
    @pytest.fixture
    async def harness(self, tmp_path: Path) -> AsyncIterator[Harness]:
        async with (
            town_hall(staff=STAFF) as hall,
            guard(tmp_path, hall.clock, MANIFEST) as guarded,
        ):
            today = hall.clock().date()

            def asking(*products: str) -> SlotQuery:
                return query(*products, first=today, last=today + timedelta(days=14))

            yield Harness(
                hall.adapter(),
                second=hall.adapter(),
                clock=hall.clock,
                manifest=MANIFEST,
                query=asking(EID),
                opens=OFFICE_HOURS[0][0],
                capacity=STAFF,
                not_combinable=asking(PASSPORT, LICENCE),
                faulty=hall.faulty,
                guard=guarded,
            )
