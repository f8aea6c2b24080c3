"""The simulator speaks the protocol: recorded shapes, and the quirks that are known."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from adapters.vendors.jcc_rest.simulator import CLIENT_ID, CLIENT_SECRET, Simulator
from tests.adapters.vendors.jcc_rest.town_hall import MONDAY, TownHall, town_hall

FOLDER = Path(__file__).parents[5] / "shared" / "vendors" / "jcc_rest"
MEERBERGEN = "/location/f3b8864b-2e08-4d01-99db-e36f49f3e19c"
TOKEN = {"grant_type": "client_credentials", "scope": "warp-api"}
PATTERNS = {
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "naive time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "naive time with milliseconds": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}",
}


def shape(value: object) -> object:
    """Names and kinds without values; a list is the shape of all its elements."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    if isinstance(value, str):
        matching = (kind for kind, form in PATTERNS.items() if re.fullmatch(form, value))
        return next(matching, "text")
    return type(value).__name__


def misfits(simulated: object, recorded: list[Any], where: str = "") -> set[str]:
    """Where a simulated shape has what no recording has, or lacks what every recording has."""
    if isinstance(simulated, dict):
        known = set().union(*recorded)
        always = known.intersection(*recorded)
        wrong = {
            f"{where}.{name}" for name in (simulated.keys() - known) | (always - simulated.keys())
        }
        for name in simulated.keys() & known:
            like = [other[name] for other in recorded if name in other]
            wrong |= misfits(simulated[name], like, f"{where}.{name}")
        return wrong
    if isinstance(simulated, list):
        like = [one for other in recorded for one in other]
        return set().union(*(misfits(one, like, where) for one in simulated))
    return set() if simulated in recorded else {f"{where}: {simulated}, recorded {recorded}"}


class Caller:
    """A client of the vendor, not ours."""

    def __init__(self, hall: TownHall) -> None:
        self.simulator: Simulator = hall.simulator
        self._http = httpx.AsyncClient(base_url=hall.settings["base_url"], trust_env=False)
        hall.stack.push_async_callback(self._http.aclose)
        self.place = next(iter(hall.simulator.locations))
        self.ids = {
            activity.description: id_ for id_, activity in hall.simulator.activities.items()
        }
        self.eid = self.ids["Identiteitskaart aanvragen"]

    async def log_in(self) -> httpx.Response:
        response = await self._http.post(
            "connect/token", data=TOKEN, auth=(CLIENT_ID, CLIENT_SECRET)
        )
        self._http.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
        return response

    async def get(self, path: str, **params: Any) -> httpx.Response:  # noqa: ANN401 any parameter
        return await self._http.get(path, params=params)

    async def delete(self, known: str) -> httpx.Response:
        return await self._http.delete("appointment", params={"id": known})

    async def times(self, first: str, end: str, *chosen: tuple[str, int]) -> httpx.Response:
        ids, amounts = zip(*(chosen or [(self.eid, 1)]), strict=True)
        return await self.get(
            "appointment/availabletimelist",
            locationId=self.place,
            fromDate=first,
            toDate=end,
            activityId=ids,
            amount=amounts,
        )

    async def book(
        self,
        start: str = "2027-03-09T09:00:00+01:00",
        **changes: Any,  # noqa: ANN401 any field
    ) -> httpx.Response:
        customer = {"id": None, "isMainCustomer": True, "gender": 0, "lastName": "Peeters"}
        customer |= {"firstName": "Noor", "birthDate": "2000-02-02"}
        body = {
            "id": None,
            "activityList": [{"activityId": self.ids["Rijbewijs aanvragen"], "amount": 1}],
            "customerList": [customer],
            "fromDateTime": start,
            "toDateTime": start,
            "locationId": self.place,
            "message": "",
            "fieldList": None,
        }
        return await self._http.post("appointment", json=body | changes)


@pytest.fixture
async def hall() -> AsyncIterator[TownHall]:
    async with town_hall() as hall:
        yield hall


@pytest.fixture
async def caller(hall: TownHall) -> Caller:
    caller = Caller(hall)
    await caller.log_in()
    return caller


@functools.cache
def interactions() -> list[dict[str, Any]]:
    return [
        interaction
        for path in sorted(FOLDER.glob("*.yaml"))
        for interaction in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    ]


def recording(method: str, end: str, status: int = 200) -> object:
    """The last recorded answer to a call whose path ends so."""
    found = [
        interaction["response"]["body"]["string"]
        for interaction in interactions()
        if interaction["request"]["method"] == method
        and httpx.URL(interaction["request"]["uri"]).path.endswith(end)
        and interaction["response"]["status"]["code"] == status
    ]
    return json.loads(found[-1])


@pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")
async def test_its_payloads_have_the_recorded_shapes(caller: Caller) -> None:
    booked = (await caller.book()).json()
    known = {"id": booked["id"]}
    one = {"activityId": caller.eid}
    simulated = {
        ("GET", "/listforappointment"): await caller.get("activity/listforappointment"),
        ("GET", "/appointmentdaterange"): await caller.get("activity/appointmentdaterange", **one),
        ("GET", "/location"): await caller.get("location"),
        ("GET", MEERBERGEN): await caller.get(f"location/{caller.place}"),
        ("GET", "/availabletimelist"): await caller.times("2027-03-09", "2027-03-10"),
        ("GET", "/appointment"): await caller.get("appointment", **known),
        ("GET", "/qrcode"): await caller.get("appointment/qrcode", **known),
        ("DELETE", "/appointment"): await caller.delete(booked["id"]),
    }
    found = {
        end: misfits(shape(answer.json()), [shape(recording(method, end))])
        for (method, end), answer in simulated.items()
    }
    found["booking"] = misfits(shape(booked), [shape(recording("POST", "/appointment"))])
    assert {end: wrong for end, wrong in found.items() if wrong} == {}


@pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")
async def test_bad_input_is_the_recorded_500(caller: Caller) -> None:
    answer = await caller.get(
        "appointment/calculateduration", activityId="", amount=1, dateTime="2027-03-09"
    )
    assert answer.status_code == 500
    assert answer.json() == recording("GET", "/calculateduration", status=500)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("appointment", {"id": "unknown"}),
        ("appointment", {"id": ""}),
        ("appointment", {}),
        ("activity/appointmentdaterange", {}),
        ("activity/appointmentdaterange", {"activityId": "unknown"}),
        ("location/forappointment", {"selectedActivityId": "unknown"}),
        ("customer/customerfields/required", {}),
    ],
)
async def test_what_is_unknown_or_missing_is_an_internal_exception(
    caller: Caller, path: str, params: dict[str, str]
) -> None:
    answer = await caller.get(path, **params)
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("internal-exception")


async def test_it_offers_no_call_of_its_own(caller: Caller) -> None:
    for path in ("", "appointments", "appointment/list", "customer", "location/unknown"):
        assert (await caller.get(path)).status_code == 404


async def test_a_token_is_needed_and_expires(hall: TownHall) -> None:
    caller = Caller(hall)
    assert (await caller.get("location")).status_code == 401
    await caller.log_in()
    assert (await caller.get("location")).status_code == 200
    hall.clock.move_to(MONDAY + timedelta(hours=1))
    assert (await caller.get("location")).status_code == 401


async def test_the_last_day_of_a_window_is_excluded(caller: Caller) -> None:
    async def days(first: str, end: str) -> set[str]:
        listed = (await caller.times(first, end)).json()["availableTimesList"]
        return {time[:10] for time in listed}

    assert await days("2027-03-09", "2027-03-09") == set()
    assert await days("2027-03-09", "2027-03-10") == {"2027-03-09"}
    assert await days("2027-03-09", "2027-03-11") == {"2027-03-09", "2027-03-10"}


async def test_a_window_is_at_most_fifty_days(caller: Caller) -> None:
    assert (await caller.times("2027-03-09", "2027-04-28")).status_code == 200
    assert (await caller.times("2027-03-09", "2027-04-29")).status_code == 500


async def test_one_duration_is_in_seconds_and_the_other_in_minutes(caller: Caller) -> None:
    chosen = [(caller.eid, 2), (caller.ids["Rijbewijs aanvragen"], 1)]
    available = await caller.times("2027-03-09", "2027-03-10", *chosen)
    ids, amounts = zip(*chosen, strict=True)
    minutes = await caller.get(
        "appointment/calculateduration", activityId=ids, amount=amounts, dateTime="2027-03-09"
    )
    assert available.json()["appointmentDuration"] == 35 * 60
    assert minutes.text == "35"


async def test_what_cannot_be_booked_is_refused_inside_a_200(caller: Caller) -> None:
    assert (await caller.book()).json()["acknowledgeIsSuccess"] is True
    for start in ("2027-03-09T09:00:00+01:00", "2027-03-09T03:00:00+01:00", "2020-01-01T09:00:00"):
        refused = await caller.book(start)
        assert refused.status_code == 200
        assert refused.json()["acknowledgeIsSuccess"] is False


@pytest.mark.parametrize(
    "changes",
    [
        {"locationId": "unknown"},
        {"activityList": []},
        {"customerList": []},
        {"customerList": [{"id": None, "isMainCustomer": True, "lastName": "Peeters"}]},
        {"customerList": [{"id": None, "isMainCustomer": True, "gender": 0, "lastName": ""}]},
        {"fromDateTime": "tomorrow"},
    ],
    ids=["location", "activities", "customers", "no gender", "no name", "time"],
)
async def test_a_booking_that_makes_no_sense_is_an_internal_exception(
    caller: Caller, changes: dict[str, Any]
) -> None:
    assert (await caller.book(**changes)).status_code == 500
    assert caller.simulator.appointments == {}
