"""What sources say that changes a few times a year: asked once for all who want to know."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from contracts.adapter import BookingAdapter
from contracts.deadline import Deadline
from contracts.models import IntakeField, Location, Product, ProductQuantity
from gateway.cache import Cache, KeyT
from gateway.sources import Source

ValueT = TypeVar("ValueT")
Chosen = tuple[ProductQuantity, ...]
"""Products in the vendor's ids."""

_FRESH_SECONDS = 300
_KEPT_SECONDS = 86_400


class Reads:
    """Products, locations and intake fields of sources, kept by ``Cache``.

    Every method raises what ``Source.read`` raises, and ``NotInTime`` at the deadline.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        def cache(size: int) -> Cache[Any, Any]:
            return Cache(fresh=_FRESH_SECONDS, kept=_KEPT_SECONDS, size=size, clock=clock)

        self._products: Cache[str, Mapping[str, Product]] = cache(2_000)
        self._locations: Cache[tuple[str, Chosen], tuple[Location, ...]] = cache(10_000)
        self._fields: Cache[tuple[str, Chosen], tuple[IntakeField, ...]] = cache(10_000)

    async def products(self, source: Source, deadline: Deadline) -> Mapping[str, Product]:
        """All products, by the vendor's id."""

        async def call(adapter: BookingAdapter[Any], until: Deadline) -> Mapping[str, Product]:
            return {product.id: product for product in await adapter.products(deadline=until)}

        return await _kept(self._products, source.id, source, call, deadline)

    async def locations(
        self, source: Source, products: Chosen, deadline: Deadline
    ) -> tuple[Location, ...]:
        """The locations for these products together; all of them for none."""

        async def call(adapter: BookingAdapter[Any], until: Deadline) -> tuple[Location, ...]:
            return tuple(await adapter.locations(products, deadline=until))

        return await _kept(self._locations, _key(source, products), source, call, deadline)

    async def intake_fields(
        self, source: Source, products: Chosen, deadline: Deadline
    ) -> tuple[IntakeField, ...]:
        """What the source asks for these products, where it has the capability."""

        async def call(adapter: BookingAdapter[Any], until: Deadline) -> tuple[IntakeField, ...]:
            return tuple(await adapter.intake_fields(products, deadline=until))

        return await _kept(self._fields, _key(source, products), source, call, deadline)

    async def aclose(self) -> None:
        """End what is being asked in the background; before the sources are closed."""
        for cache in (self._products, self._locations, self._fields):
            await cache.aclose()


async def _kept(
    cache: Cache[KeyT, ValueT],
    key: KeyT,
    source: Source,
    call: Callable[[BookingAdapter[Any], Deadline], Awaitable[ValueT]],
    deadline: Deadline,
) -> ValueT:
    # The call outlives a caller's patience: it is for all who wait and for those to come.
    kept = await cache.get(key, lambda: source.read(call, Deadline.after(source.timeout)), deadline)
    return kept.value


def _key(source: Source, products: Chosen) -> tuple[str, Chosen]:
    return source.id, tuple(sorted(products, key=lambda product: product.product_id))
