"""Whatever a vendor answers, it is one of our errors, in time and in little memory."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from contracts.adapter import Capability
from contracts.errors import (
    BadAnswer,
    OutcomeUnknown,
    SlotTaken,
    VendorUnavailable,
)
from contracts.models import Appointment, MatchKey, Slot
from contracts.suite.harness import AnyAdapter
from tests.adapters.conftest import Opened
from tests.adapters.hostile import Stranger
from tests.adapters.loopback import Say, Vendor, listening
from tests.adapters.relay import relayed
from tests.adapters.sources import MANIFESTS, Source, soon

OVER_HTTP = sorted(MANIFESTS.keys() - {"memory"})
"""The one that is left out is in this process: it has no answers."""

KINDS = {"caldav": "application/xml; charset=utf-8", "jcc_soap": "text/xml; charset=utf-8"}
MEGABYTE = 1_000_000
MOST_SENT = 200 * MEGABYTE
"""Eight answers at once, each as large as any adapter reads, and what is under way in sockets."""

MOST_MEMORY = 300 * MEGABYTE


@pytest.fixture(params=OVER_HTTP)
def vendor_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def stranger(vendor_name: str) -> AsyncIterator[Stranger]:
    """Says of its answers that they are what the vendor's are; knows who fetches anything."""
    async with listening(Vendor()) as elsewhere:
        kind = KINDS.get(vendor_name, "application/json")
        yield Stranger(kind, elsewhere.url, fetched=elsewhere.requests)


@contextmanager
def in_bounds(stranger: Stranger, case: str) -> Iterator[None]:
    """Nothing is read without end, nothing is kept, and nothing is fetched from elsewhere."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stranger.sent = 0
    with anyio.fail_after(120):
        yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MOST_MEMORY, case
    assert stranger.sent < MOST_SENT, case
    assert stranger.fetched == [], case


def reads_of(
    adapter: AnyAdapter, source: Source, booked: Appointment, slot: Slot
) -> list[Callable[[], Awaitable[Any]]]:
    """Everything that it can be asked."""
    products, deadline = source.query.products, soon()
    citizen = MatchKey(kind="externalId", value="a" * 32)
    reads: dict[Capability | str, Callable[[], Awaitable[Any]]] = {
        "products": lambda: adapter.products(deadline=deadline),
        "locations": lambda: adapter.locations(products, deadline=deadline),
        "slots": lambda: adapter.slots(source.query, deadline=deadline),
        "appointment": lambda: adapter.appointment(booked.ref, deadline=deadline),
        Capability.FIND_BY_CLIENT_REFERENCE: lambda: adapter.find_by_client_reference(
            "reference-1", near=slot, deadline=deadline
        ),
        Capability.APPOINTMENTS_OF: lambda: adapter.appointments_of(citizen, deadline=deadline),
    }
    absent = frozenset(Capability) - adapter.available()
    return [read for name, read in reads.items() if name not in absent]


async def test_a_read_ends_in_a_bad_answer_or_none(opened: Opened, stranger: Stranger) -> None:
    async with opened() as source:
        slot = (await source.free())[0]
        booked = await source.make().book(slot, source.request(), deadline=soon())
        for case, say in stranger.answers().items():

            def interferes(request: bytes, say: Say = say) -> Say | None:
                # Tokens may be another server's: test_credentials.py has what that may answer.
                return None if b"token" in request.split(b"\r\n", 1)[0] else say

            async with relayed(source.base_url, interferes) as (_, url):
                for read in reads_of(source.make(base_url=url), source, booked, slot):
                    with in_bounds(stranger, case):
                        try:
                            found = await read()
                        except (BadAnswer, VendorUnavailable):
                            continue
                    pytest.fail(f"{case} was read as {found!r:.200}")


async def test_a_booking_is_unknown_or_was_certainly_not_made(
    opened: Opened, stranger: Stranger
) -> None:
    async with opened() as source:
        slot = (await source.free())[0]
        for case, say in stranger.answers().items():

            def interferes(request: bytes, say: Say = say) -> Say | None:
                return say if source.books(request) else None

            async with relayed(source.base_url, interferes) as (_, url):
                adapter = source.make(base_url=url)
                with in_bounds(stranger, case):
                    try:
                        booked = await adapter.book(slot, source.request(), deadline=soon())
                    except (OutcomeUnknown, VendorUnavailable, SlotTaken):
                        # Not BadAnswer: it says nothing about what was done.
                        continue
                pytest.fail(f"{case} was taken for {booked!r:.200}")
