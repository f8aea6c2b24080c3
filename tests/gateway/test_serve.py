"""One process on SQLite, several on PostgreSQL."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.ledger.database import connect
from gateway.serve import CannotServe, alone, answers, listen
from gateway.settings import Settings
from tests.gateway.world import directory, settings_in

POSTGRESQL = {
    "database_url": SecretStr("postgresql+psycopg://db/ledger"),
    "workflow_database_url": SecretStr("postgresql://db/workflows"),
}


def settings(folder: Path, *on_postgresql: str) -> Settings:
    made = settings_in(folder, directory({}))
    server = made.server.model_copy(update={name: POSTGRESQL[name] for name in on_postgresql})
    return Settings(server, made.identity, made.directory)


@pytest.mark.parametrize(
    ("on_postgresql", "shared"), [([], "ledger"), (["database_url"], "workflows")]
)
def test_a_second_process_on_one_sqlite_file_is_told_what_to_do(
    tmp_path: Path, on_postgresql: list[str], shared: str
) -> None:
    with (
        alone(settings(tmp_path, *on_postgresql)),
        pytest.raises(CannotServe, match=rf"works on .*{shared}\.sqlite\. .* to PostgreSQL\."),
        alone(settings(tmp_path, *on_postgresql)),
    ):
        raise AssertionError
    with alone(settings(tmp_path, *on_postgresql)):
        pass


def test_many_processes_may_share_postgresql(tmp_path: Path) -> None:
    with contextlib.ExitStack() as processes:
        for _ in range(3):
            processes.enter_context(alone(settings(tmp_path, *POSTGRESQL)))


def test_where_it_may_not_write_it_says_so(tmp_path: Path) -> None:
    (taken := tmp_path / "file").touch()

    with (
        pytest.raises(CannotServe, match=r"Cannot write beside .*: Not a directory\."),
        alone(settings(taken / "below")),
    ):
        raise AssertionError


async def test_a_database_that_is_down_is_a_sentence_without_its_password() -> None:
    with listen("127.0.0.1", 0) as closed:
        port = closed.getsockname()[1]
    database = connect(f"postgresql+psycopg://gate:sesame@127.0.0.1:{port}/ledger")

    with pytest.raises(CannotServe, match="The ledger does not answer: ") as caught:
        await answers(database)
    await database.aclose()

    assert "POORT_DATABASE_URL" in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_an_answer_does_not_wait_for_the_callers_acknowledgement() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
