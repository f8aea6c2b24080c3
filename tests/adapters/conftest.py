"""What the tests of the shared part of the adapters, and of all vendors alike, stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from adapters.vendors.caldav import server
from tests.adapters.loopback import Vendor, listening
from tests.adapters.sources import VENDORS, Source, Wanted


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    async with listening(Vendor()) as vendor:
        yield vendor


@pytest.fixture(scope="session")
async def radicale(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The real one, once per run."""
    async with server.radicale(tmp_path_factory.mktemp("radicale")) as url:
        yield url


Opened = Callable[..., AbstractAsyncContextManager[Source]]


@pytest.fixture(params=VENDORS)
def vendor_name(request: pytest.FixtureRequest) -> str:
    """One vendor after another."""
    name: str = request.param
    return name


@pytest.fixture
def opened(vendor_name: str, radicale: str) -> Opened:
    """Opens a source of that vendor; takes the fields of ``Wanted``."""

    def open_source(**wanted: Any) -> AbstractAsyncContextManager[Source]:  # noqa: ANN401 its fields
        return VENDORS[vendor_name](Wanted(radicale, **wanted))

    return open_source
