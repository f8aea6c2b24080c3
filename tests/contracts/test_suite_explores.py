"""A sandbox of which nothing is known: the suite finds out for itself what to book."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.harness import MANIFEST
from adapters.vendors.memory.settings import MemorySettings
from contracts.adapter import AdapterContext
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
