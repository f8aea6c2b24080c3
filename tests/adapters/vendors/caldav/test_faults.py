"""Servers that refuse, lie or die: an error of the contract that says what to do."""

from __future__ import annotations

import asyncio
import os
import signal
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from adapters.http import VendorClient
from adapters.vendors.caldav import server
from adapters.vendors.caldav.adapter import CalDavAdapter
from contracts.deadline import Deadline
from contracts.errors import BadAnswer, OutcomeUnknown, VendorError, VendorUnavailable
from tests.adapters.vendors.caldav.office import (
    Gate,
    Office,
    open_office,
    query,
    request_of,
    soon,
    starts,
)

XML = {"Content-Type": "application/xml"}


@pytest.fixture
async def adapter(office: Office) -> AsyncIterator[CalDavAdapter]:
    made = office.adapter()
    yield made
    await made.aclose()


async def test_a_wrong_password_is_told_as_such(tmp_path: Path, office: Office) -> None:
    async with server.radicale(tmp_path, {"user": "goed"}) as url:
        paths = ["user/a/", "user/b/", "user/bijhuis/"]
        await server.make_calendars(url, paths, ("user", "goed"))
        place = office.settings.locations[0].model_dump() | {"desks": paths[:2]}
        changes: dict[str, object] = {"base_url": url, "username": "user", "locations": [place]}
        changes["products"] = office.settings.products[:1]
        right = office.adapter(password="goed", **changes)
        assert await right.locations(deadline=soon())
        slot = (await right.slots(query(), deadline=soon()))[0]
        wrong = office.adapter(password="fout", **changes)
        for call in (
            wrong.products(deadline=soon()),
            wrong.slots(query(), deadline=soon()),
            wrong.book(slot, request_of(1), deadline=soon()),
        ):
            with pytest.raises(VendorUnavailable, match="credentials"):
                await call
        await right.aclose()
        await wrong.aclose()


async def test_a_missing_calendar_is_told_with_the_key_to_look_at(office: Office) -> None:
    place = office.settings.locations[0].model_dump() | {"desks": ["user/nergens/"]}
    wrong = office.adapter(locations=[place], products=office.settings.products[:1])
    for call in (wrong.locations(deadline=soon()), wrong.slots(query(), deadline=soon())):
        with pytest.raises(VendorUnavailable, match=r"'user/nergens/'.*settings.locations.desks"):
            await call
    await wrong.aclose()


async def test_a_folder_that_is_no_calendar_is_told_as_such(office: Office) -> None:
    place = office.settings.locations[0].model_dump() | {"desks": ["user/"]}
    wrong = office.adapter(locations=[place], products=office.settings.products[:1])
    with pytest.raises(VendorUnavailable, match="desks"):
        await wrong.products(deadline=soon())
    await wrong.aclose()


async def test_what_a_clerk_typed_wrong_is_named_and_is_not_a_free_desk(office: Office) -> None:
    adapter = office.adapter()
    await office.put("DTSTART:20270309T090000Z\nRRULE:FREQ=HOURLY;COUNT=3", "vergadering.ics")
    with pytest.raises(BadAnswer, match=r"'vergadering.ics' repeats more often than daily"):
        await adapter.slots(query(), deadline=soon())
    await adapter.aclose()


async def answering(
    adapter: CalDavAdapter, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    """Let every answer be that one."""
    await adapter.aclose()
    transport = httpx.MockTransport(answer)
    adapter._client = VendorClient("http://127.0.0.1/", transport=transport)


@pytest.mark.parametrize("status", [200, 204, 301, 302, 400, 404, 409, 412, 418, 429, 500, 503])
@pytest.mark.parametrize("body", [b"", b"<html>Onderhoud</html>"])
async def test_no_answer_of_another_kind_is_taken_for_success(
    adapter: CalDavAdapter, status: int, body: bytes
) -> None:
    slot = (await adapter.slots(query(), deadline=soon()))[0]
    booked = await adapter.book(slot, request_of(1), deadline=soon())
    await answering(adapter, lambda _: httpx.Response(status, content=body, headers=XML))
    for call in (
        adapter.locations(deadline=Deadline.after(0.3)),
        adapter.slots(query(), deadline=Deadline.after(0.3)),
        adapter.appointment(booked.ref, deadline=Deadline.after(0.3)),
        adapter.book(slot, request_of(2), deadline=Deadline.after(0.3)),
        adapter.cancel(booked.ref, deadline=Deadline.after(0.3)),
        adapter.find_by_client_reference("reference-0001", near=slot, deadline=Deadline.after(0.3)),
    ):
        with pytest.raises(VendorError):
            await call


async def test_an_event_without_a_version_is_a_bad_answer(
    office: Office, adapter: CalDavAdapter
) -> None:
    slot = (await adapter.slots(query(), deadline=soon()))[0]
    booked = await adapter.book(slot, request_of(1), deadline=soon())
    text = await office.get("".join(map(str, booked.ref.vendor_state.values())))
    await answering(adapter, lambda _: httpx.Response(200, text=text))
    with pytest.raises(BadAnswer, match="ETag"):
        await adapter.cancel(booked.ref, deadline=soon())


async def test_a_cancellation_answered_with_a_page_is_unknown(
    office: Office, adapter: CalDavAdapter
) -> None:
    slot = (await adapter.slots(query(), deadline=soon()))[0]
    booked = await adapter.book(slot, request_of(1), deadline=soon())
    text = await office.get("".join(map(str, booked.ref.vendor_state.values())))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, text=text or "", headers={"ETag": '"1"'})
        return httpx.Response(200, html="<html>Onderhoud</html>")

    await answering(adapter, answer)
    with pytest.raises(OutcomeUnknown):
        await adapter.cancel(booked.ref, deadline=soon())


async def test_a_body_without_end_is_given_up_with_bounded_memory(office: Office) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 207 x\r\nContent-Type: application/xml\r\n\r\n")
        try:
            while sent < 1_000_000_000:
                writer.write(b"<a>" * 100_000)
                sent += 300_000
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with flooding(flood) as url:
        adapter = office.adapter(base_url=url)
        tracemalloc.start()
        with pytest.raises(BadAnswer):
            await adapter.slots(query(), deadline=soon())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await adapter.aclose()
    assert sent < 200_000_000
    assert peak < 150_000_000


@asynccontextmanager
async def flooding(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    listener = await asyncio.start_server(serve, server.LOOPBACK, 0)
    async with listener:
        yield f"http://{server.LOOPBACK}:{listener.sockets[0].getsockname()[1]}/"


async def test_a_server_that_dies_in_the_middle_of_a_booking_leaves_it_unknown(
    tmp_path: Path,
) -> None:
    port = server.free_port()
    url = f"http://{server.LOOPBACK}:{port}/"
    options = ["--config=", f"--hosts={server.LOOPBACK}:{port}", "--auth-type=none"]
    options.append(f"--storage-filesystem-folder={tmp_path / 'collections'}")
    async with server.running("radicale", options, url, tmp_path) as process:
        office = await open_office(url)
        adapter = office.adapter()
        slot = (await adapter.slots(query(), deadline=soon()))[0]

        async def fall_silent() -> None:
            # Connections are still taken, but nobody answers any more.
            os.kill(process.pid, signal.SIGSTOP)

        await adapter.aclose()
        Gate("PUT", 2, fall_silent).stand_before(adapter)
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slot, request_of(1), deadline=Deadline.after(3))
        process.kill()
        await process.wait()
        with pytest.raises(VendorUnavailable):
            await adapter.slots(query(), deadline=Deadline.after(0.5))
        await adapter.aclose()
    async with server.running("radicale", options, url, tmp_path):
        adapter = office.adapter()
        reference = request_of(1).client_reference
        assert not await adapter.find_by_client_reference(reference, near=slot, deadline=soon())
        assert f"{slot.start:%d %H:%M}" in await starts(adapter, query())
        await adapter.aclose()


async def test_a_server_that_does_not_start_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="code 1"):
        async with server.running("no_such_server", [], "http://127.0.0.1:9/", tmp_path):
            pass


async def test_a_server_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    port = server.free_port()
    options = ["--config=", f"--hosts={server.LOOPBACK}:{port}", "--auth-type=none"]
    options.append(f"--storage-filesystem-folder={tmp_path / 'collections'}")
    url = f"http://{server.LOOPBACK}:{port}/"
    async with server.running("radicale", options, url, tmp_path) as process:
        assert process.stdin
        # What the system does with the pipe of a process that is gone.
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 10) == 0
