"""What can be had where, merged over sources and the files, with what is missing named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.api import BookingMode, SlotsQuery, UnavailableReason
from contracts.deadline import Deadline
from contracts.errors import (
    BadAnswer,
    InvalidRequest,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
    VendorUnavailable,
)
from contracts.models import Appointment, AppointmentRef, AppointmentStatus, ProductQuantity, Slot
from gateway.booking.slot_ids import SlotIds
from gateway.catalogue import Catalogue
from gateway.refresh import slot_of
from gateway.sealing import Seal
from gateway.settings import Accepts
from gateway.sources import Sources
from tests.gateway.town import MONDAY, Files, memory

BRUSSELS = ZoneInfo("Europe/Brussels")
LANDHUIS = """
    vendor = "memory"
    municipality = "gent"
    [products]
    "698" = "kaart"
    "700" = "rijbewijs"
    [[settings.products]]
    id = "kaart"
    name = "Kaart"
    description = "Uit het landhuis"
    [[settings.products]]
    id = "rijbewijs"
    name = "Rijbewijs"
    max_quantity = 2
    [[settings.locations]]
    id = "landhuis/1"
    name = "Landhuis"
"""


class World:
    """A catalogue over the sources of a directory, at a time of the test's own."""

    def __init__(self, files: Files) -> None:
        self.now = MONDAY
        directory = files.load()
        self.sources = Sources.open(directory, lambda: MONDAY)
        self.slot_ids = SlotIds(Seal(bytes(32), "slot", lambda: MONDAY), lambda: MONDAY)
        self.catalogue = Catalogue(directory, self.sources, self.slot_ids, lambda: self.now)

    def adapter(self, source_id: str) -> MemoryAdapter:
        return memory(self.sources[source_id])


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path)
    files.write("sources/gent-landhuis.toml", LANDHUIS)
    return files


@pytest.fixture
def world(files: Files) -> World:
    return World(files)


def wanted(*numbers: str, quantity: int = 1) -> tuple[ProductQuantity, ...]:
    return tuple(ProductQuantity(product_id=number, quantity=quantity) for number in numbers)


def query(
    *numbers: str,
    municipality_id: str = "gent",
    days: int = 1,
    location_id: str | None = None,
    quantity: int = 1,
) -> SlotsQuery:
    return SlotsQuery(
        municipality_id=municipality_id,
        products=wanted(*numbers, quantity=quantity),
        first_day=date(2026, 3, 3),
        last_day=date(2026, 3, 3) + timedelta(days=days - 1),
        location_id=location_id,
    )


# Municipalities -----------------------------------------------------------------------


def test_municipalities_come_by_name_with_the_codes_of_today(world: World) -> None:
    found = world.catalogue.municipalities()

    assert [(each.name, each.nis_code, each.ovo_code) for each in found.items] == [
        ("Brugge", "31005", None),
        ("Gent", "44021", "OVO002067"),
    ]
    assert found.total == 2


def test_a_municipality_that_has_merged_is_no_longer_there(files: Files) -> None:
    files.write(
        "municipalities.toml",
        """
        [[municipality]]
        id = "gent"
        name = "Gent"
        nis = [{ code = "44021", from = 1977-01-01, until = 2026-03-02 }]
        """,
    )
    world = World(files)
    world.now = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # half past eleven in Flanders
    assert world.catalogue.municipality("gent").name == "Gent"

    world.now += timedelta(hours=1)
    assert world.catalogue.municipalities().items == ()
    with pytest.raises(ResourceNotFound):
        world.catalogue.municipality("gent")


# Products -----------------------------------------------------------------------------


async def test_products_of_all_sources_and_other_ones_are_merged(world: World) -> None:
    offered = await world.catalogue.products("gent")

    assert [(each.id, each.name, each.booking_mode) for each in offered.items] == [
        ("698", "Identiteitskaart", BookingMode.API),
        ("697", "Reispas", BookingMode.API),
        ("700", "Rijbewijs", BookingMode.API),
        ("1218", "Uittreksel", BookingMode.LINK),
    ]
    by_id = {each.id: each for each in offered.items}
    assert str(by_id["1218"].url) == "https://stad.gent/uittreksel"
    assert by_id["698"].bring == ("Twee pasfoto's",)  # products.toml goes before the vendor
    assert by_id["697"].bring == ("Je identiteitskaart", "Een recente pasfoto")
    assert by_id["698"].max_quantity is None  # the landhuis sets no limit
    assert by_id["700"].max_quantity == 2


async def test_products_are_named_in_the_language_asked(world: World) -> None:
    offered = await world.catalogue.products("gent", "fr")

    assert {"Passeport", "Rijbewijs"} <= {each.name for each in offered.items}


async def test_a_silent_source_is_named_beside_the_products_of_the_others(world: World) -> None:
    world.adapter("gent-loket").faults.script("products", VendorUnavailable("down"))
    offered = await world.catalogue.products("gent")

    assert [each.id for each in offered.items] == ["698", "700", "1218"]
    assert [(each.source, each.reason) for each in offered.unavailable] == [
        ("gent-loket", UnavailableReason.UNAVAILABLE)
    ]


async def test_what_was_heard_before_is_told_while_the_source_is_silent(world: World) -> None:
    before = await world.catalogue.products("gent")
    world.adapter("gent-loket").faults.script("products", VendorUnavailable("down"))

    assert await world.catalogue.products("gent") == before


@pytest.fixture
def mismapped(files: Files) -> World:
    text = LANDHUIS.replace('"698" = "kaart"', '"698" = "kart"')
    files.write("sources/gent-landhuis.toml", text)
    (files.root / "sources" / "gent-loket.toml").unlink()
    return World(files)


async def test_a_product_that_the_vendor_has_not_is_not_offered(mismapped: World) -> None:
    offered = await mismapped.catalogue.products("gent")

    assert [each.id for each in offered.items] == ["700", "1218"]


# Locations ----------------------------------------------------------------------------


async def test_locations_are_those_where_all_products_go_together(world: World) -> None:
    one = await world.catalogue.locations("gent", wanted("698"))
    two = await world.catalogue.locations("gent", wanted("697", "698"))

    assert [each.id for each in one.items] == [
        "gent-landhuis.landhuis~2F1",
        "gent-loket.stadhuis",
        "gent-loket.wijkhuis",
    ]
    assert [each.id for each in two.items] == ["gent-loket.stadhuis", "gent-loket.wijkhuis"]
    assert two.items[0].address is not None


async def test_what_is_not_handled_together_is_refused(world: World) -> None:
    with pytest.raises(ProductsNotCombinable):  # one source each
        await world.catalogue.locations("gent", wanted("697", "700"))
    with pytest.raises(QuantityExceeded):  # says the vendor
        await world.catalogue.slots(query("700", quantity=3))


async def test_one_source_that_refuses_is_outweighed_by_one_that_answers(world: World) -> None:
    found = await world.catalogue.slots(query("698", quantity=7))

    assert {each.location_id for each in found.items} == {"gent-landhuis.landhuis~2F1"}
    assert found.unavailable == ()


@pytest.mark.parametrize("product", ["1218", "999"])
async def test_a_product_that_is_not_booked_here_says_how_to_get_it(
    world: World, product: str
) -> None:
    if product == "999":
        with pytest.raises(ResourceNotFound):
            await world.catalogue.locations("gent", wanted(product))
        return
    with pytest.raises(InvalidRequest) as caught:
        await world.catalogue.locations("gent", wanted(product))
    assert caught.value.detail == (
        "Uittreksel cannot be booked online at Gent. See https://stad.gent/uittreksel."
    )


# Slots --------------------------------------------------------------------------------


async def test_slots_of_all_locations_are_sorted_by_start(world: World) -> None:
    offered = await world.catalogue.slots(query("698"))

    starts = [each.start for each in offered.items]
    assert starts == sorted(starts)
    assert {each.location_id for each in offered.items} == {
        "gent-landhuis.landhuis~2F1",
        "gent-loket.stadhuis",
        "gent-loket.wijkhuis",
    }
    assert offered.total == len(offered.items)
    assert starts[0] == datetime(2026, 3, 3, 9, tzinfo=BRUSSELS)
    assert str(starts[0].utcoffset()) == "1:00:00"


async def test_a_sealed_slot_holds_what_its_vendor_needs(world: World) -> None:
    offered = await world.catalogue.slots(query("698", quantity=2))
    chosen = [world.slot_ids.open(each.slot_id, "slotId") for each in offered.items]

    first = next(each for each in chosen if each.source == "gent-landhuis")
    assert first.slot.location_id == "landhuis/1"
    assert first.slot.products == (ProductQuantity(product_id="kaart", quantity=2),)


async def test_one_location_is_asked_alone(world: World) -> None:
    asked = query("698", location_id="gent-landhuis.landhuis~2F1")
    offered = await world.catalogue.slots(asked)

    assert {each.location_id for each in offered.items} == {"gent-landhuis.landhuis~2F1"}
    assert world.adapter("gent-loket").faults.calls == {}


@pytest.mark.parametrize("location", ["gent-loket.landhuis~2F1", "brugge.x", "x", "gent-loket."])
async def test_an_unknown_location_is_not_found(world: World, location: str) -> None:
    with pytest.raises(ResourceNotFound):
        await world.catalogue.slots(query("697", location_id=location))


async def test_an_unknown_municipality_is_not_found(world: World) -> None:
    with pytest.raises(ResourceNotFound):
        await world.catalogue.slots(query("697", municipality_id="antwerpen"))


async def test_a_location_that_fails_takes_no_slots_of_the_others_along(world: World) -> None:
    world.adapter("gent-loket").faults.script("slots", BadAnswer("HTML"))
    offered = await world.catalogue.slots(query("697"))

    assert {each.location_id for each in offered.items} == {"gent-loket.wijkhuis"}
    assert [(each.source, each.reason) for each in offered.unavailable] == [
        ("gent-loket", UnavailableReason.BAD_ANSWER)
    ]


async def test_no_answer_at_all_is_named_and_never_just_empty(world: World) -> None:
    world.adapter("gent-loket").faults.script("locations", VendorUnavailable("down"))
    world.sources.switch("gent-landhuis", Accepts.NOTHING)
    offered = await world.catalogue.slots(query("698"))

    assert offered.items == ()
    assert [(each.source, each.reason) for each in offered.unavailable] == [
        ("gent-landhuis", UnavailableReason.SWITCHED_OFF),
        ("gent-loket", UnavailableReason.UNAVAILABLE),
    ]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (query("697", days=0), ["lastDay"]),
        (query("697", days=64), ["lastDay"]),
        (query("697", "698", "697", days=0), ["lastDay", "products[2]"]),
    ],
)
async def test_a_query_that_makes_no_sense_names_every_mistake(
    world: World, asked: SlotsQuery, names: list[str]
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await world.catalogue.slots(asked)
    assert [issue.name for issue in caught.value.issues] == names


# Around an appointment ----------------------------------------------------------------


async def test_a_summary_keeps_the_names_of_today(world: World) -> None:
    source = world.sources["gent-loket"]
    slot = Slot(
        location_id="stadhuis",
        start=MONDAY,
        end=MONDAY + timedelta(minutes=10),
        products=wanted("reispas", "huwelijk", "weg", quantity=2),
    )
    summary = await world.catalogue.summary(source, slot, Deadline.after(60), "fr")

    assert (summary.municipality_id, summary.municipality) == ("gent", "Gent")
    assert (summary.location.id, summary.location.name) == ("gent-loket.stadhuis", "Stadhuis")
    assert [(each.id, each.name, each.quantity) for each in summary.products] == [
        ("697", "Passeport", 2),
        ("gent-loket:huwelijk", "Huwelijk aangeven", 2),
        ("gent-loket:weg", "gent-loket:weg", 2),
    ]
    assert summary.products[1].bring == ("De identiteitskaart van beide partners",)


async def test_a_location_that_is_gone_goes_by_the_name_of_its_municipality(world: World) -> None:
    slot = Slot(
        location_id="oud",
        start=MONDAY,
        end=MONDAY + timedelta(minutes=10),
        products=wanted("reispas"),
    )
    summary = await world.catalogue.summary(world.sources["gent-loket"], slot, Deadline.after(60))

    assert (summary.location.name, summary.location.zone) == ("Gent", "Europe/Brussels")


def test_an_appointment_without_a_product_is_a_bad_answer(world: World) -> None:
    found = Appointment(
        ref=AppointmentRef(vendor_ref="1"),
        status=AppointmentStatus.CONFIRMED,
        location_id="stadhuis",
        start=MONDAY,
        end=MONDAY + timedelta(minutes=10),
        products=(),
    )
    with pytest.raises(BadAnswer):
        slot_of(world.sources["gent-loket"], found)


async def test_intake_fields_are_asked_once(world: World) -> None:
    source = world.sources["gent-loket"]
    asked = [
        await world.catalogue.intake_fields(source, wanted("huwelijk"), Deadline.after(60))
        for _ in range(2)
    ]

    assert "answers.partner" in {field.name for field in asked[1]}
    assert world.adapter("gent-loket").faults.calls["intake_fields"] == 1
