"""What every test stands on: asyncio, the contract tests, and an event loop that never waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx

pytest_plugins = ["contracts.suite.plugin"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _nothing_blocks_the_event_loop() -> Iterator[None]:
    with blockbuster_ctx(scanned_modules=["adapters", "contracts", "gateway"]):
        yield
