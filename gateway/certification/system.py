"""The system that is certified without tests of its own: which adapter, and its settings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from adapters import registry
from adapters.sandbox import Sandbox, sandbox_of
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import BookingError
from gateway.config.document import Document, read_document
from gateway.config.mistakes import Mistake
from gateway.sources import origin

T = TypeVar("T")

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

    def open(
        self, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, at: str | None = None
    ) -> BookingAdapter[Any]:
        """An adapter in front of it, or of what stands before it ``at`` another address.

        Raises ``SystemUnusable``.
        """
        settings, setting = self._settings(), registry.manifest(self.vendor).endpoint
        if at is not None and setting is not None:
            settings = settings.model_copy(update={setting: at})
        context = AdapterContext(self.vendor, ZoneInfo(self.zone), now)
        return registry.load(self.vendor)(settings, context)

    @property
    def address(self) -> str | None:
        """Where a native system is."""
        setting = registry.manifest(self.vendor).endpoint
        return str(getattr(self._settings(), setting)) if setting else None

    @property
    def origin(self) -> str | None:
        """What the certificate of a native system is of."""
        return origin(registry.manifest(self.vendor).endpoint, self._settings())

    def version(self) -> str:
        """Of the vendor's product, as the system reports it. Raises ``SystemUnusable``."""
        return _answer(_version(self.open()))

    def controls(self) -> Sandbox | None:
        """What a test may turn there, if the system offers it; ``None`` where none ever does."""
        kind = sandbox_of(self.vendor)
        return kind(self._settings()) if kind else None

    @property
    def advice(self) -> str:
        """What its maker can offer so that more can be shown; nothing where there is no such."""
        kind = sandbox_of(self.vendor)
        return kind.advice if kind else ""

    def is_controlled(self) -> bool:
        """Whether it offers its controls. Raises ``SystemUnusable``."""
        controls = self.controls()
        return controls is not None and _answer(_offered(controls))

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
        if "settings" in document.data:  # copied from a source, or from what a simulator prints
            raise SystemUnusable(
                f"{self.settings}: this file is what stands below [settings] in a source: leave "
                "out that line, and all above it."
            )
        setting = registry.manifest(self.vendor).endpoint
        if self.endpoint is not None and setting is not None:
            document.data.setdefault(setting, self.endpoint)
        return document.read(registry.load(self.vendor).Settings)


def _answer(asked: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(asked)
    except BookingError as error:
        raise SystemUnusable(f"The system does not answer: {error.detail}") from None


async def _version(adapter: BookingAdapter[Any]) -> str:
    try:
        return await adapter.system_version(deadline=Deadline.after(_SECONDS))
    finally:
        await adapter.aclose()


async def _offered(controls: Sandbox) -> bool:
    try:
        return await controls.offered()
    finally:
        await controls.aclose()


def native_vendor() -> str:
    """The adapter for systems that speak the contract themselves. Raises ``SystemUnusable``."""
    for vendor in registry.vendors():
        if registry.manifest(vendor).endpoint is not None:
            return vendor
    raise SystemUnusable("No adapter here is for systems that speak the contract themselves.")
