"""Makes pytest run the contract suite on a system as it is: a plugin, loaded by ``running``."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters import registry
from contracts.suite.harness import Harness
from contracts.suite.native import Candidate, explore
from gateway.certification.running import SYSTEM
from gateway.certification.system import System


def pytest_configure(config: pytest.Config) -> None:
    """Offer the system that the environment names to the suite's own test."""
    vendor, settings, endpoint = json.loads(os.environ[SYSTEM])
    system = System(vendor, Path(settings), endpoint)
    manifest = registry.manifest(vendor)

    @asynccontextmanager
    async def opens() -> AsyncIterator[Harness]:
        adapter, second = system.open(), system.open()
        try:
            yield await explore(adapter, second=second, manifest=manifest)
        finally:
            await adapter.aclose()
            await second.aclose()

    config.pluginmanager.register(Candidate(opens))
