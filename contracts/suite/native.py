"""A ready-made run of the suite on adapters that are passed in: no test file is needed.

``pytest --pyargs contracts.suite.native`` with a ``Candidate`` among its plugins::

    pytest.main(["--pyargs", "contracts.suite.native"], plugins=[Candidate(open_harness)])
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts.adapter import Capability
from contracts.deadline import Deadline
from contracts.manifest import Manifest
from contracts.models import IntakeField, IntakeKind, Location, Product, ProductQuantity, SlotQuery
from contracts.suite.contract import AdapterContract
from contracts.suite.harness import AnyAdapter, Harness

_DAYS = 28
_TRIED = 10
_ENOUGH = 3
_OWN = "answers."
_EXAMPLES = {
    IntakeKind.EMAIL: "noor.peeters@example.org",
    IntakeKind.TELEPHONE: "+3221234567",
    IntakeKind.DATE: "1990-05-17",
    IntakeKind.CHECKBOX: "true",
}


class NothingToBook(LookupError):
    """The source offers nothing that the suite could run on; the message says what it needs."""


class Candidate:
    """A plugin that says what is tested: ``opens`` gives a harness, anew for every behaviour."""

    def __init__(self, opens: Callable[[], AbstractAsyncContextManager[Harness]]) -> None:
        """Keep how to open it."""
        self._opens = opens

    @pytest.fixture
    def candidate(self) -> Callable[[], AbstractAsyncContextManager[Harness]]:
        """How to open a harness."""
        return self._opens


class TestCandidate(AdapterContract):
    """The suite, on what the ``Candidate`` opens."""

    @pytest.fixture
    async def harness(
        self, candidate: Callable[[], AbstractAsyncContextManager[Harness]]
    ) -> AsyncIterator[Harness]:
        """The candidate's."""
        async with candidate() as harness:
            yield harness


async def explore(adapter: AnyAdapter, *, second: AnyAdapter, manifest: Manifest) -> Harness:
    """A harness of a sandbox of which nothing is known: its own catalogue says what to book.

    The mode is random: what only a controlled sandbox offers is not run.

    Raises:
        NothingToBook: no product has three free slots in the coming four weeks.
    """
    harness = Harness(
        adapter,
        second=second,
        manifest=manifest,
        query=await _something_to_book(adapter),
    )
    harness.answers = await _answers(harness)
    return harness


async def _something_to_book(adapter: AnyAdapter) -> SlotQuery:
    products = await adapter.products(deadline=_soon())
    for product in [each for each in products if not each.approval][:_TRIED]:
        asked = (ProductQuantity(product_id=product.id),)
        for location in (await adapter.locations(asked, deadline=_soon()))[:_TRIED]:
            query = _query(adapter, location, product)
            if len(await adapter.slots(query, deadline=_soon())) >= _ENOUGH:
                return query
    raise NothingToBook(
        f"None of the first {_TRIED} products has {_ENOUGH} free slots in the coming {_DAYS} days "
        "without approval by staff: open some in the sandbox."
    )


def _query(adapter: AnyAdapter, location: Location, product: Product) -> SlotQuery:
    today = adapter.context.now().astimezone(ZoneInfo(location.zone)).date()
    return SlotQuery(
        location_id=location.id,
        products=(ProductQuantity(product_id=product.id),),
        first_day=today,
        last_day=today + timedelta(days=_DAYS),
    )


async def _answers(harness: Harness) -> dict[str, str]:
    """Something for each question of the source's own."""
    if Capability.INTAKE_FIELDS not in harness.adapter.available():
        return {}
    fields = await harness.adapter.intake_fields(harness.query.products, deadline=_soon())
    own = [field for field in fields if field.name.startswith(_OWN)]
    return {field.name.removeprefix(_OWN): _answer(field) for field in own}


def _answer(field: IntakeField) -> str:
    if field.options:
        return field.options[0].value
    return _EXAMPLES.get(field.kind, "test")[: field.max_length]


def _soon() -> Deadline:
    return Deadline.after(10)
