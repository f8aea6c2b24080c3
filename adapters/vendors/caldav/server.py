"""Starts a real calendar server (Radicale) on this machine, for the demo and the tests."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from typing import TYPE_CHECKING

import httpx

from adapters.vendors.caldav.wire import XML, is_calendar, kind_query

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

LOOPBACK = "127.0.0.1"
# Its standard input is a pipe that closes when this process ends, however it ends: a server
# must not outlive a demo that was killed.
_UNTIL_STDIN_CLOSES = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
module = sys.argv.pop(1)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


@contextlib.asynccontextmanager
async def radicale(folder: Path, users: Mapping[str, str] | None = None) -> AsyncIterator[str]:
    """Serve the calendars in ``folder``; gives the server's URL.

    Args:
        folder: where it keeps everything, its log included.
        users: password per user, who then see their own calendars only; without, anybody
            on this machine sees all.
    """
    port = free_port()
    options = [
        "--config=",
        f"--hosts={LOOPBACK}:{port}",
        f"--storage-filesystem-folder={folder / 'collections'}",
        "--logging-level=warning",
    ]
    if users:
        passwords = folder / "users"
        await asyncio.to_thread(_write_passwords, passwords, users)
        options += [
            "--auth-type=htpasswd",
            f"--auth-htpasswd-filename={passwords}",
            "--auth-htpasswd-encryption=plain",
            "--auth-delay=0",
        ]
    else:
        options.append("--auth-type=none")
    url = f"http://{LOOPBACK}:{port}/"
    async with running("radicale", options, url, folder):
        yield url


@contextlib.asynccontextmanager
async def running(
    module: str, options: Sequence[str], url: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server that is a Python module, from its first answer on; ended on leaving.

    Raises:
        RuntimeError: it ended by itself or did not answer; what it said is in its log.
    """
    log = folder / "server.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _UNTIL_STDIN_CLOSES,
            module,
            *options,
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    try:
        try:
            async with asyncio.timeout(_START_SECONDS):
                await _answers(url, process)
        except TimeoutError:
            raise RuntimeError(f"The calendar server does not answer; see {log}.") from None
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


def _write_passwords(file: Path, users: Mapping[str, str]) -> None:
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}:{word}\n" for name, word in users.items()))


async def _answers(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"The calendar server ended with code {process.returncode}.")
            with contextlib.suppress(httpx.HTTPError):
                await client.get(url)
                return
            await asyncio.sleep(0.05)


def free_port() -> int:
    """A port that was free just now: Radicale cannot choose one itself."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def make_calendars(
    url: str, paths: Sequence[str], auth: tuple[str, str] | None = None
) -> None:
    """Create calendars and the folders above them; what exists stays as it is.

    Raises:
        RuntimeError: there is still no calendar.
    """
    async with httpx.AsyncClient(base_url=url, auth=auth, trust_env=False) as client:
        for path in paths:
            parts = path.strip("/").split("/")
            for depth in range(1, len(parts)):
                await client.request("MKCOL", "/".join(parts[:depth]) + "/")
            await client.request("MKCALENDAR", path)
            # Servers refuse what exists already in ways of their own, so it is the end that counts.
            answer = await client.request(
                "PROPFIND", path, content=kind_query(), headers={**XML, "Depth": "0"}
            )
            if answer.status_code != httpx.codes.MULTI_STATUS or not is_calendar(answer.content):
                raise RuntimeError(f"{path} could not be made: {answer.status_code}.")
