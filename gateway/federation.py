"""Asks many sources at once, under one deadline, and says which did not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from contracts.api import Unavailable, UnavailableReason
from contracts.deadline import Deadline
from contracts.errors import AdapterNotCertified, BookingError, VendorError, VendorUnavailable
from gateway.sources import NotInTime, Source, SwitchedOff, defect

log = structlog.get_logger()
T = TypeVar("T")
QuestionT = TypeVar("QuestionT")

GRACE_SECONDS = 0.2
"""How long a call that was cancelled may take to end."""

_REASONS: Sequence[tuple[type[BookingError], UnavailableReason]] = (
    (NotInTime, UnavailableReason.TIMEOUT),
    (SwitchedOff, UnavailableReason.SWITCHED_OFF),
    (AdapterNotCertified, UnavailableReason.NOT_CERTIFIED),
    (VendorUnavailable, UnavailableReason.UNAVAILABLE),
    (VendorError, UnavailableReason.BAD_ANSWER),
)


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What came back, in the order in which it was asked.

    Attributes:
        items: every answer with its source.
        unavailable: every source that did not answer, once, with the reason.
        refused: what a source said cannot be: an unknown product, products that do not go
            together.
    """

    items: tuple[tuple[Source, T], ...]
    unavailable: tuple[Unavailable, ...]
    refused: tuple[BookingError, ...] = ()


async def ask(
    sources: Iterable[Source], call: Callable[[Source], Awaitable[T]], deadline: Deadline
) -> Answers[T]:
    """Ask every source once, all at the same time; return at the deadline at the latest.

    A source that accepts nothing is not asked. What ``call`` raises besides the errors of the
    contract is a defect: logged without its text, and the source is named for a bad answer.
    """
    return await ask_each([(source, source) for source in sources], call, deadline)


async def ask_each(
    questions: Sequence[tuple[Source, QuestionT]],
    call: Callable[[QuestionT], Awaitable[T]],
    deadline: Deadline,
) -> Answers[T]:
    """As ``ask``, for questions of which one source may get several (one per location)."""
    tasks = [asyncio.create_task(_answer(source, call, question)) for source, question in questions]
    answered: set[asyncio.Task[T | BookingError]] = set()
    try:
        if tasks:
            answered, _ = await asyncio.wait(tasks, timeout=deadline.remaining)
    finally:
        await _end([task for task in tasks if not task.done()])
    items: list[tuple[Source, T]] = []
    unavailable: dict[str, Unavailable] = {}
    refused: list[BookingError] = []
    for (source, _), task in zip(questions, tasks, strict=True):
        answer = _settled(source, task) if task in answered else NotInTime()
        if isinstance(answer, VendorError | AdapterNotCertified):
            unavailable.setdefault(source.id, _unavailable(source, answer))
        elif isinstance(answer, BookingError):
            refused.append(answer)
        else:
            items.append((source, answer))
    return Answers(tuple(items), tuple(unavailable.values()), tuple(refused))


async def _answer(
    source: Source, call: Callable[[QuestionT], Awaitable[T]], question: QuestionT
) -> T | BookingError:
    if not source.is_reachable:
        return SwitchedOff()
    try:
        return await call(question)
    except BookingError as error:
        return error
    except Exception as error:  # noqa: BLE001 - one adapter's defect is no other source's loss
        return defect(source, error)


def _settled(source: Source, task: asyncio.Task[T | BookingError]) -> T | BookingError:
    if task.cancelled():  # by itself: nobody here cancels what has answered
        return defect(source, asyncio.CancelledError())
    return task.result()


async def _end(tasks: Sequence[asyncio.Task[T]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        _, stubborn = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        if stubborn:
            log.error("adapter ignores cancellation", calls=len(stubborn))


def _unavailable(source: Source, error: BookingError) -> Unavailable:
    return Unavailable(
        source=source.id,
        municipality_id=source.municipality_id,
        municipality=source.municipality.name,
        reason=next(reason for kind, reason in _REASONS if isinstance(error, kind)),
    )
