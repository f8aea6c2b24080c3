"""A process is killed in the middle of a booking; the next one finds exactly one, or none."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.simulation import serve, simulate
from adapters.vendors.jcc_rest.simulator import Simulator
from contracts.states import Operation
from tests.gateway.victim import Death, Moment, VendorSource, directory_of, live_and_die
from tests.gateway.world import CONTACT, MONDAY, Clock, Json, World, running_world

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([live_and_die.__module__])
FORM: Json = {"booker": CONTACT["booker"] | {"phone": "0470000000", "birthDate": "1990-01-01"}}
PRODUCTS = {"horebeke": "697", "mechelen": "1041"}
KEY = "the-same-key-again"
LAPSED = 61  # seconds: the dead process counts as dead, and no longer holds the key
SETTLED = 120  # seconds: the vendors' settleAfter is over


class Calendars:
    """The real calendar server: what is booked is what is in it."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    async def booked(self) -> int:
        auth = (self.settings["username"], self.settings["password"])
        desks = [desk for place in self.settings["locations"] for desk in place["desks"]]
        async with httpx.AsyncClient(base_url=self.settings["base_url"], auth=auth) as client:
            texts = [(await client.get(desk)).text for desk in desks]
        return sum(text.count("STATUS:CONFIRMED") for text in texts)


@dataclass
class Vendors:
    """Two towns whose systems live in this process, or beside it: they survive the victim."""

    calendars: Calendars
    jcc: Simulator
    sources: Mapping[str, VendorSource]
    taken: int = 0

    async def booked(self) -> tuple[int, int]:
        """How many appointments there are: in the calendars, at JCC."""
        return await self.calendars.booked(), len(self.jcc.appointments)

    def next_slot(self) -> int:
        """A time that no other test uses."""
        self.taken += 1
        return self.taken


@pytest.fixture(scope="module")
async def vendors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Vendors]:
    now = Clock()
    jcc = Simulator(now=now)
    folder = tmp_path_factory.mktemp("radicale")
    async with AsyncExitStack() as stack:
        settings = await stack.enter_async_context(simulate("caldav", folder, now))
        url = await stack.enter_async_context(serve(jcc.app))
        activity = next(
            known for known, each in jcc.activities.items() if "Rijb" in each.description
        )
        sources = {
            "horebeke": VendorSource("caldav", {"697": "identiteitskaart"}, settings),
            "mechelen": VendorSource("jcc_rest", {"1041": activity}, jcc.settings(url)),
        }
        yield Vendors(Calendars(settings), jcc, sources)


async def killed(death: Death) -> None:
    """The victim has lived, and was killed as it was meant to be."""
    process = PROCESSES.Process(target=live_and_die, args=(death,))
    process.start()
    await asyncio.to_thread(process.join, 30)
    if process.exitcode is None:
        process.kill()
    was_killed = process.exitcode == -signal.SIGKILL
    assert was_killed, await asyncio.to_thread((death.folder / "victim.log").read_text)


@dataclass
class Story:
    """What a citizen asks of a process that dies, and of the next one."""

    vendors: Vendors
    folder: Path

    async def slots(self, world: World, *towns: str) -> list[Json]:
        number = self.vendors.next_slot()
        return [
            await world.slot(town, PRODUCTS[town], number + 10 * place)
            for place, town in enumerate(towns)
        ]

    async def chosen(self, *towns: str) -> Json:
        async with self.process() as world:
            citizen = await world.log_in()
            made = await citizen.choose(*await self.slots(world, *towns))
            assert made.status_code == 201, made.text
            visit: Json = made.json()
            return visit

    async def dies(
        self,
        path: str,
        body: Json | None,
        moment: Moment,
        operation: Operation,
        *,
        previous_release: bool = False,
    ) -> None:
        await killed(
            Death(
                folder=self.folder,
                sources=self.vendors.sources,
                now=MONDAY,
                path=path,
                body=body,
                key=KEY,
                moment=moment,
                operation=operation,
                previous_release=previous_release,
            )
        )

    async def dies_confirming(self, visit: Json, moment: Moment, operation: Operation) -> None:
        body = {"contact": FORM, "guarantee": visit["guarantee"]}
        await self.dies(f"/booking/v1/visits/{visit['id']}/confirm", body, moment, operation)

    def process(self, clock: Clock | None = None) -> AbstractAsyncContextManager[World]:
        return running_world(self.folder, directory_of(self.vendors.sources), clock)

    @asynccontextmanager
    async def next_process(self) -> AsyncIterator[World]:
        """Another process, once nothing is left to do and every vendor had its time."""
        clock = Clock()
        async with self.process(clock) as world:
            clock.advance(seconds=LAPSED)
            await world.sweep(3)
            clock.advance(seconds=SETTLED)
            await world.sweep(3)
            yield world
            citizen = await world.log_in()
            for item in (await citizen.appointments())["items"]:
                hangs = item["state"] == "confirming"
                assert not hangs or item["pending"]["outcome"] == "needsDecision"

    async def recovered(self, visit: Json) -> tuple[str, httpx.Response]:
        """The visit's state in the next process, and its answer to the same confirm."""
        async with self.next_process() as world:
            citizen = await world.log_in()
            answer = await citizen.confirm(visit, FORM, key=KEY)
            return (await citizen.visit(visit))["state"], answer


@pytest.fixture
def story(vendors: Vendors, folder: Path) -> Story:
    return Story(vendors, folder)


@pytest.mark.parametrize(
    ("moment", "state", "bookings"),
    [
        (Moment.BEFORE_ITS_WORKFLOW, "confirmed", 1),
        (Moment.BEFORE_ITS_ATTEMPT, "confirmed", 1),
        (Moment.BEFORE_IT_IS_SENT, "failed", 0),
        (Moment.BEFORE_ITS_ANSWER, "confirmed", 1),
        (Moment.BEFORE_THE_STEP_ENDS, "confirmed", 1),
        (Moment.BEFORE_THE_NEXT_STEP, "confirmed", 1),
        (Moment.BEFORE_THE_CALLER_KNOWS, "confirmed", 1),
    ],
)
async def test_where_a_booking_can_be_looked_up(
    story: Story, moment: Moment, state: str, bookings: int
) -> None:
    before, _ = await story.vendors.booked()
    visit = await story.chosen("horebeke")

    await story.dies_confirming(visit, moment, Operation.CONFIRM)
    found, answer = await story.recovered(visit)

    after, _ = await story.vendors.booked()
    assert (found, after - before) == (state, bookings)
    assert answer.status_code == (200 if bookings else 503), answer.text


@pytest.mark.parametrize(
    ("moment", "state", "bookings"),
    [
        (Moment.BEFORE_ITS_WORKFLOW, "confirmed", 1),
        (Moment.BEFORE_ITS_ATTEMPT, "confirmed", 1),
        (Moment.BEFORE_IT_IS_SENT, "needsDecision", 0),
        (Moment.BEFORE_ITS_ANSWER, "needsDecision", 1),
        (Moment.BEFORE_THE_STEP_ENDS, "confirmed", 1),
        (Moment.BEFORE_THE_NEXT_STEP, "confirmed", 1),
        (Moment.BEFORE_THE_CALLER_KNOWS, "confirmed", 1),
    ],
)
async def test_where_a_booking_cannot_be_looked_up(
    story: Story, moment: Moment, state: str, bookings: int
) -> None:
    _, before = await story.vendors.booked()
    visit = await story.chosen("mechelen")

    await story.dies_confirming(visit, moment, Operation.BOOK)
    found, answer = await story.recovered(visit)

    _, after = await story.vendors.booked()
    assert (found, after - before) == (state, bookings)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("moment", "operation", "state", "bookings"),
    [
        (Moment.BEFORE_THE_NEXT_STEP, Operation.BOOK, "confirmed", (1, 1)),
        (Moment.BEFORE_ITS_ATTEMPT, Operation.CONFIRM, "confirmed", (1, 1)),
        (Moment.BEFORE_ITS_ANSWER, Operation.CONFIRM, "confirmed", (1, 1)),
        # The calendar's part was not booked, so the other one is undone.
        (Moment.BEFORE_IT_IS_SENT, Operation.CONFIRM, "compensated", (0, 0)),
        # Nobody can say whether JCC has it, so nothing more is sent.
        (Moment.BEFORE_ITS_ANSWER, Operation.BOOK, "needsDecision", (0, 1)),
    ],
)
async def test_two_towns_in_one_visit(
    story: Story, moment: Moment, operation: Operation, state: str, bookings: tuple[int, int]
) -> None:
    before = await story.vendors.booked()
    visit = await story.chosen("horebeke", "mechelen")
    assert visit["guarantee"] == "lastResource"

    await story.dies_confirming(visit, moment, operation)
    found, _ = await story.recovered(visit)

    after = await story.vendors.booked()
    assert found == state
    assert (after[0] - before[0], after[1] - before[1]) == bookings


async def test_a_visit_begun_by_the_previous_release_is_finished(story: Story) -> None:
    visit = await story.chosen("horebeke")
    body = {"contact": FORM, "guarantee": visit["guarantee"]}
    path = f"/booking/v1/visits/{visit['id']}/confirm"

    await story.dies(
        path, body, Moment.BEFORE_ITS_ATTEMPT, Operation.CONFIRM, previous_release=True
    )
    found, _ = await story.recovered(visit)

    assert found == "confirmed"


@pytest.mark.parametrize(
    ("moment", "status", "state"),
    [
        (Moment.BEFORE_ITS_WORKFLOW, 201, "held"),
        (Moment.BEFORE_ITS_ATTEMPT, 201, "held"),
        (Moment.BEFORE_ITS_ANSWER, 503, None),  # it lapses by itself
        (Moment.BEFORE_THE_STEP_ENDS, 201, "held"),
        (Moment.BEFORE_THE_CALLER_KNOWS, 201, "held"),
    ],
)
async def test_the_same_key_goes_on_with_the_visit_that_was_being_made(
    story: Story, moment: Moment, status: int, state: str | None
) -> None:
    before = await story.vendors.booked()
    async with story.process() as world:
        slots = await story.slots(world, "horebeke")
    body = {"slots": [slot["slotId"] for slot in slots]}

    await story.dies("/booking/v1/visits", body, moment, Operation.HOLD)
    async with story.next_process() as world:
        citizen = await world.log_in()
        answer = await citizen.choose(*slots, key=KEY)
        again = await citizen.choose(*slots, key=KEY)

    assert (answer.status_code, answer.json().get("state")) == (status, state), answer.text
    assert answer.json().get("id") == again.json().get("id")
    assert await story.vendors.booked() == before


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (Moment.BEFORE_ITS_WORKFLOW, "confirmed"),  # nothing was sent; the citizen asks again
        (Moment.BEFORE_ITS_ATTEMPT, "cancelled"),
        (Moment.BEFORE_IT_IS_SENT, "confirmed"),
        (Moment.BEFORE_ITS_ANSWER, "cancelled"),
        (Moment.BEFORE_THE_STEP_ENDS, "cancelled"),
        (Moment.BEFORE_THE_CALLER_KNOWS, "cancelled"),
    ],
)
async def test_a_cancel_in_a_process_that_dies_is_known_for_certain(
    story: Story, moment: Moment, state: str
) -> None:
    """Also at a vendor whose bookings cannot be looked up: an appointment has a name."""
    visit = await story.chosen("mechelen")
    async with story.process() as world:
        assert (await (await world.log_in()).confirm(visit, FORM)).status_code == 200
    booked = await story.vendors.booked()
    (item,) = visit["items"]

    await story.dies(
        f"/booking/v1/appointments/{item['id']}/cancel", None, moment, Operation.CANCEL
    )
    async with story.next_process() as world:
        citizen = await world.log_in()
        found = (await citizen.get(f"/booking/v1/appointments/{item['id']}")).json()
        left = sum(booked) - sum(await story.vendors.booked())
        again = await citizen.cancel(item, key=KEY)

    assert (found["state"], "pending" in found) == (state, False)
    assert left == (state == "cancelled")
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")


@pytest.mark.parametrize(
    ("moment", "operation", "moves"),
    [
        (Moment.BEFORE_ITS_WORKFLOW, Operation.CONFIRM, True),
        (Moment.BEFORE_ITS_ATTEMPT, Operation.CONFIRM, True),
        (Moment.BEFORE_IT_IS_SENT, Operation.CONFIRM, False),
        (Moment.BEFORE_ITS_ANSWER, Operation.CONFIRM, True),
        (Moment.BEFORE_THE_STEP_ENDS, Operation.CONFIRM, True),
        (Moment.BEFORE_ITS_ATTEMPT, Operation.CANCEL, True),
        (Moment.BEFORE_IT_IS_SENT, Operation.CANCEL, True),
        (Moment.BEFORE_ITS_ANSWER, Operation.CANCEL, True),
    ],
)
async def test_a_move_that_books_anew_leaves_one_booking_at_the_time_that_is_told(
    story: Story, moment: Moment, operation: Operation, *, moves: bool
) -> None:
    visit = await story.chosen("horebeke")
    async with story.process() as world:
        citizen = await world.log_in()
        booked = await citizen.confirm(visit, FORM)
        assert booked.status_code == 200, booked.text
        (target,) = await story.slots(world, "horebeke")
    (item,) = booked.json()["items"]
    assert item["move"] == "newThenOld"
    before = await story.vendors.booked()

    body = {"slotId": target["slotId"], "contact": FORM}
    await story.dies(f"/booking/v1/appointments/{item['id']}/reschedule", body, moment, operation)
    async with story.next_process() as world:
        citizen = await world.log_in()
        found = (await citizen.get(f"/booking/v1/appointments/{item['id']}")).json()
        free = {slot["start"] for slot in await world.slots("horebeke", PRODUCTS["horebeke"])}

    new, old = (target, item) if moves else (item, target)
    assert (found["start"], found["state"], "pending" in found) == (
        new["start"],
        "confirmed",
        False,
    )
    assert await story.vendors.booked() == before
    assert old["start"] in free
