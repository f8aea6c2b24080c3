"""Behaviours of time: opening hours stay on the wall clock when the clock changes."""

from __future__ import annotations

import os
import time as machine
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies

from contracts.models import Slot
from contracts.suite.behaviour import behaviour
from contracts.suite.harness import Harness
from contracts.suite.slots import zone_of
from contracts.suite.verdicts import absent, not_run, offered

T = TypeVar("T", bound=Callable[..., Any])

# The same days every time, and few enough for a vendor's own sandbox.
_FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def a_year(test: T) -> T:
    """Show a behaviour on days of the coming year."""
    days = given(week=strategies.integers(0, 51), weekday=strategies.sampled_from([0, 4]))
    return cast("T", _FEW(days(test)))


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
        today = harness.clock().astimezone(zone).date()
        days = {slot.start.astimezone(zone).date() for slot in slots} - {today}
        known = sorted(day for day in days if day.weekday() in {0, 4})
        assert known, "the harness promises slots on every Friday and Monday"
        for day in known:
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

    @behaviour(
        "TIME-004",
        "On any Monday or Friday of a year the first slot is at opening time.",
        why="An offset that is right today and on the days of a change is wrong in a week between.",
    )
    @a_year
    async def test_any_day_of_a_year_opens_on_time(
        self, harness: Harness, week: int, weekday: int
    ) -> None:
        zone, day = await self._look_ahead(harness, week, weekday)
        opens = offered(harness.opens, "opens")
        days = {"first_day": day, "last_day": day}
        slots = await harness.free(harness.query.model_copy(update=days))
        assert _first_wall_time(slots, day, zone) == opens

    @behaviour(
        "TIME-005",
        "On any Monday or Friday of a year an appointment is read at the instant it was booked "
        "for.",
        why="Booking and reading that convert with different rules agree on most days, not on all.",
    )
    @a_year
    async def test_any_day_of_a_year_is_booked_and_read_alike(
        self, harness: Harness, week: int, weekday: int
    ) -> None:
        _, day = await self._look_ahead(harness, week, weekday)
        days = {"first_day": day, "last_day": day}
        slot = (await harness.free(harness.query.model_copy(update=days)))[-1]
        booked = await harness.adapter.book(slot, harness.request(), deadline=harness.deadline)
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.end) == (slot.start, slot.end)

    @behaviour(
        "TIME-006",
        "A slot is as long after a clock change as before it.",
        why="An end worked out on the wall clock makes a slot an hour longer, shorter or negative.",
    )
    @pytest.mark.parametrize("nth", [0, 1], ids=["next change", "change after that"])
    async def test_slots_are_as_long_after_a_clock_change(self, harness: Harness, nth: int) -> None:
        zone = await zone_of(harness)
        changes = clock_changes(zone, harness.clock().date())
        if not changes:
            absent("a clock that changes")
        sunday = changes[nth]
        harness.clock.move_to(datetime.combine(sunday - timedelta(days=6), time(), UTC))
        days = {"first_day": sunday - timedelta(days=2), "last_day": sunday + timedelta(days=1)}
        slots = await harness.free(harness.query.model_copy(update=days))
        assert len({slot.end - slot.start for slot in slots}) == 1
        assert [slot.start for slot in slots] == sorted(slot.start for slot in slots)

    @behaviour(
        "TIME-007",
        "The zone of the machine that the adapter runs on makes no difference.",
        why="A naive time of the vendor's taken for local is right on the developer's laptop "
        "alone.",
    )
    async def test_the_machines_own_zone_makes_no_difference(self, harness: Harness) -> None:
        before = list(await harness.free())
        with _machine_in("Pacific/Auckland"):
            assert list(await harness.free()) == before
            booked = await harness.adapter.book(
                before[0], harness.request(), deadline=harness.deadline
            )
            read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.end) == (before[0].start, before[0].end)

    async def _look_ahead(self, harness: Harness, week: int, weekday: int) -> tuple[ZoneInfo, date]:
        """Stand some days before that day, wherever the clock stood."""
        start = harness.query.first_day
        monday = start - timedelta(days=start.weekday()) + timedelta(weeks=week + 1)
        day = monday + timedelta(days=weekday)
        harness.clock.move_to(datetime.combine(day - timedelta(days=3), time(10), UTC))
        return await zone_of(harness), day


def clock_changes(zone: ZoneInfo, after: date) -> list[date]:
    """The days of the year from ``after`` on which the clock changes, at least a week on."""
    noons = [datetime.combine(after + timedelta(days=n), time(12), zone) for n in range(7, 380)]
    return [noon.date() for eve, noon in pairwise(noons) if noon.utcoffset() != eve.utcoffset()]


def _first_wall_time(slots: Sequence[Slot], day: date, zone: ZoneInfo) -> time:
    local = (slot.start.astimezone(zone) for slot in slots)
    return next(start.time() for start in local if start.date() == day)


@contextmanager
def _machine_in(zone: str) -> Iterator[None]:
    """Let this process believe that the machine stands elsewhere."""
    if not hasattr(machine, "tzset"):
        not_run("this machine cannot change its zone")
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    machine.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        machine.tzset()
