"""A gateway that can die and live again, before vendors that outlive it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from dbos import DBOS
from pydantic import SecretBytes, SecretStr

from adapters.rehearsal import Script, Stage, System, rehearse
from contracts.adapter import BookingAdapter
from gateway.app import Gateway, compose
from gateway.booking.writes import Writes
from gateway.config.environment import ServerSettings
from gateway.demo.world import world
from gateway.drill.cells import Vendor
from gateway.drill.cues import Mortal, Prompted, Prompter
from gateway.identity.settings import IdentitySettings
from gateway.settings import Directory, Settings, load_directory
from gateway.sources import Sources

T = TypeVar("T")

BEGIN = datetime(2027, 3, 8, 7, tzinfo=UTC)
_KEY = bytes(range(32))
_PAUSE = 0.005
_LONGEST = 60.0


class Died(Exception):
    """The process died while it was asked something; another one lives now."""


class NeverEnds(Exception):
    """A workflow is at work for far too long."""


class Clock:
    """The time, as the drill tells it."""

    def __init__(self, now: datetime = BEGIN) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The present instant."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Life:
    """One process after the other on the same data.

    Attributes:
        stages: what plays each source's vendor.
        prompters: what each source's calls meet.
        inside: the adapters that are a whole vendor, which no death touches.
        places: a location of each source, once it is known.
    """

    folder: Path
    clock: Clock
    directory: Directory
    stages: Mapping[str, Stage]
    prompters: Mapping[str, Prompter]
    inside: dict[str, BookingAdapter[Any]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dead = asyncio.Event()
        self._stack = AsyncExitStack()

    async def begin(self) -> None:
        """A process starts."""
        self._dead.clear()
        self.gateway = await asyncio.to_thread(wire, self.folder, self.directory, self.clock)
        for source in self.gateway.sources:
            prompter = self.prompters[source.id]
            adapter = source.adapter
            if prompter.inside:
                adapter = self.inside.setdefault(source.id, adapter)
            source.adapter = cast("BookingAdapter[Any]", Prompted(adapter, prompter))
        self.mortal = mortal(self.gateway, self.die)
        await self._stack.enter_async_context(self.gateway.running(sweep_every=None))

    async def end(self) -> None:
        """It ends; what it had sent is not waited for when it died."""
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    def die(self) -> NoReturn:
        """Drop all that the process is about to do."""
        self._dead.set()
        raise asyncio.CancelledError

    async def ask(self, what: Awaitable[T]) -> T:
        """Await an answer. Raises ``Died`` when the process dies first; another one lives then."""
        asking = asyncio.ensure_future(what)
        dying = asyncio.ensure_future(self._dead.wait())
        await asyncio.wait({asking, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not self._dead.is_set():
            return await asking
        asking.cancel()
        await asyncio.wait({asking})
        if not asking.cancelled():
            asking.exception()  # nobody hears it
        await self.end()
        await self.begin()
        raise Died

    async def sweep(self) -> None:
        """One sweep, and all the work that it begins."""
        await self.gateway.reconciler.sweep()
        await self.at_rest()

    async def at_rest(self) -> None:
        """Wait until no workflow is at work. Raises ``NeverEnds``."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _LONGEST
        while await DBOS.list_workflows_async(
            status=["PENDING", "ENQUEUED"], load_input=False, load_output=False
        ):
            if loop.time() > until:
                raise NeverEnds
            await asyncio.sleep(_PAUSE)

    def standing(self, source: str) -> Sequence[tuple[str, datetime]]:
        """What the source's vendor has."""
        player = self.stages[source].system or cast("System", self.inside[source])
        return player.standing()


def mortal(gateway: Gateway, die: Callable[[], NoReturn]) -> Mortal:
    """Put mortal writes in the place of a gateway's own."""

    async def source_of(appointment_id: str) -> str:
        record = await gateway.parts.ledger.appointment(appointment_id)
        return record.source if record else ""

    writes = Mortal(gateway.parts.writes, source_of, die)
    gateway.parts.writes = cast("Writes", writes)
    return writes


def wire(folder: Path, directory: Directory, now: Callable[[], datetime]) -> Gateway:
    """A gateway on the data of ``folder``. Reads files."""
    settings = Settings(
        ServerSettings(
            config=folder / "config",
            public_url="http://127.0.0.1:8000",
            secret_key=SecretBytes(_KEY),
            database_url=SecretStr(f"sqlite+aiosqlite:///{folder}/ledger.sqlite"),
            workflow_database_url=SecretStr(f"sqlite:///{folder}/workflows.sqlite"),
            require_certificates="off",
        ),
        IdentitySettings(
            issuer="http://127.0.0.1:9", client_id="drill", client_secret=SecretStr("drill")
        ),
        directory,
    )
    return compose(settings, Sources.open(directory, now), now=now)


def again(folder: Path, now: Callable[[], datetime]) -> Gateway:
    """A gateway on the data and the config directory that another process left."""
    return wire(folder, load_directory(folder / "config", {}), now)


@asynccontextmanager
async def lives(folder: Path, vendors: tuple[str, ...]) -> AsyncIterator[Life]:
    """Put the vendors on stage, and start the first process before them."""
    clock, stages = Clock(), dict[str, Stage]()
    scripts = {vendor: Script() for vendor in vendors}

    @asynccontextmanager
    async def start(
        vendor: str, _folder: Path, now: Callable[[], datetime]
    ) -> AsyncIterator[Mapping[str, Any]]:
        async with rehearse(vendor, now, scripts[vendor]) as stage:
            stages[vendor] = stage
            yield stage.settings

    def nobody(_source: str, _number: int) -> str:
        return secrets.token_hex(16)

    async with world(folder, clock, nobody, vendors=vendors, start=start) as (directory, _):
        of = {source.id: source.vendor for source in directory.sources.values()}
        life = Life(
            folder,
            clock,
            directory,
            {source: stages[vendor] for source, vendor in of.items()},
            {},
        )
        life.prompters = {
            source: Prompter(scripts[vendor], stages[vendor].system is None, life.die)
            for source, vendor in of.items()
        }
        await life.begin()
        try:
            yield life
        finally:
            await life.end()


def cast_of(life: Life) -> list[Vendor]:
    """What each vendor's part in the drill depends on."""
    return [
        Vendor(
            source.vendor,
            source.id,
            source.capabilities,
            source.manifest.facts,
            life.prompters[source.id].inside,
        )
        for source in life.gateway.sources
    ]
