"""Whatever comes in: what cannot be done is a problem+json as the document promises."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from contracts.api import Problem
from contracts.errors import InternalError
from gateway.booking.refusals import _BY_CODE
from gateway.problems import problem
from gateway.sealing import Seal, from_text, to_text
from tests.gateway.world import Json, World

OPENAPI: Json = json.loads(Path("contracts/openapi.json").read_text(encoding="utf-8"))
JSON = {"Content-Type": "application/json"}
VISITS, SLOTS = "/booking/v1/visits", "/booking/v1/slots/query"
A_VISIT = f"{VISITS}/5b6ac1f8-3e07-4cd0-93c9-bd0c3f2f7ea5"
AN_APPOINTMENT = "/booking/v1/appointments/5b6ac1f8-3e07-4cd0-93c9-bd0c3f2f7ea5"
QUERY = {
    "municipalityId": "aalst",
    "products": [{"productId": "697"}],
    "firstDay": "2027-03-08",
    "lastDay": "2027-03-09",
}


def checked(answer: httpx.Response, status: int, code: str) -> Json:
    """The problem, after everything that holds for every problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["BelGov-Trace-Id"] in answer.json()["instance"]
    assert answer.headers["Content-Language"] in {"nl", "en"}
    document = Problem.model_validate_json(answer.content)
    assert (document.status, document.code) == (status, code)
    assert document.type.startswith("urn:problem-type:")
    assert "null" not in answer.text
    _is_documented(answer.request, status)
    body: Json = answer.json()
    return body


def _is_documented(request: httpx.Request, status: int) -> None:
    """Where the operation is in the document, so is this answer to it."""
    given = request.url.path.split("/")
    for path, operations in OPENAPI["paths"].items():
        parts = path.split("/")
        matches = len(parts) == len(given) and all(
            part == mine or (part.startswith("{") and mine)
            for part, mine in zip(parts, given, strict=True)
        )
        operation = operations.get(request.method.lower())
        if matches and operation:
            content = operation["responses"][str(status)]["content"]
            assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
            return


class Stream:
    """A body that says how much of it was asked for."""

    def __init__(self, size: int) -> None:
        self.size, self.sent = size, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.sent < self.size:
            self.sent += 16 * 1024
            yield b" " * 16 * 1024


async def test_a_body_of_ten_megabytes_is_refused_and_not_read(world: World) -> None:
    citizen, body = await world.log_in(), Stream(10_000_000)

    declared = await citizen.post(VISITS, content=b" " * 10_000_000, headers=JSON)
    streamed = await citizen.post(VISITS, content=body.__aiter__(), headers=JSON)

    checked(declared, 413, "payloadTooLarge")
    checked(streamed, 413, "payloadTooLarge")
    assert body.sent < 200_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"not json",
        b"[]",
        b"null",
        b'{"slots": NaN}',
        b"\xff\xfe{}",
        b'{"slots": ["' + b"\x00" * 100 + b'"]}',
        b"[" * 60_000,
        b'{"slots":' * 5_000,
        b'{"slots": ' + b"9" * 50_000 + b"}",
        b'{"slots": []}',
        b'{"slots": ["short"]}',
        b'{"slots": "text"}',
    ],
    ids=lambda content: repr(content[:14]),
)
async def test_a_body_that_is_no_visit(world: World, content: bytes) -> None:
    citizen = await world.log_in()

    answer = await citizen.post(VISITS, content=content, headers=JSON)

    checked(answer, 400, "schemaViolation")


async def test_many_more_slots_than_a_visit_can_have(world: World) -> None:
    citizen = await world.log_in()

    answer = await citizen.post(VISITS, {"slots": ["x" * 20] * 11})

    assert checked(answer, 400, "schemaViolation")["issues"][0]["name"] == "slots"


async def test_unknown_fields_are_refused_by_name(world: World) -> None:
    citizen = await world.log_in()

    answers = [
        await citizen.post(VISITS, {"slots": ["x" * 20], "colour": "red"}),
        await citizen.post(SLOTS, QUERY | {"productid": "697"}),
        await citizen.post(
            f"{A_VISIT}/confirm",
            {"contact": {"booker": {"naam": "Noor Testburger"}}, "guarantee": "held"},
        ),
    ]

    for answer, name in zip(answers, ("colour", "productid", "naam"), strict=True):
        assert name in checked(answer, 400, "schemaViolation")["issues"][0]["name"]
        assert "Testburger" not in answer.text  # what was typed is not repeated


async def test_every_mistake_is_named_at_once(world: World) -> None:
    answer = await world.client.post(SLOTS, json={"firstDay": "someday", "products": []})

    issues = checked(answer, 400, "schemaViolation")["issues"]
    assert {issue["name"] for issue in issues} == {
        "municipalityId",
        "products",
        "firstDay",
        "lastDay",
    }
    assert {issue["in"] for issue in issues} == {"body"}


async def test_unknown_query_parameters_are_refused(world: World) -> None:
    citizen = await world.log_in()

    answers = [
        await citizen.get("/booking/v1/municipalities?page=2"),
        await citizen.get("/booking/v1/appointments?municipality=aalst"),
        await citizen.get(f"{A_VISIT}?verbose=1"),
        await citizen.post(f"{SLOTS}?limit=1", QUERY),
    ]

    for answer in answers:
        (issue,) = checked(answer, 400, "schemaViolation")["issues"]
        assert issue["in"] == "query"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {},
    ],
)
async def test_a_body_that_is_not_json(world: World, headers: dict[str, str]) -> None:
    citizen = await world.log_in()
    body = json.dumps(QUERY).encode()

    answers = [
        await citizen.post(SLOTS, content=body, headers=headers),
        await citizen.post(SLOTS, content=Stream(16).__aiter__(), headers=headers),
    ]

    for answer in answers:
        checked(answer, 415, "unsupportedMediaType")


async def test_a_charset_is_no_other_type(world: World) -> None:
    answer = await world.client.post(
        SLOTS,
        content=json.dumps(QUERY).encode(),
        headers={"Content-Type": "Application/JSON; charset=utf-8"},
    )

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/booking/v1/nothing", "/booking/v2/visits", "/%00"])
async def test_an_unknown_address(world: World, path: str) -> None:
    checked(await world.client.get(path), 404, "resourceNotFound")


async def test_a_method_that_does_not_exist_there(world: World) -> None:
    cancel = f"{AN_APPOINTMENT}/cancel"

    answers = [
        await world.client.get(cancel),  # mail scanners follow links
        await world.client.delete(AN_APPOINTMENT),
        await world.client.put(VISITS, json={}),
    ]

    for answer in answers:
        checked(answer, 405, "methodNotAllowed")
    assert "POST" in answers[0].headers["Allow"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/booking/v1/appointments", None),
        ("GET", AN_APPOINTMENT, None),
        ("GET", f"{AN_APPOINTMENT}/calendar.ics", None),
        ("POST", f"{AN_APPOINTMENT}/cancel", None),
        ("POST", f"{AN_APPOINTMENT}/reschedule", {"slotId": "x" * 20}),
        ("GET", A_VISIT, None),
        ("POST", VISITS, {"slots": ["x" * 20]}),
        ("POST", f"{A_VISIT}/confirm", {"contact": {"booker": {}}, "guarantee": "held"}),
    ],
)
@pytest.mark.parametrize("cookie", ["", "poort_session=forged", "__Host-poort_session=forged"])
async def test_without_a_login_nothing_is_told(
    world: World, method: str, path: str, body: object, cookie: str
) -> None:
    answer = await world.client.request(method, path, json=body, headers={"Cookie": cookie})

    assert checked(answer, 401, "noAccessToken")["detail"].startswith("U bent niet aangemeld")


async def test_a_login_that_has_expired(world: World) -> None:
    citizen = await world.log_in()
    world.clock.advance(hours=13)

    checked(await citizen.get("/booking/v1/appointments"), 401, "noAccessToken")


async def test_a_write_that_another_page_made(world: World) -> None:
    citizen = await world.log_in()

    answers = [
        await citizen.post(VISITS, {"slots": ["x" * 20]}, headers={"CSRF-Token": "guessed"}),
        await citizen.post(
            VISITS, {"slots": ["x" * 20]}, headers={"Origin": "https://evil.example"}
        ),
    ]

    for answer in answers:
        checked(answer, 403, "csrfRejected")


@pytest.mark.parametrize(
    "path", [A_VISIT, AN_APPOINTMENT, f"{AN_APPOINTMENT}/calendar.ics", f"{VISITS}/..%2f..%2fetc"]
)
async def test_what_nobody_knows(world: World, path: str) -> None:
    citizen = await world.log_in()

    checked(await citizen.get(path), 404, "resourceNotFound")


def altered(good: str) -> list[str]:
    middle = len(good) // 2
    return [
        good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :],
        good[:-4],
        good + "AAAA",
        good[::-1],
        "A" * 200,
        "not a slot id, é",
    ]


async def test_a_slot_id_that_was_made_up_or_changed(world: World) -> None:
    citizen = await world.log_in()
    good = await world.slot()

    for forged in altered(good["slotId"]):
        answer = await citizen.choose(good, {"slotId": forged})
        (issue,) = checked(answer, 400, "schemaViolation")["issues"]
        assert issue["name"] == "slots[1]"
    assert world.held("aalst") == []


async def test_a_slot_id_of_another_gateway_or_for_another_purpose(world: World) -> None:
    citizen = await world.log_in()
    ours = world.gateway.parts.slot_ids._seal
    other_key = Seal(bytes(32), "slot", world.clock)
    other_purpose = Seal(bytes(32), "cookie", world.clock)
    plain = ours.open(from_text((await world.slot())["slotId"]))

    for seal in (other_key, other_purpose):
        answer = await citizen.choose({"slotId": to_text(seal.seal(plain))})
        checked(answer, 400, "schemaViolation")


async def test_a_slot_id_that_is_too_old(world: World) -> None:
    slot = await world.slot(number=30)
    world.clock.advance(minutes=31)
    citizen = await world.log_in()

    checked(await citizen.choose(slot), 422, "outsideBookingWindow")


async def test_a_slot_of_the_past(world: World) -> None:
    slot_ids = world.gateway.parts.slot_ids
    slot = slot_ids.open((await world.slot())["slotId"], "").slot
    past = slot.model_copy(
        update={"start": world.clock(), "end": world.clock() + (slot.end - slot.start)}
    )
    citizen = await world.log_in()

    answer = await citizen.choose({"slotId": slot_ids.make("aalst", past)[0]})

    assert checked(answer, 422, "slotInPast")["retry"] == "newChoice"


async def test_a_slot_of_a_source_that_is_gone(world: World) -> None:
    slot = await world.slot()
    world.disconnect("aalst")
    citizen = await world.log_in()

    checked(await citizen.choose(slot), 503, "vendorUnavailable")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("nl-BE", "nl"),
        ("fr", "fr"),
        ("de-AT, fr;q=0.9", "de"),
        ("es, en;q=0.4, nl;q=0.3", "en"),
        ("", "nl"),
        ("xx;q=nonsense, *", "nl"),
        ("fr;q=0", "nl"),
    ],
)
async def test_what_concerns_a_citizen_is_told_in_his_language(
    world: World, header: str, language: str
) -> None:
    answer = await world.client.get("/booking/v1/appointments", headers={"Accept-Language": header})

    assert answer.status_code == 401
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.json()["title"] == "You are not logged in"


async def test_what_concerns_a_developer_is_told_in_english(world: World) -> None:
    answer = await world.client.post(
        SLOTS, content=b"x", headers={"Content-Type": "text/plain", "Accept-Language": "fr"}
    )

    assert answer.headers["Content-Language"] == "en"
    assert answer.json()["detail"] == "Send the body as application/json."


async def test_a_defect_tells_nothing_of_itself(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Noor Testburger lives here")

    citizen = await world.log_in()
    monkeypatch.setattr(world.gateway.parts.ledger, "appointments_of", broken)

    answer = await citizen.get("/booking/v1/appointments")

    body = checked(answer, 500, "internalServerError")
    assert (body["outcome"], body["retry"]) == ("unknown", "sameKey")
    said = answer.text + "".join(capsys.readouterr())
    assert "Testburger" not in said
    assert "RuntimeError" in said  # the log says what and where
    assert body["instance"].removeprefix("urn:uuid:") in said


def test_every_error_of_ours_makes_a_valid_problem() -> None:
    for kind in _BY_CODE.values():
        document = problem(kind("Why."))
        assert document == Problem.model_validate_json(document.model_dump_json(by_alias=True))
    assert problem(InternalError()).type == "urn:problem-type:belgif:internalServerError"
