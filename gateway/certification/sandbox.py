"""Makes pytest run the contract suite on a system as it is: a plugin, loaded by ``running``."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from adapters import registry
from adapters.sandbox import Sandbox, sandbox_of
from contracts.suite.clocks import Clock, SandboxClock, WallClock
from contracts.suite.exploring import Findings, explore
from contracts.suite.harness import AnyAdapter, Fault, Harness
from contracts.suite.native import Candidate
from contracts.suite.proxy import FaultyProxy
from gateway.certification.running import SYSTEM
from gateway.certification.system import System

P = ParamSpec("P")
T = TypeVar("T")
IsWrite = Callable[[str, str], bool]


def pytest_configure(config: pytest.Config) -> None:
    """Offer the system that the environment names to the suite's own test."""
    vendor, settings, endpoint = json.loads(os.environ[SYSTEM])
    stage = Stage(System(vendor, Path(settings), endpoint), datetime.now(UTC))
    config.pluginmanager.register(Candidate(stage.opens))


class Stage:
    """Puts adapters before the system, anew for every behaviour.

    Where it has controls it begins anew as well, always at the same instant.
    """

    def __init__(self, system: System, now: datetime) -> None:
        self._system = system
        # The level that a manifest claims is that of the adapter, not of this system.
        self._manifest = registry.manifest(system.vendor).model_copy(update={"level": None})
        self._begins = a_monday_after(now)
        self._protocol = sandbox_of(system.vendor)
        self._found: Findings | None = None
        self._is_controlled: bool | None = None

    @asynccontextmanager
    async def opens(self) -> AsyncIterator[Harness]:
        """A harness on the system."""
        async with AsyncExitStack() as stack:
            clock: Clock = WallClock()
            opens = None
            controls = await self._controls(stack)
            if controls is not None:
                opens = await controls.begin(self._begins)
                clock = SandboxClock(self._begins, controls.tell)
            adapter, second = (self._adapter(stack, clock) for _ in range(2))
            if self._found is None:
                self._found = await explore(adapter)
            harness = self._found.harness(adapter, second=second, manifest=self._manifest)
            harness.clock, harness.opens = clock, opens
            if self._protocol is not None:
                harness.faulty = partial(self._faulty, self._protocol.is_write, stack, clock)
            if controls is not None:
                harness.book_at_desk = in_time(clock, controls.book_at_desk)
                harness.notification = in_time(clock, controls.notification)
            yield harness

    async def _controls(self, stack: AsyncExitStack) -> Sandbox | None:
        controls = self._system.controls()
        if controls is None:
            return None
        stack.push_async_callback(controls.aclose)
        if self._is_controlled is None:
            self._is_controlled = await controls.offered()
        return controls if self._is_controlled else None

    def _adapter(self, stack: AsyncExitStack, clock: Clock, at: str | None = None) -> AnyAdapter:
        adapter = self._system.open(clock, at=at)
        stack.push_async_callback(adapter.aclose)
        return adapter

    async def _faulty(
        self, is_write: IsWrite, stack: AsyncExitStack, clock: Clock, fault: Fault
    ) -> AnyAdapter:
        """An adapter that is told another address: of a proxy in front of the system's own."""
        proxy = FaultyProxy(self._system.address or "", fault, is_write=is_write)
        return self._adapter(stack, clock, (await stack.enter_async_context(proxy)).url)


def in_time(clock: Clock, call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The call, made when it is this time at the system too."""

    async def made(*arguments: P.args, **named: P.kwargs) -> T:
        await clock.arrive()
        return await call(*arguments, **named)

    return made


def a_monday_after(now: datetime) -> datetime:
    """When a sandbox begins: the same all year, ahead of it, some weeks before a clock change."""
    march = datetime(now.year + 1, 3, 8, 7, tzinfo=UTC)
    return march + timedelta(days=-march.weekday() % 7)
