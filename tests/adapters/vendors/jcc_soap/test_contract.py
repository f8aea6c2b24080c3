"""The jcc_soap adapter keeps the contract in front of its simulator, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters import registry
from adapters.vendors.jcc_soap.simulator import OFFICE_HOURS
from contracts.models import AppointmentRef, MatchKey, Slot, SlotQuery
from contracts.suite import AdapterContract, Harness
from tests.adapters.vendors.jcc_soap.town_hall import (
    BRUSSELS,
    CITIZEN,
    EID,
    LICENCE,
    PASS,
    WEDDING,
    TownHall,
    town_hall,
)

COUNTERS = 2
MANIFEST = registry.manifest("jcc_soap")


class TestJccSoap(AdapterContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        async with town_hall(counters=COUNTERS) as hall:
            today = hall.clock().date()

            def asking(*products: str) -> SlotQuery:
                return hall.query(*products, first=today, last=today + timedelta(days=8))

            async def book_at_desk(slot: Slot, citizen: MatchKey) -> AppointmentRef:
                return at_desk(hall, slot, citizen.value)

            yield Harness(
                hall.adapter(client_id="nationalNumber"),
                second=hall.adapter(client_id="nationalNumber"),
                clock=hall.clock,
                manifest=MANIFEST,
                query=asking(EID),
                opens=OFFICE_HOURS[0][0],
                capacity=COUNTERS,
                combined=asking(PASS, LICENCE),
                not_combinable=asking(PASS, WEDDING),
                match_key=MatchKey(kind="nationalNumber", value=CITIZEN),
                book_at_desk=book_at_desk,
                faulty=hall.faulty,
            )


def at_desk(hall: TownHall, slot: Slot, client_id: str) -> AppointmentRef:
    answer = hall.simulator.book(
        {
            "productID": slot.products[0].product_id,
            "clientID": client_id,
            "clientLastName": "Peeters",
            "clientInitials": "N.",
            "clientDateOfBirth": "1990-05-17",
            "locationID": slot.location_id,
            "appStartTime": slot.start.astimezone(BRUSSELS).replace(tzinfo=None).isoformat(),
            "isClientVerified": "true",
            "isRecurring": "false",
        }
    )
    return AppointmentRef(vendor_ref=answer["appID"])
