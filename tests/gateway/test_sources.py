"""A source is read in turn and in time; its ids come in two kinds; it can be switched off."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    BadAnswer,
    BookingError,
    ResourceNotFound,
    VendorUnavailable,
)
from contracts.models import Product, ProductQuantity
from gateway.settings import Accepts, SettingsError
from gateway.sources import NotInTime, Source, Sources, SwitchedOff
from tests.gateway.town import MONDAY, Files, memory, source

LONG = 60.0
CITIZEN = "Jan Modaal"


async def products(of: Source, seconds: float = LONG) -> Sequence[Product]:
    return await of.read(
        lambda adapter, until: adapter.products(deadline=until), Deadline.after(seconds)
    )


class Defective(MemoryAdapter):
    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        del deadline
        raise KeyError(CITIZEN)


class Deaf(MemoryAdapter):
    """Waits without a look at its deadline."""

    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        del deadline
        await asyncio.Event().wait()
        raise AssertionError


# Reading ------------------------------------------------------------------------------


async def test_a_read_gives_what_the_adapter_gave() -> None:
    assert [product.id for product in await products(source())][:1] == ["reispas"]


async def test_a_source_that_is_too_slow_is_not_waited_for() -> None:
    with pytest.raises(NotInTime):
        await products(source(kind=Deaf, timeout_seconds=0.01))
    with pytest.raises(NotInTime):
        await products(source(kind=Deaf), seconds=0.01)


async def test_an_adapter_that_keeps_its_deadline_is_too_slow_all_the_same() -> None:
    slow = source(timeout_seconds=0.01)
    memory(slow).faults.script("products", until=asyncio.Event())

    with pytest.raises(NotInTime):
        await products(slow)


@pytest.mark.parametrize("error", [VendorUnavailable("x"), BadAnswer("x"), ResourceNotFound("x")])
async def test_errors_of_the_contract_come_through(error: BookingError) -> None:
    broken = source()
    memory(broken).faults.script("products", error)

    with pytest.raises(type(error)) as caught:
        await products(broken)
    assert caught.value is error


async def test_a_defect_is_a_bad_answer_and_its_words_are_not_logged() -> None:
    with capture_logs() as logs, pytest.raises(BadAnswer) as caught:
        await products(source(kind=Defective))

    assert CITIZEN not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    (entry,) = logs
    assert entry["kind"] == "KeyError"
    assert entry["place"].startswith("test_sources.py:")
    assert CITIZEN not in repr(entry)


async def test_no_more_reads_run_at_once_than_the_source_may_take() -> None:
    narrow = source(concurrency=2)
    gate = asyncio.Event()
    for _ in range(5):
        memory(narrow).faults.script("products", until=gate)
    reads = [asyncio.create_task(products(narrow)) for _ in range(5)]
    # Every read has had its chance to start when one that came later has run.
    await asyncio.gather(*(asyncio.create_task(_nothing()) for _ in range(10)))
    under_way = memory(narrow).faults.calls["products"]
    gate.set()
    answers = await asyncio.gather(*reads)

    assert under_way == 2
    assert len(answers) == 5


async def _nothing() -> None:
    await asyncio.sleep(0)


async def test_waiting_for_a_turn_counts_as_time() -> None:
    narrow = source(concurrency=1)
    memory(narrow).faults.script("products", until=asyncio.Event())
    first = asyncio.create_task(products(narrow))
    await _nothing()

    with pytest.raises(NotInTime):
        await products(narrow, seconds=0.01)
    first.cancel()
    await asyncio.wait({first})
    assert await products(narrow)


async def test_a_source_is_silent_from_a_read_without_answer_to_one_with() -> None:
    one = source()
    memory(one).faults.script("products", VendorUnavailable())
    memory(one).faults.script("products", ResourceNotFound())
    silent = [one.is_silent]
    for error in (VendorUnavailable, ResourceNotFound):
        with pytest.raises(error):
            await products(one)
        silent.append(one.is_silent)
    await products(one)

    assert silent == [False, True, True]
    assert not one.is_silent


async def test_a_source_that_is_switched_off_is_sent_nothing() -> None:
    sources = Sources({"gent-loket": (one := source())})
    sources.switch("gent-loket", Accepts.NOTHING)
    with pytest.raises(SwitchedOff):
        await products(one)
    assert memory(one).faults.calls["products"] == 0

    sources.switch("gent-loket", Accepts.EVERYTHING)
    assert await products(one)


# Ids ----------------------------------------------------------------------------------


def test_products_go_by_their_ipdc_number_outside_and_by_the_vendors_id_inside() -> None:
    one = source()
    wanted = (ProductQuantity(product_id="697", quantity=3), ProductQuantity(product_id="698"))

    inside = one.to_vendor(wanted)

    assert [(product.product_id, product.quantity) for product in inside] == [
        ("reispas", 3),
        ("identiteitskaart", 1),
    ]
    assert [one.number(product.product_id) for product in inside] == ["697", "698"]


def test_a_product_that_is_not_mapped_keeps_the_vendors_id_behind_the_sources() -> None:
    one = source()

    assert one.number("huwelijk") == "gent-loket:huwelijk"
    assert len(one.number("x" * 200)) == 200
    with pytest.raises(ResourceNotFound):
        one.to_vendor((ProductQuantity(product_id="700"),))


@given(st.text(min_size=1, max_size=15))
def test_the_id_of_a_location_is_safe_in_a_url_and_leads_back(vendor_location: str) -> None:
    one = source()
    outside = one.location_id(vendor_location)

    assert set(outside) <= set(ascii_letters + digits + "-_.~")
    assert one.vendor_location(outside) == vendor_location


def test_the_location_of_another_source_is_none_of_ours() -> None:
    one = source()

    assert one.vendor_location("gent-loket2.stadhuis") is None
    assert one.vendor_location("gent-loket") is None
    assert one.vendor_location("gent-loket.") is None


def test_an_id_that_would_be_too_long_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        source().location_id("é" * 100)


# All of them --------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_every_source_of_the_directory_is_opened(files: Files) -> None:
    files.write(
        "sources/brugge.toml", 'vendor = "memory"\nmunicipality = "brugge"\naccepts = "changes"'
    )
    sources = Sources.open(files.load(), lambda: MONDAY)

    assert [each.id for each in sources] == ["brugge", "gent-loket"]
    assert [each.id for each in sources.of("gent")] == ["gent-loket"]
    assert sources["brugge"].accepts is Accepts.CHANGES
    assert sources["gent-loket"].capabilities == MemoryAdapter.capabilities()
    assert sources["gent-loket"].manifest.vendor == "memory"


def test_settings_that_an_adapter_fails_on_are_mistakes(files: Files) -> None:
    # An appointment that is to exist from the start, at a counter that is never open.
    files.write(
        "sources/brugge.toml",
        """
        vendor = "memory"
        municipality = "brugge"
        [settings]
        hours = {}
        [[settings.citizens]]
        value = "1"
        appointments = [{ product = "reispas", location = "stadhuis", in_days = 1 }]
        """,
    )
    with pytest.raises(SettingsError) as caught:
        Sources.open(files.load(), lambda: MONDAY)

    (mistake,) = caught.value.mistakes
    assert str(mistake).startswith("sources/brugge.toml: settings: the adapter 'memory' failed")


def test_a_source_that_is_no_longer_configured_is_unavailable() -> None:
    sources = Sources({})

    assert sources.get("gent-loket") is None
    with pytest.raises(VendorUnavailable):
        sources["gent-loket"]


async def test_all_sources_are_closed_even_when_one_fails_to() -> None:
    closed = []

    class Closing(MemoryAdapter):
        async def aclose(self) -> None:
            closed.append(self.context.source)
            if self.context.source == "b":
                raise OSError

    sources = Sources({name: source(name, kind=Closing) for name in "abc"})
    with pytest.raises(OSError):  # noqa: PT011 - it has no words
        await sources.aclose()
    assert sorted(closed) == ["a", "b", "c"]
