"""A memory source with a town hall's settings, ready for the contract tests."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from adapters.vendors.memory import faults
from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.settings import MemorySettings
from contracts.adapter import AdapterContext
from contracts.errors import BadAnswer, OutcomeUnknown, VendorUnavailable
from contracts.manifest import Manifest
from contracts.models import AppointmentRef, MatchKey, ProductQuantity, Slot, SlotQuery
from contracts.suite.clocks import Clock
from contracts.suite.harness import OF_WRITES, Fault, Harness

_WRITES = ("book", "hold", "confirm", "release", "extend", "cancel", "reschedule")
_UNAVAILABLE = {
    Fault.DOWN: VendorUnavailable("The system is down."),
    Fault.ERROR: VendorUnavailable("The system fails."),
    Fault.BUSY: VendorUnavailable("Later.", retry_after=3600),
}
MANIFEST = Manifest.model_validate(
    tomllib.loads(Path(__file__).with_name("manifest.toml").read_text(encoding="utf-8"))
)


def harness_of(adapter_class: type[MemoryAdapter] = MemoryAdapter) -> Harness:
    """A source of its own, in front of which stands this class."""
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

    async def notification(ref: AppointmentRef) -> tuple[Mapping[str, str], bytes]:
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
    """What a fault on the network comes to for a system that has none."""
    if fault is Fault.SILENT:
        edge.always = faults.Fault(until=asyncio.Event())
    elif fault in OF_WRITES:
        for write in _WRITES:
            edge.let(write, _of_a_write(fault))
    else:
        edge.always = faults.Fault(_UNAVAILABLE.get(fault, BadAnswer("It answers otherwise.")))


def _of_a_write(fault: Fault) -> faults.Fault:
    match fault:
        case Fault.REQUEST_LOST:
            return faults.Fault(OutcomeUnknown("The connection broke."))
        case Fault.ANSWER_LATE:
            return faults.Fault(applied=True, until=asyncio.Event())
        case Fault.DUPLICATED:
            return faults.Fault(applied=True, twice=True)
        case _:
            return faults.Fault(OutcomeUnknown("The answer was lost."), applied=True)
