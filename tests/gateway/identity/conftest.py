"""A gateway with nothing but identity, served on loopback, and a browser to visit it with."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.di import NamedDependency, Provide
from litestar.plugins.pydantic import PydanticPlugin
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from adapters.simulation import serve
from contracts.suite import Clock
from gateway.identity.demo_provider import DemoProvider
from gateway.identity.identity import Identity
from gateway.identity.routes import identity_routes
from gateway.identity.session_stores import MemorySessionStore, SessionStore
from gateway.identity.sessions import CitizenSession
from gateway.identity.settings import IdentitySettings
from gateway.keys import Keys
from gateway.problems import HANDLERS
from tests.gateway.identity.rogue import Rogue

PORTAL = "https://portal.example"


class Later:
    """An address to know before there is anything behind it."""

    app: Any = None

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        await self.app(scope, receive, send)


@dataclass
class Site:
    """The gateway at ``url``, and one citizen's browser."""

    url: str
    identity: Identity
    browser: httpx.AsyncClient
    clock: Callable[[], datetime]

    async def start(self, return_to: str = "/") -> httpx.URL:
        """Ask to log in; where the browser is sent."""
        answer = await self.browser.get("/auth/login", params={"returnTo": return_to})
        assert answer.status_code == 302, answer.text
        return httpx.URL(answer.headers["Location"])

    async def choose(self, authorization: httpx.URL, citizen: str = "demo-noor") -> httpx.URL:
        """Pick a citizen on the demo provider's page; the way back."""
        page = await self.browser.get(authorization)
        hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
        form = {unescape(name): unescape(value) for name, value in hidden}
        answer = await self.browser.post(authorization, data=form | {"citizen": citizen})
        assert answer.status_code == 303, answer.text
        return httpx.URL(answer.headers["Location"])

    async def log_in(self, citizen: str = "demo-noor", return_to: str = "/") -> httpx.Response:
        """The whole way with the demo provider."""
        return await self.browser.get(await self.choose(await self.start(return_to), citizen))

    async def session(self) -> dict[str, Any]:
        answer = await self.browser.get("/auth/session")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return dict(answer.json())

    async def write(self, path: str = "/whoami", **headers: str) -> httpx.Response:
        """A POST with exactly these headers."""
        return await self.browser.post(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    @property
    def cookie(self) -> str | None:
        return self.browser.cookies.get("poort-session")


Address = tuple[Later, str]


@dataclass
class Sites:
    """Makes sites, each at an address that nobody else has during the test."""

    clock: Clock
    addresses: list[Address]
    derive: Callable[[str], bytes] = field(default=Keys.from_secret(b"s" * 32).derive)

    def serve(self, make: Callable[[str], Any]) -> str:
        """Put what ``make`` makes for an address behind it."""
        later, url = self.addresses.pop()
        later.app = make(url)
        return url

    @asynccontextmanager
    async def site(
        self,
        settings: Callable[[str], IdentitySettings],
        *,
        store: SessionStore | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> AsyncIterator[Site]:
        """A gateway with the settings that its address asks for."""
        later, url = self.addresses.pop()
        clock = now or self.clock
        identity = Identity(
            settings(url), public_url=url, derive=self.derive, store=store, now=clock
        )
        later.app = gateway(identity)
        try:
            async with httpx.AsyncClient(base_url=url) as browser:
                yield Site(url, identity, browser, clock)
        finally:
            await identity.close()

    def demo(
        self, *, store: SessionStore | None = None, **chosen: object
    ) -> AbstractAsyncContextManager[Site]:
        """A site that logs in at the demo provider."""

        def settings(url: str) -> IdentitySettings:
            provider = DemoProvider(
                client_id="poort",
                client_secret="demo",
                redirect_uri=f"{url}/auth/callback",
                after_logout_uri=f"{url}/auth/logged-out",
                now=self.clock,
            )
            issuer = self.serve(lambda _: provider.app)
            return registration(issuer, **{"client_secret": "demo", **chosen})

        return self.site(settings, store=store)


def registration(issuer: str, /, **chosen: object) -> IdentitySettings:
    defaults = {"issuer": issuer, "client_id": "poort", "allowed_origins": (PORTAL,)}
    return IdentitySettings.model_validate({**defaults, **chosen})


def gateway(identity: Identity) -> Litestar:
    async def citizen(request: Request[Any, Any, Any]) -> CitizenSession:
        return await identity.current_citizen(request)

    @get("/whoami")
    async def who(citizen: NamedDependency[CitizenSession]) -> str:
        return citizen.citizen_key

    @post("/whoami", status_code=200)
    async def write(citizen: NamedDependency[CitizenSession]) -> str:
        return citizen.citizen_key

    return Litestar(
        [identity_routes(identity), who, write],
        dependencies={"citizen": Provide(citizen)},
        exception_handlers=HANDLERS,
        plugins=[PydanticPlugin(prefer_alias=True, exclude_none=True)],
        openapi_config=None,
        logging_config=None,
    )


@pytest.fixture(scope="module")
async def addresses() -> AsyncIterator[list[Address]]:
    """Servers that outlive a test; starting and stopping them takes most of a test's time."""
    async with AsyncExitStack() as stack:
        laters = [Later() for _ in range(4)]
        yield [(later, await stack.enter_async_context(serve(later))) for later in laters]


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2027, 3, 8, 9, tzinfo=UTC))


@pytest.fixture
def store(clock: Clock) -> SessionStore:
    return MemorySessionStore(clock)


@pytest.fixture
def sites(clock: Clock, addresses: list[Address]) -> Sites:
    return Sites(clock, list(addresses))


@pytest.fixture
async def site(sites: Sites) -> AsyncIterator[Site]:
    async with sites.demo() as site:
        yield site


@pytest.fixture
async def rogue(sites: Sites, clock: Clock) -> AsyncIterator[Rogue]:
    """A provider that misbehaves, and a site that logs in there."""
    rogue = Rogue(clock)
    sites.serve(rogue.app)
    async with sites.site(lambda _: registration(rogue.issuer, client_secret="s")) as rogue.site:
        yield rogue
