"""The simulator speaks the protocol: recorded shapes, and the quirks that are known."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from adapters.vendors.easyappointments.simulator import (
    ADMIN,
    API_TOKEN,
    PASSWORD,
    PATH,
    Simulator,
)
from contracts.suite import Clock
from tests.adapters.vendors.easyappointments.recordings import body, recorded, where_they_are
from tests.adapters.vendors.easyappointments.town_hall import in_process

NOW = datetime(2026, 11, 23, 18, 20, tzinfo=UTC)
AN = {
    "firstName": "An",
    "lastName": "Peeters",
    "email": "an.peeters@example.org",
    "phone": "+32470000000",
}
TIME = {"start": "2026-11-26 09:00:00", "end": "2026-11-26 09:10:00"}
LIST: dict[str, Any] = {"providerId": 2, "serviceId": 1, "date": "2026-11-26"}


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(Clock(NOW), attendants=2)


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=in_process(simulator), base_url=f"http://simulator{PATH}", auth=(ADMIN, PASSWORD)
    ) as client:
        yield client


async def booked(http: httpx.AsyncClient, **changes: object) -> httpx.Response:
    """Book for the customer with the address of An, made where there is none."""
    found = (await http.get("customers", params={"q": AN["email"]})).json()
    customer = found[0] if found else (await http.post("customers", json=AN)).json()
    sent = {**TIME, "customerId": customer["id"], "providerId": 2, "serviceId": 1, **changes}
    return await http.post("appointments", json=sent)


def kinds(value: object) -> object:
    """Names and kinds; null may stand for a text, an empty list or null for hours."""
    if isinstance(value, dict):
        return {name: kinds(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [kinds(value[0])] if value else []
    return "text or null" if value is None else type(value).__name__.replace("str", "text or null")


def likeness(answer: httpx.Response) -> tuple[int, str, object]:
    # Litestar gives none with a 204.
    kind = answer.headers.get("Content-Type", "text/html; charset=utf-8").lower()
    content = kinds(answer.json()) if "json" in kind else answer.text
    return answer.status_code, kind, content


def recorded_likeness(name: str) -> tuple[int, str, object]:
    answered = recorded(name)["response"]
    headers = {name.title(): value for name, value in answered["headers"].items()}
    return likeness(
        httpx.Response(answered["status"], headers=headers, content=answered["body"].encode())
    )


@where_they_are
async def test_its_answers_are_like_the_recorded_ones(http: httpx.AsyncClient) -> None:
    made = await http.post("customers", json={**AN, "customField1": "ref-1", "timezone": "x"})
    one, other = await booked(http, notes="via gateway"), await booked(http)
    path = f"appointments/{one.json()['id']}"
    earlier = await http.get("availabilities", params=LIST | {"date": "2026-11-20"})
    answers = {
        "services_list": await http.get("services"),
        "providers_list": await http.get("providers"),
        "provider_tz": await http.get("providers/2"),
        "customers_search_email": await http.get("customers", params={"q": AN["email"]}),
        "customer_create": made,
        "customer_create_duplicate_email": await http.post("customers", json=AN),
        "availabilities_weekday": await http.get("availabilities", params=LIST),
        "availabilities_after_two": await http.get("availabilities", params=LIST),
        "availabilities_past": earlier,
        "appointment_create": one,
        "appointment_create_same_slot": other,
        "appointment_create_iso_offset": await booked(http, start="2026-11-26T11:00:00+01:00"),
        "appointment_get": await http.get(path),
        "appointment_reschedule_start_only": await http.put(
            path, json={"start": "2026-11-26 10:30:00"}
        ),
        "appointment_reschedule": await http.put(
            path, json={"start": "2026-11-26 10:00:00", "end": "2026-11-26 10:10:00"}
        ),
        "appointment_delete": await http.delete(path),
        "appointment_delete_again": await http.delete(path),
        "appointment_get_deleted": await http.get(path),
        "unauthorized": await http.get("appointments", auth=("admin", "wrong")),
    }
    for name, answer in answers.items():
        simulated, known = likeness(answer), recorded_likeness(name)
        if name.startswith("provider"):
            for shown in (simulated, known):
                _without_days_off(shown[2])
        assert (name, *simulated) == (name, *known)
        if answer.status_code == 500:
            assert answer.json() == body(name)
    unauthorized = recorded("unauthorized")["response"]["headers"]["WWW-Authenticate"]
    assert answers["unauthorized"].headers["WWW-Authenticate"] == unauthorized
    assert answers["availabilities_after_two"].json() == body("availabilities_after_two")


def _without_days_off(shown: Any) -> None:  # noqa: ANN401 JSON
    """Days off are not recorded."""
    for provider in shown if isinstance(shown, list) else [shown]:
        provider["services"] = ["int"]
        plan = provider["settings"]["workingPlan"]
        provider["settings"]["workingPlan"] = plan["monday"]


@where_they_are
async def test_its_webhooks_are_like_the_recorded_ones(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    one = (await booked(http, notes="via gateway")).json()
    await booked(http)
    await booked(http, start="2026-11-26 11:00:00", end="2026-11-26 11:10:00")
    await http.put(
        f"appointments/{one['id']}",
        json={"start": "2026-11-26 10:00:00", "end": "2026-11-26 10:10:00"},
    )
    await http.delete(f"appointments/{one['id']}")
    known = recorded("webhooks_received")
    assert len(simulator.webhooks) == len(known)
    for (headers, posted), like in zip(simulator.webhooks, known, strict=True):
        told, expected = json.loads(posted), json.loads(like["body"])
        assert told["action"] == expected["action"]
        assert kinds(told) == kinds(expected)
        for name in ("start_datetime", "end_datetime", "notes"):
            assert told["payload"][name] == expected["payload"][name]
        assert headers.keys() == like["headers"].keys() - {"Host"}


async def test_it_saves_what_is_taken_past_and_out_of_hours(http: httpx.AsyncClient) -> None:
    for _ in range(4):
        assert (await booked(http)).status_code == 201
    past = {"start": "2020-01-01 09:00:00", "end": "2020-01-01 09:10:00"}
    sunday = {"start": "2026-11-29 03:00:00", "end": "2026-11-29 03:10:00"}
    for strange in (past, sunday):
        assert (await booked(http, **strange)).status_code == 201


async def test_a_time_disappears_when_there_are_as_many_as_may_attend(
    http: httpx.AsyncClient,
) -> None:
    for left in (True, True, False):
        times = (await http.get("availabilities", params=LIST)).json()
        assert ("09:00" in times) == left
        assert "09:10" in times
        await booked(http)


async def test_another_service_leaves_no_room(http: httpx.AsyncClient) -> None:
    await booked(http, serviceId=2, end="2026-11-26 09:15:00")
    times = (await http.get("availabilities", params=LIST)).json()
    assert times[0] == "09:20"


async def test_starts_begin_anew_after_an_appointment_where_one_attends_at_a_time() -> None:
    simulator = Simulator(Clock(NOW))
    transport = in_process(simulator)
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://simulator{PATH}", headers=headers
    ) as http:
        await booked(http, start="2026-11-26 09:05:00", end="2026-11-26 09:20:00")
        times = (await http.get("availabilities", params=LIST)).json()
    assert times[:2] == ["09:20", "09:30"]


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("2026-11-26", "09:00"),
        ("26-11-2026", "09:00"),
        ("2026-11-23", None),
        ("2026-11-28", None),
        ("2027-02-19", "09:00"),
        ("2027-02-22", None),
    ],
    ids=["a day", "day first", "today, closed", "a Saturday", "the last", "too far"],
)
async def test_times_of_a_day(http: httpx.AsyncClient, day: str, first: str | None) -> None:
    times = (await http.get("availabilities", params=LIST | {"date": day})).json()
    assert next(iter(times), None) == first


async def test_a_full_one_has_no_time(simulator: Simulator, http: httpx.AsyncClient) -> None:
    simulator.fill()
    assert (await http.get("availabilities", params=LIST)).json() == []


async def test_lists_have_twenty_rows_unless_told(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    simulator.services |= {n: simulator.services[1] | {"id": n} for n in range(6, 46)}
    pages = [(await http.get("services", params={"page": page})).json() for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    few = (await http.get("services", params={"length": 3, "page": 2, "sort": "-id"})).json()
    assert [service["id"] for service in few] == [42, 41, 40]


async def test_a_keyword_takes_the_place_of_all_conditions(http: httpx.AsyncClient) -> None:
    one = (await booked(http, notes="Ref. 12345678")).json()
    other = (await booked(http, start="2026-12-01 09:00:00", end="2026-12-01 09:10:00")).json()

    async def found(**params: str) -> list[int]:
        return [row["id"] for row in (await http.get("appointments", params=params)).json()]

    assert await found() == [one["id"], other["id"]]
    assert await found(q="ref. 1234", date="2030-01-01") == [one["id"]]
    assert await found(**{"from": "2026-11-25", "till": "2026-11-27"}) == [one["id"]]
    assert await found(date="2026-12-01") == [other["id"]]
    assert await found(providerId="3") == []
    assert await found(customerId=str(one["customerId"]), serviceId="1") == await found()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"customerId": 999}, "The appointment customer ID was not found"),
        ({"providerId": 999}, "The appointment provider ID was not found"),
        ({"serviceId": 999}, "Appointment service id is invalid"),
        ({"serviceId": None}, "Not all required fields are provided: Array"),
        ({"end": "tomorrow"}, "The appointment end date time is invalid"),
    ],
)
async def test_bad_input_is_an_internal_server_error(
    http: httpx.AsyncClient, changes: dict[str, object], message: str
) -> None:
    answer = await booked(http, **changes)
    assert answer.status_code == 500
    assert answer.json()["success"] is False
    assert answer.json()["message"].startswith(message)


@pytest.mark.parametrize("missing", list(AN))
async def test_a_missing_field_is_answered_with_everything_that_was_sent(
    http: httpx.AsyncClient, missing: str
) -> None:
    answer = await http.post("customers", json=AN | {missing: ""})
    assert answer.status_code == 500
    assert "Array\n(" in answer.json()["message"]
    assert any(value in answer.json()["message"] for value in AN.values())


async def test_it_offers_no_call_of_its_own(http: httpx.AsyncClient) -> None:
    for path in ("holds", "availabilities/1", "appointments/99", "services/99"):
        answer = await http.get(path)
        assert (answer.status_code, answer.text) == (404, "")
    for path in ("services", "providers", "appointments/1"):
        assert (await http.post(path, json={})).status_code == 404


async def test_every_answer_sets_a_cookie(simulator: Simulator, http: httpx.AsyncClient) -> None:
    for path in ("services", "nowhere"):
        assert "ea_session=" in (await http.get(path)).headers["Set-Cookie"]
    assert len(simulator.sessions) == 1
