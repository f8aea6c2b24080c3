"""``poort simulate``: a vendor's simulator by hand, with faults when they are asked for."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import tomli_w

from adapters import registry
from adapters.simulation import CannotSimulate, Faults, simulate, until_clock_change

_ZONE = ZoneInfo("Europe/Brussels")
_MOST_SECONDS = 3600
_DESCRIPTION = """\
Serve a vendor's simulator on this machine, and print a source file that talks to it.

It keeps what it is told until Ctrl-C. The switches make it fail as real systems do.
"""


def _number(most: float, least: float = 0.0) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"write a number from {least:g} to {most:g}")
        return number

    return read


def port_number(text: str) -> int:
    """What is given as ``--port``."""
    return int(_number(65_535)(text))


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort simulate`` understands."""
    parser.description = _DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("vendor", help="one of " + ", ".join(registry.vendors()))
    parser.add_argument(
        "--port", type=port_number, default=0, help="where to serve; a free one by default"
    )
    seconds, day = _number(_MOST_SECONDS), 86_400 * 366
    for name, kind, word, text in (
        ("--latency", seconds, "SECONDS", "wait before every answer"),
        ("--errors", _number(1), "RATE", "answer 500: 0.25 is every fourth request"),
        ("--skew", _number(day, -day), "SECONDS", "let its clock run ahead, or behind"),
    ):
        parser.add_argument(name, type=kind, default=0.0, metavar=word, help=text)
    for name, text in (
        ("--truncate", "stop every answer halfway"),
        ("--html", "answer everything with 200 and a page"),
        ("--drop", "carry writes out, then break the connection"),
        ("--full", "have no time free"),
        ("--dst", "live in the week in which the clock changes next"),
        ("--sandbox", "let 'poort certify' move its clock and empty its agenda"),
    ):
        parser.add_argument(name, action="store_true", help=text)


def command(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C; 1 when it cannot be done, and why."""
    try:
        with tempfile.TemporaryDirectory(prefix="afsprakenpoort-") as folder:
            return asyncio.run(_run(options, Path(folder)))
    except (CannotSimulate, registry.AdapterNotFound, registry.AdapterBroken) as error:
        said = str(error)
    except OSError as error:
        said = f"Cannot listen on port {options.port}: {error.strerror}. Choose another --port."
    print(said, file=sys.stderr)  # noqa: T201 - what a command says to its caller
    return 1


async def _run(options: argparse.Namespace, folder: Path) -> int:
    asked = faults(options)
    async with simulated(
        options.vendor, folder, asked, port=options.port, sandbox=options.sandbox
    ) as text:
        print(text, flush=True)  # noqa: T201 - as above
        await asyncio.Event().wait()  # until Ctrl-C
    return 0


def faults(options: argparse.Namespace) -> Faults:
    """What the switches ask for. Raises ``CannotSimulate``."""
    asked = Faults(
        latency=options.latency,
        errors=options.errors,
        truncate=options.truncate,
        html=options.html,
        drop=options.drop,
        skew=timedelta(seconds=options.skew),
        full=options.full,
    )
    if not options.dst:
        return asked
    return replace(asked, skew=asked.skew + until_clock_change(_now(), _ZONE))


@asynccontextmanager
async def simulated(
    vendor: str, folder: Path, asked: Faults, *, port: int = 0, sandbox: bool = False
) -> AsyncIterator[str]:
    """Serve the simulator; gives what to tell whoever started it. Raises ``CannotSimulate``."""
    async with simulate(vendor, folder, _now, port=port, faults=asked, sandbox=sandbox) as settings:
        if not settings:
            raise CannotSimulate(
                f"{vendor} lives in the gateway's own process: there is nothing to serve."
            )
        yield await asyncio.to_thread(_source_file, vendor, settings)  # it reads files


def _source_file(vendor: str, settings: Mapping[str, Any]) -> str:
    """A source file as a municipality would write it, with the demo's products."""
    path = registry.folder(vendor) / "demo.toml"
    demo = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    municipality = demo.pop("municipality", "gent")
    demo.pop("elsewhere", None)
    table = {
        "vendor": vendor,
        "municipality": municipality,
        **demo,
        "settings": {**settings, **demo.get("settings", {})},
    }
    name = f"{municipality}-{vendor.replace('_', '-')}"
    where = settings.get("base_url", "this machine")
    products = ", ".join(table.get("products", {}))
    return f"""\
# The simulator of {vendor} is served at {where}
# until Ctrl-C. To talk to it, put this in sources/{name}.toml of a config directory
# (docs/add-a-source.md) with {municipality} in its municipalities.toml and the products
# {products} in its products.toml, and ask `poort check --config DIR` what it sees:

{tomli_w.dumps(table)}"""


def _now() -> datetime:
    return datetime.now(UTC)
