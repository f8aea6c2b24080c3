"""The simulator speaks the protocol: shapes of the metadata, and the quirks that are known."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.vendors.msbookings.simulated import guid
from adapters.vendors.msbookings.simulator import BUSINESS, CLIENT_ID, CLIENT_SECRET, LOGIN
from tests.adapters.vendors.msbookings.metadata import FOLDER, Metadata
from tests.adapters.vendors.msbookings.town_hall import (
    EID,
    LICENCE,
    PASSPORT,
    TownHall,
    town_hall,
)

TOKEN = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
DAY = {"start": "2027-03-09T00:00:00Z", "end": "2027-03-10T00:00:00Z"}


class Caller:
    """Somebody with a token who calls the simulator as Graph is called."""

    def __init__(self, hall: TownHall, http: httpx.AsyncClient) -> None:
        self.simulator, self._http = hall.simulator, http

    async def log_in(self, **changes: str) -> httpx.Response:
        auth = (CLIENT_ID, CLIENT_SECRET)
        answer = await self._http.post(LOGIN, data=TOKEN | changes, auth=auth)
        self._http.headers["Authorization"] = f"Bearer {answer.json().get('access_token')}"
        return answer

    async def get(self, path: str, **params: str) -> httpx.Response:
        return await self._http.get(f"{BUSINESS}{path}", params=params)

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self._http.post(f"{BUSINESS}{path}", json=body)

    async def delete(self, path: str) -> httpx.Response:
        return await self._http.delete(f"{BUSINESS}{path}")

    async def availability(self, start: str, end: str, zone: str = "UTC") -> httpx.Response:
        moments = ({"dateTime": each, "timeZone": zone} for each in (start, end))
        keys = ("staffIds", "startDateTime", "endDateTime")
        body = zip(keys, (self.simulator.staff_ids, *moments), strict=True)
        return await self.post("/getStaffAvailability", dict(body))

    async def book(self, start: str, end: str, name: str = PASSPORT, **changes: Any) -> Any:  # noqa: ANN401 JSON
        body = {
            "serviceId": guid(name),
            "startDateTime": {"dateTime": start, "timeZone": "Romance Standard Time"},
            "endDateTime": {"dateTime": end, "timeZone": "Romance Standard Time"},
            "staffMemberIds": self.simulator.staff_ids[:1],
            "customerTimeZone": "Europe/Brussels",
            "maximumAttendeesCount": 1,
            "filledAttendeesCount": 1,
            "optOutOfCustomerEmail": True,
            "serviceNotes": "for staff",
            "customers": [{"name": "Noor", "emailAddress": "noor@example.org"}],
        }
        return await self.post("/appointments", body | changes)


@pytest.fixture
async def hall() -> AsyncIterator[TownHall]:
    async with town_hall() as hall:
        yield hall


@pytest.fixture
async def caller(hall: TownHall) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(base_url=hall.settings["login_url"], trust_env=False) as http:
        caller = Caller(hall, http)
        await caller.log_in()
        yield caller


NINE = ("2027-03-09T09:00:00", "2027-03-09T09:15:00")


@pytest.mark.skipif(not FOLDER.exists(), reason="the metadata is not here")
async def test_its_payloads_are_as_the_metadata_has_them(caller: Caller) -> None:
    metadata = Metadata()
    booked = await caller.book(*NINE, filledAttendeesCount=1)
    shown = {
        "bookingBusiness": [(await caller.get("")).json()],
        "bookingService": (await caller.get("/services")).json()["value"],
        "bookingCustomQuestion": (await caller.get("/customQuestions")).json()["value"],
        "bookingAppointment": [
            booked.json(),
            (await caller.get(f"/appointments/{booked.json()['id']}")).json(),
            *(await caller.get("/calendarView", **DAY)).json()["value"],
        ],
        "bookingCustomer": [(await caller.post("/customers", {"displayName": "Noor"})).json()],
    }
    for type_, values in shown.items():
        assert len(values) > 0
        for value in values:
            assert metadata.misfits(value, type_) == []
            assert {"id"} <= value.keys()


@pytest.mark.skipif(not FOLDER.exists(), reason="the examples are not here")
async def test_its_answers_have_what_those_of_the_documentation_have(caller: Caller) -> None:
    def recorded(name: str) -> Any:  # noqa: ANN401 JSON
        return json.loads((FOLDER / f"{name}.sample.json").read_text("utf-8"))

    booked = (await caller.book(*NINE)).json()
    example = recorded("createAppointment")
    assert example["response"]["body"].keys() <= booked.keys()
    assert len(booked["startDateTime"]["dateTime"]) == len("2018-05-01T12:00:00.0000000Z")
    assert booked["startDateTime"].keys() == example["response"]["body"]["startDateTime"].keys()

    failed = await caller.availability("2027-03-09T09:00:00", "2027-03-09T09:29:59")
    seen = example["observed_error"]
    assert failed.status_code == seen["status"]
    assert failed.json()["error"].keys() == seen["body"]["error"].keys()
    assert failed.json()["error"]["code"] == seen["body"]["error"]["code"]
    assert failed.json()["error"]["innerError"].keys() == seen["body"]["error"]["innerError"].keys()

    told = (await caller.availability("2027-03-09T00:00:00", "2027-03-10T00:00:00")).json()
    theirs = recorded("getStaffAvailability")["response"]["body"]
    assert told.keys() == theirs.keys()
    window = told["staffAvailabilityItem"][0]["availabilityItems"][0]
    example_window = theirs["staffAvailabilityItem"][0]["availabilityItems"][0]
    assert window.keys() == example_window.keys()
    assert window["startDateTime"].keys() == example_window["startDateTime"].keys()
    assert window["status"] == example_window["status"]
    assert window["startDateTime"]["timeZone"].startswith("(UTC+01:00)")


async def test_who_has_no_token_that_lasts_is_refused(hall: TownHall, caller: Caller) -> None:
    assert (await caller.log_in(scope="Bookings.Read.All")).status_code == 400
    assert (await caller.get("")).status_code == 401
    await caller.log_in()
    assert (await caller.get("")).status_code == 200
    hall.clock.advance(timedelta(seconds=3599))
    refused = await caller.get("")
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "InvalidAuthenticationToken"


@pytest.mark.parametrize(
    "path", ["/staff", "/slots", "/appointments", "/services/1", "/calendarView/x", "/publish"]
)
async def test_it_offers_no_call_of_its_own(caller: Caller, path: str) -> None:
    assert (await caller.get(path)).status_code == 400


async def test_cancelling_is_not_for_applications_and_deleting_is(caller: Caller) -> None:
    known = (await caller.book(*NINE)).json()["id"]
    refused = await caller.post(f"/appointments/{known}/cancel", {"cancellationMessage": ""})
    assert refused.status_code == 403
    deleted = await caller.delete(f"/appointments/{known}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await caller.delete(f"/appointments/{known}")).status_code == 404
    assert (await caller.get(f"/appointments/{known}")).status_code == 404


@pytest.mark.parametrize(("minutes", "status"), [("09:29:59", 500), ("09:30:00", 200)])
async def test_half_an_hour_is_the_least_to_ask_for(
    caller: Caller, minutes: str, status: int
) -> None:
    answer = await caller.availability("2027-03-09T09:00:00", f"2027-03-09T{minutes}")
    assert answer.status_code == status


async def test_whole_days_are_told_opening_hours_or_not(caller: Caller) -> None:
    await caller.book("2027-03-09T10:05:00", "2027-03-09T10:25:00", LICENCE)
    answer = await caller.availability("2027-03-09T09:00:00", "2027-03-09T12:00:00")
    first, second = answer.json()["staffAvailabilityItem"]
    assert [
        (
            each["status"],
            each["startDateTime"]["dateTime"][11:],
            each["endDateTime"]["dateTime"][11:],
        )
        for each in first["availabilityItems"]
    ] == [
        ("Available", "08:00:00", "10:00:00"),
        ("Busy", "10:00:00", "10:35:00"),
        ("Available", "10:35:00", "18:00:00"),
    ]
    assert len(second["availabilityItems"]) == 1


async def test_notes_show_only_when_an_appointment_is_read_by_its_id(caller: Caller) -> None:
    booked = (await caller.book(*NINE)).json()
    (listed,) = (await caller.get("/calendarView", **DAY)).json()["value"]
    assert (booked["serviceNotes"], listed["serviceNotes"]) == ("for staff", None)
    read = (await caller.get(f"/appointments/{booked['id']}")).json()
    assert read["serviceNotes"] == "for staff"


async def test_a_time_that_is_taken_is_booked_again_unless_it_looks(caller: Caller) -> None:
    assert [(await caller.book(*NINE)).status_code for _ in range(2)] == [201, 201]
    caller.simulator.refuses_clashes = True
    refused = await caller.book(*NINE)
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        500,
        "Staff not available.",
    )
    assert len(caller.simulator.appointments) == 2


async def test_a_500_may_have_booked(caller: Caller) -> None:
    caller.simulator.fails_after_booking = 1
    assert (await caller.book(*NINE)).status_code == 500
    assert len(caller.simulator.appointments) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"serviceId": "unknown"},
        {"serviceId": None},
        {"staffMemberIds": []},
        {"staffMemberIds": ["unknown"]},
        {"startDateTime": {"dateTime": "2027-03-09T09:05:00", "timeZone": "UTC"}},
        {"startDateTime": {"dateTime": "2027-03-09T09:00:00", "timeZone": "Mars"}},
        {"startDateTime": {"dateTime": "tomorrow", "timeZone": "UTC"}},
        {"customers": None},
    ],
    ids=str,
)
async def test_anything_that_is_wrong_is_an_unknown_error(
    caller: Caller, changes: dict[str, Any]
) -> None:
    failed = await caller.book(*NINE, **changes)
    assert (failed.status_code, failed.json()["error"]["code"]) == (500, "UnknownError")
    assert caller.simulator.appointments == {}


async def test_staff_is_named_only_where_it_may_be_chosen(caller: Caller) -> None:
    quarter = ("2027-03-09T09:00:00", "2027-03-09T09:15:00")
    assert (await caller.book(*quarter, "Niet online")).status_code == 500
    assert (await caller.book(*quarter, PASSPORT)).status_code == 201


async def test_who_is_not_known_is_left_out_of_a_shared_appointment(caller: Caller) -> None:
    alone = await caller.book(*NINE)
    assert alone.json()["customers"][0]["customerId"] in caller.simulator.customers
    shared = await caller.book(*NINE, EID)
    assert (shared.status_code, shared.json()["customers"]) == (201, [])


async def test_a_list_comes_in_pages(caller: Caller) -> None:
    caller.simulator.page_size = 5
    first = (await caller.get("/services")).json()
    assert len(first["value"]) == 5
    link = httpx.URL(first["@odata.nextLink"])
    rest = (await caller.get("/services", **link.params)).json()
    assert len(rest["value"]) == 2
    assert "@odata.nextLink" not in rest


async def test_who_asks_too_much_is_told_when_to_come_back(caller: Caller) -> None:
    caller.simulator.throttles = 1
    throttled = await caller.get("")
    assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "0")
    assert (await caller.get("")).status_code == 200
