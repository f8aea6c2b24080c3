"""What a call of a vendor meets: nothing, a fault on the way, a refusal, or the end of us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from adapters.rehearsal import Script, suffer
from contracts.adapter import BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import BookingError
from gateway.booking.writes import Writes
from gateway.drill.cells import DEATHS, MISHAPS, Fault, Moment

WRITES = frozenset({"hold", "book", "confirm", "release", "extend", "cancel", "reschedule"})
QUESTIONS = frozenset({"appointment", "find_by_client_reference"})
Die = Callable[[], NoReturn]


@dataclass(slots=True)
class Cue:
    """What the next call of one of these operations meets.

    Attributes:
        fault: on its way, or none when it is refused.
        refusal: what it is refused with, nothing being sent.
        moment: when the process dies, if that is the fault.
        number: which of the call's requests suffers.
        patience: how long (s) an answer is waited for that does not come.
        met: whether it has happened.
        too_late: whether something was sent when the time was up.
    """

    operations: frozenset[str]
    fault: Fault | None = None
    refusal: type[BookingError] | None = None
    moment: Moment | None = None
    number: int = 1
    patience: float = 0.3
    met: bool = False
    too_late: bool = False


@dataclass
class Prompter:
    """Tells each call of one source what it meets.

    ``usual`` is how many writes such a call takes, learnt from the first one.
    """

    script: Script
    inside: bool
    die: Die
    cues: list[Cue] = field(default_factory=list)
    usual: dict[str, int] = field(default_factory=dict)

    async def call(
        self, operation: str, work: Callable[[Deadline], Awaitable[Any]], deadline: Deadline
    ) -> Any:  # noqa: ANN401 - whatever the adapter gives
        """Do ``work``, as the first cue for it says."""
        cue = next((each for each in self.cues if operation in each.operations), None)
        if cue is None:
            before = self.script.writes
            answer = await self._send(operation, work, deadline)
            self.usual.setdefault(operation, self.script.writes - before)
            return answer
        self.cues.remove(cue)
        if cue.refusal is not None:
            cue.met = True
            raise cue.refusal
        if cue.fault in DEATHS:
            return await self._last(cue, operation, work, deadline)
        if cue.fault is Fault.TIMEOUT_BEFORE:
            cue.met, before = True, self.script.writes
            try:
                return await self._send(operation, work, Deadline.after(0.0))
            finally:
                cue.too_late = not self.inside and self.script.writes != before
        if cue.fault is not None:
            self.script.prepare(
                MISHAPS[cue.fault], number=cue.number, about_writes=operation in WRITES
            )
        if cue.fault is Fault.TIMEOUT_AFTER:
            deadline = Deadline.after(cue.patience)
        try:
            return await self._send(operation, work, deadline)
        finally:
            cue.met = self.script.clear()

    async def _last(
        self,
        cue: Cue,
        operation: str,
        work: Callable[[Deadline], Awaitable[Any]],
        deadline: Deadline,
    ) -> NoReturn:
        cue.met = True
        if cue.moment is Moment.BEFORE_SENT:
            self.die()
        with suppress(BookingError):  # an answer too, and nobody hears it
            await self._send(operation, work, deadline)
        self.die()

    async def _send(
        self, operation: str, work: Callable[[Deadline], Awaitable[Any]], deadline: Deadline
    ) -> Any:  # noqa: ANN401 - as above
        if not self.inside:
            return await work(deadline)
        return await suffer(self.script, partial(work, deadline), is_write=operation in WRITES)


class Prompted:
    """An adapter whose calls go as a prompter says."""

    def __init__(self, adapter: BookingAdapter[Any], prompter: Prompter) -> None:
        self.adapter = adapter
        self._prompter = prompter

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the adapter has
        found = getattr(self.adapter, name)
        if name not in WRITES | QUESTIONS:
            return found

        async def call(*args: object, deadline: Deadline, **named: object) -> object:
            return await self._prompter.call(
                name, lambda until: found(*args, deadline=until, **named), deadline
            )

        return call


@dataclass
class Death:
    """The process dies around a step of one source's item; ``step`` is a method of ``Writes``."""

    step: str
    source: str
    moment: Moment


class Mortal:
    """The writes of a process that may die around one of them."""

    def __init__(
        self, writes: Writes, source_of: Callable[[str], Awaitable[str]], die: Die
    ) -> None:
        self.death: Death | None = None
        self._writes = writes
        self._source_of = source_of
        self._die = die

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever writes have
        found = getattr(self._writes, name)
        if self.death is None or name != self.death.step:
            return found
        death = self.death

        async def step(appointment_id: str, *args: object) -> object:
            if await self._source_of(appointment_id) != death.source:
                return await found(appointment_id, *args)
            self.death = None
            if death.moment is Moment.BEFORE_STEP:
                self._die()
            await found(appointment_id, *args)
            return self._die()

        return step
