"""A vendor on a stage: what goes wrong with its next request is a script, what it has is in sight.

For drills of the gateway (``poort drill``). A vendor can be put on stage when its ``Simulator``,
or its adapter where that is the whole system, has a method ``standing()``: every appointment
that will take place as far as the vendor knows.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol, TypeVar

from adapters import registry
from adapters.simulation import App, Message, Receive, Send, asked, changes, serve, simulator_of
from contracts.errors import OutcomeUnknown, VendorUnavailable

T = TypeVar("T")


class Mishap(StrEnum):
    """What happens to one request."""

    ERROR = "answered with a fault, not carried out"
    LOST = "the connection breaks, not carried out"
    SILENT = "carried out, never answered"
    FAILED_BUT_DONE = "carried out, answered with a fault"
    LATE = "the connection breaks, carried out later"
    SLOW = "carried out and answered after a while"


class System(Protocol):
    """What plays the vendor."""

    def standing(self) -> Sequence[tuple[str, datetime]]:
        """Every appointment that will take place: the vendor's name for it, and its start."""


async def _nothing() -> None:
    pass


@dataclass
class Script:
    """What happens to the requests of one vendor; without a word they go well.

    Attributes:
        meanwhile: awaited before a write is carried out, and again before it is answered.
        slowly: awaited while a slow request is under way.
        late: writes that were given up and are still to be carried out.
        writes: how many writes have arrived.
    """

    meanwhile: Callable[[], Awaitable[None]] = _nothing
    slowly: Callable[[], Awaitable[None]] = _nothing
    late: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    writes: int = 0
    _mishap: Mishap | None = None
    _to_go: int = 0
    _about_writes: bool = True

    def prepare(self, mishap: Mishap, *, number: int = 1, about_writes: bool = True) -> None:
        """Let it happen to the ``number``-th coming write, or to such a question."""
        self._mishap, self._to_go, self._about_writes = mishap, number, about_writes

    def clear(self) -> bool:
        """Let all go well from now on; whether what was prepared has happened."""
        happened = self._mishap is None
        self._mishap = None
        return happened

    async def carry_out_late(self) -> None:
        """The writes that everybody had given up."""
        while self.late:
            await self.late.pop(0)()

    def arrives(self, *, is_write: bool) -> Mishap | None:
        """What happens to the request that arrives now."""
        self.writes += is_write
        if self._mishap is None or is_write is not self._about_writes:
            return None
        self._to_go -= 1
        if self._to_go:
            return None
        mishap, self._mishap = self._mishap, None
        return mishap


@dataclass(frozen=True, slots=True)
class Stage:
    """A vendor that can be called: the ``[settings]`` of its source, and what plays it.

    ``system`` is ``None`` where the adapter itself does.
    """

    settings: Mapping[str, Any]
    system: System | None


def rehearsable() -> tuple[str, ...]:
    """The vendors that can be put on stage, sorted."""
    return tuple(vendor for vendor in registry.vendors() if _player(vendor) is not None)


@contextlib.asynccontextmanager
async def rehearse(
    vendor: str, now: Callable[[], datetime], script: Script
) -> AsyncIterator[Stage]:
    """Serve a vendor's simulator over HTTP, as the script says."""
    # In a thread: an adapter is imported at its first use.
    player = await asyncio.to_thread(_player, vendor)
    if player is None:
        raise registry.AdapterNotFound(
            f"{vendor} cannot be put on stage. Known: {', '.join(rehearsable())}."
        )
    if player is await asyncio.to_thread(registry.load, vendor):
        yield Stage({}, None)
        return
    system = player(now=now)
    is_write = getattr(system, "is_write", changes)
    async with serve(_Directed(system.app, script, is_write)) as base_url:
        yield Stage(system.settings(base_url), system)


async def suffer(script: Script, work: Callable[[], Awaitable[T]], *, is_write: bool) -> T:
    """One call of a vendor that lives in the gateway's own process, as the script says."""
    mishap = script.arrives(is_write=is_write)
    if is_write:
        await script.meanwhile()
    match mishap:
        case Mishap.ERROR:
            raise VendorUnavailable("The system is down.")
        case Mishap.LOST:
            raise (OutcomeUnknown if is_write else VendorUnavailable)("No answer came.")
        case Mishap.SLOW:
            await script.slowly()
        case Mishap.LATE:
            script.late.append(work)
            raise OutcomeUnknown("No answer came.")
    answer = await work()
    if is_write:
        await script.meanwhile()
    if mishap in {Mishap.SILENT, Mishap.FAILED_BUT_DONE}:
        raise (OutcomeUnknown if is_write else VendorUnavailable)("No answer came.")
    return answer


@dataclass(frozen=True, slots=True)
class _Directed:
    """An ASGI application whose requests go as the script says."""

    app: App
    script: Script
    is_write: Callable[[str, str], bool]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        writes = self.is_write(scope["method"], asked(scope))
        mishap = self.script.arrives(is_write=writes)
        call = partial(self.app, scope, await _given(receive))
        if writes:
            await self.script.meanwhile()
        if mishap is Mishap.ERROR:
            await _fault(send)
        elif mishap in {Mishap.LOST, Mishap.LATE}:
            if mishap is Mishap.LATE:
                self.script.late.append(partial(call, _Kept()))
            await scope["extensions"]["hang_up"]()
        else:
            if mishap is Mishap.SLOW:
                await self.script.slowly()
            await call(answer := _Kept())
            if writes:
                await self.script.meanwhile()
            await _tell(mishap, answer, receive, send)


async def _tell(mishap: Mishap | None, answer: _Kept, receive: Receive, send: Send) -> None:
    if mishap is Mishap.SILENT:
        while (await receive())["type"] != "http.disconnect":
            pass
    elif mishap is Mishap.FAILED_BUT_DONE:
        await _fault(send)
    else:
        for message in answer.messages:
            await send(message)


class _Kept:
    """Keeps an answer until it is time for it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)


async def _given(receive: Receive) -> Receive:
    """The whole body, to be read when its caller may be gone."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _fault(send: Send) -> None:
    body = b"Internal Server Error"
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _player(vendor: str) -> Any:  # noqa: ANN401 - a class of a vendor's own
    module = simulator_of(vendor)
    player = registry.load(vendor) if module is None else getattr(module, "Simulator", None)
    return player if hasattr(player, "standing") else None
