"""Answers of a real Acme, kept in ``recorded/``, are read as they were meant.

Record one by asking your sandbox, ``curl -H "X-Api-Key: …" https://…/openings?… > openings.json``,
and take out what is personal.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr

from afsprakenpoort_acme.adapter import AcmeSettings, Adapter
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.models import ProductQuantity, SlotQuery

RECORDED = Path(__file__).parent / "recorded"
BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2027, 3, 8, 7, tzinfo=UTC)

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Adapters run on asyncio."""
    return "asyncio"


class Recording(httpx.AsyncBaseTransport):
    """Answers a path with the file of that name."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What was recorded."""
        file = RECORDED / f"{request.url.path.strip('/')}.json"
        return httpx.Response(
            200, headers={"Content-Type": "application/json"}, content=file.read_bytes()
        )


async def test_free_times_are_read_in_the_zone_of_the_source() -> None:
    settings = AcmeSettings(base_url="https://sandbox.acme.example", api_key=SecretStr("key"))
    context = AdapterContext("acme", BRUSSELS, lambda: NOW)
    adapter = Adapter(settings, context, transport=Recording())
    query = SlotQuery(
        location_id="town-hall",
        products=(ProductQuantity(product_id="passport", quantity=2),),
        first_day=date(2027, 3, 26),
        last_day=date(2027, 3, 29),
    )
    slots = await adapter.slots(query, deadline=Deadline.after(10))
    # On the two sides of the night in which the clock changes.
    assert [slot.start.astimezone(BRUSSELS).isoformat() for slot in slots] == [
        "2027-03-26T09:00:00+01:00",
        "2027-03-29T09:00:00+02:00",
    ]
    assert {(slot.end - slot.start).total_seconds() for slot in slots} == {30 * 60}
