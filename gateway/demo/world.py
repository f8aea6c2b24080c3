"""The demo's settings: every vendor that has a ``demo.toml``, before its own simulator."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import tomli_w

from adapters import registry
from adapters.simulation import simulate
from gateway.settings import Directory, load_directory

_HERE = Path(__file__).parent
CITIZENS = (1, 2, 3)
Start = Callable[
    [str, Path, Callable[[], datetime]], AbstractAsyncContextManager[Mapping[str, Any]]
]
"""Starts the simulator of a vendor; gives the ``[settings]`` of its source."""


@asynccontextmanager
async def world(
    folder: Path,
    now: Callable[[], datetime],
    match_key: Callable[[str, int], str],
    *,
    vendors: Sequence[str] | None = None,
    start: Start = simulate,
) -> AsyncIterator[tuple[Directory, Mapping[str, Mapping[str, Any]]]]:
    """Start every simulator, or some, and write a config directory, as a municipality would.

    Gives what the directory says, and the ``[settings]`` of each source by its id.
    ``match_key`` says under which name a source knows the n-th demo citizen; a ``demo.toml``
    writes it as ``${CITIZEN_n}``. A municipality that has the vendor beside another one is an
    ``[[elsewhere]]`` in there, with a system of its own; vendors that are named here have one each.
    """
    config = folder / "config"
    (config / "sources").mkdir(parents=True)
    (config / "products.toml").write_bytes((_HERE / "products.toml").read_bytes())
    settings: dict[str, Mapping[str, Any]] = {}
    async with AsyncExitStack() as stack:
        for vendor in registry.vendors() if vendors is None else vendors:
            demo = registry.folder(vendor) / "demo.toml"
            if not demo.exists():
                continue
            text = demo.read_text(encoding="utf-8")
            home = _source(vendor, tomllib.loads(text)["municipality"])
            for number in CITIZENS:
                text = text.replace(f"${{CITIZEN_{number}}}", match_key(home, number))
            table = tomllib.loads(text)
            elsewhere = table.pop("elsewhere", ())
            for place in (table, *(elsewhere if vendors is None else ())):
                source = _source(vendor, place["municipality"])
                (folder / source).mkdir()
                simulated = await stack.enter_async_context(start(vendor, folder / source, now))
                settings[source] = {**simulated, **place.get("settings", {})}
                written = {"vendor": vendor, **place, "settings": settings[source]}
                (config / "sources" / f"{source}.toml").write_text(
                    tomli_w.dumps(written), encoding="utf-8"
                )
        (config / "municipalities.toml").write_text(
            tomli_w.dumps({"municipality": _taking_part(settings)}), encoding="utf-8"
        )
        yield load_directory(config, {}), settings


def _source(vendor: str, municipality: str) -> str:
    return f"{municipality}-{vendor.replace('_', '-')}"


def _taking_part(sources: Iterable[str]) -> list[dict[str, Any]]:
    """The municipalities that have a source here."""
    known = tomllib.loads((_HERE / "municipalities.toml").read_text(encoding="utf-8"))
    ids = {source.partition("-")[0] for source in sources}
    return [each for each in known["municipality"] if each["id"] in ids]
