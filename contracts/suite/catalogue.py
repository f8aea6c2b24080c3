"""Behaviours of what can be booked where: products and locations."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from contracts.errors import ProductsNotCombinable, ResourceNotFound
from contracts.manifest import Combination
from contracts.models import ProductQuantity
from contracts.suite.behaviour import behaviour
from contracts.suite.harness import Harness
from contracts.suite.verdicts import declared


class CatalogueBehaviours:
    """Core: ``products`` and ``locations``."""

    @behaviour(
        "CAT-001",
        "There are products, each with an id of its own and a name.",
        why="Two products under one id make a citizen book the wrong one; a vendor's test data "
        "has blanks.",
    )
    async def test_products_have_unique_ids_and_names(self, harness: Harness) -> None:
        products = await harness.adapter.products(deadline=harness.deadline)
        assert products
        assert len({product.id for product in products}) == len(products)
        assert all(product.name.strip() for product in products)

    @behaviour(
        "CAT-002",
        "There are locations, each with an id of its own and a name.",
        why="A location that is there twice is asked twice, and its slots are offered twice.",
    )
    async def test_locations_have_unique_ids_and_names(self, harness: Harness) -> None:
        locations = await harness.adapter.locations(deadline=harness.deadline)
        assert locations
        assert len({location.id for location in locations}) == len(locations)
        assert all(location.name.strip() for location in locations)

    @behaviour(
        "CAT-003",
        "Every location says the IANA zone of its counters.",
        why="Vendors send Windows names, fixed offsets or nothing, and the citizen then sees "
        "another hour.",
    )
    async def test_every_location_has_a_zone_whose_clock_can_be_read(
        self, harness: Harness
    ) -> None:
        for location in await harness.adapter.locations(deadline=harness.deadline):
            assert harness.clock().astimezone(ZoneInfo(location.zone)).utcoffset() is not None

    @behaviour(
        "CAT-004",
        "The locations for some products are locations that exist, and one that handles them is "
        "there.",
        why="A vendor that answers per product names branches that were closed or are internal.",
    )
    async def test_the_locations_for_products_are_among_all_locations(
        self, harness: Harness
    ) -> None:
        everywhere = await harness.adapter.locations(deadline=harness.deadline)
        there = await harness.adapter.locations(harness.query.products, deadline=harness.deadline)
        assert harness.query.location_id in {location.id for location in there}
        assert {location.id for location in there} <= {location.id for location in everywhere}

    @behaviour(
        "CAT-005",
        "Locations for a product that the vendor does not know are ResourceNotFound.",
        why="An empty list would say that no counter handles it, and a renamed product would go "
        "unnoticed.",
    )
    async def test_locations_for_an_unknown_product_are_not_found(self, harness: Harness) -> None:
        unknown = ProductQuantity(product_id="no-such-product")
        with pytest.raises(ResourceNotFound):
            await harness.adapter.locations((unknown,), deadline=harness.deadline)

    @behaviour(
        "CAT-006",
        "Products that never go together are refused as ProductsNotCombinable.",
        why="A vendor that does not check combinations gives a slot at a counter for one of the "
        "two.",
    )
    async def test_products_that_never_go_together_are_refused(self, harness: Harness) -> None:
        anything = harness.manifest.facts.combination is Combination.ANY
        query = declared(harness.not_combinable, "not_combinable", has=not anything)
        with pytest.raises(ProductsNotCombinable):
            await harness.adapter.slots(query, deadline=harness.deadline)
