"""``poort openapi``: the document that the running application serves, committed and compared."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretBytes, SecretStr

from gateway.app import compose, create_app, utc_now
from gateway.config.environment import ServerSettings
from gateway.identity.settings import IdentitySettings
from gateway.settings import Directory, Settings
from gateway.sources import Sources

COMMITTED = Path(__file__).parents[1] / "contracts" / "openapi.json"
_MOST_LINES = 60


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort openapi`` understands."""
    parser.description = "Write the OpenAPI document of the application to contracts/openapi.json."
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when the committed one differs"
    )


def command(options: argparse.Namespace) -> int:
    """0: written, or the same; 1: it differs, and how."""
    text = json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if not options.check:
        COMMITTED.write_text(text, encoding="utf-8")
        return 0
    committed = COMMITTED.read_text(encoding="utf-8") if COMMITTED.exists() else ""
    if committed == text:
        return 0
    lines = difflib.unified_diff(
        committed.splitlines(), text.splitlines(), "committed", "application", lineterm="", n=2
    )
    for _, line in zip(range(_MOST_LINES), lines, strict=False):
        print(line, file=sys.stderr)  # noqa: T201 - what a command says to its caller
    said = "contracts/openapi.json is not what the application serves: run 'make openapi'"
    print(said, file=sys.stderr)  # noqa: T201 - as above
    return 1


def document() -> dict[str, Any]:
    """The OpenAPI document of an application without sources."""
    settings = Settings(
        ServerSettings(
            config=Path(),
            public_url="http://127.0.0.1:8000",
            secret_key=SecretBytes(bytes(32)),
            database_url=SecretStr("sqlite+aiosqlite:///:memory:"),
        ),
        IdentitySettings(
            issuer="http://127.0.0.1:1", client_id="none", client_secret=SecretStr("none")
        ),
        Directory({}, {}, {}),
    )
    gateway = compose(settings, Sources.open(settings.directory, utc_now))
    return create_app(gateway).openapi_schema.to_schema()
