"""A town hall with Acme: what the contract suite is asked of, wherever that is served."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters import registry
from afsprakenpoort_acme.adapter import AcmeSettings, Adapter
from afsprakenpoort_acme.simulator import OPENS
from contracts.adapter import AdapterContext
from contracts.models import ProductQuantity, SlotQuery
from contracts.suite import Clock, Fault, Harness
from contracts.suite.proxy import FaultyProxy

MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Brussels")


@asynccontextmanager
async def town_hall(settings: Mapping[str, Any], clock: Clock) -> AsyncIterator[Harness]:
    """Adapters in front of the Acme that these settings lead to, where it is this time.

    What your system can do beyond this one, ``Harness`` has a field for.
    """
    async with AsyncExitStack() as stack:

        def adapter(**changes: str) -> Adapter:
            made = Adapter(
                AcmeSettings.model_validate({**settings, **changes}),
                AdapterContext("acme", ZONE, clock),
            )
            stack.push_async_callback(made.aclose)
            return made

        async def faulty(fault: Fault) -> Adapter:
            # Where a POST may only ask, or keep a place, say with is_write which call counts.
            proxy = await stack.enter_async_context(FaultyProxy(settings["base_url"], fault))
            return adapter(base_url=proxy.url)

        yield Harness(
            adapter(),
            second=adapter(),
            clock=clock,
            manifest=registry.manifest("acme"),
            query=query("passport"),
            not_combinable=query("passport", "identity-card"),
            opens=OPENS,
            faulty=faulty,
        )


def query(*services: str) -> SlotQuery:
    """The town hall in the coming two weeks."""
    return SlotQuery(
        location_id="town-hall",
        products=tuple(ProductQuantity(product_id=service) for service in services),
        first_day=MONDAY.date(),
        last_day=MONDAY.date() + timedelta(days=14),
    )
