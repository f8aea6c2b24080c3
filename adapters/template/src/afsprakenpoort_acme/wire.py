"""The payloads of Acme, as they are sent; ``start`` is what a clock on the wall shows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

WallTime = Annotated[datetime, msgspec.Meta(tz=False)]


class Service(msgspec.Struct):
    """What can be come for, by at most ``most`` persons together."""

    code: str
    title: str
    most: int


class Site(msgspec.Struct):
    """Where the counters are."""

    code: str
    title: str


class Openings(msgspec.Struct):
    """Free times, and how long a visit of so many persons takes."""

    minutes: int
    starts: list[WallTime]


class Booking(msgspec.Struct):
    """One booking; ``reference`` is what its maker called it."""

    number: str
    site: str
    service: str
    persons: int
    start: WallTime
    minutes: int
    state: Literal["booked", "cancelled"]
    reference: str


class Refusal(msgspec.Struct):
    """The body of every HTTP 400."""

    error: str
