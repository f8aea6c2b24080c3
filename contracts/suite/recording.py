"""Remembers the last calls of a behaviour, so that its failure shows what was said."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, cast

from contracts.adapter import Capability
from contracts.deadline import Deadline
from contracts.errors import BookingError, OutcomeUnknown
from contracts.models import Appointment, BookingRequest, Hold, MatchKey, Model, Slot
from contracts.suite.harness import AnyAdapter, Harness

_METHODS = frozenset(
    {"products", "locations", "slots", "book", "appointment", "cancel", *Capability}
)
_MAKING = frozenset({"book", "hold", "confirm", "reschedule"})
_KEPT = 8
_SHOWN = 2
_WIDTH = 400


@dataclass(slots=True)
class Call:
    """A call of an adapter."""

    request: str
    answered: object = None
    end: str = "no answer yet"


class Recording:
    """The last calls made through a harness."""

    def __init__(self, harness: Harness) -> None:
        """Listen to the adapters of a harness, those with a fault included."""
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self._made: list[Appointment | Hold] = []
        self._unanswered: list[tuple[str, Slot]] = []
        self._private = tuple(_private(harness))
        self._clock = harness.clock
        harness.adapter = self._listen(harness.adapter, "adapter")
        harness.second = self._listen(harness.second, "second")
        faulty = harness.faulty
        if faulty is not None:

            async def heard(fault: Any) -> AnyAdapter:  # noqa: ANN401 what the harness's own takes
                return self._listen(await faulty(fault), f"adapter with {fault}")

            harness.faulty = heard

    def __str__(self) -> str:
        """The calls, oldest first, without the booker's data."""
        lines = [f"{call.request}\n    → {call.end}" for call in self._calls]
        return self.redact("\n".join(lines))

    def redact(self, text: str) -> str:
        """The text without the personal data of the harness."""
        for value in self._private:
            text = text.replace(value, "•••")
        return text

    async def arrive(self) -> None:
        """Let a sandbox elsewhere know what time it is."""
        await self._clock.arrive()

    @contextmanager
    def call(self, by: str, method: str, arguments: tuple[object, ...]) -> Iterator[Call]:
        """Around a call, whose answer is put into what this gives."""
        words = ", ".join(_shown(each) for each in arguments if not isinstance(each, Deadline))
        call = Call(f"{by}.{method}({words})")
        self._calls.append(call)
        try:
            yield call
        except BaseException as error:
            call.end = f"{type(error).__name__}: {error}"
            if isinstance(error, OutcomeUnknown):
                self._unanswered += _bookings(arguments)
            raise
        call.end = _shown(call.answered)
        if method in _MAKING and isinstance(call.answered, Appointment | Hold):
            self._made.append(call.answered)

    async def undo(self, harness: Harness) -> None:
        """Cancel and release what was made, as far as it is still there or can be found."""
        if Capability.FIND_BY_CLIENT_REFERENCE in harness.adapter.available():
            for reference, near in self._unanswered:
                # Where one cannot be found, the others are taken back all the same.
                with suppress(BookingError):
                    found = await harness.adapter.find_by_client_reference(
                        reference, near=near, deadline=harness.deadline
                    )
                    self._made += [found] if found else []
        for made in self._made:
            with suppress(BookingError):
                if isinstance(made, Hold):
                    await harness.adapter.release(made, deadline=harness.deadline)
                else:
                    await harness.adapter.cancel(made.ref, deadline=harness.deadline)

    def _listen(self, adapter: AnyAdapter, name: str) -> AnyAdapter:
        return cast("AnyAdapter", _Listening(adapter, name, self))


class _Listening:
    """An adapter whose contract methods are remembered; everything else is the adapter's own."""

    def __init__(self, adapter: AnyAdapter, name: str, recording: Recording) -> None:
        self._adapter = adapter
        self._name = name
        self._recording = recording

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 whatever the adapter has there
        value = getattr(self._adapter, attribute)
        if attribute not in _METHODS:
            return value

        async def ask(*arguments: object, **named: object) -> object:
            await self._recording.arrive()
            with self._recording.call(self._name, attribute, (*arguments, *named.values())) as call:
                call.answered = await value(*arguments, **named)
            return call.answered

        def ask_at_once(*arguments: object, **named: object) -> object:
            with self._recording.call(self._name, attribute, (*arguments, *named.values())) as call:
                call.answered = value(*arguments, **named)
            return call.answered

        return ask if iscoroutinefunction(value) else ask_at_once


def _bookings(arguments: tuple[object, ...]) -> Iterator[tuple[str, Slot]]:
    """The client reference and the slot of a write that books."""
    match arguments:
        case (Slot() as slot, BookingRequest() as request, *_):
            yield request.client_reference, slot
        case (Hold() as held, BookingRequest() as request, *_):
            yield request.client_reference, held.slot


def _shown(value: object) -> str:
    """A value in few words: of a list, how many and the first ones."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value) > _SHOWN:
        first = ", ".join(_shown(each) for each in value[:_SHOWN])
        return f"{len(value)}: {first}, …"
    if isinstance(value, Model) and not isinstance(value, BookingRequest | MatchKey):
        text = f"{type(value).__name__} {value.model_dump_json(exclude_defaults=True)}"
    else:
        text = repr(value)  # which says of a person only what is filled in
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def _private(harness: Harness) -> Iterator[str]:
    """What stands for a citizen in this harness; what is too short to tell is left."""
    values = harness.booker.model_dump(mode="json", exclude_none=True).values()
    for value in (*values, *harness.answers.values(), harness.match_key.value):
        if len(value) > _SHOWN:
            yield value
