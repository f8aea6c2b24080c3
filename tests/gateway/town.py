"""A config directory and its sources for tests: Gent and Brugge, on memory sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from adapters import registry
from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.settings import MemorySettings
from contracts.adapter import AdapterContext
from gateway.config.tables import Accepts, Limits, Municipality
from gateway.settings import Directory, SettingsError, SourceSettings, load_directory
from gateway.sources import Source

MANIFEST = registry.manifest("memory")
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)

FILES: Mapping[str, str] = MappingProxyType(
    {
        "municipalities.toml": """
            [[municipality]]
            id = "gent"
            name = "Gent"
            nis = [{ code = "44021", from = 1977-01-01 }]
            ovo = [{ code = "OVO002067", from = 1977-01-01 }]

            [[municipality.product]]
            product = "1218"
            mode = "link"
            url = "https://stad.gent/uittreksel"

            [[municipality]]
            id = "brugge"
            name = "Brugge"
            nis = [{ code = "31005", from = 1977-01-01 }]
        """,
        "products.toml": """
            [[product]]
            id = "697"
            name = "Reispas"
            fr = { name = "Passeport" }

            [[product]]
            id = "698"
            name = "Identiteitskaart"
            bring = ["Twee pasfoto's"]

            [[product]]
            id = "700"
            name = "Rijbewijs"

            [[product]]
            id = "1218"
            name = "Uittreksel"
        """,
        "sources/gent-loket.toml": """
            vendor = "memory"
            municipality = "gent"

            [products]
            "697" = "reispas"
            "698" = "identiteitskaart"
        """,
    }
)


class Files:
    """A config directory in the making."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "sources").mkdir()
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str | bytes) -> None:
        """Put a file there; text loses its indent."""
        data = text if isinstance(text, bytes) else dedent(text).strip("\n").encode()
        (self.root / name).write_bytes(data)

    def load(self, **environ: str) -> Directory:
        """Read it all."""
        return load_directory(self.root, environ)

    def mistakes(self, **environ: str) -> list[str]:
        """What is wrong, a line each."""
        try:
            self.load(**environ)
        except SettingsError as error:
            return [str(mistake) for mistake in error.mistakes]
        return []


def town(municipality_id: str = "gent") -> Municipality:
    """A municipality."""
    name = municipality_id.capitalize()
    return Municipality.model_validate(
        {"id": municipality_id, "name": name, "nis": [{"code": "44021", "from": "1977-01-01"}]}
    )


def source(
    source_id: str = "gent-loket",
    kind: type[MemoryAdapter] = MemoryAdapter,
    settings: Mapping[str, Any] = MappingProxyType({}),
    **limits: float,
) -> Source:
    """A source on a memory adapter, or on one of a test's own that goes wrong."""
    configured = SourceSettings(
        id=source_id,
        vendor="memory",
        municipality=town(source_id.partition("-")[0]),
        zone=ZoneInfo("Europe/Brussels"),
        accepts=Accepts.EVERYTHING,
        products={"697": "reispas", "698": "identiteitskaart"},
        limits=Limits.model_validate(limits),
        settings=MemorySettings(**settings),
    )
    context = AdapterContext(source=source_id, zone=configured.zone, now=lambda: MONDAY)
    adapter = kind(MemorySettings(**settings), context)
    return Source(configured, adapter, MANIFEST)


def memory(of: Source) -> MemoryAdapter:
    """The adapter of a source, to let things go wrong."""
    assert isinstance(of.adapter, MemoryAdapter)
    return of.adapter
