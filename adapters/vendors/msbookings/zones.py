"""Reads the three kinds of time zone names that Graph writes.

Windows ids come from Unicode's CLDR, which icalendar keeps with it. The names that Windows
shows are nowhere published as data; those of Europe are here, and the one of Microsoft's own
examples. A business elsewhere needs a line more.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from contracts.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.vendors.msbookings import wire

_SHOWN = {
    "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "W. Europe Standard Time",
    "Athens, Bucharest": "GTB Standard Time",
    "Belgrade, Bratislava, Budapest, Ljubljana, Prague": "Central Europe Standard Time",
    "Brussels, Copenhagen, Madrid, Paris": "Romance Standard Time",
    "Coordinated Universal Time": "UTC",
    "Dublin, Edinburgh, Lisbon, London": "GMT Standard Time",
    "Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius": "FLE Standard Time",
    "Pacific Time (US & Canada)": "Pacific Standard Time",
    "Sarajevo, Skopje, Warsaw, Zagreb": "Central European Standard Time",
}
_OFFSET = re.compile(r"\((?:UTC|GMT)(?:[+-]\d\d:\d\d)?\)\s*")
"""Before a name that is shown. It is that of winter, so it does not say when anything is."""

Zones = dict[str, ZoneInfo]


async def zones(moments: Iterable[wire.Moment]) -> Zones:
    """The zones that these moments name.

    Raises ``BadAnswer`` for one that nobody knows: its times could be any.
    """
    names = {moment.time_zone for moment in moments}
    # The rules of a zone are read from a file the first time.
    return await asyncio.to_thread(lambda: {name: named(name) for name in names if name})


def named(name: str) -> ZoneInfo:
    """The zone of a Windows id, a name that Windows shows, or an IANA name."""
    plain = _OFFSET.sub("", name.strip(), count=1)
    windows = _SHOWN.get(plain, plain)
    try:
        return ZoneInfo(WINDOWS_TO_OLSON.get(windows, windows))
    except (LookupError, ValueError, OSError):
        message = f"It writes a time zone that is not known here: {name[:80]!a}."
        raise BadAnswer(message) from None


def instant(moment: wire.Moment, known: Mapping[str, ZoneInfo], *, fold: int = 0) -> datetime:
    """When it is, in UTC. ``fold`` says which one is meant of a wall time that comes twice.

    Raises:
        ValueError: it is no date and time, or one without a zone.
    """
    read = datetime.fromisoformat(moment.date_time)
    if read.tzinfo is None:
        if moment.time_zone is None:
            raise ValueError("a time without a zone")
        read = read.replace(tzinfo=known[moment.time_zone], fold=fold)
    return read.astimezone(UTC)


def moment(instant: datetime) -> dict[str, str]:
    """A ``dateTimeTimeZone`` to send."""
    naive = instant.astimezone(UTC).replace(tzinfo=None)
    return {"dateTime": naive.isoformat(timespec="seconds"), "timeZone": "UTC"}
