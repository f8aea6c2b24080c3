"""A PostgreSQL of the tests' own, reached through a socket in its folder."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

USER = "poort"


@dataclass(frozen=True)
class Cluster:
    """A running server; its socket is in ``folder``."""

    folder: Path

    def url(self, database: str, driver: str = "postgresql") -> str:
        return f"{driver}://{USER}@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1") -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(database), sql.Identifier(template)
        )
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make one, run it, and leave nothing of it. It does not run as root: then as ``postgres``."""
    owner = "postgres" if os.geteuid() == 0 else getpass.getuser()
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        shutil.chown(folder, owner)

        def run(program: str, *arguments: str) -> None:
            # Not piped: the server inherits it, and nobody would ever see its end.
            said = folder.with_suffix(".log")
            with said.open("w") as log:
                ended = subprocess.run(
                    [_program(program), "-D", str(folder / "data"), *arguments],
                    check=False,
                    user=owner if os.geteuid() == 0 else None,
                    cwd=folder,
                    stdout=log,
                    stderr=log,
                )
            words = said.read_text()
            said.unlink()
            assert ended.returncode == 0, words

        run("initdb", "--auth=trust", "--username", USER, "--encoding=UTF8", "--no-sync")
        options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=300"
        run("pg_ctl", "--wait", "start", "-o", options)
        try:
            yield Cluster(folder)
        finally:
            run("pg_ctl", "--mode=immediate", "--wait", "stop")  # nobody will read it again


def _program(name: str) -> str:
    """Debian keeps them apart, a folder per version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    program = str(found[-1]) if found else shutil.which(name)
    assert program, f"{name} is not on this machine: apt-get install postgresql"
    return program
