"""What DBOS stores is JSON: ids and counts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.errors import SlotTaken
from gateway.booking.durable import JsonSerializer, WorkflowFailed
from gateway.ledger.transaction import Transaction
from tests.gateway.world import World


def stored(folder: Path) -> Iterator[str]:
    """Every serialised value of every table."""
    with sqlite3.connect(folder / "workflows.sqlite") as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            names = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
            for column in sorted(names & {"inputs", "output", "error", "request", "attributes"}):
                query = f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
                for (text,) in database.execute(query):
                    yield text
            if "serialization" in names:
                query = f"SELECT DISTINCT serialization FROM {table}"  # noqa: S608
                assert set(database.execute(query)) <= {("poort_json",), (None,)}, table


async def test_everything_is_json_with_nothing_but_ids_and_counts(world: World) -> None:
    citizen = await world.log_in()
    visit = await citizen.book(await world.slot())
    (item,) = visit["items"]
    await citizen.move(item, await world.slot(number=5))
    await citizen.cancel(item)
    made = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "confirm", SlotTaken("Gone."))
    await citizen.confirm(made)

    values = list(stored(world.folder))

    assert any(item["id"] in value for value in values)
    assert any(visit["id"] in value for value in values)
    known = {"args", "kwargs", "True", "False"}
    for text in values:
        for word in words(json.loads(text)):
            assert word in known or len(word) == 36 or word.isdecimal() or is_sealed(word), word


def words(value: object) -> Iterator[str]:
    match value:
        case dict():
            for name, inner in value.items():
                yield name
                yield from words(inner)
        case list():
            for inner in value:
                yield from words(inner)
        case None:
            return
        case _:
            yield str(value)


def is_sealed(word: str) -> bool:
    """A sealed slot id, which nobody can read."""
    return len(word) > 100 and " " not in word


async def test_of_a_defect_only_its_type_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("Noor Testburger")

    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "add_attempt", broken)
        answer = await citizen.confirm(made)
    assert answer.status_code == 500, answer.text

    errors = [text for text in stored(world.folder) if "error" in text]
    assert [json.loads(text) for text in errors] == [{"error": "RuntimeError"}] * len(errors)
    assert errors

    # The visit is not lost with it: the next workflow books what was agreed to.
    world.clock.advance(seconds=30)
    await world.sweep(3)
    assert (await citizen.visit(made))["state"] == "confirmed"


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        JsonSerializer().serialize({"when": object()})


def test_an_error_comes_back_as_a_failed_workflow() -> None:
    serializer = JsonSerializer()

    error = serializer.deserialize(serializer.serialize(ValueError("a secret")))

    assert isinstance(error, WorkflowFailed)
    assert error.args == ("ValueError",)
