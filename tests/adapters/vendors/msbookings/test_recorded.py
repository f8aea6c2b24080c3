"""Microsoft's own examples and a fault seen by others, replayed through the adapter."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from adapters.vendors.msbookings.simulated import guid
from contracts.errors import OutcomeUnknown, VendorUnavailable
from contracts.models import AppointmentRef
from tests.adapters.vendors.msbookings.answers import Between
from tests.adapters.vendors.msbookings.metadata import FOLDER, Metadata
from tests.adapters.vendors.msbookings.town_hall import (
    EID,
    MARRIAGE,
    PASSPORT,
    query,
    request,
    soon,
    town_hall,
)

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the examples are not here")


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.sample.json").read_text("utf-8"))
    return found


async def test_the_availability_of_the_documentation_is_read_in_its_zone() -> None:
    recorded = sample("getStaffAvailability")["response"]["body"]
    pacific = ZoneInfo("America/Los_Angeles")
    opening = [{"startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000"}]
    service = {
        "id": guid(PASSPORT),
        "displayName": "Catered bento",
        "defaultDuration": "PT1H",
        "staffMemberIds": [recorded["staffAvailabilityItem"][0]["staffId"]],
    }
    answers = {
        "GET ": {
            "displayName": "Contoso",
            "businessHours": [{"day": "monday", "timeSlots": opening}],
            "schedulingPolicy": {"allowStaffSelection": True, "timeSlotInterval": "PT1H"},
        },
        "GET /services": {"value": [service]},
        "POST /getStaffAvailability": recorded,
    }
    async with town_hall(datetime(2022, 1, 24, 8, tzinfo=UTC)) as hall:
        adapter = hall.adapter(transport=Between(answers), zone=pacific)
        day = datetime(2022, 1, 24, tzinfo=pacific).date()
        slots = await adapter.slots(query(PASSPORT, first=day, last=day), deadline=soon())
        # Available from 8 to 15, busy until 16; the recording ends there.
        assert [slot.start.astimezone(pacific).hour for slot in slots] == [8, 9, 10, 11, 12, 13, 14]


async def test_we_ask_for_availability_as_the_documentation_does() -> None:
    recorded = sample("getStaffAvailability")["request"]["body"]
    async with town_hall() as hall:
        between = Between()
        today = hall.clock().date()
        asked = query(PASSPORT, first=today, last=today)
        await hall.adapter(transport=between).slots(asked, deadline=soon())
        (body,) = between.bodies("POST /getStaffAvailability")
        assert body.keys() == recorded.keys()
        assert body["startDateTime"].keys() == recorded["startDateTime"].keys()
        assert len(body["startDateTime"]["dateTime"]) == len(recorded["startDateTime"]["dateTime"])
        assert Metadata().misfits(body, "getStaffAvailability") == []


async def test_the_appointment_of_the_documentation_is_read() -> None:
    recorded = sample("createAppointment")["response"]["body"]
    async with town_hall() as hall:
        adapter = hall.adapter(transport=Between({"GET /appointments/*": recorded}))
        read = await adapter.appointment(AppointmentRef(vendor_ref="x"), deadline=soon())
        assert read.ref.vendor_ref == "AAMkADc7zF4J0AAA8v_KnAAA="
        assert read.start == datetime(2018, 5, 1, 12, tzinfo=UTC)
        assert read.end - read.start == timedelta(minutes=30)
        assert read.products[0].product_id == recorded["serviceId"]


@pytest.mark.parametrize("name", [PASSPORT, EID, MARRIAGE])
async def test_we_book_as_the_documentation_does(name: str) -> None:
    recorded = sample("createAppointment")["request"]["body"]
    async with town_hall() as hall:
        places = await hall.adapter().locations(deadline=soon())
        first = hall.clock().date()
        asked = query(
            (name, 2 if name == EID else 1),
            first=first,
            last=first + timedelta(days=7),
            location=places[name == MARRIAGE].id,
        )
        slot = (await hall.slots(asked))[0]
        between = Between()
        answers = {guid("Met wie gaat u trouwen?"): "Bo Maes", guid("In welke taal?"): "Frans"}
        booking = request(answers=answers)
        await hall.adapter(transport=between).book(slot, booking, deadline=soon())
        (body,) = between.bodies("POST /appointments")
        assert Metadata().misfits(body, "bookingAppointment") == []
        # The example books nobody in particular; notes are in the whole one of the page.
        assert body.keys() - recorded.keys() == {"staffMemberIds", "serviceNotes"}
        assert recorded.keys() <= body.keys()
        customer, theirs = body["customers"][0], recorded["customers"][0]
        assert theirs.keys() - customer.keys() <= {"notes", "customerId"}
        assert customer.keys() <= theirs.keys()
        for told in customer["customQuestionAnswers"]:
            assert told.keys() - {"@odata.type"} == theirs["customQuestionAnswers"][0].keys()
        for listed in between.bodies("POST /customers"):
            assert Metadata().misfits(listed, "bookingCustomer") == []


async def test_the_fault_that_was_seen_leaves_a_booking_unknown_and_a_read_unanswered() -> None:
    recorded = sample("createAppointment")["observed_error"]
    fault = httpx.Response(recorded["status"], json=recorded["body"])
    async with town_hall() as hall:
        today = hall.clock().date()
        slot = (await hall.free(today, PASSPORT))[0]
        between = Between(
            {"POST /appointments": fault, "POST /getStaffAvailability": [None, fault]}
        )
        adapter = hall.adapter(transport=between)
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slot, request(), deadline=soon())
        with pytest.raises(VendorUnavailable):
            await adapter.slots(query(PASSPORT, first=today, last=today), deadline=soon())
