"""The simulator of pretix offers no call that pretix itself does not have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.adapters.simulated_calls import offered
from tests.live.pretix.running import SharedClock, pretix
from tests.live.pretix.server import TOKEN

pytestmark = pytest.mark.anyio

EVENT = "/api/v1/organizers/stad/events/burgerzaken/"


@pytest.fixture
async def event(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    SharedClock(datetime(2027, 3, 8, 7, tzinfo=UTC), tmp_path / "clock")
    with pretix(tmp_path) as url:
        async with httpx.AsyncClient(
            base_url=f"{url}{EVENT}",
            headers={"Authorization": f"Token {TOKEN}"},
            trust_env=False,
            timeout=30,
        ) as client:
            yield client


async def allowed(event: httpx.AsyncClient, path: str) -> set[str]:
    """The methods of this path; none where pretix has no such path."""
    answer = await event.options(path)
    return set(answer.headers.get("allow", "").split(", "))


async def test_every_call_of_the_simulator_is_one_of_pretix(event: httpx.AsyncClient) -> None:
    calls = set(offered("pretix")) - {"GET "}
    assert calls
    unknown = {
        call
        for method, path in (call.split(" ") for call in calls)
        if method not in await allowed(event, f"{path.replace('*', '1')}/")
        for call in [f"{method} {path}"]
    }
    assert unknown == set()


async def test_a_call_that_pretix_does_not_have_is_noticed(event: httpx.AsyncClient) -> None:
    assert "PUT" not in await allowed(event, "cartpositions/1/")
    assert "POST" not in await allowed(event, "orders/1/reserve/")
