"""Acme keeps the contract in front of its sandbox, a machine of its own.

    ACME_URL=… ACME_KEY=… poort certify acme --target sandbox

What it takes of a sandbox is that a test can empty its agenda and tell it the time. ``pytest``
passes this file over: its name does not begin with ``test_``.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from contracts.suite import AdapterContract, Harness, SandboxClock
from town_hall import MONDAY, town_hall


class TestAcme(AdapterContract):
    """All behaviours."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        """An empty agenda for every behaviour."""
        url, key = os.environ["ACME_URL"], os.environ["ACME_KEY"]
        async with httpx.AsyncClient(base_url=url, headers={"X-Api-Key": key}) as controls:

            async def put(path: str, now: datetime) -> None:
                answer = await controls.put(path, json={"now": now.isoformat()})
                answer.raise_for_status()

            async def tell(now: datetime) -> None:
                await put("sandbox/clock", now)

            await put("sandbox", MONDAY)
            settings = {"base_url": url, "api_key": key}
            async with town_hall(settings, SandboxClock(MONDAY, tell)) as harness:
                yield harness
