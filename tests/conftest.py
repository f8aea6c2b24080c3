"""What every test stands on: asyncio, the contract tests, and an event loop that never waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import structlog
from blockbuster import blockbuster_ctx

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.harness import harness_of
from contracts.suite import Harness

pytest_plugins = ["contracts.suite.plugin"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _nothing_blocks_the_event_loop() -> Iterator[None]:
    with blockbuster_ctx(scanned_modules=["adapters", "contracts", "gateway"]) as calls:
        # A zone's rules are read from a file of 2 kB the first time that it is named.
        for name in ("os.stat", "io.BufferedReader.read"):
            calls.functions[name].can_block_in("contracts/models.py", {"_known_zone"})
        # DBOS opens its database while it launches, which it must do in the serving loop:
        # once, before the first request.
        for function in calls.functions.values():
            function.can_block_in("gateway/booking/durable.py", {"running"})
        yield


@pytest.fixture(autouse=True)
def _logging_stays_as_it_was() -> Iterator[None]:
    """A command that runs in this process sets up how all of it logs."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def memory_harness() -> Callable[[type[MemoryAdapter]], Harness]:
    """Puts a class of memory adapters, broken ones too, before a source of its own."""
    return harness_of
