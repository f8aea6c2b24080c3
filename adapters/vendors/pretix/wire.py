"""pretix's JSON, verbatim: the parts of it that are used (API of 2026.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from pydantic import TypeAdapter

T = TypeVar("T")

Translated = dict[str, str] | str | None
"""A text by language; an empty one is null."""

PENDING, PAID, EXPIRED, CANCELLED = "n", "p", "e", "c"


class Page(msgspec.Struct, Generic[T]):
    """Part of a list; ``next`` is the address of the rest."""

    results: list[T]
    next: str | None = None


class Item(msgspec.Struct):
    """What is sold: our product."""

    id: int
    name: Translated
    active: bool
    description: Translated = None
    max_per_order: int | None = None
    available_from: datetime | None = None
    available_until: datetime | None = None
    sales_channels: list[str] = []
    has_variations: bool = False
    require_approval: bool = False
    require_voucher: bool = False
    hide_without_voucher: bool = False
    require_bundling: bool = False
    require_membership: bool = False


class PriceOverride(msgspec.Struct):
    """What differs for an item on one date."""

    item: int
    disabled: bool = False


class SubEvent(msgspec.Struct):
    """A date of the series: our slot."""

    id: int
    date_from: datetime
    date_to: datetime | None = None
    presale_start: datetime | None = None
    presale_end: datetime | None = None
    location: Translated = None
    seating_plan: int | None = None
    item_price_overrides: list[PriceOverride] = []


class Quota(msgspec.Struct):
    """How many of its items are left on a date; ``available_number`` null is no limit."""

    subevent: int | None
    items: list[int]
    available: bool
    available_number: int | None
    closed: bool = False


class CartPosition(msgspec.Struct):
    """One place that is kept."""

    id: int
    expires: datetime


class Kept(msgspec.Struct):
    """What became of one of several cart positions."""

    success: bool
    data: CartPosition | None = None


class KeptAll(msgspec.Struct):
    """The answer to ``bulk_create``: in the order of the request."""

    results: list[Kept]


class Position(msgspec.Struct):
    """One place that is sold. ``id`` is unique in all of pretix, ``positionid`` in its order."""

    id: int
    item: int
    subevent: int | None


class Order(msgspec.Struct):
    """What was sold at once: our appointment."""

    code: str
    status: str
    positions: list[Position]
    comment: str | None = None
    require_approval: bool = False


class Detail(msgspec.Struct):
    """What pretix says when it knows no such thing."""

    detail: str


REFUSAL: TypeAdapter[dict[str, Any] | list[Any]] = TypeAdapter(dict[str, Any] | list[Any])
"""A 400: by field what is wrong with the request, or a list of why it cannot be done."""
