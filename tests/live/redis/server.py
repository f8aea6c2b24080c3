"""A Redis of the tests' own, reached through a socket in its folder."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def redis_in(folder: Path) -> Iterator[str]:
    """Run one that keeps nothing; gives its URL."""
    program = shutil.which("redis-server")
    assert program, "redis-server is not on this machine: apt-get install redis-server"
    socket = folder / "redis.sock"
    options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder))
    with subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = iter(server.stdout.readline, "")
            assert any("accept connections" in line for line in said), "Redis did not start"
            yield f"unix://{socket}"
        finally:
            server.terminate()
