"""A real pretix on loopback, and adapters in front of it."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from contracts.suite import Clock

FOLDER = Path(__file__).parents[3] / "var/live/pretix"
PYTHON = FOLDER / "env/bin/python"
SERVER = Path(__file__).parent / "server.py"


class SharedClock(Clock):
    """A clock that pretix reads too: in memory, so that moving it waits for nothing."""

    def __init__(self, now: datetime, file: Path) -> None:
        file.write_bytes(bytes(8))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 8)
        self.file = file
        super().__init__(now)

    @property
    def _now(self) -> datetime:
        return self._told

    @_now.setter
    def _now(self, instant: datetime) -> None:
        self._told = instant
        self._shared[:] = struct.pack("d", instant.timestamp())


@contextmanager
def pretix(data: Path) -> Iterator[str]:
    """Serve a copy of the prepared database from the folder ``data``; gives the base URL."""
    for name in ("prepared.sqlite3", "db.sqlite3"):
        shutil.copyfile(FOLDER / "data/prepared.sqlite3", data / name)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    started = [str(PYTHON), str(SERVER), "serve", str(data)]
    with subprocess.Popen(started, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            assert port.isdigit(), "pretix did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
