"""A process that was slow, and taken for dead: what another one did meanwhile is not done again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.adapter import Capability
from contracts.api import Contact
from contracts.errors import OutcomeUnknown
from contracts.models import Appointment
from contracts.states import CancelledBy, ItemState
from tests.gateway.world import CONTACT, Json, World

NO_HOLD = (Capability.HOLD, Capability.CONFIRM, Capability.RELEASE, Capability.EXTEND)


class Stalled:
    """Makes the next call of one method of the ledger wait, and knows that it does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ledger: object, method: str) -> None:
        self.reached, self.goes_on = asyncio.Event(), asyncio.Event()
        real: Callable[..., Awaitable[Any]] = getattr(ledger, method)

        async def call(*args: object, **named: object) -> object:
            if not self.reached.is_set():
                self.reached.set()
                await self.goes_on.wait()
            return await real(*args, **named)

        monkeypatch.setattr(ledger, method, call)


async def agreed(world: World) -> Json:
    """The item of a visit that is to be booked now, and is by no workflow."""
    world.declare("aalst", without=NO_HOLD)
    made = (await (await world.log_in()).choose(await world.slot())).json()
    until = world.clock() + timedelta(minutes=20)
    contact = Contact.model_validate(CONTACT)
    await world.gateway.parts.ledger.visits.agree(made["id"], contact, until)
    (item,) = made["items"]
    return dict(item)


async def test_what_was_given_up_meanwhile_is_not_booked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, writes = await agreed(world), world.gateway.parts.writes
    stalled = Stalled(monkeypatch, world.gateway.parts.ledger, "open_attempt")
    slow = asyncio.create_task(writes.book(item["id"]))
    await stalled.reached.wait()

    await writes.undo(item["id"], 1, CancelledBy.COMPENSATION)
    stalled.goes_on.set()
    await slow

    assert world.standing("aalst") == []
    assert world.adapter("aalst").faults.calls["book"] == 0


async def test_what_is_being_booked_meanwhile_is_not_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, writes = await agreed(world), world.gateway.parts.writes
    stalled = Stalled(monkeypatch, world.gateway.parts.ledger, "change")
    slow = asyncio.create_task(writes.undo(item["id"], 1, CancelledBy.COMPENSATION))
    await stalled.reached.wait()
    answered = asyncio.Event()
    world.adapter("aalst").faults.script("book", until=answered)
    other = asyncio.create_task(writes.book(item["id"]))
    while not world.adapter("aalst").faults.calls["book"]:  # noqa: ASYNC110 - it cannot tell
        await asyncio.sleep(0.01)

    stalled.goes_on.set()
    await slow
    answered.set()
    await other

    record = await world.gateway.parts.ledger.appointment(item["id"])
    assert record is not None
    assert (record.state, len(world.standing("aalst"))) == (ItemState.CONFIRMED, 1)


async def test_what_was_booked_meanwhile_is_not_booked_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, writes = await agreed(world), world.gateway.parts.writes
    answered = asyncio.Event()
    world.adapter("aalst").faults.script("book", until=answered)
    first = asyncio.create_task(writes.book(item["id"]))
    while not world.adapter("aalst").faults.calls["book"]:  # noqa: ASYNC110 - it cannot tell
        await asyncio.sleep(0.01)
    stalled = Stalled(monkeypatch, world.gateway.parts.ledger, "tries")
    second = asyncio.create_task(writes.book(item["id"]))
    await stalled.reached.wait()

    answered.set()
    await first
    stalled.goes_on.set()
    await second

    assert len(world.standing("aalst")) == world.adapter("aalst").faults.calls["book"] == 1


async def test_a_cancellation_without_an_answer_is_not_sent_again_after_a_look(
    world: World,
) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    ledger, writes = world.gateway.parts.ledger, world.gateway.parts.writes
    # A process died before it could write down that there was no answer.
    world.adapter("aalst").faults.script("cancel", asyncio.CancelledError(), applied=True)  # type: ignore[arg-type]  # what a step that is killed sees
    with pytest.raises(asyncio.CancelledError):
        await writes.undo(item["id"], 7, CancelledBy.COMPENSATION)
    await ledger.change(item["id"], "verified", last_verified_at=world.clock())

    await writes.undo(item["id"], 8, CancelledBy.COMPENSATION)

    assert world.adapter("aalst").faults.calls["cancel"] == 1
    record = await ledger.appointment(item["id"])
    assert record is not None
    assert record.pending is not None
    world.clock.advance(seconds=10)
    await world.sweep()
    record = await ledger.appointment(item["id"])
    assert record is not None
    assert (record.state, record.cancelled_by) == (ItemState.CANCELLED, CancelledBy.COMPENSATION)


async def test_what_appears_during_the_last_look_is_looked_for_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.declare("aalst", settle_after=60.0)
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "confirm", OutcomeUnknown("The answer was lost."), applied=True)
    assert (await citizen.confirm(made)).status_code == 202
    real = type(world.adapter("aalst")).find_by_client_reference

    async def slowly(*_: object, **__: object) -> Appointment | None:
        world.clock.advance(seconds=120)  # it may have appeared since it was asked
        return None

    monkeypatch.setattr(type(world.adapter("aalst")), "find_by_client_reference", slowly)
    world.clock.advance(seconds=30)
    await world.sweep()
    assert (await citizen.visit(made))["state"] == "confirming"

    monkeypatch.setattr(type(world.adapter("aalst")), "find_by_client_reference", real)
    world.clock.advance(minutes=5)
    await world.sweep()
    assert (await citizen.visit(made))["state"] == "confirmed"
