"""The gateway's guard in front of an adapter that is tested without a gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from contracts.deadline import Deadline
from contracts.errors import BookingError, OutcomeUnknown, VendorUnavailable
from contracts.manifest import Manifest
from contracts.models import Appointment, BookingRequest, Slot
from contracts.suite.clocks import Clock
from contracts.suite.harness import AnyAdapter, Guard
from gateway.booking.turns import Turns
from gateway.config.tables import Accepts, Limits
from gateway.keys import Keys
from gateway.ledger import Ledger, connect
from gateway.sealing import Seal
from gateway.settings import SourceSettings
from gateway.sources import Source
from tests.gateway.world import towns


@asynccontextmanager
async def guard(folder: Path, clock: Clock, manifest: Manifest) -> AsyncIterator[Guard]:
    """Books as gateways do that share one ledger: one process for each adapter that asks."""
    keys = Keys.from_secret(bytes(range(32)))
    url = f"sqlite+aiosqlite:///{folder}/ledger.sqlite"
    processes: dict[AnyAdapter, tuple[Source, Turns]] = {}

    async with AsyncExitStack() as stack:

        async def process(adapter: AnyAdapter) -> tuple[Source, Turns]:
            database = await asyncio.to_thread(connect, url)
            stack.push_async_callback(database.aclose)
            await database.migrate()
            ledger = Ledger(database, lambda name: Seal(keys.derive(name), name, clock), clock)
            return _source(adapter, manifest), Turns(ledger)

        async def book(
            adapter: AnyAdapter, slot: Slot, request: BookingRequest, deadline: Deadline
        ) -> Appointment:
            async with lock:
                if adapter not in processes:
                    processes[adapter] = await process(adapter)
            source, turns = processes[adapter]
            async with turns.turn(source, slot, request.client_reference) as turn:
                if turn.deadline is None:
                    raise VendorUnavailable
                try:
                    booked = await adapter.book(slot, request, deadline=deadline)
                except OutcomeUnknown:
                    raise
                except BookingError:
                    await turn.end()
                    raise
                await turn.end()
                return booked

        lock = asyncio.Lock()
        yield book


def _source(adapter: AnyAdapter, manifest: Manifest) -> Source:
    settings = SourceSettings(
        id=adapter.context.source,
        vendor=manifest.vendor,
        municipality=next(iter(towns().values())),
        zone=adapter.context.zone,
        accepts=Accepts.EVERYTHING,
        products={},
        limits=Limits(timeout_seconds=30),
        settings=adapter.settings,
    )
    return Source(settings, adapter, manifest)
