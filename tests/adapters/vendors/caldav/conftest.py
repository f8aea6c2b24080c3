"""The real Xandikos beside Radicale, once per run; a calendar of its own for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.vendors.caldav import server
from tests.adapters.vendors.caldav.office import Office, open_office


@pytest.fixture(scope="session")
async def xandikos(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder = tmp_path_factory.mktemp("xandikos")
    port = server.free_port()
    options = ["serve", "--autocreate", "--no-detect-systemd", "-d", str(folder / "calendars")]
    options += ["-l", server.LOOPBACK, "-p", str(port)]
    url = f"http://{server.LOOPBACK}:{port}/"
    async with server.running("xandikos", options, url, folder):
        yield url


@pytest.fixture(params=["radicale", "xandikos"])
async def office(request: pytest.FixtureRequest, radicale: str, xandikos: str) -> Office:
    """One location with two desks, empty, on each of the servers."""
    return await open_office({"radicale": radicale, "xandikos": xandikos}[request.param])
