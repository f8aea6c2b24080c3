"""The easyappointments adapter keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from adapters import registry
from contracts.models import AppointmentRef, ProductQuantity
from contracts.suite import AdapterContract, Harness
from tests.adapters.guard import guard
from tests.adapters.vendors.easyappointments.town_hall import EID, PASSPORT, town_hall

MANIFEST = registry.manifest("easyappointments")


class TestEasyAppointments(AdapterContract):
    @pytest.fixture(params=[(1, 2), (3, 1)], ids=["one counter for two", "three counters"])
    async def harness(
        self, request: pytest.FixtureRequest, tmp_path: Path
    ) -> AsyncIterator[Harness]:
        counters, attendants = request.param
        async with (
            town_hall(counters=counters, attendants=attendants) as hall,
            guard(tmp_path, hall.clock, MANIFEST) as guarded,
        ):
            both = tuple(ProductQuantity(product_id=id_) for id_ in (EID, PASSPORT))

            async def notification(ref: AppointmentRef) -> tuple[Mapping[str, str], bytes]:
                about = f'"payload":{{"id":{ref.vendor_ref},'.encode()
                return next(posted for posted in hall.simulator.webhooks if about in posted[1])

            yield Harness(
                hall.adapter(),
                second=hall.adapter(),
                clock=hall.clock,
                manifest=MANIFEST,
                query=hall.query(),
                opens=hall.simulator.hours[0],
                capacity=counters * attendants,
                not_combinable=hall.query().model_copy(update={"products": both}),
                faulty=hall.faulty,
                notification=notification,
                guard=guarded,
            )
