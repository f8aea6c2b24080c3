"""Behaviours of what can be booked where: products and locations."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from contracts.errors import ProductsNotCombinable, ResourceNotFound
from contracts.models import ProductQuantity
from contracts.suite.gate import offered
from contracts.suite.harness import Harness


class CatalogueBehaviours:
    """Core: ``products`` and ``locations``."""

    async def test_products_have_unique_ids_and_names(self, harness: Harness) -> None:
        products = await harness.adapter.products(deadline=harness.deadline)
        assert products
        assert len({product.id for product in products}) == len(products)
        assert all(product.name.strip() for product in products)

    async def test_locations_have_unique_ids_and_names(self, harness: Harness) -> None:
        locations = await harness.adapter.locations(deadline=harness.deadline)
        assert locations
        assert len({location.id for location in locations}) == len(locations)
        assert all(location.name.strip() for location in locations)

    async def test_every_location_has_a_zone_whose_clock_can_be_read(
        self, harness: Harness
    ) -> None:
        for location in await harness.adapter.locations(deadline=harness.deadline):
            assert harness.clock().astimezone(ZoneInfo(location.zone)).utcoffset() is not None

    async def test_the_locations_for_products_are_among_all_locations(
        self, harness: Harness
    ) -> None:
        everywhere = await harness.adapter.locations(deadline=harness.deadline)
        there = await harness.adapter.locations(harness.query.products, deadline=harness.deadline)
        assert harness.query.location_id in {location.id for location in there}
        assert {location.id for location in there} <= {location.id for location in everywhere}

    async def test_locations_for_an_unknown_product_are_not_found(self, harness: Harness) -> None:
        unknown = ProductQuantity(product_id="no-such-product")
        with pytest.raises(ResourceNotFound):
            await harness.adapter.locations((unknown,), deadline=harness.deadline)

    async def test_products_that_never_go_together_are_refused(self, harness: Harness) -> None:
        query = offered(harness.not_combinable, "not_combinable")
        with pytest.raises(ProductsNotCombinable):
            await harness.adapter.slots(query, deadline=harness.deadline)
