"""The simulator speaks the protocol: recorded shapes, and the quirks that are known."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from adapters.vendors.qmatic.simulator import AUTH_TOKEN, PASSWORD, USERNAME
from tests.adapters.vendors.qmatic.town_hall import VIRTUAL, ZUID, TownHall, town_hall

FOLDER = Path(__file__).parents[5] / "shared" / "vendors" / "qmatic"
EID, KIDS, WEDDING = "Identiteitskaart", "Kids_ID", "Aangifte_huwelijk"
TUESDAY = f"v2/branches/{ZUID}/dates/2027-03-09/times"
SOMEBODY = {"firstName": "Noor", "lastName": "Peeters", "externalId": "noor"}


class Caller:
    """A client of the vendor, not ours; paths are sent as they are written."""

    def __init__(self, hall: TownHall) -> None:
        auth = httpx.BasicAuth(USERNAME, PASSWORD)
        self._http = httpx.AsyncClient(
            base_url=hall.settings["base_url"], auth=auth, trust_env=False
        )
        hall.stack.push_async_callback(self._http.aclose)

    async def get(self, path: str) -> httpx.Response:
        return await self._http.get(path)

    async def times(self, *services: str, more: str = "") -> list[str]:
        matrix = "".join(f";servicePublicId={service}" for service in services)
        times: list[str] = (await self.get(f"{TUESDAY}{matrix}{more}")).json()["times"]
        return times

    async def post(self, path: str, **body: object) -> httpx.Response:
        return await self._http.post(path, json=body)

    async def reserve(self, clock: str = "09:00", more: str = "") -> httpx.Response:
        return await self.post(f"{TUESDAY}/{clock}/reserve{more}", services=[{"publicId": EID}])

    async def book(self, clock: str = "09:00", *services: str, **changes: object) -> httpx.Response:
        body: dict[str, object] = {
            "title": "Title",
            "customers": [SOMEBODY],
            "services": [{"publicId": service} for service in services or [EID]],
            "notes": "",
        }
        return await self.post(f"{TUESDAY}/{clock}/book", **(body | changes))

    async def delete(self, known: str) -> httpx.Response:
        return await self._http.delete(f"v1/appointments/{known}")


@pytest.fixture
async def hall() -> AsyncIterator[TownHall]:
    async with town_hall() as hall:
        yield hall


@pytest.fixture
def caller(hall: TownHall) -> Caller:
    return Caller(hall)


def kinds(value: object, where: str = "") -> dict[str, set[str]]:
    """The kinds of value at every path; the elements of a list share theirs."""
    if isinstance(value, dict):
        inner = [kinds(each, f"{where}.{name}") for name, each in value.items()]
    elif isinstance(value, list):
        inner = [kinds(each, f"{where}[]") for each in value]
    else:
        return {where: {type(value).__name__}}
    merged: dict[str, set[str]] = {where: {type(value).__name__}}
    for found in inner:
        for path, kind in found.items():
            merged.setdefault(path, set()).update(kind)
    return merged


def recording(method: str, end: str) -> object:
    """The recorded answer to a call whose path ends so."""
    found = [
        each["response"]["body"]["string"]
        for path in sorted(FOLDER.glob("*.yaml"))
        for each in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
        if each["request"]["method"] == method and each["request"]["uri"].endswith(end)
    ]
    return json.loads(found[-1])


@pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")
async def test_its_payloads_have_the_recorded_shapes(caller: Caller) -> None:
    answers = {
        ("GET", "v1/branches"): await caller.get("v1/branches"),
        ("GET", "5f58"): await caller.get(f"v1/branches/{ZUID}"),
        ("GET", "/services"): await caller.get(f"v1/branches/{ZUID}/services"),
        ("GET", f"/times;servicePublicId={EID}"): await caller.get(
            f"{TUESDAY};servicePublicId={EID}"
        ),
        ("GET", "/groups;servicePublicId=Achternaam_kind_kiezen"): await caller.get(
            f"v2/branches/{ZUID}/services/groups;servicePublicId={EID}"
        ),
        ("POST", "/book"): await caller.book(),
    }
    for (method, end), answer in answers.items():
        simulated, recorded = kinds(answer.json()), kinds(recording(method, end))
        assert simulated.keys() == recorded.keys(), end
        for path, kind in simulated.items():
            assert "NoneType" in recorded[path] or kind - {"NoneType"} <= recorded[path], path


@pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")
async def test_days_have_the_recorded_shape(caller: Caller) -> None:
    answer = await caller.get(f"v2/branches/{ZUID}/dates;servicePublicId={EID}")
    simulated = answer.json()
    del simulated["meta"]["arguments"]
    recorded = json.loads((FOLDER / "dates.json").read_text(encoding="utf-8"))
    del recorded["meta"]["arguments"]
    assert kinds(simulated) == kinds(recorded)
    assert simulated["dates"][0] == "2027-03-08T00:00:00"


async def test_a_booking_is_called_text_and_has_offsets_without_a_colon(caller: Caller) -> None:
    answer = await caller.book("10:00")
    assert answer.status_code == 202
    assert answer.headers["Content-Type"] == "application/text;charset=UTF-8"
    booked = json.loads(answer.text)
    assert (booked["start"], booked["end"]) == (
        "2027-03-09T09:00:00.000+0000",
        "2027-03-09T09:10:00.000+0000",
    )
    assert (booked["status"], booked["numberOfCustomers"]) == (20, 1)


async def test_an_escaped_separator_is_none(caller: Caller) -> None:
    right = await caller.get(f"{TUESDAY};servicePublicId={EID}")
    assert right.json()["times"]
    assert (await caller.get(f"{TUESDAY}%3BservicePublicId%3D{EID}")).status_code == 404
    assert (await caller.get(f"{TUESDAY}?servicePublicId={EID}")).status_code == 400


async def test_a_business_error_is_a_500_with_headers(caller: Caller) -> None:
    await caller.book()
    taken = await caller.book()
    assert (taken.status_code, taken.headers["error_code"]) == (500, "E440")
    assert taken.headers["error_message"]
    assert (await caller.book("03:00")).headers["error_code"] == "E440"
    assert (await caller.book("10:00", EID, WEDDING)).status_code == 500


@pytest.mark.parametrize(
    ("counting", "more", "minutes"),
    [
        ("total", ";numberOfCustomers=4", 50),
        ("total", ";numberOfCustomers=1", 20),
        ("total", "", 20),
        ("additional", ";numberOfCustomers=3", 50),
        ("additional", "", 20),
    ],
)
async def test_four_people_take_fifty_minutes_for_two_services(
    counting: str, more: str, minutes: int
) -> None:
    async with town_hall(counting=counting, step=5) as hall:
        last_of_the_morning = [
            time for time in await Caller(hall).times(EID, KIDS, more=more) if time <= "12:00"
        ][-1]
        ends = datetime.strptime(last_of_the_morning, "%H:%M").replace(tzinfo=UTC) + timedelta(
            minutes=minutes
        )
        assert f"{ends:%H:%M}" == "12:00"


async def test_as_many_come_as_customers_are_posted(caller: Caller) -> None:
    booked = (await caller.book(customers=[SOMEBODY, {"lastName": "Peeters"}])).json()
    assert booked["numberOfCustomers"] == 2
    assert booked["end"] == "2027-03-09T08:15:00.000+0000"
    assert [each["name"] for each in booked["customers"]] == ["Noor Peeters", "null Peeters"]


async def test_a_reservation_is_nobodys_until_it_is_confirmed_or_lapses(
    hall: TownHall, caller: Caller
) -> None:
    kept = (await caller.reserve()).json()
    assert (kept["status"], kept["customers"]) == (10, [])
    assert "09:00" not in await caller.times(EID)
    confirm = f"v2/branches/appointments/{kept['publicId']}/confirm"
    booked = (await caller.post(confirm, customers=[SOMEBODY])).json()
    assert (booked["status"], booked["publicId"]) == (20, kept["publicId"])
    assert (await caller.post(confirm, customers=[SOMEBODY])).status_code == 500
    other = (await caller.reserve("10:00")).json()["publicId"]
    hall.clock.advance(timedelta(minutes=5))
    confirm = f"v2/branches/appointments/{other}/confirm"
    assert (await caller.post(confirm, customers=[SOMEBODY])).status_code == 404
    assert "10:00" in await caller.times(EID)


async def test_a_birth_date_goes_in_as_iso_and_comes_out_as_local_midnight(caller: Caller) -> None:
    born = SOMEBODY | {"dateOfBirth": "1990-05-17"}
    (shown,) = (await caller.book(customers=[born])).json()["customers"]
    midnight = datetime.fromtimestamp(shown["dateOfBirth"] / 1000, UTC)
    assert midnight == datetime(1990, 5, 16, 22, tzinfo=UTC)


async def test_a_customer_is_one_by_external_id(caller: Caller) -> None:
    path = "v1/customers/externalId/{}/appointments"
    nobody = await caller.get(path.format("noor"))
    assert nobody.status_code == 404
    assert nobody.json()["msg"].startswith("ExternalID identified 0 customers")
    first = (await caller.book()).json()
    second = (await caller.book("10:00")).json()
    found = (await caller.get(path.format("noor"))).json()["appointmentList"]
    assert [each["publicId"] for each in found] == [first["publicId"], second["publicId"]]
    known = first["customers"][0]["publicId"]
    assert known == second["customers"][0]["publicId"]
    by_id = (await caller.get(f"v1/customers/{known}/appointments")).json()["appointmentList"]
    assert by_id == found


async def test_whoever_knows_the_id_may_cancel_once(caller: Caller) -> None:
    known = (await caller.book()).json()["publicId"]
    assert (await caller.delete(known)).status_code == 204
    assert (await caller.delete(known)).status_code == 404
    assert "09:00" in await caller.times(EID)


async def test_there_are_two_ways_in_and_none_without_a_key(hall: TownHall) -> None:
    root = hall.settings["base_url"].partition("/calendar-backend")[0]
    direct, gateway = f"{root}/calendar-backend", f"{root}/rest/calendar-backend"
    async with httpx.AsyncClient(trust_env=False) as http:

        async def status(base: str, **keys: Any) -> int:  # noqa: ANN401 what httpx takes
            return (await http.get(f"{base}/public/api/v1/branches", **keys)).status_code

        token = {"headers": {"auth-token": AUTH_TOKEN}}
        login = {"auth": (USERNAME, PASSWORD)}
        assert [await status(direct, **login), await status(gateway, **token)] == [200, 200]
        assert [await status(direct, **token), await status(gateway, **login)] == [401, 401]
        assert [await status(direct), await status(gateway)] == [401, 401]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v1",
        "v2/branches",
        "v1/appointments",
        "v1/customers",
        f"v1/branches/{ZUID}/appointments",
        "v1/branches/unknown",
        "v1/services/unknown/branches",
        f"v2/branches/{VIRTUAL}x/services/groups;servicePublicId={EID}",
    ],
)
async def test_it_offers_no_call_of_its_own(caller: Caller, path: str) -> None:
    assert (await caller.get(path)).status_code == 404
