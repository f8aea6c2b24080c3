"""What every answer carries, and how the process says it is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest

from adapters.vendors.memory.faults import Fault
from contracts.errors import VendorUnavailable
from gateway.booking.refusals import _BY_CODE
from gateway.language import Language
from gateway.ledger import connect
from gateway.sentences import _SENTENCES
from gateway.settings import Accepts
from tests.gateway.world import World

FOR_DEVELOPERS = {
    "schemaViolation",
    "idempotencyKeyMissing",
    "idempotencyKeyReused",
    "idempotencyInFlight",
    "csrfRejected",
    "resourceNotFound",
    "methodNotAllowed",
    "payloadTooLarge",
    "unsupportedMediaType",
    "outcomeUnknown",  # a state of the visit, never an error
}


def test_every_error_a_citizen_meets_has_a_sentence_in_every_language() -> None:
    assert set(_SENTENCES) | FOR_DEVELOPERS == set(_BY_CODE)
    assert not set(_SENTENCES) & FOR_DEVELOPERS
    for sentences in _SENTENCES.values():
        assert set(sentences) == set(get_args(Language))
        assert len(set(sentences.values())) == len(sentences)


@pytest.mark.parametrize("path", ["/booking/v1/municipalities", "/health", "/auth/session", "/no"])
async def test_every_answer_has_a_trace_of_its_own(world: World, path: str) -> None:
    answers = [await world.client.get(path) for _ in range(2)]

    traces = {answer.headers["BelGov-Trace-Id"] for answer in answers}
    assert len({UUID(trace) for trace in traces}) == 2
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_answers_are_not_cached_and_say_their_language(world: World) -> None:
    answer = await world.client.get(
        "/booking/v1/municipalities/aalst/products", headers={"Accept-Language": "fr-BE"}
    )

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Language"] == "fr"
    assert "Accept-Language" in answer.headers["Vary"]
    assert {product["name"][-4:] for product in answer.json()["items"]} == {"(fr)"}


async def test_nulls_are_left_out(world: World) -> None:
    citizen = await world.log_in()
    await citizen.book(await world.slot())

    assert "null" not in json.dumps(await citizen.appointments())


async def test_the_process_is_up(world: World) -> None:
    answer = await world.client.get("/health")

    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "UP", "silentSources": 0, "notCertified": []},
    )


async def test_a_vendor_that_is_down_only_degrades(world: World) -> None:
    world.adapter("aalst").faults.always = Fault(VendorUnavailable("Down."))
    await world.slots()

    degraded = await world.client.get("/health")
    world.gateway.sources.switch("aalst", Accepts.NOTHING)
    off = await world.client.get("/health")

    assert (degraded.status_code, degraded.json()["status"]) == (200, "DEGRADED")
    assert degraded.json()["silentSources"] == 1
    assert off.json()["status"] == "UP"


async def test_without_its_ledger_the_process_is_down(world: World, folder: Path) -> None:
    nowhere = f"sqlite+aiosqlite:///{folder}/no/such/folder/ledger.sqlite"
    world.gateway.health._database = await asyncio.to_thread(connect, nowhere)

    answer = await world.client.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "DOWN")
