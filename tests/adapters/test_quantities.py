"""One, two and as many as there may be of a product, and several products, at every vendor."""

from __future__ import annotations

import pytest

from contracts.errors import ProductsNotCombinable, QuantityExceeded
from contracts.manifest import AmountModel, Combination
from contracts.models import ProductQuantity
from tests.adapters.conftest import Opened
from tests.adapters.sources import MANIFESTS, Source, soon

ROOM = 6
"""Places in a slot, for vendors where everybody who comes takes one."""

UNLIMITED = 10
"""Asked of a product without a maximum."""


async def most(source: Source) -> int | None:
    asked = source.query.products[0].product_id
    products = await source.make().products(deadline=soon())
    return next(product.max_quantity for product in products if product.id == asked)


@pytest.mark.parametrize("quantity", [1, 2, "most"])
async def test_what_is_asked_for_is_what_is_booked(
    opened: Opened, vendor_name: str, quantity: int | str
) -> None:
    async with opened(capacity=ROOM) as source:
        number = await most(source) or UNLIMITED if isinstance(quantity, str) else quantity
        query = source.on(source.query.first_day, source.query.last_day, number)
        if MANIFESTS[vendor_name].facts.amount_model is AmountModel.NONE and number > 1:
            with pytest.raises(QuantityExceeded):
                await source.free(query)
            return
        slots = await source.free(query)
        assert {slot.products for slot in slots} == {query.products}
        booked = await source.make().book(slots[0], source.request(), deadline=soon())
        assert booked.products == query.products
        assert (booked.start, booked.end) == (slots[0].start, slots[0].end)
        read = await source.make().appointment(booked.ref, deadline=soon())
        assert read.products == query.products
        assert (read.start, read.end) == (slots[0].start, slots[0].end)


async def test_one_more_than_there_may_be_is_refused(opened: Opened) -> None:
    async with opened(capacity=ROOM) as source:
        number = await most(source)
        if number is None:
            pytest.skip("this vendor sets no maximum for any product")
        with pytest.raises(QuantityExceeded):
            await source.free(source.on(source.query.first_day, quantity=number + 1))


async def test_several_products_are_one_appointment_where_the_vendor_takes_them(
    opened: Opened, vendor_name: str
) -> None:
    async with opened(capacity=ROOM) as source:
        if MANIFESTS[vendor_name].facts.combination is Combination.NONE:
            products = await source.make().products(deadline=soon())
            two = tuple(ProductQuantity(product_id=each.id) for each in products[:2])
            with pytest.raises(ProductsNotCombinable):
                await source.free(source.query.model_copy(update={"products": two}))
            return
        assert source.several
        slot = (await source.free(source.several))[0]
        booked = await source.make().book(slot, source.request(), deadline=soon())
        read = await source.make().appointment(booked.ref, deadline=soon())
        for shown in (slot, booked, read):
            assert sorted(shown.products, key=str) == sorted(source.several.products, key=str)
            assert (shown.start, shown.end) == (slot.start, slot.end)
