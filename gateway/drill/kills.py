"""Another process that does one thing, and is killed in the middle of it."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, cast

import structlog

from adapters.rehearsal import Script
from contracts.adapter import BookingAdapter
from gateway.drill.acts import Booking, Kind, perform
from gateway.drill.cues import Cue, Death, Prompted, Prompter
from gateway.drill.life import Clock, Life, again, mortal

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])
_LONGEST = 60.0


@dataclass(frozen=True, slots=True)
class Fate:
    """All that the process has to know."""

    folder: Path
    now: datetime
    kind: Kind
    booking: Booking
    cues: Mapping[str, Sequence[Cue]]
    death: Death | None


async def killed(
    life: Life,
    kind: Kind,
    booking: Booking,
    cues: Mapping[str, Sequence[Cue]],
    death: Death | None,
) -> bool:
    """Whether the process was killed as it was meant to be, and did not end by itself."""
    fate = Fate(life.folder, life.clock(), kind, booking, cues, death)
    process = _PROCESSES.Process(target=live, args=(fate,))
    process.start()
    await asyncio.to_thread(process.join, _LONGEST)
    if process.exitcode is None:
        process.kill()
    return process.exitcode == -signal.SIGKILL


def live(fate: Fate) -> None:
    """The whole life of the process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(_live(fate))


async def _live(fate: Fate) -> None:
    gateway = await asyncio.to_thread(again, fate.folder, Clock(fate.now))
    for source in gateway.sources:
        prompter = Prompter(Script(), inside=False, die=_die)
        prompter.cues = list(fate.cues.get(source.id, ()))
        source.adapter = cast("BookingAdapter[Any]", Prompted(source.adapter, prompter))
    mortal(gateway, _die).death = fate.death
    async with gateway.running(sweep_every=None):
        await perform(gateway, fate.kind, fate.booking)


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives this")
