"""A vendor on stage: its next write goes as the script says, and what it has is in sight."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters import registry
from adapters.rehearsal import Mishap, Script, System, rehearsable, rehearse
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import OutcomeUnknown
from contracts.models import BookingRequest, Gender, Person, ProductQuantity, Slot, SlotQuery

NOW = datetime(2027, 3, 8, 7, tzinfo=UTC)
PERSON = Person(
    given_name="Noor",
    family_name="Testburger",
    initials="N",
    email="noor@example.org",
    phone="0470000000",
    birth_date=date(1990, 1, 1),
    gender=Gender.FEMALE,
)


@asynccontextmanager
async def on_stage(script: Script) -> AsyncIterator[tuple[BookingAdapter[Any], System, Slot]]:
    """An adapter before its vendor, and a slot to book."""
    kind = registry.load("jcc_rest")
    async with rehearse("jcc_rest", lambda: NOW, script) as stage:
        assert stage.system is not None
        context = AdapterContext("town", ZoneInfo("Europe/Brussels"), lambda: NOW)
        adapter = kind(kind.Settings.model_validate(stage.settings), context)
        until = Deadline.after(20)
        product = (await adapter.products(deadline=until))[0].id
        place = (await adapter.locations(deadline=until))[0].id
        query = SlotQuery(
            location_id=place,
            products=(ProductQuantity(product_id=product),),
            first_day=date(2027, 3, 9),
            last_day=date(2027, 3, 9),
        )
        try:
            yield adapter, stage.system, (await adapter.slots(query, deadline=until))[0]
        finally:
            await adapter.aclose()


def request() -> BookingRequest:
    return BookingRequest(client_reference="one-of-ours", booker=PERSON, language="nl")


@pytest.mark.parametrize(
    ("mishap", "standing", "later"),
    [
        (Mishap.ERROR, 0, 0),
        (Mishap.LOST, 0, 0),
        (Mishap.SILENT, 1, 1),
        (Mishap.FAILED_BUT_DONE, 1, 1),
        (Mishap.LATE, 0, 1),
    ],
)
async def test_a_write_without_an_answer_is_carried_out_or_not(
    mishap: Mishap, standing: int, later: int
) -> None:
    script = Script()
    async with on_stage(script) as (adapter, system, slot):
        script.prepare(mishap)
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slot, request(), deadline=Deadline.after(1))

        assert len(system.standing()) == standing
        await script.carry_out_late()
        assert len(system.standing()) == later
        assert script.clear()


async def test_a_slow_write_is_answered_and_looked_at_while_it_is_under_way() -> None:
    script, seen = Script(), list[int]()
    async with on_stage(script) as (adapter, system, slot):

        async def look() -> None:
            seen.append(len(system.standing()))

        script.meanwhile = script.slowly = look
        script.prepare(Mishap.SLOW)
        await adapter.book(slot, request(), deadline=Deadline.after(20))

    assert seen == [0, 0, 1]


async def test_the_write_that_suffers_is_counted() -> None:
    script = Script()
    async with on_stage(script) as (adapter, system, slot):
        script.prepare(Mishap.LOST, number=2)
        booked = await adapter.book(slot, request(), deadline=Deadline.after(20))
        with pytest.raises(OutcomeUnknown):
            await adapter.cancel(booked.ref, deadline=Deadline.after(20))

        assert [start for _, start in system.standing()] == [slot.start]


def test_who_can_be_put_on_stage_says_what_stands() -> None:
    assert {"memory", "jcc_rest", "qmatic", "zms", "easyappointments", "pretix"} <= {*rehearsable()}


async def test_who_cannot_is_told_with_those_that_can() -> None:
    with pytest.raises(registry.AdapterNotFound, match=r"caldav cannot be put on stage\. Known: "):
        async with rehearse("caldav", lambda: NOW, Script()):
            pass
