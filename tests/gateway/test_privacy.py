"""What a citizen typed is in no file in clear, in no log, and gone as soon as it may be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from contracts.adapter import Capability
from contracts.errors import CustomerFieldsMissing, OutcomeUnknown, SlotTaken
from gateway import logs
from tests.gateway.world import Json, World

SECRETS = ("Amarante", "Vandenbulcke", "amarante.v@example.org", "+32470123456", "1971-05-06")
CONTACT: Json = {
    "booker": {
        "givenName": SECRETS[0],
        "familyName": SECRETS[1],
        "email": SECRETS[2],
        "phone": SECRETS[3],
        "birthDate": SECRETS[4],
    },
    "attendee": {"givenName": "Childeric", "familyName": SECRETS[1]},
    "answers": {"partner": "Clodomir"},
}
ALL = (*SECRETS, "Childeric", "Clodomir")
NO_HOLD = (Capability.HOLD, Capability.CONFIRM, Capability.RELEASE, Capability.EXTEND)


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """The log as it is written in production."""
    lines = StringIO()
    logs.configure()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines))
    yield lines
    structlog.reset_defaults()


def nowhere_in(folder: Path) -> None:
    files = list(folder.iterdir())
    assert {file.name for file in files} >= {"ledger.sqlite", "workflows.sqlite"}
    for file in files:
        stored = file.read_bytes()
        for secret in ALL:
            assert secret.encode() not in stored, f"{secret} in {file.name}"
            assert secret.encode("utf-16-le") not in stored


async def contact_kept(world: World, visit: Json) -> bool:
    return await world.gateway.parts.ledger.visits.contact(visit["id"]) is not None


async def test_it_is_nowhere_in_clear_while_it_is_needed_or_after(
    world: World, logged: StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    citizen = await world.log_in()
    texts: list[str] = []
    for product, error in (
        ("697", None),
        ("1041", OutcomeUnknown(f"{SECRETS[0]} was booked, or was she?")),
        ("1835", RuntimeError(f"cannot insert {SECRETS[2]}")),
        ("1385", SlotTaken(f"taken from {SECRETS[1]}")),
        ("1385", CustomerFieldsMissing("No.", vendor_code="E1")),
    ):
        made = (
            await citizen.choose(await world.slot(product=product, number=len(texts) * 8))
        ).json()
        if error is not None:
            world.goes_wrong("aalst", "confirm", error)  # type: ignore[arg-type] # a defect too
        texts.append((await citizen.confirm(made, CONTACT)).text)
        nowhere_in(world.folder)
    texts.append(json.dumps(await citizen.appointments("aalst", "mechelen")))
    world.clock.advance(minutes=5)
    await world.sweep(2)

    nowhere_in(world.folder)
    said = logged.getvalue() + caplog.text
    assert '"event": "problem"' in said
    for secret in ALL:
        assert secret not in said
        assert all(secret not in text for text in texts)


@pytest.mark.parametrize("error", [None, SlotTaken("Gone."), OutcomeUnknown("Lost.")])
async def test_it_is_erased_as_soon_as_nothing_more_is_sent(
    world: World, error: SlotTaken | OutcomeUnknown | None
) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    if error is not None:
        world.goes_wrong("aalst", "confirm", error, applied=True)

    await citizen.confirm(made, CONTACT)

    assert not await contact_kept(world, made)


async def test_it_is_kept_while_another_item_still_has_to_be_booked(world: World) -> None:
    citizen = await world.log_in()
    slots = [await world.slot("aalst"), await world.slot("mechelen", number=5)]
    made = (await citizen.choose(*slots)).json()
    world.goes_wrong("aalst", "confirm", OutcomeUnknown("Lost."), applied=True)

    await citizen.confirm(made, CONTACT)
    assert await contact_kept(world, made)
    nowhere_in(world.folder)

    world.clock.advance(seconds=10)
    await world.sweep(2)
    assert (await citizen.visit(made))["state"] == "confirmed"
    assert not await contact_kept(world, made)


async def test_a_form_that_is_refused_is_not_kept(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    form = {"booker": {"familyName": SECRETS[1], "email": "no address"}}

    refused = await citizen.confirm(made, form)

    assert refused.status_code == 422
    assert "no address" not in refused.text
    assert not await contact_kept(world, made)


async def test_vendor_state_and_slots_lie_sealed(world: World) -> None:
    citizen = await world.log_in()
    await citizen.book(await world.slot())

    with sqlite3.connect(world.folder / "ledger.sqlite") as ledger:
        (row,) = ledger.execute("SELECT vendor_state, slot FROM appointments").fetchall()
    for sealed in row:
        assert b"revision" not in sealed
        assert b"stadhuis" not in sealed
