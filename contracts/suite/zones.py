"""Behaviours of time: opening hours stay on the wall clock when the clock changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from contracts.models import Slot
from contracts.suite.behaviour import behaviour
from contracts.suite.harness import Harness
from contracts.suite.slots import zone_of
from contracts.suite.verdicts import absent, offered


class ZoneBehaviours:
    """Times are instants; a vendor's naive times are meant in the source's zone."""

    @behaviour(
        "TIME-001",
        "The first slot of a day is at opening time on the location's clock.",
        why="Naive times of a vendor read as UTC or in the server's zone are an hour or two off.",
    )
    async def test_the_first_slot_is_at_opening_time(self, harness: Harness) -> None:
        opens = offered(harness.opens, "opens")
        zone = await zone_of(harness)
        slots = await harness.free()
        for day in sorted({slot.start.astimezone(zone).date() for slot in slots}):
            if day.weekday() in {0, 4} and day > harness.clock().astimezone(zone).date():
                assert _first_wall_time(slots, day, zone) == opens

    @behaviour(
        "TIME-002",
        "Opening hours stay on the wall clock on both sides of a clock change.",
        why="Today's offset applied to next month moves every appointment after the change by an "
        "hour.",
    )
    @pytest.mark.parametrize("nth", [0, 1], ids=["next change", "change after that"])
    async def test_opening_hours_stand_when_the_clock_changes(
        self, harness: Harness, nth: int
    ) -> None:
        opens = offered(harness.opens, "opens")
        zone = await zone_of(harness)
        changes = clock_changes(zone, harness.clock().date())
        if not changes:
            absent("a clock that changes")
        sunday = changes[nth]
        before, after = sunday - timedelta(days=2), sunday + timedelta(days=1)
        harness.clock.move_to(datetime.combine(sunday - timedelta(days=6), time(), UTC))
        days = {"first_day": before, "last_day": after}
        slots = await harness.free(harness.query.model_copy(update=days))
        assert _first_wall_time(slots, before, zone) == opens
        assert _first_wall_time(slots, after, zone) == opens

    @behaviour(
        "TIME-003",
        "An appointment beyond a clock change is booked and read at the time it was offered.",
        why="The offset of now instead of then books a citizen one hour early, and the counter "
        "is closed.",
    )
    @pytest.mark.parametrize("nth", [0, 1], ids=["next change", "change after that"])
    async def test_a_booking_beyond_the_clock_change_keeps_its_time(
        self, harness: Harness, nth: int
    ) -> None:
        opens = offered(harness.opens, "opens")
        zone = await zone_of(harness)
        changes = clock_changes(zone, harness.clock().date())
        if not changes:
            absent("a clock that changes")
        monday = changes[nth] + timedelta(days=1)
        harness.clock.move_to(datetime.combine(monday - timedelta(days=7), time(), UTC))
        days = {"first_day": monday, "last_day": monday}
        slot = (await harness.free(harness.query.model_copy(update=days)))[0]
        booked = await harness.adapter.book(slot, harness.request(), deadline=harness.deadline)
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.end) == (slot.start, slot.end)
        assert read.start.astimezone(zone).timetz().replace(tzinfo=None) == opens


def clock_changes(zone: ZoneInfo, after: date) -> list[date]:
    """The days of the year from ``after`` on which the clock changes, at least a week on."""
    noons = [datetime.combine(after + timedelta(days=n), time(12), zone) for n in range(7, 380)]
    return [noon.date() for eve, noon in pairwise(noons) if noon.utcoffset() != eve.utcoffset()]


def _first_wall_time(slots: Sequence[Slot], day: date, zone: ZoneInfo) -> time:
    local = (slot.start.astimezone(zone) for slot in slots)
    return next(start.time() for start in local if start.date() == day)
