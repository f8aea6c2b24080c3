"""Instants for vendors whose times are what a clock on the wall shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def first_instant(shown: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant, in UTC, at which clocks in the zone show this; ``None`` if they never do.

    Of the hour that comes twice only the first counts: a naive time cannot say which it means.
    """
    found = shown.replace(tzinfo=zone).astimezone(UTC)
    return found if found.astimezone(zone).replace(tzinfo=None) == shown else None


def in_zone(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant with the offset that the zone has then.

    A fixed offset rather than the zone itself: Python compares and subtracts two times of
    one zone by their wall clock, which is wrong across the nights in which the clock changes.
    """
    local = instant.astimezone(zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()))
