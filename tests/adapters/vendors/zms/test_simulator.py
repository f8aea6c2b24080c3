"""The simulator speaks the protocol: recorded shapes, and the quirks that are known."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.vendors.zms.simulated_city import EID, MOVING, PASSPORT
from tests.adapters.vendors.zms.city import TOWN_HALL, City, city
from tests.adapters.vendors.zms.recordings import ABSENT, answered, recorded

Json = dict[str, Any]

NINE_ON_TUESDAY = 1804579200
PATTERNS = {
    "key": r"[0-9a-f]{64}",
    "day": r"\d{4}-\d\d-\d\d",
    "number": r"\d{6,}",
}
TEXTS = {"customTextfield": "ref", "telephone": "+32470000000"}


def kind(value: object) -> str:
    if isinstance(value, str):
        matching = (name for name, form in PATTERNS.items() if re.fullmatch(form, value))
        return next(matching, "text")
    return type(value).__name__


def misfits(simulated: Any, recorded: list[Any], where: str = "") -> set[str]:  # noqa: ANN401 any JSON
    """Where a simulated value has what no recording has, or lacks what every recording has."""
    alike = [other for other in recorded if type(other) is type(simulated)]
    if isinstance(simulated, list) and alike:
        elements = [one for other in alike for one in other]
        return set().union(*(misfits(one, elements, where) for one in simulated))
    if isinstance(simulated, dict) and alike:
        if all(name.isdecimal() for name in simulated):  # ids for names
            values = [value for other in alike for value in other.values()]
            return set().union(*(misfits(one, values, where) for one in simulated.values()))
        known = set().union(*alike)
        wrong = known.intersection(*alike) - simulated.keys() | simulated.keys() - known
        found = {f"{where}.{name}" for name in wrong}
        for name in simulated.keys() & known:
            like = [other[name] for other in alike if name in other]
            found |= misfits(simulated[name], like, f"{where}.{name}")
        return found
    if kind(simulated) in {kind(other) for other in recorded}:
        return set()
    return {f"{where}: {kind(simulated)}"}


class Caller:
    """A client of the vendor, not ours."""

    def __init__(self, leuven: City) -> None:
        self.leuven = leuven
        self._http = httpx.AsyncClient(base_url=leuven.base_url, trust_env=False)
        leuven.stack.push_async_callback(self._http.aclose)

    async def get(self, path: str, **params: object) -> httpx.Response:
        return await self._http.get(path, params=params)  # type: ignore[arg-type]

    async def post(self, step: str, **body: object) -> httpx.Response:
        return await self._http.post(f"{step}-appointment/", json=body)

    async def calendar(self, first: str, last: str, **others: object) -> httpx.Response:
        asked = {"officeIds": TOWN_HALL, "serviceIds": EID, "serviceCounts": 1} | others
        return await self.get("available-calendar/", startDate=first, endDate=last, **asked)

    async def reserve(self, start: int = NINE_ON_TUESDAY, **others: object) -> httpx.Response:
        body = {"officeId": int(TOWN_HALL), "serviceId": [EID], "serviceCount": [1]} | others
        return await self.post("reserve", timestamp=start, **body)

    async def reserved(self) -> Json:
        """Number and key of a new reservation."""
        made = (await self.reserve()).json()
        return {"processId": made["processId"], "authKey": made["authKey"]}

    async def update(self, key: Json, **others: object) -> httpx.Response:
        contact = {"familyName": "An Peeters", "email": "an.peeters@example.org"} | TEXTS | others
        return await self.post("update", **key, **contact)


@pytest.fixture
async def later() -> AsyncIterator[City]:
    async with city(update_preconfirms=False) as leuven:
        yield leuven


@pytest.fixture
def caller(leuven: City) -> Caller:
    return Caller(leuven)


def code_of(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    return f"{answer.status_code} {error['errorCode']}"


@pytest.mark.skipif(ABSENT, reason="the recordings are not here")
async def test_its_payloads_have_the_recorded_shapes(caller: Caller) -> None:
    offices = answered("offices_and_services")
    scopes = [office["scope"] for office in offices["offices"] if office["scope"]]
    made = await caller.reserve(serviceId=[EID, PASSPORT], serviceCount=[2, 1])
    key = {name: made.json()[name] for name in ("processId", "authKey")}
    simulated = {
        "offices_and_services": await caller.get("offices-and-services/"),
        "available_calendar_two_services": await caller.calendar("2027-03-08", "2027-03-12"),
        "available_calendar_slots_window": await caller.calendar(
            "2027-03-08", "2027-04-12", slotsStartDate="2027-03-09", slotsEndDate="2027-03-09"
        ),
        "reserve": made,
        "update": await caller.update(key),
        "confirm_before_preconfirm": await caller.post("confirm", **key),
        "get_confirmed": await caller.get("appointment/", **key),
        "cancel": await caller.post("cancel", **key),
        "cancel_again": await caller.post("cancel", **key),
        "get_wrong_key": await caller.get("appointment/", **key | {"authKey": "zzzz"}),
        "reserve_unavailable_time": await caller.reserve(NINE_ON_TUESDAY + 61),
    }
    found = {}
    for name, answer in simulated.items():
        assert answer.status_code == recorded(name)["response"]["status"], name
        like = answered(name)
        # The rules of one office say less of their kinds than those of all offices.
        others = [like | {"scope": scope} for scope in scopes] if like.get("officeId") else []
        found[name] = misfits(answer.json(), [like, *others])
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.skipif(ABSENT, reason="the recordings are not here")
@pytest.mark.parametrize(
    "name", ["cancel_again", "get_wrong_key", "reserve_unavailable_time", "preconfirm", "confirm"]
)
async def test_it_refuses_as_recorded(caller: Caller, name: str) -> None:
    key = await caller.reserved()
    if name == "get_wrong_key":
        answer = await caller.get("appointment/", **key | {"authKey": "zzzz"})
    elif name == "reserve_unavailable_time":
        answer = await caller.reserve(NINE_ON_TUESDAY + 61)
    else:
        step = name.partition("_")[0]
        await caller.update(key)
        await caller.post("confirm" if step == "preconfirm" else step, **key)
        answer = await caller.post(step, **key)
    assert answer.status_code == recorded(name)["response"]["status"]
    codes = [error["errorCode"] for error in answer.json()["errors"]]
    assert codes == [error["errorCode"] for error in answered(name)["errors"]]


@pytest.mark.skipif(ABSENT, reason="the recordings are not here")
async def test_every_mistake_in_a_calendar_is_told_at_once(caller: Caller) -> None:
    answer = await caller.get("available-calendar/", startDate="2026-11-23")
    codes = [error["errorCode"] for error in answer.json()["errors"]]
    assert answer.status_code == 400
    expected = answered("available_calendar_missing_params")["errors"]
    assert codes == [error["errorCode"] for error in expected]


async def test_it_offers_no_call_of_its_own(caller: Caller) -> None:
    for path in ("appointments/", "offices/", "offices-and-services", "appointment/1/"):
        assert code_of(await caller.get(path)) == "404 notFound"
    assert code_of(await caller.post("delete")) == "404 notFound"


async def test_times_are_told_of_the_first_day_alone(caller: Caller) -> None:
    days = (await caller.calendar("2027-03-09", "2027-04-02")).json()["availableDays"]
    assert [bool(day["offices"]) for day in days] == [True] + 18 * [False]
    window = {"slotsStartDate": "2027-03-16", "slotsEndDate": "2027-03-19"}
    found = (await caller.calendar("2027-03-09", "2027-04-02", **window)).json()
    assert (found["slotsStartDate"], found["slotsEndDate"]) == ("2027-03-16", "2027-03-16")
    assert [day["date"] for day in found["availableDays"] if day["offices"]] == ["2027-03-16"]
    assert found["availableDays"][-1]["date"] == "2027-03-31"
    assert found["nextBookableDate"] == "2027-04-01"


async def test_a_day_without_time_is_answered_with_another(caller: Caller) -> None:
    sunday = {"slotsStartDate": "2027-03-14", "slotsEndDate": "2027-03-14"}
    found = (await caller.calendar("2027-03-09", "2027-03-19", **sunday)).json()
    assert [day["date"] for day in found["availableDays"] if day["offices"]] == ["2027-03-09"]


async def test_a_calendar_takes_what_does_not_go_together(caller: Caller) -> None:
    chosen = {"serviceIds": f"{EID},{MOVING}", "serviceCounts": "1,1"}
    assert (await caller.calendar("2027-03-09", "2027-03-09", **chosen)).json()["availableDays"]


async def test_a_reservation_has_the_address_of_somebody_else(caller: Caller) -> None:
    made = (await caller.reserve()).json()
    assert (made["email"], made["status"]) == ("test@muenchen.de", "reserved")
    assert made["timestamp"] == str(NINE_ON_TUESDAY)


async def test_a_reservation_is_confirmed_without_an_update_as_recorded(caller: Caller) -> None:
    key = await caller.reserved()
    assert (await caller.post("confirm", **key)).json()["status"] == "confirmed"


async def test_later_versions_want_each_step(later: City) -> None:
    caller = Caller(later)
    key = await caller.reserved()
    for step in ("preconfirm", "confirm"):
        assert code_of(await caller.post(step, **key)) == "409 placeholderEmailNotAllowed"
    assert (await caller.update(key)).json()["status"] == "reserved"
    early = await caller.post("confirm", **key)
    assert code_of(early) == "409 processNotPreconfirmedAnymore"
    assert (await caller.post("preconfirm", **key)).json()["status"] == "preconfirmed"
    assert code_of(await caller.update(key)) == "409 processNotReservedAnymore"
    assert (await caller.post("confirm", **key)).json()["status"] == "confirmed"


async def test_an_expired_reservation_can_be_filled_in_until_the_job_has_run(
    caller: Caller,
) -> None:
    key = await caller.reserved()
    caller.leuven.clock.advance(timedelta(minutes=19))
    assert (await caller.update(key)).status_code == 200
    other = await caller.reserved()
    caller.leuven.clock.advance(timedelta(minutes=20))
    assert code_of(await caller.update(other)) == "404 appointmentNotFound"


async def test_a_cancelled_appointment_says_neither_where_nor_whose(caller: Caller) -> None:
    key = await caller.reserved()
    await caller.update(key)
    gone = (await caller.post("cancel", **key)).json()
    assert (gone["familyName"], gone["officeId"], gone["status"]) == ("(abgesagt)", 0, "deleted")
    assert gone["authKey"] != key["authKey"]
    assert code_of(await caller.get("appointment/", **key)) == "406 authKeyMismatch"


async def test_what_has_begun_cannot_be_cancelled(caller: Caller) -> None:
    key = await caller.reserved()
    await caller.post("confirm", **key)
    caller.leuven.clock.advance(timedelta(days=2))
    answer = await caller.post("cancel", **key)
    assert code_of(answer) == "406 appointmentCanNotBeCanceled"


async def test_requests_are_counted(caller: Caller) -> None:
    caller.leuven.simulator.rate_limit = 2
    left = [(await caller.get("offices-and-services/")) for _ in range(3)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in left] == ["1", "0", "0"]
    assert code_of(left[-1]) == "429 rateLimitExceeded"
    caller.leuven.clock.advance(timedelta(minutes=1))
    assert (await caller.get("offices-and-services/")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"officeId": "x"}, "400 invalidOfficeId"),
        ({"serviceId": []}, "400 invalidServiceId"),
        ({"serviceCount": [0]}, "400 invalidServiceCount"),
        ({"start": 1}, "400 invalidTimestamp"),
        ({"serviceId": [4]}, "400 invalidLocationAndServiceCombination"),
        ({"officeId": 10510, "serviceId": [1063480]}, "400 captchaMissing"),
        ({"start": NINE_ON_TUESDAY - 36000}, "404 appointmentNotAvailable"),
    ],
)
async def test_a_reservation_that_makes_no_sense_is_refused(
    caller: Caller, changes: dict[str, Any], code: str
) -> None:
    assert code_of(await caller.reserve(**changes)) == code
    assert caller.leuven.simulator.processes == {}
