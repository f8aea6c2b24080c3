"""The composition root: the only file that knows everything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from litestar import Litestar, Request, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.plugins.pydantic import PydanticPlugin
from litestar.static_files import create_static_files_router

from gateway import hooks, language
from gateway.appointments import MyAppointments
from gateway.booking.durable import Durable
from gateway.booking.match_keys import MatchKeys
from gateway.booking.progress import Progress
from gateway.booking.slot_ids import SlotIds
from gateway.booking.sweep import Reconciler
from gateway.booking.visits import Visits
from gateway.booking.workflows import Parts
from gateway.booking.writes import Writes
from gateway.cancelling import Cancelling
from gateway.catalogue import Catalogue
from gateway.certification.routes import Published, certificate_routes
from gateway.certification.teeth import Teeth
from gateway.health import Health
from gateway.idempotency import Idempotency
from gateway.identity.identity import Identity
from gateway.identity.routes import identity_routes
from gateway.identity.session_stores import MemorySessionStore, RedisSessionStore
from gateway.identity.sessions import CitizenSession
from gateway.keys import Keys
from gateway.ledger import Database, Executors, Gaps, Ledger
from gateway.ledger.database import connect
from gateway.moving import Moving
from gateway.planning.planner import Planner
from gateway.problems import HANDLERS
from gateway.reference import REFERENCE
from gateway.refresh import Refresh
from gateway.routes.appointments import AppointmentRoutes
from gateway.routes.health import health
from gateway.routes.municipalities import MunicipalityRoutes
from gateway.routes.once import once
from gateway.routes.plans import PlanRoutes
from gateway.routes.slots import SlotRoutes
from gateway.routes.visits import VisitRoutes
from gateway.sealing import Seal
from gateway.settings import Settings
from gateway.sources import Sources
from gateway.widget_files import widget_folder

log = structlog.get_logger()

MAX_BODY = 64 * 1024
SWEEP_EVERY = 2.0


def utc_now() -> datetime:
    """The wall clock; tests give another."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything one process is made of, wired."""

    settings: Settings
    database: Database
    sources: Sources
    catalogue: Catalogue
    planner: Planner
    parts: Parts
    durable: Durable
    reconciler: Reconciler
    visits: Visits
    progress: Progress
    appointments: MyAppointments
    cancelling: Cancelling
    moving: Moving
    idempotency: Idempotency
    identity: Identity
    match_keys: MatchKeys
    health: Health
    teeth: Teeth
    published: Published

    @asynccontextmanager
    async def wired(self) -> AsyncIterator[None]:
        """What a command works with: nothing runs, and all is given back at the end."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.database.aclose)
            stack.push_async_callback(self.identity.close)
            stack.push_async_callback(self.sources.aclose)
            stack.push_async_callback(self.catalogue.aclose)
            yield

    @asynccontextmanager
    async def running(self, *, sweep_every: float | None = SWEEP_EVERY) -> AsyncIterator[None]:
        """Migrate, launch, sweep; and give everything back at the end.

        ``sweep_every`` is in seconds; ``None`` leaves the sweeping to the caller.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.wired())
            await self.database.migrate()
            await self.teeth.review()
            url = self.settings.server.workflow_database_url.get_secret_value()
            await stack.enter_async_context(self.durable.running(url))
            if sweep_every is not None:
                await stack.enter_async_context(self.sweeping(sweep_every))
            yield

    @asynccontextmanager
    async def sweeping(self, every: float) -> AsyncIterator[None]:
        """Meanwhile do what is to be done every so many seconds."""
        async with AsyncExitStack() as stack:
            # Apart: a process that a slow source keeps busy would look dead to the others.
            for work in (self.reconciler.take_over, self._look):
                repeated = asyncio.create_task(_again_and_again(work, every))
                stack.push_async_callback(_end, repeated)
            yield

    async def _look(self) -> None:
        await self.reconciler.look()
        await self.idempotency.forget()
        await self.teeth.sweep()


def compose(
    settings: Settings, sources: Sources, *, now: Callable[[], datetime] = utc_now
) -> Gateway:
    """Wire one process. Nothing is opened until ``running``."""
    keys = Keys.from_secret(settings.server.secret_key.get_secret_value())

    def seal_for(purpose: str) -> Seal:
        return Seal(keys.derive(purpose), purpose, now)

    database = connect(settings.server.database_url.get_secret_value())
    ledger = Ledger(database, seal_for, now)
    match_keys = MatchKeys(keys.derive)
    writes = Writes(ledger, sources, match_keys)
    parts = Parts(ledger, sources, writes, SlotIds(seal_for("slot"), now))
    durable = Durable(parts, Executors(database, now))
    teeth = Teeth(settings.server, sources, Gaps(database, now), now)
    catalogue = Catalogue(settings.directory, sources, parts.slot_ids, now)
    visits = Visits(parts, catalogue, durable)
    appointments = MyAppointments(
        ledger, sources, catalogue, Refresh(ledger, catalogue, match_keys)
    )
    redis = settings.server.redis_url
    identity = Identity(
        settings.identity,
        public_url=settings.server.public_url,
        derive=keys.derive,
        store=RedisSessionStore.at(redis.get_secret_value()) if redis else MemorySessionStore(now),
        now=now,
    )
    return Gateway(
        settings=settings,
        database=database,
        sources=sources,
        catalogue=catalogue,
        planner=Planner(settings.directory, parts, catalogue),
        parts=parts,
        durable=durable,
        reconciler=Reconciler(parts, durable),
        visits=visits,
        progress=Progress(visits, ledger.changes),
        appointments=appointments,
        cancelling=Cancelling(parts, durable, appointments, visits),
        moving=Moving(parts, durable, appointments, visits),
        idempotency=Idempotency(database, keys.derive("idempotency"), now),
        identity=identity,
        match_keys=match_keys,
        health=Health(database, identity, sources, teeth),
        teeth=teeth,
        published=Published(settings.server.certificates_folder, now),
    )


def create_app(gateway: Gateway, *beside: HTTPRouteHandler) -> Litestar:
    """The ASGI application of a wired process, with other handlers ``beside`` its own."""

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        async with gateway.running():
            yield

    # A function, not the bound method: Litestar copies dependencies, with all that hangs on them.
    async def citizen(request: Request[Any, Any, Any]) -> CitizenSession:
        return await gateway.identity.current_citizen(request)

    async def known_citizen(request: Request[Any, Any, Any]) -> CitizenSession | None:
        return await gateway.identity.known_citizen(request)

    booking = Router(
        path="/booking/v1",
        route_handlers=[MunicipalityRoutes, SlotRoutes, PlanRoutes, VisitRoutes, AppointmentRoutes],
        dependencies={
            "citizen": Provide(citizen),
            "known_citizen": Provide(known_citizen),
            "catalogue": _always(gateway.catalogue),
            "planner": _always(gateway.planner),
            "visits": _always(gateway.visits),
            "progress": _always(gateway.progress),
            "appointments": _always(gateway.appointments),
            "cancelling": _always(gateway.cancelling),
            "moving": _always(gateway.moving),
            "idempotency": _always(gateway.idempotency),
            "once": Provide(once),
            "settings": _always(gateway.settings),
            "language": Provide(language.language_of, sync_to_thread=False),
        },
        before_request=hooks.before_booking,
    )
    widget = create_static_files_router(
        path="/widget", directories=[widget_folder()], opt={"exclude_from_auth": True}
    )
    return Litestar(
        route_handlers=[
            *certificate_routes(gateway.published),
            booking,
            identity_routes(gateway.identity),
            health,
            widget,
            *beside,
        ],
        dependencies={"health": _always(gateway.health)},
        lifespan=[lifespan],
        exception_handlers=HANDLERS,
        before_request=hooks.before_any,
        before_send=[hooks.add_headers],
        plugins=[PydanticPlugin(prefer_alias=True, exclude_none=True)],
        openapi_config=openapi_config(),
        cors_config=_cors(gateway.settings),
        request_max_body_size=MAX_BODY,
        logging_config=None,
        debug=False,
    )


def openapi_config() -> OpenAPIConfig:
    """The document and its offline reference page at ``/docs``."""
    return OpenAPIConfig(
        title="Afsprakenpoort",
        version="1.0.0",
        description="One standard booking contract in front of every municipal system.",
        path="/docs",
        render_plugins=[REFERENCE],
        use_handler_docstrings=True,
    )


async def _again_and_again(work: Callable[[], Awaitable[None]], every: float) -> None:
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the next time tries again
            log.error("sweep failed", kind=type(error).__name__)  # noqa: TRY400 - least data
        await asyncio.sleep(every)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _always(value: object) -> Provide:
    def give() -> Any:  # noqa: ANN401 - whatever was wired
        return value

    return Provide(give, sync_to_thread=False, use_cache=True)


def _cors(settings: Settings) -> CORSConfig:
    return CORSConfig(
        allow_origins=list(settings.server.allowed_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Accept-Language", "Content-Type", "CSRF-Token", "Idempotency-Key"],
        allow_credentials=True,
        expose_headers=["Location", "Retry-After", "BelGov-Trace-Id"],
        max_age=600,
    )
