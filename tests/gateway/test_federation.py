"""Many sources are asked under one deadline, and those that did not answer are named."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from contracts.api import UnavailableReason
from contracts.deadline import Deadline
from contracts.errors import (
    BadAnswer,
    OutcomeUnknown,
    ProductsNotCombinable,
    VendorUnavailable,
)
from gateway.federation import Answers, ask, ask_each
from gateway.settings import Accepts
from gateway.sources import NotInTime, Source
from tests.gateway.town import source

CITIZEN = "Jan Modaal"


def sources(*ids: str) -> list[Source]:
    return [source(each) for each in ids]


def later(seconds: float = 60.0) -> Deadline:
    return Deadline.after(seconds)


async def name(of: Source) -> str:
    return of.id


def failing(error: BaseException) -> Callable[[Source], Awaitable[str]]:
    async def call(of: Source) -> str:
        if of.id == "gent-b":
            raise error
        return of.id

    return call


def hanging(ended: list[str]) -> Callable[[Source], Awaitable[str]]:
    async def call(of: Source) -> str:
        if of.id == "gent-b":
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                ended.append(of.id)
        return of.id

    return call


async def test_answers_come_in_the_order_of_the_sources() -> None:
    first_may_go = asyncio.Event()

    async def call(of: Source) -> str:
        if of.id == "gent-a":
            await first_may_go.wait()
        else:
            first_may_go.set()
        return of.id

    answers = await ask(sources("gent-a", "gent-b"), call, later())

    assert [(of.id, answer) for of, answer in answers.items] == [
        ("gent-a", "gent-a"),
        ("gent-b", "gent-b"),
    ]
    assert answers.unavailable == ()


async def test_nobody_asked_is_nobody_silent() -> None:
    assert await ask([], name, later()) == Answers((), ())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (VendorUnavailable("down"), UnavailableReason.UNAVAILABLE),
        (NotInTime(), UnavailableReason.TIMEOUT),
        (BadAnswer("HTML"), UnavailableReason.BAD_ANSWER),
        (OutcomeUnknown(), UnavailableReason.BAD_ANSWER),
        (KeyError(CITIZEN), UnavailableReason.BAD_ANSWER),
        (TimeoutError(), UnavailableReason.BAD_ANSWER),
        (asyncio.CancelledError(), UnavailableReason.BAD_ANSWER),
    ],
)
async def test_a_source_that_fails_is_named_beside_the_others(
    error: BaseException, reason: UnavailableReason
) -> None:
    with capture_logs() as logs:
        answers = await ask(sources("gent-a", "gent-b", "brugge-c"), failing(error), later())

    assert [answer for _, answer in answers.items] == ["gent-a", "brugge-c"]
    (silent,) = answers.unavailable
    assert (silent.source, silent.municipality_id, silent.municipality) == (
        "gent-b",
        "gent",
        "Gent",
    )
    assert silent.reason is reason
    assert CITIZEN not in repr(logs)


async def test_a_defect_is_logged_by_its_place() -> None:
    with capture_logs() as logs:
        await ask(sources("gent-b"), failing(KeyError(CITIZEN)), later())

    (entry,) = logs
    assert (entry["source"], entry["vendor"], entry["kind"]) == ("gent-b", "memory", "KeyError")
    assert entry["place"].startswith("test_federation.py:")


async def test_what_a_source_refuses_is_no_silence() -> None:
    error = ProductsNotCombinable()
    answers = await ask(sources("gent-a", "gent-b"), failing(error), later())

    assert answers.refused == (error,)
    assert answers.unavailable == ()


async def test_a_source_that_is_switched_off_is_not_asked() -> None:
    off, on = sources("gent-a", "gent-b")
    off.accepts = Accepts.NOTHING
    asked = []

    async def call(of: Source) -> str:
        asked.append(of.id)
        return of.id

    answers = await ask([off, on], call, later())

    assert asked == ["gent-b"]
    assert answers.unavailable[0].reason is UnavailableReason.SWITCHED_OFF


async def test_one_slow_source_does_not_delay_the_others() -> None:
    ended: list[str] = []
    begun = time.monotonic()
    answers = await ask(sources("gent-a", "gent-b"), hanging(ended), later(0.05))

    assert [answer for _, answer in answers.items] == ["gent-a"]
    assert [(each.source, each.reason) for each in answers.unavailable] == [
        ("gent-b", UnavailableReason.TIMEOUT)
    ]
    assert time.monotonic() - begun < 1


async def test_a_call_that_is_given_up_has_ended_when_the_answer_is_there() -> None:
    ended: list[str] = []
    await ask(sources("gent-b"), hanging(ended), later(0.01))

    assert ended == ["gent-b"]


async def test_a_call_that_will_not_end_is_left_behind_and_logged() -> None:
    let_go = asyncio.Event()
    gone = asyncio.Event()

    async def call(of: Source) -> str:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        gone.set()
        return of.id

    with capture_logs() as logs:
        answers = await ask(sources("gent-a"), call, later(0.01))

    assert answers.unavailable[0].reason is UnavailableReason.TIMEOUT
    assert [entry["event"] for entry in logs] == ["adapter ignores cancellation"]
    let_go.set()
    await gone.wait()


async def test_a_caller_that_goes_away_takes_the_calls_along() -> None:
    ended: list[str] = []
    asking = asyncio.create_task(ask(sources("gent-a", "gent-b"), hanging(ended), later()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
    assert ended == ["gent-b"]


async def test_a_source_with_several_questions_is_named_once_and_keeps_its_answers() -> None:
    one = source("gent-a")

    async def call(question: int) -> int:
        if question:
            raise VendorUnavailable
        return question

    answers = await ask_each([(one, 1), (one, 0), (one, 2)], call, later())

    assert answers.items == ((one, 0),)
    assert [each.source for each in answers.unavailable] == ["gent-a"]
