"""``poort outcomes``: beside a gateway that runs, on its ledger."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from contracts.manifest import Resolution
from gateway import outcomes
from gateway.cli import main
from tests.gateway.booking.test_unknown_outcomes import LOST, NO_HOLD
from tests.gateway.town import Files
from tests.gateway.world import SECRET, Json, World


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The settings of the gateway in ``folder``, as an operator has them in the environment."""
    (folder / "config").mkdir()
    files = Files(folder / "config")
    files.write(
        "identity.toml",
        'issuer = "https://login.example"\nclient_id = "poort"\nclient_secret = "x"\n',
    )
    url = f"sqlite+aiosqlite:///{folder}/ledger.sqlite"
    for name, value in {
        "POORT_CONFIG": str(files.root),
        "POORT_PUBLIC_URL": "https://afspraken.example",
        "POORT_SECRET_KEY": SECRET.hex(),
        "POORT_DATABASE_URL": url,
        "POORT_WORKFLOW_DATABASE_URL": f"sqlite:///{folder}/workflows.sqlite",
        "POORT_REQUIRE_CERTIFICATES": "off",
    }.items():
        monkeypatch.setenv(name, value)
    return url


@pytest.mark.usefixtures("ledger")
async def test_an_operator_lists_and_settles_and_the_gateway_goes_on(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    async def poort(*arguments: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["outcomes", *arguments])
        return status, capsys.readouterr().out

    async def poort_json(*arguments: str) -> tuple[int, Json]:
        status, out = await poort("--json", *arguments)
        return status, json.loads(out)

    world.declare("aalst", without=NO_HOLD, resolution=Resolution.NONE)
    citizen = await world.log_in()
    slots = [await world.slot(), await world.slot("mechelen", number=9)]
    made = (await citizen.choose(*slots)).json()
    item = made["items"][0]["id"]
    world.goes_wrong("aalst", "book", LOST, applied=True)
    await citizen.confirm(made)
    capsys.readouterr()

    status, listed = await poort_json()
    assert (status, [each["item"] for each in listed["outcomes"]]) == (0, [item])
    assert set(listed["outcomes"][0]) == {"item", "source", "operation", "since", "outcome", "ask"}
    _, text = await poort()
    assert text.startswith(f"{item}  aalst  book: needsDecision since 2027-03-08 07:00Z\n")
    assert "applied" in text.splitlines()[1]

    refused, why = await poort_json("settle", item, "applied", "--reference", "A-1")
    assert (refused, why["ok"]) == (1, False)  # that source is not configured here
    settled, said = await poort_json("settle", item, "applied", "--by", "desk")
    assert (settled, said) == (0, {"ok": True, "item": item, "outcome": "applied"})
    again, _ = await poort("settle", item, "applied")
    assert again == 1
    assert (await poort())[1] == "Everything is settled.\n"

    await world.sweep(2)
    assert (await citizen.visit(made))["state"] == "confirmed"
    assert "book settled as applied by desk" in await world.history(made["items"][0])


@pytest.mark.usefixtures("ledger")
def test_where_there_is_no_ledger_none_is_made(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ledger.sqlite").unlink()

    assert main(["outcomes"]) == 1

    assert "'poort serve' makes it" in capsys.readouterr().err
    assert not (folder / "ledger.sqlite").exists()


@pytest.mark.usefixtures("ledger")
def test_a_ledger_that_cannot_be_read_is_said_without_what_was_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ledger.sqlite").write_bytes(b"not a database" * 100)

    assert main(["outcomes", "--json"]) == 1

    said = json.loads(capsys.readouterr().out)
    assert said == {"ok": False, "error": "The ledger cannot be used (DatabaseError)."}


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_an_account_without_a_name_is_its_number(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)
    parser = argparse.ArgumentParser()
    outcomes.arguments(parser)

    assert parser.parse_args(["settle", "item", "applied"]).by == str(os.getuid())
