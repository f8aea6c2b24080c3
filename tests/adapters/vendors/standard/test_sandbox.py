"""The controls of a sandbox: there when they are asked for, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

import httpx
import pytest

from adapters.vendors.standard.sandbox import StandardSandbox
from adapters.vendors.standard.settings import StandardSettings
from contracts.errors import AppointmentNotFound, HoldExpired
from contracts.models import MatchKey
from tests.adapters.vendors.standard.genk import TownHall, request, soon, town_hall

CITIZEN = MatchKey(kind="externalId", value="known-at-the-desk")
CALLS = [
    ("PUT", "/sandbox"),
    ("PUT", "/sandbox/clock"),
    ("POST", "/sandbox/appointments"),
    ("POST", "/sandbox/notifications"),
]
TUESDAY = datetime(2028, 3, 14, 7, tzinfo=UTC)


@pytest.fixture
async def hall() -> AsyncIterator[TownHall]:
    async with town_hall(sandbox=True) as hall:
        yield hall


@pytest.fixture
async def sandbox(hall: TownHall) -> AsyncIterator[StandardSandbox]:
    sandbox = StandardSandbox(StandardSettings.model_validate(hall.settings))
    yield sandbox
    await sandbox.aclose()


async def test_beginning_anew_forgets_what_was_booked_and_says_when_it_opens(
    hall: TownHall, sandbox: StandardSandbox
) -> None:
    adapter = hall.adapter()
    booked = await adapter.book((await hall.free())[0], request(), deadline=soon())

    assert await sandbox.begin(TUESDAY) == time(9)

    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(booked.ref, deadline=soon())
    hall.clock.move_to(TUESDAY)
    first = (await hall.free())[0]
    assert first.start == TUESDAY + timedelta(hours=1)
    again = await adapter.book(first, request(), deadline=soon())  # its key is free as well
    assert again.ref != booked.ref


async def test_a_hold_ends_when_the_clock_says_so_and_a_token_does_not(
    hall: TownHall, sandbox: StandardSandbox
) -> None:
    adapter = hall.adapter()
    await sandbox.begin(hall.clock())
    held = await adapter.hold((await hall.free())[0], "reference-1", deadline=soon())
    tokens = dict(hall.simulator.doors.tokens)

    await sandbox.tell(held.expires_at + timedelta(seconds=1))

    with pytest.raises(HoldExpired):
        await adapter.confirm(held, request("reference-2"), deadline=soon())
    assert hall.simulator.doors.tokens == tokens  # nobody asked for another one


async def test_staff_makes_an_appointment_for_a_citizen(
    hall: TownHall, sandbox: StandardSandbox
) -> None:
    ref = await sandbox.book_at_desk((await hall.free())[0], CITIZEN)
    found = await hall.adapter().appointments_of(CITIZEN, deadline=soon())
    assert [(each.ref, each.client_reference) for each in found] == [(ref, None)]


async def test_the_notification_that_is_shown_is_the_one_that_is_believed(
    hall: TownHall, sandbox: StandardSandbox
) -> None:
    ref = await sandbox.book_at_desk((await hall.free())[0], CITIZEN)
    await sandbox.tell(hall.clock() + timedelta(days=1))
    hall.clock.advance(timedelta(days=1))
    headers, body = await sandbox.notification(ref)
    assert hall.adapter().parse_webhook(headers, body) == [ref]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_nobody_turns_them_without_a_token(hall: TownHall, method: str, path: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.request(method, hall.settings["base_url"] + path, json={})
    assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_where_citizens_book_there_are_none(method: str, path: str) -> None:
    token = {"Authorization": "Bearer reference-token"}
    async with town_hall() as hall, httpx.AsyncClient(trust_env=False, headers=token) as client:
        url = hall.settings["base_url"]
        answer = await client.request(method, url + path, json={"now": "2028-03-14T07:00:00Z"})
        declared = (await client.get(f"{url}/capabilities")).json()
    assert answer.status_code == 404
    assert declared["sandbox"] is False


async def test_a_system_says_whether_it_has_them(hall: TownHall, sandbox: StandardSandbox) -> None:
    assert await sandbox.offered()
    async with town_hall() as other:
        closed = StandardSandbox(StandardSettings.model_validate(other.settings))
        assert not await closed.offered()
        await closed.aclose()
    del hall
