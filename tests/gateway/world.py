"""A whole gateway in this process: real routes, ledger and workflows over memory sources."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

import httpx
from dbos import DBOS
from pydantic import SecretBytes, SecretStr
from sqlalchemy import select

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.settings import MemorySettings
from adapters.vendors.memory.store import Entry
from contracts.adapter import Capability
from contracts.errors import BookingError
from contracts.manifest import Level
from gateway.app import Gateway, compose, create_app
from gateway.config.environment import ServerSettings
from gateway.config.tables import Accepts, KnownProduct, Limits, Municipality, NisCode, Texts
from gateway.identity.pseudonyms import citizen_key
from gateway.identity.sessions import Citizen
from gateway.identity.settings import IdentitySettings
from gateway.keys import Keys
from gateway.ledger.tables import history
from gateway.settings import Directory, Settings, SourceSettings
from gateway.sources import Source, Sources

ZONE = ZoneInfo("Europe/Brussels")
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
PUBLIC_URL = "http://127.0.0.1:8000"
SECRET = bytes(range(32))
PRODUCTS = {"697": "identiteitskaart", "1835": "reispas", "1041": "rijbewijs", "1385": "huwelijk"}
CONTACT = {"booker": {"givenName": "Noor", "familyName": "Testburger", "email": "noor@example.org"}}
TWO_TOWNS: Mapping[str, Mapping[str, Any]] = {"aalst": {}, "mechelen": {"seed": 1}}


Json = dict[str, Any]


@dataclass(frozen=True)
class Databases:
    """The URLs of a gateway's two databases."""

    ledger: str
    workflows: str


ELSEWHERE: dict[Path, Databases] = {}
"""Folders whose databases are not SQLite's, in the folder itself."""


def answered(response: httpx.Response) -> Json:
    body: Json = response.json()
    return body


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
        self.citizen_key, self.cookie = key, cookie
        self._client = client
        self._headers = {"Cookie": cookie, "CSRF-Token": csrf, "Origin": PUBLIC_URL}

    async def get(
        self,
        path: str,
        params: Mapping[str, Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        sent = self._headers | dict(headers or {})
        return await self._client.get(path, params=params, headers=sent)

    async def post(
        self,
        path: str,
        json: object = None,
        *,
        key: str | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        sent = self._headers | {"Idempotency-Key": key or uuid.uuid4().hex} | dict(headers or {})
        return await self._client.post(path, json=json, content=content, headers=sent)

    # What a citizen does, in one line each; what it is about is in the answer.

    async def choose(self, *slots: Json, key: str | None = None, **more: object) -> httpx.Response:
        body = {"slots": [slot["slotId"] for slot in slots], **more}
        return await self.post("/booking/v1/visits", body, key=key)

    async def confirm(
        self, visit: Json, contact: Json | None = None, key: str | None = None
    ) -> httpx.Response:
        body = {"contact": contact or CONTACT, "guarantee": visit["guarantee"]}
        return await self.post(f"/booking/v1/visits/{visit['id']}/confirm", body, key=key)

    async def book(self, *slots: Json, **more: object) -> Json:
        """The confirmed visit; the test ends here when it is not."""
        made = await self.post(
            "/booking/v1/visits", {"slots": [slot["slotId"] for slot in slots], **more}
        )
        assert made.status_code == 201, made.text
        booked = await self.confirm(made.json())
        assert booked.status_code == 200, booked.text
        return answered(booked)

    async def visit(self, visit: Json) -> Json:
        answer = await self.get(f"/booking/v1/visits/{visit['id']}")
        assert answer.status_code == 200, answer.text
        return answered(answer)

    async def appointments(self, *municipalities: str) -> Json:
        answer = await self.get("/booking/v1/appointments", {"municipalityId": municipalities})
        assert answer.status_code == 200, answer.text
        return answered(answer)

    async def cancel(self, item: Json, key: str | None = None) -> httpx.Response:
        return await self.post(f"/booking/v1/appointments/{item['id']}/cancel", key=key)

    async def move(
        self, item: Json, slot: Json, key: str | None = None, **more: object
    ) -> httpx.Response:
        return await self.post(
            f"/booking/v1/appointments/{item['id']}/reschedule",
            {"slotId": slot["slotId"], **more},
            key=key,
        )


@dataclass
class World:
    """A running gateway, and hands on what lies around it."""

    gateway: Gateway
    client: httpx.AsyncClient
    clock: Clock
    folder: Path

    def adapter(self, source: str) -> MemoryAdapter:
        adapter = self.gateway.sources[source].adapter
        assert isinstance(adapter, MemoryAdapter)
        return adapter

    def standing(self, source: str) -> list[Entry]:
        """What the vendor has booked."""
        return [entry for entry in self.adapter(source).store.entries.values() if entry.stands()]

    def held(self, source: str) -> list[Entry]:
        """What the vendor keeps for somebody."""
        entries = self.adapter(source).store.entries.values()
        return [entry for entry in entries if entry.is_held(self.clock())]

    def goes_wrong(
        self, source: str, operation: str, error: BookingError, *, applied: bool = False
    ) -> None:
        """The next such call suffers this; ``applied``: after the vendor did its work."""
        self.adapter(source).faults.script(operation, error, applied=applied)

    def declare(self, name: str, *, without: Sequence[Capability] = (), **facts: object) -> None:
        """Let a source have other facts, and fewer capabilities."""
        source = self.gateway.sources[name]
        changed = source.manifest.facts.model_copy(update=facts)
        source.manifest = source.manifest.model_copy(update={"facts": changed})
        source.capabilities -= frozenset(without)

    def disconnect(self, name: str) -> None:
        """The operator takes a source out of the configuration."""
        cast("dict[str, Source]", self.gateway.sources._sources).pop(name)

    async def sweep(self, times: int = 1) -> None:
        for _ in range(times):
            await self.gateway.reconciler.sweep()
            await self.at_rest()

    async def at_rest(self) -> None:
        """Wait until no workflow is at work or waits for its turn."""
        while await DBOS.list_workflows_async(  # noqa: ASYNC110 - it cannot tell
            status=["PENDING", "ENQUEUED"], load_input=False, load_output=False
        ):
            await asyncio.sleep(0.01)

    async def history(self, item: Json) -> list[str]:
        """What happened to an item, in order."""
        query = (
            select(history.c.event)
            .where(history.c.appointment_id == item["id"])
            .order_by(history.c.id)
        )
        async with self.gateway.database.reading() as connection:
            return list((await connection.scalars(query)).all())

    async def log_in(self, sub: str = "noor") -> Browser:
        identity = self.gateway.identity
        key = citizen_key(Keys.from_secret(SECRET).derive, sub)
        session = await identity.sessions.begin(Citizen(citizen_key=key, given_name=sub.title()))
        found = await identity.sessions.find(session)
        assert found is not None
        cookie = f"{identity.cookies.session_name}={session}"
        return Browser(self.client, key, cookie, found.csrf_token)

    async def slots(
        self, municipality: str = "aalst", product: str = "697", quantity: int = 1
    ) -> list[Json]:
        today = self.clock().astimezone(ZONE).date()
        answer = await self.client.post(
            "/booking/v1/slots/query",
            json={
                "municipalityId": municipality,
                "products": [{"productId": product, "quantity": quantity}],
                "firstDay": str(today),
                "lastDay": str(today + timedelta(days=14)),
            },
        )
        assert answer.status_code == 200, answer.text
        items: list[Json] = answer.json()["items"]
        return items

    async def slot(
        self, municipality: str = "aalst", product: str = "697", number: int = 0
    ) -> Json:
        """The free slot of this number among those that start at different times."""
        by_start: dict[str, Json] = {}
        for slot in await self.slots(municipality, product):
            by_start.setdefault(slot["start"], slot)
        return list(by_start.values())[number]


def source(name: str, municipality: Municipality, settings: Mapping[str, Any]) -> SourceSettings:
    return SourceSettings(
        id=name,
        vendor="memory",
        municipality=municipality,
        zone=ZONE,
        accepts=Accepts.EVERYTHING,
        products=PRODUCTS,
        limits=Limits(timeout_seconds=5),
        settings=MemorySettings.model_validate(settings),
    )


def towns() -> dict[str, Municipality]:
    codes = {"aalst": "41002", "mechelen": "12025", "horebeke": "45062"}
    return {
        name: Municipality(
            id=name,
            name=name.title(),
            nis=(NisCode.model_validate({"code": code, "from": date(1977, 1, 1)}),),
        )
        for name, code in codes.items()
    }


def directory(sources: Mapping[str, Mapping[str, Any]]) -> Directory:
    """Sources named ``<municipality>`` or ``<municipality>-<anything>``, with their settings."""
    known = towns()
    return Directory(
        municipalities=known,
        products={
            number: KnownProduct(id=number, name=name, fr=Texts(name=f"{name} (fr)"))
            for number, name in PRODUCTS.items()
        },
        sources={
            name: source(name, known[name.partition("-")[0]], settings)
            for name, settings in sources.items()
        },
    )


def settings_in(
    folder: Path, with_directory: Directory, required: Level | Literal["off"] = "off"
) -> Settings:
    beside = Databases(
        f"sqlite+aiosqlite:///{folder}/ledger.sqlite", f"sqlite:///{folder}/workflows.sqlite"
    )
    databases = ELSEWHERE.get(folder, beside)
    return Settings(
        ServerSettings(
            config=folder,
            public_url=PUBLIC_URL,
            secret_key=SecretBytes(SECRET),
            database_url=SecretStr(databases.ledger),
            workflow_database_url=SecretStr(databases.workflows),
            allowed_origins=("http://127.0.0.1:8001",),
            require_certificates=required,
        ),
        IdentitySettings(
            issuer="http://127.0.0.1:9", client_id="test", client_secret=SecretStr("test")
        ),
        with_directory,
    )


@asynccontextmanager
async def running_world(
    folder: Path,
    sources: Mapping[str, Mapping[str, Any]] | Directory,
    clock: Clock | None = None,
    before: World | None = None,
    required: Level | Literal["off"] = "off",
) -> AsyncIterator[World]:
    """A gateway over memory sources with these settings, or over a whole directory.

    ``before`` is an earlier process; its vendors are still there. ``required`` is the level of
    certificates.
    """
    clock = clock or Clock()
    sources = sources if isinstance(sources, Directory) else directory(sources)
    settings = settings_in(folder, sources, required)
    # Wired before the loop serves anybody, so it may read files: here, beside the loop.
    gateway = await asyncio.to_thread(
        lambda: compose(settings, Sources.open(settings.directory, clock), now=clock)
    )
    for each in gateway.sources if before else ():
        assert before is not None
        each.adapter = before.adapter(each.id)
    app = await asyncio.to_thread(create_app, gateway)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(gateway.running(sweep_every=None))
        transport = httpx.ASGITransport(cast("Any", app))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)
        )
        yield World(gateway, client, clock, folder)
