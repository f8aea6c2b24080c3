"""Where sessions lie: bytes under a key that somebody keeps alive by using them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from redis import DriverInfo
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError

_ANSWERS_WITHIN = 2.0  # seconds
_RETRIES = 2


class SessionStore(Protocol):
    """Sealed sessions by the hash of their id; a store can read neither."""

    async def put(self, key: str, value: bytes, lifetime: timedelta) -> None:
        """Keep ``value`` for ``lifetime``."""

    async def get(self, key: str, lifetime: timedelta) -> bytes | None:
        """The value, from now on kept for another ``lifetime``; ``None`` if it is gone."""

    async def delete(self, key: str) -> None:
        """Forget the value, if there is one."""

    async def answers(self) -> bool:
        """Whether sessions can be read now."""

    async def aclose(self) -> None:
        """Close the connections."""


class MemorySessionStore:
    """Sessions of one process. The least recently used go when there are too many."""

    def __init__(self, now: Callable[[], datetime], limit: int = 100_000) -> None:
        self._now = now
        self._limit = limit
        self._kept: OrderedDict[str, tuple[datetime, bytes]] = OrderedDict()

    async def put(self, key: str, value: bytes, lifetime: timedelta) -> None:
        """Keep ``value`` for ``lifetime``."""
        now = self._now()
        self._kept[key] = (now + lifetime, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._limit or next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)

    async def get(self, key: str, lifetime: timedelta) -> bytes | None:
        """The value, from now on kept for another ``lifetime``; ``None`` if it is gone."""
        expires_at, value = self._kept.get(key, (None, b""))
        if expires_at is None or expires_at <= self._now():
            return None
        await self.put(key, value, lifetime)
        return value

    async def delete(self, key: str) -> None:
        """Forget the value, if there is one."""
        self._kept.pop(key, None)

    async def answers(self) -> bool:
        """Always."""
        return True

    async def aclose(self) -> None:
        """Nothing is open."""


class RedisSessionStore:
    """Sessions of many processes, in Redis 6.2 or newer."""

    def __init__(self, redis: Redis, prefix: str = "poort:session:") -> None:
        self._redis = redis
        self._prefix = prefix

    @classmethod
    def at(cls, url: str) -> RedisSessionStore:
        """Sessions in the Redis at ``url``: ``redis://``, ``rediss://`` or ``unix://``.

        A Redis that was restarted is asked again, which is harmless: all of it is idempotent.
        """
        return cls(
            Redis.from_url(
                url,
                retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), _RETRIES),
                socket_timeout=_ANSWERS_WITHIN,
                socket_connect_timeout=_ANSWERS_WITHIN,
                # Made once: each connection would read redis's version from disk.
                driver_info=DriverInfo(),
            )
        )

    async def put(self, key: str, value: bytes, lifetime: timedelta) -> None:
        """Keep ``value`` for ``lifetime``."""
        await self._redis.set(self._prefix + key, value, px=lifetime)

    async def get(self, key: str, lifetime: timedelta) -> bytes | None:
        """The value, from now on kept for another ``lifetime``; ``None`` if it is gone."""
        value = await self._redis.getex(self._prefix + key, px=lifetime)
        return value if isinstance(value, bytes) else None

    async def delete(self, key: str) -> None:
        """Forget the value, if there is one."""
        await self._redis.delete(self._prefix + key)

    async def answers(self) -> bool:
        """Whether Redis answers now."""
        try:
            await self._redis.ping()
        except (RedisError, OSError):
            return False
        return True

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
