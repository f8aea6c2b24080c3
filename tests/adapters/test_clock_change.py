"""The two nights in which the clock changes, at every vendor: no time is offered that is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from tests.adapters.conftest import Opened
from tests.adapters.sources import BRUSSELS, soon

OPEN = (time(0), time(5))
NIGHTS = {
    "an hour is left out": (date(2027, 3, 28), time(2)),
    "an hour comes twice": (date(2027, 10, 31), time(2)),
}


@pytest.mark.parametrize(("night", "skipped"), NIGHTS.values(), ids=NIGHTS)
async def test_every_time_of_the_night_is_booked_at_the_instant_that_was_shown(
    opened: Opened, night: date, skipped: time
) -> None:
    before = datetime.combine(night - timedelta(days=3), time(7), UTC)
    async with opened(now=before, hours=OPEN) as source:
        slots = await source.free(source.on(night))
        local = [slot.start.astimezone(BRUSSELS) for slot in slots]
        assert {start.date() for start in local} == {night}
        assert all(one.start < other.start for one, other in pairwise(slots))
        if night.month == 3:
            assert skipped.hour not in {start.hour for start in local}
        # On both sides of the change, and next to it.
        around = datetime.combine(night, skipped, BRUSSELS).astimezone(UTC)
        near = [slot for slot in slots if abs(slot.start - around) <= timedelta(hours=1)]
        assert near
        for slot in (slots[0], near[0], near[-1], slots[-1]):
            if slot.start not in {free.start for free in await source.free(source.on(night))}:
                continue  # it overlaps one that was booked before
            booked = await source.make().book(slot, source.request(), deadline=soon())
            read = await source.make().appointment(booked.ref, deadline=soon())
            for shown in (booked, read):
                assert (shown.start, shown.end) == (slot.start, slot.end)
