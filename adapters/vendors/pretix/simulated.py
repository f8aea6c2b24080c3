"""What the simulated pretix sells, as its API shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Json = dict[str, Any]

EVENT = "burgerzaken"
PLACE = "Stadhuis Oostende"
LANGUAGE = "nl"


@dataclass(frozen=True)
class Item:
    """Something that can be come for."""

    name: str
    description: str | None = None
    max_per_order: int | None = None
    require_approval: bool = False
    require_voucher: bool = False


ITEMS = {
    11: Item("Rijbewijs afhalen", "Breng uw oude rijbewijs mee.", max_per_order=3),
    12: Item("Reispas aanvragen", max_per_order=5),
    13: Item("Identiteitskaart afhalen"),
    14: Item("Aangifte huwelijk", max_per_order=1, require_approval=True),
    15: Item("Enkel op uitnodiging", require_voucher=True),
}


@dataclass(frozen=True)
class SubEvent:
    """A date; whatever may be sold, may be sold for it."""

    id: int
    start: datetime
    end: datetime


@dataclass
class CartPosition:
    """A place that is kept until ``expires``."""

    id: int
    cart_id: str
    item: int
    subevent: int
    made: datetime
    expires: datetime


@dataclass
class Position:
    """A place that is sold."""

    id: int
    item: int
    subevent: int
    name: dict[str, str]


@dataclass
class Order:
    """What was sold at once."""

    code: str
    status: str
    email: str | None
    phone: str | None
    comment: str
    require_approval: bool
    made: datetime
    positions: list[Position] = field(default_factory=list)
    cancelled: datetime | None = None


def dates(
    first: date, days: Sequence[int], hours: Iterable[tuple[time, time]], step: int, zone: ZoneInfo
) -> Iterator[SubEvent]:
    """A year of dates on the clock of a place; times that do not exist are left out."""
    number = 0
    for n in range(370):
        day = first + timedelta(days=n)
        for opens, closes in hours if day.weekday() in days else ():
            clock = datetime.combine(day, opens)
            while clock + timedelta(minutes=step) <= datetime.combine(day, closes):
                start = clock.replace(tzinfo=zone).astimezone(UTC)
                if start.astimezone(zone).replace(tzinfo=None) == clock:
                    number += 1
                    yield SubEvent(number, start, start + timedelta(minutes=step))
                clock += timedelta(minutes=step)


def item(known: int) -> Json:
    """An item; what the adapter never looks at is as it was recorded."""
    sold = ITEMS[known]
    dynamic = {f"validity_dynamic_duration_{unit}": None for unit in ("minutes", *_UNITS)}
    granted = {f"grant_membership_duration_{unit}": 0 for unit in ("days", "months")}
    lists = ("limit_sales_channels", "variations", "addons", "bundles", "program_times")
    no = (
        *("free_price", "admission", "personalized", "hide_without_voucher", "require_bundling"),
        *("checkin_attention", "has_variations", "issue_giftcard", "require_membership"),
        *("require_membership_hidden", "validity_dynamic_start_choice"),
    )
    empty = (
        *("category", "internal_name", "free_price_suggestion", "tax_rule", "picture"),
        *("available_from", "available_until", "min_per_order", "checkin_text"),
        *("original_price", "generate_tickets", "show_quota_left", "hidden_if_available"),
        *("hidden_if_item_available", "grant_membership_type", "validity_mode"),
        *("validity_fixed_from", "validity_fixed_until", "media_policy", "media_type"),
        "validity_dynamic_start_choice_day_limit",
    )
    modes = ("available_from", "available_until", "hidden_if_item_available")
    return {
        "id": known,
        "name": {LANGUAGE: sold.name},
        "description": {LANGUAGE: sold.description} if sold.description else None,
        "active": True,
        "all_sales_channels": True,
        "default_price": "0.00",
        "tax_rate": "0.00",
        "position": 0,
        "require_voucher": sold.require_voucher,
        "allow_cancel": True,
        "max_per_order": sold.max_per_order,
        "require_approval": sold.require_approval,
        "allow_waitinglist": True,
        "meta_data": {},
        "require_membership_types": [],
        "grant_membership_duration_like_event": True,
        "sales_channels": ["web"],
        **{f"{name}_mode": "hide" for name in modes},
        **{name: [] for name in lists},
        **dict.fromkeys(no, False),
        **dict.fromkeys(empty),
        **dynamic,
        **granted,
    }


_UNITS = ("hours", "days", "months")


def subevent(shown: SubEvent, changed: datetime) -> Json:
    """A date, in UTC."""
    empty = ("date_admission", "presale_start", "presale_end", "geo_lat", "geo_lon")
    return {
        "id": shown.id,
        "name": {LANGUAGE: "slot"},
        "date_from": utc(shown.start),
        "date_to": utc(shown.end),
        "active": True,
        "location": {LANGUAGE: f"{PLACE}\nVindictivelaan 1\n8400 Oostende"},
        "event": EVENT,
        "is_public": True,
        "frontpage_text": None,
        "seating_plan": None,
        "item_price_overrides": [],
        "variation_price_overrides": [],
        "meta_data": {},
        "seat_category_mapping": {},
        "last_modified": utc(changed, "microseconds"),
        "comment": None,
        **dict.fromkeys(empty),
    }


def quota(known: int, size: int, left: int) -> Json:
    """The one quota of a date, with what is left of it."""
    return {
        "id": known,
        "name": "loketten",
        "size": size,
        "items": list(ITEMS),
        "variations": [],
        "subevent": known,
        "closed": False,
        "close_when_sold_out": False,
        "release_after_exit": False,
        "available": left > 0,
        "available_number": left,
        "ignore_for_event_availability": False,
    }


def cart_position(kept: CartPosition) -> Json:
    """A place that is kept."""
    empty = ("variation", "attendee_name", "attendee_email", "voucher", "addon_to", "seat")
    return {
        "id": kept.id,
        "cart_id": kept.cart_id,
        "item": kept.item,
        "price": "0.00",
        "attendee_name_parts": {},
        "subevent": kept.subevent,
        "datetime": utc(kept.made, "microseconds"),
        "expires": utc(kept.expires),
        "includes_tax": True,
        "answers": [],
        "is_bundled": False,
        "addons": [],
        "bundled": [],
        **dict.fromkeys(empty),
    }


def order(sold: Order, now: datetime) -> Json:
    """An order."""
    empty = ("custom_followup_at", "invoice_address", "checkin_text", "customer")
    return {
        "code": sold.code,
        "event": EVENT,
        "status": sold.status,
        "testmode": False,
        "secret": f"secret{sold.code.lower()}",
        "email": sold.email,
        "phone": sold.phone,
        "locale": LANGUAGE,
        "datetime": utc(sold.made, "microseconds"),
        "expires": utc(sold.made + timedelta(days=14)),
        "payment_date": f"{sold.made.date()}" if sold.status != "n" else None,
        "payment_provider": "manual",
        "fees": [],
        "total": "0.00",
        "tax_rounding_mode": "line",
        "comment": sold.comment,
        "positions": [
            _position(position, sold.code, n + 1) for n, position in enumerate(sold.positions)
        ],
        "downloads": [],
        "checkin_attention": False,
        "last_modified": utc(now, "microseconds"),
        "payments": [],
        "refunds": [],
        "require_approval": sold.require_approval,
        "sales_channel": "web",
        "url": f"https://tickets.oostende.example/stad/{EVENT}/order/{sold.code}/",
        "valid_if_pending": False,
        "api_meta": {},
        "cancellation_date": utc(sold.cancelled, "microseconds") if sold.cancelled else None,
        "plugin_data": {},
        **dict.fromkeys(empty),
    }


def _position(position: Position, code: str, nth: int) -> Json:
    empty = (
        *("variation", "company", "street", "zipcode", "city", "country", "state", "discount"),
        *("attendee_email", "voucher", "addon_to", "tax_rule", "seat", "tax_code"),
        *("valid_from", "valid_until", "blocked", "voucher_budget_use"),
    )
    names = (position.name.get(part) for part in ("given_name", "family_name"))
    return {
        "id": position.id,
        "order": code,
        "positionid": nth,
        "item": position.item,
        "price": "0.00",
        "attendee_name": " ".join(filter(None, names)) or None,
        "attendee_name_parts": position.name,
        "tax_rate": "0.00",
        "tax_value": "0.00",
        "secret": f"secret{position.id}",
        "subevent": position.subevent,
        "checkins": [],
        "print_logs": [],
        "downloads": [],
        "answers": [],
        "pseudonymization_id": f"P{position.id:09}",
        "canceled": False,
        "plugin_data": {},
        **dict.fromkeys(empty),
    }


def utc(instant: datetime, precision: str = "seconds") -> str:
    """An instant as pretix writes it."""
    return instant.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
