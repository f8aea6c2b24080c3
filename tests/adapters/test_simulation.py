"""A simulator is served over real HTTP within the running loop, and ends cleanly."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from litestar import Litestar, get, post

from adapters import registry
from adapters.simulation import CannotSimulate, Faults, openapi, serve, simulate, until_clock_change
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.errors import BookingError, OutcomeUnknown
from contracts.models import BookingRequest, ProductQuantity, Slot, SlotQuery
from contracts.suite.harness import BOOKER, AnyAdapter
from tests.adapters.vendors.zms.city import ANSWERS

ADAPTER = registry.load("jcc_rest")


@get("/ping")
async def ping() -> str:
    return "pong"


def app(**state: asyncio.Event) -> Litestar:
    @get("/wait")
    async def wait() -> str:
        state["begun"].set()
        await state["end"].wait()
        return "done"

    return Litestar([ping, wait], logging_config=None)


async def fetch(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


async def test_two_applications_are_served_at_addresses_of_their_own() -> None:
    async with serve(app()) as one, serve(app()) as two:
        assert one != two
        assert await fetch(f"{one}/ping") == await fetch(f"{two}/ping") == "pong"


async def test_it_stops_listening_at_the_end_though_a_connection_is_kept() -> None:
    async with aiohttp.ClientSession() as session:
        async with serve(app()) as url:
            await (await session.get(f"{url}/ping")).read()
        with pytest.raises(aiohttp.ClientConnectorError):
            await fetch(f"{url}/ping")


async def test_a_request_under_way_may_end() -> None:
    begun, end = asyncio.Event(), asyncio.Event()
    async with serve(app(begun=begun, end=end)) as url:
        answer = asyncio.ensure_future(fetch(f"{url}/wait"))
        await begun.wait()
        asyncio.get_running_loop().call_soon(end.set)
    assert await answer == "done"


async def test_a_request_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.simulation.GRACE_SECONDS", 0.01)
    begun, end = asyncio.Event(), asyncio.Event()
    async with asyncio.timeout(5), serve(app(begun=begun, end=end)) as url:
        answer = asyncio.ensure_future(fetch(f"{url}/wait"))
        await begun.wait()
    assert await answer == "Internal Server Error"


async def test_the_signals_stay_with_the_program() -> None:
    def handlers() -> list[Any]:
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    before = handlers()
    async with serve(app()):
        assert handlers() == before


async def test_a_simulator_gives_the_settings_of_a_source_that_talks_to_it(tmp_path: Path) -> None:
    context = AdapterContext("here", ZoneInfo("Europe/Brussels"), lambda: datetime.now(UTC))
    async with simulate("jcc_rest", tmp_path, context.now) as settings:
        adapter = ADAPTER(ADAPTER.Settings.model_validate(settings), context)
        assert await adapter.products(deadline=Deadline.after(10))
        await adapter.aclose()


async def test_a_vendor_without_a_simulator_needs_no_settings(tmp_path: Path) -> None:
    async with simulate("memory", tmp_path, lambda: datetime.now(UTC)) as settings:
        assert settings == {}


# Faults ------------------------------------------------------------------------------------

NOW = datetime(2027, 3, 8, 7, tzinfo=UTC)
BRUSSELS = ZoneInfo("Europe/Brussels")


class Counter:
    """An application with something to write, behind faults."""

    def __init__(self) -> None:
        self.written = 0

        @get("/read")
        async def read() -> str:
            return "0123456789"

        @post("/write", status_code=200)
        async def write() -> str:
            self.written += 1
            return "written"

        self.app = Litestar([read, write], logging_config=None)


async def said(url: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, content type and body of an answer."""
    async with aiohttp.ClientSession() as http, http.request(method, url) as answer:
        return answer.status, answer.content_type, await answer.text()


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (0.0, "........"),
        (0.25, "...x...x"),
        (0.5, ".x.x.x.x"),
        (0.75, ".xxx.xxx"),
        (1.0, "xxxxxxxx"),
    ],
)
async def test_errors_come_as_often_as_they_are_asked_for(rate: float, expected: str) -> None:
    async with serve(Counter().app, faults=Faults(errors=rate)) as url:
        came = [(await said(f"{url}/read"))[0] for _ in range(8)]
    assert "".join("x" if status == 500 else "." for status in came) == expected


async def test_what_is_answered_with_an_error_is_not_carried_out() -> None:
    counter = Counter()
    async with serve(counter.app, faults=Faults(errors=1)) as url:
        assert (await said(f"{url}/write", "POST"))[0] == 500
    assert counter.written == 0


async def test_html_is_a_page_with_status_200_for_everything() -> None:
    counter = Counter()
    async with serve(counter.app, faults=Faults(html=True)) as url:
        for path, method in (("read", "GET"), ("write", "POST")):
            assert (await said(f"{url}/{path}", method))[:2] == (200, "text/html")
    assert counter.written == 0


async def test_a_truncated_answer_stops_halfway_and_the_connection_goes_on() -> None:
    halving = serve(Counter().app, faults=Faults(truncate=True))
    async with halving as url, aiohttp.ClientSession() as http:
        for _ in range(2):
            async with http.get(f"{url}/read") as answer:
                assert await answer.text() == "01234"


async def test_a_dropped_write_is_carried_out_and_a_read_is_answered() -> None:
    counter = Counter()
    async with serve(counter.app, faults=Faults(drop=True)) as url:
        assert await fetch(f"{url}/read") == "0123456789"
        with pytest.raises(aiohttp.ClientConnectionError):
            await said(f"{url}/write", "POST")
        assert counter.written == 1
        assert await fetch(f"{url}/read") == "0123456789"


async def test_a_simulator_says_what_a_write_is() -> None:
    counter = Counter()
    dropping = serve(
        counter.app, faults=Faults(drop=True), is_write=lambda _, path: path == "/read"
    )
    async with dropping as url:
        assert (await said(f"{url}/write", "POST"))[0] == 200
        with pytest.raises(aiohttp.ClientConnectionError):
            await fetch(f"{url}/read")


async def test_latency_comes_before_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    async with serve(Counter().app, faults=Faults(latency=30)) as url:
        monkeypatch.setattr("adapters.simulation.wait", wait)
        assert await fetch(f"{url}/read") == "0123456789"
    assert waited == [30]


@asynccontextmanager
async def before(vendor: str, folder: Path, faults: Faults) -> AsyncIterator[AnyAdapter]:
    """The adapter of any vendor, in front of its simulator."""
    kind = registry.load(vendor)
    async with simulate(vendor, folder, lambda: NOW, faults=faults) as settings:
        context = AdapterContext(vendor, BRUSSELS, lambda: NOW)
        async with aclosing(kind(kind.Settings.model_validate(settings), context)) as adapter:
            yield adapter


async def first_free(adapter: AnyAdapter) -> Slot | None:
    deadline = Deadline.after(60)
    product = (await adapter.products(deadline=deadline))[0]
    chosen = (ProductQuantity(product_id=product.id),)
    place = (await adapter.locations(chosen, deadline=deadline))[0]
    query = SlotQuery(
        location_id=place.id,
        products=chosen,
        first_day=NOW.date(),
        last_day=NOW.date() + timedelta(days=14),
    )
    return next(iter(await adapter.slots(query, deadline=deadline)), None)


async def offered(adapter: AnyAdapter) -> list[datetime]:
    products = (ProductQuantity(product_id="eid"),)
    days = {"first_day": NOW.date(), "last_day": NOW.date() + timedelta(days=30)}
    query = SlotQuery(location_id="stadhuis", products=products, **days)
    return [slot.start for slot in await adapter.slots(query, deadline=Deadline.after(10))]


async def test_a_clock_that_is_ahead_offers_later_times(tmp_path: Path) -> None:
    async with before("standard", tmp_path, Faults()) as adapter:
        now = await offered(adapter)
    async with before("standard", tmp_path, Faults(skew=timedelta(days=7))) as adapter:
        later = await offered(adapter)
    assert min(later) - min(now) == timedelta(days=7)


async def test_a_full_simulator_has_no_time_free(tmp_path: Path) -> None:
    async with before("standard", tmp_path, Faults(full=True)) as adapter:
        assert await offered(adapter) == []


@pytest.mark.parametrize("faults", [Faults(html=True), Faults(truncate=True), Faults(errors=1)])
async def test_an_adapter_before_a_fault_raises_an_error_of_the_contract(
    tmp_path: Path, faults: Faults
) -> None:
    async with before("standard", tmp_path, faults) as adapter:
        with pytest.raises(BookingError):
            await adapter.products(deadline=Deadline.after(10))


@pytest.mark.parametrize("vendor", sorted(set(registry.vendors()) - {"caldav", "memory"}))
async def test_every_simulator_can_have_no_time_free(vendor: str, tmp_path: Path) -> None:
    async with before(vendor, tmp_path, Faults(full=True)) as adapter:
        assert await first_free(adapter) is None


@pytest.mark.parametrize("vendor", sorted(set(registry.vendors()) - {"caldav", "memory"}))
async def test_every_simulator_that_drops_writes_answers_what_only_asks(
    vendor: str, tmp_path: Path
) -> None:
    async with before(vendor, tmp_path, Faults(drop=True)) as adapter:
        slot = await first_free(adapter)
        assert slot is not None
        request = BookingRequest(client_reference="booked-once", booker=BOOKER, answers=ANSWERS)
        with pytest.raises(OutcomeUnknown):
            await adapter.book(slot, request, deadline=Deadline.after(60))


async def test_a_simulator_without_the_hook_is_not_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("adapters.vendors.jcc_rest.simulator.Simulator.fill")
    with pytest.raises(CannotSimulate, match=r"jcc_rest cannot be filled"):
        async with simulate("jcc_rest", tmp_path, lambda: NOW, faults=Faults(full=True)):
            pass


@pytest.mark.parametrize("options", [{"port": 8123}, {"faults": Faults(drop=True)}])
async def test_a_real_server_lets_nobody_down(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(CannotSimulate, match="a real server"):
        async with simulate("caldav", tmp_path, lambda: NOW, **options):
            pass


@pytest.mark.parametrize(
    ("today", "monday"),
    [
        ("2027-03-08", "2027-03-22"),
        ("2027-03-22", "2027-03-22"),
        ("2027-03-28", "2027-03-28"),
        ("2027-03-29", "2027-10-25"),
        ("2027-12-31", "2028-03-20"),
    ],
)
def test_the_week_in_which_the_clock_changes_begins_on_a_monday(today: str, monday: str) -> None:
    now = datetime.fromisoformat(f"{today}T10:00+02:00")
    then = now + until_clock_change(now, BRUSSELS)
    assert then.date().isoformat() == monday


def test_where_the_clock_never_changes_there_is_no_such_week() -> None:
    with pytest.raises(CannotSimulate, match="never changes"):
        until_clock_change(NOW, ZoneInfo("UTC"))


def test_a_vendor_without_a_simulator_publishes_no_document() -> None:
    with pytest.raises(CannotSimulate):
        openapi("memory")
