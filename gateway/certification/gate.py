"""Decides before any code of an adapter runs whether it may be loaded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from adapters import registry
from gateway.certification.reasons import reason
from gateway.certification.shelf import Question, Shelf
from gateway.config.environment import ServerSettings

log = structlog.get_logger()


def gate(server: ServerSettings, now: Callable[[], datetime]) -> Callable[[str], str | None]:
    """Tells of a vendor why its code may not be loaded: ``None`` when it may.

    Where no level is required all of it may. Raises ``trust.KeysUnreadable``.
    """
    if server.required_level is None:
        return lambda _vendor: None
    shelf = Shelf.open(server.certificates_folder, now())

    def refusal(vendor: str) -> str | None:
        barred = shelf.standing(Question(vendor, registry.digest(vendor))).barred
        if barred is None:
            return None
        log.critical("adapter not loaded", vendor=vendor, flaw=barred.flaw)
        return reason(barred)

    return refusal
