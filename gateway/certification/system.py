"""The system that is certified without tests of its own: which adapter, and its settings."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from adapters import registry
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import BookingError
from gateway.config.document import Document, read_document
from gateway.config.mistakes import Mistake
from gateway.sources import origin

_SECONDS = 20


class SystemUnusable(Exception):
    """The system cannot be asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class System:
    """One system: by its vendor, the file with its settings, and its address where it is native."""

    vendor: str
    settings: Path
    endpoint: str | None = None
    zone: str = "Europe/Brussels"

    def open(self) -> BookingAdapter[Any]:
        """An adapter in front of it. Raises ``SystemUnusable``."""
        context = AdapterContext(self.vendor, ZoneInfo(self.zone), lambda: datetime.now(UTC))
        return registry.load(self.vendor)(self._settings(), context)

    @property
    def origin(self) -> str | None:
        """What the certificate of a native system is of."""
        return origin(registry.manifest(self.vendor).endpoint, self._settings())

    def version(self) -> str:
        """Of the vendor's product, as the system reports it. Raises ``SystemUnusable``."""
        return asyncio.run(_version(self.open()))

    def _settings(self) -> BaseModel:
        mistakes: list[Mistake] = []
        document = read_document(
            self.settings.parent,
            self.settings.name,
            os.environ,
            mistakes,
            "what stands below [settings] of a source",
        )
        read = self._read(document) if document else None
        if read is None or mistakes:
            raise SystemUnusable("\n".join(map(str, mistakes)))
        return read

    def _read(self, document: Document) -> BaseModel | None:
        setting = registry.manifest(self.vendor).endpoint
        if self.endpoint is not None and setting is not None:
            document.data.setdefault(setting, self.endpoint)
        return document.read(registry.load(self.vendor).Settings)


async def _version(adapter: BookingAdapter[Any]) -> str:
    try:
        return await adapter.system_version(deadline=Deadline.after(_SECONDS))
    except BookingError as error:
        raise SystemUnusable(f"The system does not answer: {error.detail}") from None
    finally:
        await adapter.aclose()


def native_vendor() -> str:
    """The adapter for systems that speak the contract themselves. Raises ``SystemUnusable``."""
    for vendor in registry.vendors():
        if registry.manifest(vendor).endpoint is not None:
            return vendor
    raise SystemUnusable("No adapter here is for systems that speak the contract themselves.")
