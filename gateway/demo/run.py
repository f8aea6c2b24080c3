"""Runs the demo: gateway, login provider, portal and the systems behind them, in one process."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect
from pydantic import SecretBytes, SecretStr, TypeAdapter, ValidationError

from adapters.simulation import serve as serve_beside
from adapters.simulation import simulate
from gateway import logs
from gateway.app import compose, create_app, utc_now
from gateway.config.environment import ServerSettings
from gateway.demo.portal import portal
from gateway.demo.seed import seed
from gateway.demo.world import Start, world
from gateway.identity.demo_provider import DEMO_CITIZENS, DemoProvider
from gateway.identity.pseudonyms import citizen_key, match_key
from gateway.identity.settings import IdentitySettings, Origin
from gateway.keys import Keys
from gateway.serve import listen, server, started
from gateway.settings import Settings
from gateway.simulate import port_number
from gateway.sources import Sources

_CLIENT_SECRET = "only-for-the-demo"  # noqa: S105 - the demo's own provider, on this machine
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """How the demo is to run.

    Attributes:
        port: where to serve; the next free one if it is taken.
        portals: origins of others that embed the widget as well.
        as_json: whether a program reads what runs where.
        start: starts a vendor's simulator.
    """

    port: int = 0
    portals: tuple[str, ...] = ()
    as_json: bool = False
    start: Start = simulate


@dataclass(frozen=True, slots=True)
class Addresses:
    """What runs where, for people and for tests."""

    gateway: str
    portal: str
    provider: str
    config: Path
    sources: Mapping[str, Mapping[str, Any]]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort demo`` understands."""
    parser.description = (
        "Serve the gateway with its own login provider, a portal page and the systems of "
        "municipalities that do not exist. Nothing is installed and nothing is kept."
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=8000,
        help="where to serve; the next free one if it is taken",
    )
    parser.add_argument(
        "--portal",
        type=_origin,
        metavar="ORIGIN",
        help="where a page of yours embeds the widget: http://127.0.0.1:3000",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON for programs")


def _origin(text: str) -> str:
    try:
        return TypeAdapter[str](Origin).validate_python(text)
    except ValidationError as error:
        (mistake,) = error.errors()
        raise argparse.ArgumentTypeError(mistake["msg"].removeprefix("Value error, ")) from None


def command(options: argparse.Namespace) -> int:
    """Serve the demo until Ctrl-C."""
    logs.configure(for_people=True)
    portals = (options.portal,) if options.portal else ()
    try:
        return asyncio.run(run(Asked(options.port, portals, as_json=options.json)))
    except KeyboardInterrupt:
        return 0  # the way to end it


async def run(asked: Asked) -> int:
    """Start everything, say what to open, and go on until Ctrl-C. Leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="afsprakenpoort-") as folder:
        async with AsyncExitStack() as stack:
            return await _run(stack, Path(folder), asked)


async def _run(stack: AsyncExitStack, folder: Path, asked: Asked) -> int:
    keys = Keys.from_secret(secret := secrets.token_bytes(32))
    known = [citizen_key(keys.derive, citizen.sub) for citizen in DEMO_CITIZENS]

    def known_as(source: str, number: int) -> str:
        key = match_key(keys.derive, source=source, kind="externalId", citizen=known[number - 1])
        return key.value if key else ""

    listener = listen(HOST, asked.port, or_next=True)
    own = f"http://{HOST}:{listener.getsockname()[1]}"
    provider = DemoProvider(
        client_id="afsprakenpoort",
        client_secret=_CLIENT_SECRET,
        redirect_uri=f"{own}/auth/callback",
        after_logout_uri=f"{own}/auth/logged-out",
    )
    provider_url = await stack.enter_async_context(serve_beside(provider.app))
    portal_url = await stack.enter_async_context(serve_beside(portal(own)))
    directory, simulated = await stack.enter_async_context(
        world(folder, utc_now, known_as, start=asked.start)
    )
    settings = Settings(
        ServerSettings(
            config=folder / "config",
            public_url=own,
            secret_key=SecretBytes(secret),
            database_url=SecretStr(f"sqlite+aiosqlite:///{folder}/ledger.sqlite"),
            workflow_database_url=SecretStr(f"sqlite:///{folder}/workflows.sqlite"),
            allowed_origins=(portal_url, *asked.portals),
            require_certificates="off",
        ),
        IdentitySettings(
            issuer=provider_url,
            client_id="afsprakenpoort",
            client_secret=SecretStr(_CLIENT_SECRET),
            allowed_origins=(portal_url, *asked.portals),
        ),
        directory,
    )
    gateway = compose(settings, Sources.open(directory, utc_now))
    serving = server(create_app(gateway, _to(f"{portal_url}/nl")))
    running = asyncio.create_task(serving.serve(sockets=[listener]))
    if await started(serving, running):
        first = DEMO_CITIZENS[0]
        await seed(gateway, known[0], first.given_name, first.family_name)
        addresses = Addresses(own, portal_url, provider_url, folder / "config", simulated)
        told = _for_tests(addresses) if asked.as_json else _for_people(addresses, asked.port)
        print(told, flush=True)  # noqa: T201 - what a command does
    await running
    return 0 if serving.started else 1


def _to(url: str) -> HTTPRouteHandler:
    @get("/", include_in_schema=False, sync_to_thread=False)
    def home() -> Redirect:
        return Redirect(url)

    return home


def _for_tests(addresses: Addresses) -> str:
    return json.dumps(
        {
            "gateway": addresses.gateway,
            "portal": addresses.portal,
            "provider": addresses.provider,
            "config": addresses.config,
            "sources": addresses.sources,
        },
        default=str,
    )


def _for_people(addresses: Addresses, asked_port: int) -> str:
    names = ", ".join(citizen.given_name for citizen in DEMO_CITIZENS)
    moved = (
        f"\n  Port {asked_port} is taken, so the gateway is on {addresses.gateway}."
        if not addresses.gateway.endswith(f":{asked_port}")
        else ""
    )
    width = max(map(len, addresses.sources))
    behind = "\n".join(
        f"    {source:<{width}}  {settings.get('base_url', 'in this process')}"
        for source, settings in addresses.sources.items()
    )
    return f"""
  Afsprakenpoort runs.{moved}

  Open        {addresses.gateway}
  Log in as   {names} (choose one; there is no password)
  API         {addresses.gateway}/docs
  Check it    poort check --config {addresses.config}

  Behind it:
{behind}

  Ctrl-C stops everything.
"""
