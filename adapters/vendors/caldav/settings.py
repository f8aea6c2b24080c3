"""What a municipality writes down, since a calendar knows no products and no opening hours."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from adapters.http import BaseUrl
from contracts.models import Address, Identifier, ShortText

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(StrEnum):
    """How much of the citizen is written into the calendar, where colleagues can read it."""

    NONE = "none"
    NAME = "name"
    FULL = "full"


class Opening(_Table):
    """Counters are open from ``start`` to ``end``, local time."""

    start: time
    end: time


def _opening(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise ValueError(f'write {text!r} as for example "09:00-12:00"') from None
    if start >= end:
        raise ValueError(f"{text!r} ends before it starts")
    return {"start": start, "end": end}


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

Hours = dict[Weekday, tuple[Annotated[Opening, BeforeValidator(_opening)], ...]]
"""As ``monday = ["09:00-12:00", "13:00-16:00"]``; closed on days that are left out."""

Desk = Annotated[str, StringConstraints(pattern=r"^[^?#\s]+/$", max_length=200)]
"""Where the calendar of one desk is, below ``base_url`` (or from the root, with a slash)."""


class LocationSettings(_Table):
    """A location; each of its desks has a calendar of its own and helps one citizen at a time."""

    id: Identifier
    name: ShortText
    address: Address | None = None
    telephone: ShortText | None = None
    desks: tuple[Desk, ...] = Field(min_length=1, max_length=50)
    hours: Hours
    closed: frozenset[date] = frozenset()


class ProductSettings(_Table):
    """A product: how long it takes, and how much longer each one more of it.

    ``locations`` names where it is handled; everywhere when it is left out.
    """

    id: Identifier
    name: ShortText
    description: str = ""
    bring: tuple[ShortText, ...] = ()
    minutes: int = Field(ge=1, le=480)
    extra_minutes: int | None = Field(default=None, ge=0, le=480)
    max_quantity: int = Field(default=1, ge=1, le=100)
    locations: tuple[Identifier, ...] | None = Field(default=None, min_length=1)

    def takes(self, quantity: int) -> timedelta:
        """How long this many of it take in one appointment."""
        extra = self.minutes if self.extra_minutes is None else self.extra_minutes
        return timedelta(minutes=self.minutes + extra * (quantity - 1))

    def handled_at(self, location: LocationSettings) -> bool:
        """Whether that location handles it."""
        return self.locations is None or location.id in self.locations


class CalDavSettings(_Table):
    """The ``[settings]`` table of a CalDAV source.

    Appointments start every ``step_minutes`` from opening time, at the earliest
    ``lead_minutes`` from now and at the latest ``horizon_days`` from today.
    """

    base_url: BaseUrl
    username: str = Field(default="", max_length=200)
    password: SecretStr = SecretStr("")
    contact: Contact = Contact.NAME
    step_minutes: int = Field(default=15, ge=5, le=240)
    lead_minutes: int = Field(default=60, ge=0, le=43_200)
    horizon_days: int = Field(default=60, ge=1, le=366)
    locations: tuple[LocationSettings, ...] = Field(min_length=1, max_length=50)
    products: tuple[ProductSettings, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _fits_together(self) -> CalDavSettings:
        mistakes = [
            *_doubles("location id", (location.id for location in self.locations)),
            *_doubles("product id", (product.id for product in self.products)),
            *_doubles("desk", (desk for location in self.locations for desk in location.desks)),
        ]
        known = {location.id for location in self.locations}
        mistakes += [
            f"product {product.id!r} names an unknown location {name!r}"
            for product in self.products
            for name in product.locations or ()
            if name not in known
        ]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self


def _doubles(what: str, values: Iterable[str]) -> list[str]:
    return [f"{what} {value!r} is used twice" for value, n in Counter(values).items() if n > 1]
