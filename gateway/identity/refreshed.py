"""Something of the provider's that is kept, and fetched anew when it is too old."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import structlog

from gateway.identity.failures import LoginFailed, Reason

T = TypeVar("T")

_PAUSE = timedelta(seconds=2)
_NEVER = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger()


class Refreshed(Generic[T]):
    """A value loaded by one caller at a time; an old one outlives a provider that is down.

    After a failure the provider is left alone for two seconds: citizens who come in
    meanwhile do not each wait for the same timeout.
    """

    def __init__(self, load: Callable[[], Awaitable[T]], now: Callable[[], datetime]) -> None:
        self._load = load
        self._now = now
        self._value: T | None = None
        self._loaded_at = _NEVER
        self._failure = Reason.PROVIDER_UNAVAILABLE
        self._failed_at = _NEVER
        self._one_at_a_time = asyncio.Lock()

    async def get(self, max_age: timedelta) -> T:
        """The value, at most ``max_age`` old where the provider lets us have it.

        Raises ``LoginFailed`` when there is none at all.
        """
        async with self._one_at_a_time:
            now = self._now()
            if now - self._loaded_at >= max_age and now - self._failed_at >= _PAUSE:
                await self._reload()
            if self._value is None:
                raise LoginFailed(self._failure)
            return self._value

    async def _reload(self) -> None:
        try:
            self._value = await self._load()
            self._loaded_at = self._now()
        except LoginFailed as failure:
            self._failure = failure.reason
            self._failed_at = self._now()
            log.warning("provider_not_refreshed", reason=failure.reason)
