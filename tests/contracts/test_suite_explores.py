"""A sandbox of which nothing is known: the suite finds out for itself what to book."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.harness import MANIFEST
from adapters.vendors.memory.settings import MemorySettings
from contracts.adapter import AdapterContext
from contracts.errors import ProductsNotCombinable
from contracts.manifest import AmountModel, Combination
from contracts.models import SlotQuery
from contracts.report import Mode
from contracts.suite import Harness, WallClock
from contracts.suite.exploring import NothingToBook, explore

ONE_PLACE = MemorySettings().locations[:1]
WEDDING = next(each for each in MemorySettings().products if each.approval)


async def explored(settings: MemorySettings) -> Harness:
    context = AdapterContext("sandbox", ZoneInfo("Europe/Brussels"), WallClock())
    adapter = MemoryAdapter(settings, context)
    second = MemoryAdapter(settings, context, store=adapter.store)
    found = await explore(adapter)
    return found.harness(adapter, second=second, manifest=MANIFEST)


async def test_it_finds_what_can_be_booked_without_approval() -> None:
    harness = await explored(MemorySettings())

    assert harness.mode is Mode.RANDOM
    assert [each.product_id for each in harness.query.products] == ["reispas"]
    slot = (await harness.free())[0]
    booked = await harness.adapter.book(slot, harness.request(), deadline=harness.deadline)
    assert booked.start == slot.start


async def test_it_answers_the_questions_of_the_source() -> None:
    asked = WEDDING.model_copy(update={"approval": False})
    harness = await explored(MemorySettings(products=(asked,), locations=ONE_PLACE))

    slot = (await harness.free())[0]
    assert harness.answers.keys() == {"partner"}
    booked = await harness.adapter.book(slot, harness.request(), deadline=harness.deadline)
    assert booked.start == slot.start


async def test_it_says_what_it_needs_where_nothing_can_be_booked() -> None:
    with pytest.raises(NothingToBook, match="open some in the sandbox"):
        await explored(MemorySettings(hours={}))
    with pytest.raises(NothingToBook, match="without approval by staff"):
        await explored(MemorySettings(products=(WEDDING,), locations=ONE_PLACE))


async def test_it_finds_products_that_go_together_that_never_do_and_that_staff_approves() -> None:
    harness = await explored(MemorySettings())

    assert together(harness.combined) == {"reispas", "identiteitskaart"}
    assert together(harness.not_combinable) == {"reispas", "rijbewijs"}
    assert together(harness.approval) == {"huwelijk"}
    with pytest.raises(ProductsNotCombinable):
        await harness.free(harness.not_combinable)
    assert harness.manifest == MANIFEST


async def test_a_catalogue_of_one_product_decides_that_nothing_goes_together() -> None:
    passport = MemorySettings().products[0].model_copy(update={"max_quantity": 1})
    harness = await explored(MemorySettings(products=(passport,), locations=ONE_PLACE))

    assert harness.combined is harness.not_combinable is harness.approval is None
    facts = harness.manifest.facts
    assert (facts.combination, facts.amount_model) == (Combination.NONE, AmountModel.NONE)
    assert not facts.approval


async def test_a_catalogue_in_which_all_go_together_says_so() -> None:
    harness = await explored(MemorySettings(products=MemorySettings().products[:2]))

    assert together(harness.combined) == {"reispas", "identiteitskaart"}
    assert harness.manifest.facts.combination is Combination.ANY


def together(query: SlotQuery | None) -> set[str]:
    return {each.product_id for each in query.products} if query else set()
