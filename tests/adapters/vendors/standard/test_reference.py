"""The reference server says what its OpenAPI document says, and keeps the rules in it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.vendors.standard import wire
from adapters.vendors.standard.sandbox import StandardSandbox
from adapters.vendors.standard.settings import StandardSettings
from adapters.vendors.standard.simulator import Simulator
from contracts.models import AppointmentStatus, MatchKey, Slot
from tests.adapters.vendors.standard.genk import TownHall, town_hall
from tests.adapters.vendors.standard.test_adapter import beside, everything

DOCUMENT = json.loads(
    (Path(__file__).parents[4] / "contracts" / "standard.openapi.json").read_text("utf-8")
)
CALLS = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
CONTROLS = {call for call, operation in CALLS.items() if operation["tags"] == ["sandbox"]}
CITIZEN = MatchKey(kind="externalId", value="known-at-the-desk")
PERSON = {"givenName": "Noor", "familyName": "Peeters", "email": "noor.peeters@example.org"}


@pytest.fixture
async def hall() -> AsyncIterator[TownHall]:
    async with town_hall() as hall:
        yield hall


@pytest.fixture
async def client(hall: TownHall) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a token and no adapter."""
    async with httpx.AsyncClient(
        base_url=hall.settings["base_url"],
        headers={"Authorization": "Bearer reference-token"},
        trust_env=False,
    ) as client:
        yield client


async def booking(hall: TownHall, nth: int = 0, **changes: object) -> dict[str, Any]:
    slot = (await hall.free())[nth]
    return {"slot": _sent(slot), "booker": PERSON, **changes}


def _sent(slot: Slot) -> Any:  # noqa: ANN401 - JSON
    return slot.model_dump(mode="json", exclude_none=True)


# The document ------------------------------------------------------------------------------


async def test_the_adapter_asks_what_is_in_the_document_and_turns_no_control(
    hall: TownHall,
) -> None:
    seen: list[httpx.Request] = []
    await everything(hall.adapter(beside({}, seen)), hall.query())
    asked = {(each.method, _template(each.url.path)) for each in seen}
    assert asked - {("POST", "/oauth/token")} == set(CALLS) - CONTROLS


async def test_every_answer_fits_the_document(hall: TownHall) -> None:
    checked = set[tuple[str, str]]()

    class Reading(httpx.MockTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            call = (request.method, _template(request.url.path))
            if call in CALLS and response.content:
                answers = CALLS[call]["responses"][str(response.status_code)]["content"]
                kind = response.headers["content-type"].partition(";")[0]
                _fits(response.json(), answers[kind]["schema"])
                checked.add(call)
            return response

    await everything(hall.adapter(Reading(beside({}).handler)), hall.query())
    async with town_hall(sandbox=True) as other:
        reading = Reading(beside({}).handler)
        sandbox = StandardSandbox(StandardSettings.model_validate(other.settings), reading)
        await sandbox.begin(other.clock())
        await sandbox.tell(other.clock())
        ref = await sandbox.book_at_desk((await other.free())[0], CITIZEN)
        await sandbox.notification(ref)
        await sandbox.aclose()
    silent = {("DELETE", "/holds/{ref}"), ("PUT", "/sandbox/clock")}
    assert set(CALLS) - checked == silent


def test_each_operation_is_core_or_of_a_capability() -> None:
    tags = {tag for operation in CALLS.values() for tag in operation["tags"]}
    webhooks = DOCUMENT["webhooks"]["appointmentChanged"]["post"]["tags"]
    # By citizen, appointments are looked up where they are by reference.
    assert tags | set(webhooks) | {"appointmentsOf"} == {"core", "sandbox", *wire.CAPABILITIES}


async def test_the_server_shows_the_document_to_anybody(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]
    assert (await client.get("/openapi.json")).json() == DOCUMENT


def _template(path: str) -> str:
    return re.sub(r"/(appointments|holds)/(?!query$)[^/]+", r"/\1/{ref}", path)


def _fits(value: object, schema: dict[str, Any]) -> None:
    """As much of JSON Schema as the document uses; no field beside those that it names."""
    if "$ref" in schema:
        _fits(value, DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    elif "oneOf" in schema:
        _fits(value, next(each for each in schema["oneOf"] if each.get("type") != "null"))
    elif isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", ())) <= set(value) <= set(schema["properties"])
        for name, each in value.items():
            _fits(each, schema["properties"][name])
    elif isinstance(value, list):
        for each in value:
            _fits(each, schema["items"])
    else:
        kinds = {"string": str, "integer": int, "boolean": bool, "object": dict}
        assert isinstance(value, kinds[schema["type"]])
        assert value in schema.get("enum", [value])


# The rules ---------------------------------------------------------------------------------


async def test_the_same_key_books_once_and_says_the_same(
    hall: TownHall, client: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "reference-1"}
    body = await booking(hall)
    answers = [await client.post("/bookings", json=body, headers=key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(hall.simulator.desk.entries) == 1


async def test_a_key_does_not_serve_for_another_wish(
    hall: TownHall, client: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "reference-1"}
    await client.post("/bookings", json=await booking(hall), headers=key)
    other = await client.post("/bookings", json=await booking(hall, -1), headers=key)
    hold = await client.post("/holds", json={"slot": _sent((await hall.free())[0])}, headers=key)
    for refused in (other, hold):
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotencyKeyReused")
    assert len(hall.simulator.desk.entries) == 1


async def test_a_refused_request_leaves_its_key_free(
    hall: TownHall, client: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "reference-1"}
    body = await booking(hall)
    refused = await client.post("/bookings", json=body | {"booker": {}}, headers=key)
    assert refused.json()["code"] == "customerFieldsMissing"
    assert {issue["name"] for issue in refused.json()["issues"]} >= {"givenName", "familyName"}
    assert (await client.post("/bookings", json=body, headers=key)).status_code == 201


async def test_a_write_without_a_key_is_refused(hall: TownHall, client: httpx.AsyncClient) -> None:
    refused = await client.post("/bookings", json=await booking(hall))
    assert (refused.status_code, refused.json()["code"]) == (400, "schemaViolation")
    assert not hall.simulator.desk.entries


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"slot": {}, "booker": PERSON}, "slot"),
        ({"booker": PERSON}, "slot"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_mistake_is_named_and_its_value_is_not(
    client: httpx.AsyncClient, body: dict[str, Any], name: str
) -> None:
    key = {"Idempotency-Key": "reference-1"}
    refused = await client.post("/bookings", json=body, headers=key)
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.status_code, refused.json()["code"]) == (400, "schemaViolation")
    assert any(issue["name"].startswith(name) for issue in refused.json()["issues"])
    assert "peeters" not in refused.text.lower()


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/nothing", (404, "resourceNotFound")),
        ("PUT", "/products", (405, "methodNotAllowed")),
        ("GET", "/appointments/unknown", (404, "resourceNotFound")),
        ("GET", "/changes?cursor=x", (400, "schemaViolation")),
        ("POST", "/appointments/query", (400, "schemaViolation")),
        ("POST", "/holds/unknown/extend", (409, "holdExpired")),
    ],
)
async def test_what_is_not_there_is_said_in_a_problem(
    client: httpx.AsyncClient, method: str, path: str, said: tuple[int, str]
) -> None:
    answer = await client.request(method, path, json={} if path.endswith("/query") else None)
    assert (answer.status_code, answer.json()["code"]) == said


async def test_a_hold_that_is_gone_can_be_given_back(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/holds/unknown")).status_code == 204


@pytest.mark.parametrize("path", ["/products", "/capabilities"])
async def test_nobody_comes_in_without_a_token(client: httpx.AsyncClient, path: str) -> None:
    for authorization in ("", "Bearer", "Bearer other", "Basic reference-token", "Bearer é"):
        refused = await client.get(path, headers=[(b"Authorization", authorization.encode())])
        assert (refused.status_code, refused.json()["code"]) == (401, "noAccessToken")
        assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_token_is_for_who_knows_the_secret(client: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials"}
    for auth in (("afsprakenpoort", "wrong"), ("", "")):
        refused = await client.post("/oauth/token", data=form, auth=auth)
        assert (refused.status_code, refused.json()) == (401, {"error": "invalid_client"})
    refused = await client.post("/oauth/token", data={"grant_type": "password"})
    assert refused.json() == {"error": "unsupported_grant_type"}


@pytest.mark.parametrize(
    ("capability", "method", "path"),
    [
        ("hold", "DELETE", "/holds/x"),
        ("extend", "POST", "/holds/x/extend"),
        ("reschedule", "POST", "/appointments/x/reschedule"),
        ("changes", "GET", "/changes"),
        ("intakeFields", "POST", "/intake-fields/query"),
    ],
)
async def test_what_is_not_offered_is_not_done(capability: str, method: str, path: str) -> None:
    async with town_hall(lacks=(capability,)) as hall:
        url, headers = hall.settings["base_url"], {"Authorization": "Bearer reference-token"}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
            declared = (await client.get("/capabilities")).json()["capabilities"]
            assert set(wire.CAPABILITIES) - set(declared) == {capability}
            refused = await client.request(method, path)
            assert (refused.status_code, refused.json()["code"]) == (501, "capabilityNotSupported")


async def test_a_citizen_is_not_looked_up_where_that_is_not_offered() -> None:
    async with town_hall(lacks=("appointmentsOf",)) as hall:
        url, headers = hall.settings["base_url"], {"Authorization": "Bearer reference-token"}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
            asked = {"matchKey": {"kind": "externalId", "value": "x"}}
            refused = await client.post("/appointments/query", json=asked)
            assert refused.json()["code"] == "capabilityNotSupported"
            asked_by_key = {"clientReference": "reference-1"}
            found = await client.post("/appointments/query", json=asked_by_key)
            assert found.json() == {"items": []}


async def test_a_town_hall_that_is_full_has_no_time(hall: TownHall) -> None:
    assert await hall.free()
    hall.simulator.fill()
    assert await hall.free() == []


async def test_a_cancelled_appointment_is_still_found_by_its_key(
    hall: TownHall, client: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "reference-1"}
    ref = (await client.post("/bookings", json=await booking(hall), headers=key)).json()
    await client.post(f"/appointments/{ref['vendorRef']}/cancel")
    found = await client.post("/appointments/query", json={"clientReference": "reference-1"})
    assert [each["status"] for each in found.json()["items"]] == [AppointmentStatus.CANCELLED]


def test_its_clock_is_ours_unless_it_is_given_one() -> None:
    assert Simulator().now().tzinfo is not None
