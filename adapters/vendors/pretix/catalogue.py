"""What pretix sells and when, in the words of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from adapters.vendors.pretix import wire
from contracts.errors import QuantityExceeded, ResourceNotFound
from contracts.models import Product

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from contracts.models import ProductQuantity


def offered(items: Iterable[wire.Item], channel: str, now: datetime) -> dict[str, wire.Item]:
    """The items by our id that anybody can have by itself, without a voucher or a variation."""
    return {
        f"{item.id}": item
        for item in items
        if item.active
        and channel in item.sales_channels
        and (item.available_from is None or item.available_from <= now)
        and (item.available_until is None or now <= item.available_until)
        and not (item.has_variations or item.require_voucher or item.hide_without_voucher)
        and not (item.require_bundling or item.require_membership)
    }


def product(item: wire.Item) -> Product:
    """One item. How long it takes depends on the date alone."""
    return Product(
        id=f"{item.id}",
        name=text(item.name) or f"{item.id}",
        description=text(item.description),
        max_quantity=item.max_per_order,
        approval=item.require_approval,
    )


def chosen(items: Mapping[str, wire.Item], products: Sequence[ProductQuantity]) -> dict[int, int]:
    """How many of which item. Raises ``ResourceNotFound`` and ``QuantityExceeded``."""
    amounts: dict[int, int] = {}
    for wanted in products:
        item = items.get(wanted.product_id)
        if item is None:
            raise ResourceNotFound("It does not offer this product.")
        amounts[item.id] = amounts.get(item.id, 0) + wanted.quantity
        if item.max_per_order is not None and amounts[item.id] > item.max_per_order:
            raise QuantityExceeded(f"At most {item.max_per_order} in one appointment.")
    return amounts


def on_sale(subevent: wire.SubEvent, amounts: Mapping[int, int], now: datetime) -> bool:
    """Whether these items may be had for this date now, if there is room."""
    disabled = {each.item for each in subevent.item_price_overrides if each.disabled}
    return (
        subevent.date_from >= now
        and subevent.date_to is not None
        and subevent.date_to > subevent.date_from
        and (subevent.presale_start is None or subevent.presale_start <= now)
        and (subevent.presale_end is None or now <= subevent.presale_end)
        and subevent.seating_plan is None
        and disabled.isdisjoint(amounts)
    )


def has_room(quotas: Sequence[wire.Quota], amounts: Mapping[int, int]) -> bool:
    """Whether every item is in a quota, and every quota has enough left for all of them."""
    if any(all(item not in quota.items for quota in quotas) for item in amounts):
        return False
    for quota in quotas:
        needed = sum(number for item, number in amounts.items() if item in quota.items)
        left = quota.available_number
        if needed and (quota.closed or not quota.available or (left is not None and left < needed)):
            return False
    return True


def text(translated: wire.Translated) -> str:
    """The Dutch text, or else the first there is."""
    if isinstance(translated, dict):
        translated = translated.get("nl") or next(filter(None, translated.values()), "")
    return (translated or "").strip()


def first_line(translated: wire.Translated) -> str:
    """What a location is recognised by."""
    return next(iter(text(translated).splitlines()), "").strip().casefold()
