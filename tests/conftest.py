"""What every test stands on: asyncio, the contract tests, and an event loop that never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import structlog
from blockbuster import blockbuster_ctx
from pydantic import SecretStr

from adapters import registry
from adapters.vendors.memory import faults
from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.settings import MemorySettings
from contracts.adapter import AdapterContext
from contracts.errors import BadAnswer, OutcomeUnknown, VendorUnavailable
from contracts.models import AppointmentRef, MatchKey, ProductQuantity, Slot, SlotQuery
from contracts.suite import Clock, Fault, Harness

MANIFEST = registry.manifest("memory")

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
    return _memory_harness


def _memory_harness(adapter_class: type[MemoryAdapter] = MemoryAdapter) -> Harness:
    clock = Clock(datetime(2027, 3, 8, 7, tzinfo=UTC))
    settings = MemorySettings(webhook_secret=SecretStr("shared by vendor and gateway"))
    context = AdapterContext("memory", ZoneInfo("Europe/Brussels"), clock)
    adapter = adapter_class(settings, context)

    def another() -> MemoryAdapter:
        return adapter_class(settings, context, store=adapter.store)

    def query(*products: str) -> SlotQuery:
        return SlotQuery(
            location_id="stadhuis",
            products=tuple(ProductQuantity(product_id=name) for name in products),
            first_day=date(2027, 3, 8),
            last_day=date(2027, 3, 16),
        )

    async def book_at_desk(slot: Slot, citizen: MatchKey) -> AppointmentRef:
        return adapter.desk.book(slot, citizen)

    async def faulty(fault: Fault) -> MemoryAdapter:
        broken = another()
        _break(broken.faults, fault)
        return broken

    def notification(ref: AppointmentRef) -> tuple[Mapping[str, str], bytes]:
        return adapter.notification(ref)

    return Harness(
        adapter,
        second=another(),
        clock=clock,
        manifest=MANIFEST,
        query=query("reispas"),
        opens=time(9),
        capacity=2,
        combined=query("reispas", "identiteitskaart"),
        not_combinable=query("reispas", "rijbewijs"),
        approval=query("huwelijk"),
        answers={"partner": "Bo Maes"},
        book_at_desk=book_at_desk,
        faulty=faulty,
        notification=notification,
    )


def _break(edge: faults.Faults, fault: Fault) -> None:
    match fault:
        case Fault.DOWN:
            edge.always = faults.Fault(VendorUnavailable("The system is down."))
        case Fault.SILENT:
            edge.always = faults.Fault(until=asyncio.Event())
        case Fault.HTML | Fault.TRUNCATED:
            edge.always = faults.Fault(BadAnswer("The system answers something else."))
        case Fault.ANSWER_LOST | Fault.ANSWER_GARBLED:
            for write in ("book", "cancel"):
                edge.script(write, OutcomeUnknown("The answer was lost."), applied=True)
