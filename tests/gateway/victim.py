"""A gateway process that carries out one request, and kills itself at a chosen moment."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dbos import DBOS

from adapters import registry
from contracts.states import Operation
from gateway import cancelling
from gateway.booking import sending, visits, workflows
from gateway.booking.durable import Durable
from gateway.booking.writes import Writes
from gateway.config.tables import Accepts, KnownProduct, Limits
from gateway.ledger import Attempt
from gateway.ledger.transaction import Transaction
from gateway.settings import Directory, SourceSettings
from tests.gateway.world import ELSEWHERE, ZONE, Clock, Databases, Json, running_world, towns


class Moment(StrEnum):
    """When it dies."""

    BEFORE_ITS_WORKFLOW = "after the visit was claimed, before its workflow"
    BEFORE_ITS_ATTEMPT = "in the step, before its attempt row"
    BEFORE_IT_IS_SENT = "after the attempt row, before anything is sent"
    BEFORE_ITS_ANSWER = "after the vendor did it, before its answer is seen"
    BEFORE_THE_STEP_ENDS = "after its answer is in the ledger, before the step is recorded"
    BEFORE_THE_NEXT_STEP = "between two steps"
    BEFORE_THE_CALLER_KNOWS = "after the workflow, before the answer to the caller"


@dataclass(frozen=True)
class VendorSource:
    """A source as the victim opens it: plain data, to be sent to another process."""

    vendor: str
    products: Mapping[str, str]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Death:
    """What the victim does before it dies, at the ``nth`` time that ``moment`` comes.

    ``operation`` is the vendor write that it is about; ``databases`` are where it keeps
    what it does, if that is not its folder.
    """

    folder: Path
    sources: Mapping[str, VendorSource]
    now: datetime
    path: str
    body: Json | None
    key: str
    moment: Moment
    operation: Operation
    nth: int = 1
    previous_release: bool = False
    databases: Databases | None = None


def directory_of(sources: Mapping[str, VendorSource]) -> Directory:
    """Sources named after their municipality."""
    known = towns()
    numbers = {number for source in sources.values() for number in source.products}
    return Directory(
        municipalities=known,
        products={number: KnownProduct(id=number, name=number) for number in numbers},
        sources={
            name: SourceSettings(
                id=name,
                vendor=source.vendor,
                municipality=known[name],
                zone=ZONE,
                accepts=Accepts.EVERYTHING,
                products=source.products,
                limits=Limits(timeout_seconds=5),
                settings=registry.load(source.vendor).Settings.model_validate(source.settings),
            )
            for name, source in sources.items()
        },
    )


def live_and_die(death: Death) -> None:
    """The whole life of the process."""
    log = (death.folder / "victim.log").open("a")
    sys.stdout = sys.stderr = log
    if death.databases:
        ELSEWHERE[death.folder] = death.databases
    if death.previous_release:
        # DBOS would tell releases apart by the source of their workflows.
        DBOS.workflow(name="dropped since")(_live)
    asyncio.run(_live(death))


async def _live(death: Death) -> None:
    with _dying(death):
        async with running_world(
            death.folder, directory_of(death.sources), Clock(death.now)
        ) as world:
            citizen = await world.log_in()
            survived = await citizen.post(death.path, death.body, key=death.key)
            print(survived.text)  # noqa: T201 - in the log, for whoever wonders why


def _dying(death: Death) -> AbstractContextManager[object]:
    """Put the end of the process before or after the call that is its moment."""
    comes_before, owner, name, is_about = _places(death.operation)[death.moment]
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)
    come = 0

    async def call(*args: Any) -> Any:  # noqa: ANN401 - whatever it is
        nonlocal come
        come += is_about(*args)
        dies = is_about(*args) and come == death.nth
        answer = None if dies and comes_before else await original(*args)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return patch.object(owner, name, call)


def _places(operation: Operation) -> Mapping[Moment, tuple[bool, Any, str, Callable[..., bool]]]:
    """For each moment: before (or after) which call of whom it is, and of which of its calls."""
    step = {Operation.HOLD: "hold", Operation.CANCEL: "cancel"}.get(operation, "book")
    own_workflow = operation is Operation.CANCEL

    def any_(*_: object) -> bool:
        return True

    def sends(_source: object, reference: str, *_: object) -> bool:
        return f"-{operation}-" in reference

    def opens(_transaction: object, attempt: Attempt) -> bool:
        return attempt.operation is operation

    waits_in = cancelling if own_workflow else visits
    runs = "cancel" if own_workflow else "advance"
    return {
        Moment.BEFORE_ITS_WORKFLOW: (True, Durable, "cancel" if own_workflow else "visit", any_),
        Moment.BEFORE_ITS_ATTEMPT: (True, Transaction, "add_attempt", opens),
        Moment.BEFORE_IT_IS_SENT: (True, sending, "_send", sends),
        Moment.BEFORE_ITS_ANSWER: (False, sending, "_send", sends),
        Moment.BEFORE_THE_STEP_ENDS: (False, Writes, step, any_),
        Moment.BEFORE_THE_NEXT_STEP: (False, workflows, runs, any_),
        Moment.BEFORE_THE_CALLER_KNOWS: (False, waits_in, "patiently", any_),
    }
