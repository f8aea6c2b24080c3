"""Who gets a desk when many want it: on real servers, and step by step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, timedelta
from itertools import combinations

import httpx
import pytest

from adapters.http import VendorClient
from adapters.transport import AiohttpTransport
from adapters.vendors.caldav.adapter import CalDavAdapter
from adapters.vendors.caldav.desk import CLAIMED
from contracts.errors import OutcomeUnknown, SlotTaken, VendorUnavailable
from contracts.models import Appointment, BookingRequest, Slot
from contracts.suite import Fault
from contracts.suite.proxy import FaultyProxy
from tests.adapters.vendors.caldav.office import Gate, Office, query, request_of, soon, starts

Open = Callable[..., CalDavAdapter]


@pytest.fixture
async def opened(office: Office) -> AsyncIterator[Open]:
    """Makes adapters as other processes would, and closes them."""
    async with AsyncExitStack() as stack:

        def adapter(
            *, desks: int = 1, gate: Gate | None = None, **changes: object
        ) -> CalDavAdapter:
            place = office.settings.locations[0].model_dump() | {"desks": office.desks[:desks]}
            made = office.adapter(
                locations=[place], products=office.settings.products[:2], **changes
            )
            if gate:
                gate.stand_before(made)
            stack.push_async_callback(made.aclose)
            return made

        yield adapter


async def slot_at(adapter: CalDavAdapter, time: str, product: str = "kort") -> Slot:
    """The slot of that product on Tuesday at that wall time."""
    slots = await adapter.slots(query(product, days=(9, 9)), deadline=soon())
    return next(slot for slot in slots if f"{slot.start:%H:%M}" == time)


async def try_to_book(
    adapter: CalDavAdapter, slot: Slot, request: BookingRequest
) -> Appointment | SlotTaken:
    try:
        return await adapter.book(slot, request, deadline=soon())
    except SlotTaken as taken:
        return taken


async def test_of_twenty_at_once_exactly_as_many_win_as_there_are_desks(
    office: Office, opened: Open
) -> None:
    adapters = [opened(desks=2) for _ in range(4)]
    slot = await slot_at(adapters[0], "10:00")
    results = await asyncio.gather(
        *(try_to_book(adapters[n % 4], slot, request_of(n)) for n in range(20))
    )
    won = [result for result in results if isinstance(result, Appointment)]
    assert len(won) == 2
    assert [len(await office.names(desk=desk)) for desk in (0, 1)] == [1, 1]
    for appointment in won:
        read = await adapters[0].appointment(appointment.ref, deadline=soon())
        assert read.start == slot.start


async def test_of_twenty_that_overlap_those_that_win_do_not_and_somebody_wins(
    office: Office, opened: Open
) -> None:
    adapters = [opened() for _ in range(4)]
    wanted = [
        await slot_at(adapters[0], time, product)
        for time in ("09:30", "09:45", "10:00", "10:15", "10:30")
        for product in ("lang", "kort", "lang", "lang")
    ]
    results = await asyncio.gather(
        *(try_to_book(adapters[n % 4], slot, request_of(n)) for n, slot in enumerate(wanted))
    )
    won = [result for result in results if isinstance(result, Appointment)]
    assert won
    assert not [(a, b) for a, b in combinations(won, 2) if a.start < b.end and b.start < a.end]
    assert len(await office.names()) == len(won)


async def test_a_claim_that_starts_earlier_is_not_overtaken(office: Office, opened: Open) -> None:
    second = opened()
    late = await slot_at(second, "09:30")
    seen: list[Appointment | SlotTaken] = []

    async def somebody_else_tries() -> None:
        seen.append(await try_to_book(second, late, request_of(2)))

    first = opened(gate=Gate("REPORT", 2, somebody_else_tries))
    early = await slot_at(first, "09:00", "lang")
    won = await first.book(early, request_of(1), deadline=soon())
    assert won.start == early.start
    assert isinstance(seen[0], SlotTaken)
    assert len(await office.names()) == 1


async def test_a_claim_that_starts_later_is_removed_and_loses(office: Office, opened: Open) -> None:
    second = opened()
    early = await slot_at(second, "09:00", "lang")
    seen: list[Appointment | SlotTaken] = []

    async def somebody_else_books() -> None:
        seen.append(await try_to_book(second, early, request_of(2)))

    # It has looked around, seen nobody, and is about to write its booking over its claim.
    first = opened(gate=Gate("PUT", 2, somebody_else_books))
    late = await slot_at(first, "09:30")
    with pytest.raises(SlotTaken):
        await first.book(late, request_of(1), deadline=soon())
    assert isinstance(seen[0], Appointment)
    assert len(await office.names()) == 1


async def test_what_was_settled_meanwhile_is_not_removed(office: Office, opened: Open) -> None:
    waiting, goes_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await goes_on.wait()

    later = opened(gate=Gate("PUT", 2, wait))
    late = await slot_at(later, "09:30")
    booking = asyncio.create_task(later.book(late, request_of(1), deadline=soon()))
    await waiting.wait()

    async def let_it_settle() -> None:
        goes_on.set()
        await booking

    # It has seen the other's claim, which is settled just before it would remove that.
    earlier = opened(gate=Gate("DELETE", 1, let_it_settle))
    early = Slot.model_validate(
        {
            **late.model_dump(),
            "start": late.start - timedelta(minutes=30),
            "end": late.start + timedelta(minutes=10),
            "products": [{"product_id": "lang"}],
        }
    )
    with pytest.raises(SlotTaken):
        await earlier.book(early, request_of(2), deadline=soon())
    assert (await booking).start == late.start
    assert len(await office.names()) == 1


async def test_what_comes_back_after_it_was_removed_wins(office: Office, opened: Open) -> None:
    """Some servers check a condition and write a moment later (Xandikos)."""
    waiting, goes_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await goes_on.wait()

    later = opened(gate=Gate("PUT", 2, wait))
    late = await slot_at(later, "09:30")
    booking = asyncio.create_task(try_to_book(later, late, request_of(1)))
    await waiting.wait()

    async def come_back() -> None:
        event = f"DTSTART:{late.start.astimezone(UTC):%Y%m%dT%H%M%SZ}\nDURATION:PT15M"
        await office.put(event, "20270309T083000Z.ics")

    earlier = opened(gate=Gate("REPORT", 2, come_back))
    early = Slot.model_validate(
        {
            **late.model_dump(),
            "start": late.start - timedelta(minutes=30),
            "end": late.start + timedelta(minutes=10),
            "products": [{"product_id": "lang"}],
        }
    )
    with pytest.raises(SlotTaken):
        await earlier.book(early, request_of(2), deadline=soon())
    goes_on.set()
    assert isinstance(await booking, SlotTaken)
    assert await office.names() == ["20270309T083000Z.ics"]


async def test_a_claim_whose_maker_died_is_swept_away(office: Office, opened: Open) -> None:
    async def die() -> None:
        raise KeyError("the power went out")

    dying = opened(gate=Gate("REPORT", 2, die))
    slot = await slot_at(dying, "10:00")
    with pytest.raises(KeyError):
        await dying.book(slot, request_of(1), deadline=soon())
    adapter = opened()
    assert "09 10:00" not in await starts(adapter, query(days=(9, 9)))
    with pytest.raises(SlotTaken):
        await adapter.book(slot, request_of(2), deadline=soon())
    office.clock.advance(CLAIMED)
    assert "09 10:00" in await starts(adapter, query(days=(9, 9)))
    # Another slot that day, so that it is not only replaced.
    await adapter.book(await slot_at(adapter, "14:00"), request_of(3), deadline=soon())
    assert len(await office.names()) == 1
    await adapter.book(slot, request_of(4), deadline=soon())


async def test_a_claim_that_was_not_answered_is_looked_for(office: Office, opened: Open) -> None:
    async with FaultyProxy(office.url, Fault.ANSWER_LOST) as proxy:
        adapter = opened(base_url=proxy.url)
        slot = await slot_at(adapter, "10:00")
        booked = await adapter.book(slot, request_of(1), deadline=soon())
    assert booked.start == slot.start
    assert len(await office.names()) == 1


async def test_what_is_delivered_twice_is_booked_at_any_fraction_of_a_second(
    office: Office, opened: Open
) -> None:
    office.clock.advance(timedelta(microseconds=123_456))  # a calendar keeps whole seconds
    async with FaultyProxy(office.url, Fault.DUPLICATED) as proxy:
        adapter = opened(base_url=proxy.url)
        slot = await slot_at(adapter, "10:00")
        booked = await adapter.book(slot, request_of(1), deadline=soon())
    assert booked.start == slot.start
    assert len(await office.names()) == 1


async def test_a_booking_that_fails_halfway_leaves_nothing_behind(
    office: Office, opened: Open
) -> None:
    async def refuse() -> None:
        raise httpx.ConnectError("no route")

    adapter = opened(gate=Gate("PUT", 2, refuse))
    slot = await slot_at(adapter, "10:00")
    with pytest.raises(VendorUnavailable):
        await adapter.book(slot, request_of(1), deadline=soon())
    assert await office.names() == []


async def test_a_removal_that_was_not_answered_is_looked_for(office: Office, opened: Open) -> None:
    async def die() -> None:
        raise KeyError("the power went out")

    dying = opened(gate=Gate("REPORT", 2, die))
    with pytest.raises(KeyError):
        await dying.book(await slot_at(dying, "09:30"), request_of(1), deadline=soon())
    async with FaultyProxy(
        office.url, Fault.ANSWER_LOST, is_write=lambda method, _: method == "DELETE"
    ) as proxy:
        adapter = opened(base_url=proxy.url)
        office.clock.advance(CLAIMED)
        early = await slot_at(adapter, "09:00", "lang")
        await adapter.book(early, request_of(2), deadline=soon())
    assert len(await office.names()) == 1


async def test_an_unanswered_booking_is_unknown_and_found(office: Office, opened: Open) -> None:
    puts = Counter[str]()

    def second_put(method: str, _: str) -> bool:
        puts[method] += 1
        return method == "PUT" and puts["PUT"] == 2

    async with FaultyProxy(office.url, Fault.ANSWER_LOST, is_write=second_put) as proxy:
        adapter = opened(base_url=proxy.url)
        slot = await slot_at(adapter, "10:00")
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slot, request_of(1), deadline=soon())
    other = opened()
    reference = request_of(1).client_reference
    found = await other.find_by_client_reference(reference, near=slot, deadline=soon())
    assert found
    assert found.client_reference == reference
    assert len(await office.names()) == 1


class Busy(httpx.AsyncBaseTransport):
    """Takes in every second request that changes something; Xandikos is busy like that."""

    def __init__(self) -> None:
        self._network = AiohttpTransport(max_bytes=1_000_000)
        self._changes = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._changes += request.method in {"PUT", "DELETE"}
        if request.method in {"PUT", "DELETE"} and self._changes % 2:
            return httpx.Response(423)
        return await self._network.handle_async_request(request)

    async def aclose(self) -> None:
        await self._network.aclose()


async def test_a_calendar_that_is_locked_for_a_moment_is_asked_again(
    office: Office, opened: Open
) -> None:
    adapter = opened()
    slot = await slot_at(adapter, "10:00")
    await adapter.aclose()
    headers = {"Accept": "*/*"}
    adapter._client = VendorClient(adapter.settings.base_url, headers=headers, transport=Busy())
    booked = await adapter.book(slot, request_of(1), deadline=soon())
    assert (await adapter.appointment(booked.ref, deadline=soon())).start == slot.start
    await adapter.cancel(booked.ref, deadline=soon())
    assert await office.names() == []
