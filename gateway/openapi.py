"""``poort openapi``: the documents of running applications, committed and compared.

One is the gateway's own. The others are the protocols that we publish ourselves: an adapter whose
manifest names an OpenAPI document in ``contracts/`` has it made from its simulator.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretBytes, SecretStr

from adapters import registry, simulation
from gateway.app import compose, create_app, utc_now
from gateway.config.environment import ServerSettings
from gateway.identity.settings import IdentitySettings
from gateway.settings import Directory, Settings
from gateway.sources import Sources

ROOT = Path(__file__).parents[1]
_OURS = "contracts/openapi.json"
_MOST_LINES = 60


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort openapi`` understands."""
    parser.description = "Write the OpenAPI documents in contracts/ from what applications serve."
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when a committed one differs"
    )


def command(options: argparse.Namespace) -> int:
    """0: written, or the same; 1: one differs, and how."""
    differ = 0
    for path, make in documents():
        text = json.dumps(make(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        if options.check:
            differ |= _differs(path, text)
        else:
            (ROOT / path).write_text(text, encoding="utf-8")
    return differ


def documents() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Where each document is committed, and what makes it."""
    yield _OURS, document
    for vendor in registry.vendors():
        path = registry.manifest(vendor).documentation
        if path.startswith("contracts/") and path.endswith(".openapi.json"):
            yield path, partial(simulation.openapi, vendor)


def _differs(path: str, text: str) -> bool:
    """Whether the committed document is another one; says how."""
    file = ROOT / path
    committed = file.read_text(encoding="utf-8") if file.exists() else ""
    if committed == text:
        return False
    lines = difflib.unified_diff(
        committed.splitlines(), text.splitlines(), "committed", "application", lineterm="", n=2
    )
    for _, line in zip(range(_MOST_LINES), lines, strict=False):
        print(line, file=sys.stderr)  # noqa: T201 - what a command says to its caller
    said = f"{path} is not what its application serves: run 'make openapi'"
    print(said, file=sys.stderr)  # noqa: T201 - as above
    return True


def document() -> dict[str, Any]:
    """The OpenAPI document of an application without sources."""
    settings = Settings(
        ServerSettings(
            config=Path(),
            public_url="http://127.0.0.1:8000",
            secret_key=SecretBytes(bytes(32)),
            database_url=SecretStr("sqlite+aiosqlite:///never-opened.sqlite"),
        ),
        IdentitySettings(
            issuer="http://127.0.0.1:1", client_id="none", client_secret=SecretStr("none")
        ),
        Directory({}, {}, {}),
    )
    gateway = compose(settings, Sources.open(settings.directory, utc_now))
    return create_app(gateway).openapi_schema.to_schema()
