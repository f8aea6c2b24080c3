"""The contract suite against two calendar servers that others wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import time

import pytest

from adapters import registry
from adapters.vendors.caldav.adapter import CalDavAdapter
from contracts.models import AppointmentRef, MatchKey, ProductQuantity, Slot
from contracts.suite import AdapterContract, Fault, Harness
from contracts.suite.proxy import FaultyProxy
from tests.adapters.vendors.caldav.office import Office, query

MANIFEST = registry.manifest("caldav")


class TestCalDav(AdapterContract):
    @pytest.fixture
    async def harness(self, office: Office) -> AsyncIterator[Harness]:
        async with AsyncExitStack() as opened:

            def adapter(**changes: object) -> CalDavAdapter:
                made = office.adapter(**changes)
                opened.push_async_callback(made.aclose)
                return made

            async def faulty(fault: Fault) -> CalDavAdapter:
                is_write = changes if fault is Fault.DUPLICATED else the_write_that_books()
                proxy = FaultyProxy(office.url, fault, is_write=is_write)
                return adapter(base_url=(await opened.enter_async_context(proxy)).url)

            async def book_at_desk(slot: Slot, citizen: MatchKey) -> AppointmentRef:
                return await office.copy_for(citizen, slot)

            both = ("kort", "lang")
            yield Harness(
                adapter(),
                second=adapter(),
                clock=office.clock,
                manifest=MANIFEST,
                query=query(),
                opens=time(9),
                capacity=2,
                combined=query().model_copy(
                    update={"products": tuple(ProductQuantity(product_id=p) for p in both)}
                ),
                not_combinable=query("elders"),
                book_at_desk=book_at_desk,
                faulty=faulty,
            )


def changes(method: str, path: str) -> bool:
    del path
    return method in {"PUT", "DELETE"}


def the_write_that_books() -> Callable[[str, str], bool]:
    """Not the claim, under a name that was not asked for before: the adapter sees its outcome."""
    known: set[str] = set()

    def is_write(method: str, path: str) -> bool:
        settles = method == "PUT" and path in known
        known.add(path)
        return settles or method == "DELETE"

    return is_write
