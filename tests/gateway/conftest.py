"""A whole gateway in this process: real routes, ledger and workflows over memory sources."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretBytes, SecretStr

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.settings import MemorySettings
from gateway.app import Gateway, compose, create_app
from gateway.config.environment import ServerSettings
from gateway.config.tables import KnownProduct, Limits, Municipality, NisCode
from gateway.identity.pseudonyms import citizen_key
from gateway.identity.sessions import Citizen
from gateway.identity.settings import IdentitySettings
from gateway.keys import Keys
from gateway.settings import Directory, Settings, SourceSettings
from gateway.sources import Sources

ZONE = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
PUBLIC_URL = "http://127.0.0.1:8000"
SECRET = bytes(range(32))
PRODUCTS = {"697": "identiteitskaart", "1835": "reispas", "1041": "rijbewijs", "1385": "huwelijk"}


class Clock:
    """The wall clock of a test; it moves when it is told to."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Browser:
    """A logged-in citizen's requests; every write carries the CSRF token and a key."""

    def __init__(self, client: httpx.AsyncClient, key: str, cookie: str, csrf: str) -> None:
        self.citizen_key = key
        self._client = client
        self._headers = {"Cookie": cookie, "CSRF-Token": csrf, "Origin": PUBLIC_URL}

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self._client.get(path, headers=self._headers, **options)

    async def post(
        self, path: str, json: object = None, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        headers = self._headers | {"Idempotency-Key": key or uuid.uuid4().hex}
        headers |= options.pop("headers", {})
        body = {"json": json} if json is not None else {}
        return await self._client.post(path, headers=headers, **body, **options)


@dataclass
class World:
    """A running gateway, and hands on what lies around it."""

    gateway: Gateway
    client: httpx.AsyncClient
    clock: Clock

    def adapter(self, source: str) -> MemoryAdapter:
        adapter = self.gateway.sources[source].adapter
        assert isinstance(adapter, MemoryAdapter)
        return adapter

    async def log_in(self, sub: str = "noor") -> Browser:
        identity = self.gateway.identity
        key = citizen_key(Keys.from_secret(SECRET).derive, sub)
        session = await identity.sessions.begin(Citizen(citizen_key=key, given_name=sub.title()))
        found = await identity.sessions.find(session)
        assert found is not None
        cookie = f"{identity.cookies.session_name}={session}"
        return Browser(self.client, key, cookie, found.csrf_token)

    async def slots(self, municipality: str = "aalst", product: str = "697") -> list[Any]:
        today = self.clock().astimezone(ZONE).date()
        answer = await self.client.post(
            "/booking/v1/slots/query",
            json={
                "municipalityId": municipality,
                "products": [{"productId": product}],
                "firstDay": str(today),
                "lastDay": str(today + timedelta(days=14)),
            },
        )
        assert answer.status_code == 200, answer.text
        items: list[Any] = answer.json()["items"]
        return items


CONTACT = {
    "booker": {"givenName": "Noor", "familyName": "Testburger", "email": "noor@example.org"}
}

Build = Callable[..., AsyncIterator[World]]


def source(name: str, municipality: Municipality, settings: Mapping[str, Any]) -> SourceSettings:
    return SourceSettings(
        id=name,
        vendor="memory",
        municipality=municipality,
        zone=ZONE,
        enabled=True,
        products=PRODUCTS,
        limits=Limits(timeout_seconds=5),
        settings=MemorySettings.model_validate(settings),
    )


def directory(sources: Mapping[str, Mapping[str, Any]]) -> Directory:
    """Sources named ``<municipality>`` or ``<municipality>-<anything>``, with their settings."""
    codes = {"aalst": "41002", "mechelen": "12025", "horebeke": "45062"}
    towns = {
        name: Municipality(
            id=name,
            name=name.title(),
            nis=(NisCode.model_validate({"code": code, "from": date(1977, 1, 1)}),),
        )
        for name, code in codes.items()
    }
    return Directory(
        municipalities=towns,
        products={number: KnownProduct(id=number, name=name) for number, name in PRODUCTS.items()},
        sources={
            name: source(name, towns[name.partition("-")[0]], settings)
            for name, settings in sources.items()
        },
    )


@asynccontextmanager
async def running_world(
    folder: Path,
    sources: Mapping[str, Mapping[str, Any]],
    clock: Clock | None = None,
) -> AsyncIterator[World]:
    clock = clock or Clock()
    settings = Settings(
        ServerSettings(
            config=folder,
            public_url=PUBLIC_URL,
            secret_key=SecretBytes(SECRET),
            database_url=SecretStr(f"sqlite+aiosqlite:///{folder}/ledger.sqlite"),
            workflow_database_url=SecretStr(f"sqlite:///{folder}/workflows.sqlite"),
            allowed_origins=("http://127.0.0.1:8001",),
        ),
        IdentitySettings(
            issuer="http://127.0.0.1:9", client_id="test", client_secret=SecretStr("test")
        ),
        directory(sources),
    )
    # Wired before the loop serves anybody, so it may read files: here, beside the loop.
    gateway = await asyncio.to_thread(
        lambda: compose(settings, Sources.open(settings.directory, clock), now=clock)
    )
    app = await asyncio.to_thread(create_app, gateway)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(gateway.running())
        transport = httpx.ASGITransport(app)
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)
        )
        yield World(gateway, client, clock)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Two towns: one that can hold a slot and knows its citizens, twice."""
    async with running_world(tmp_path, {"aalst": {}, "mechelen": {"seed": 1}}) as built:
        yield built
