"""Sessions in Redis: the same tests, and what only Redis has."""

from datetime import timedelta

from redis.asyncio import Redis

from gateway.identity.session_stores import RedisSessionStore
from tests.gateway.identity.conftest import Sites
from tests.gateway.identity.test_session_stores import *  # noqa: F403


async def test_reading_a_session_makes_it_live_on(store: RedisSessionStore, redis: Redis) -> None:
    await store.put("a", b"a", timedelta(minutes=1))
    assert 59_000 < await redis.pttl("poort:session:a") <= 60_000
    await store.get("a", timedelta(minutes=10))
    assert 599_000 < await redis.pttl("poort:session:a") <= 600_000


async def test_a_login_lies_in_redis(sites: Sites, store: RedisSessionStore, redis: Redis) -> None:
    async with sites.demo(store=store) as site:
        await site.log_in()
        assert (await site.session())["givenName"] == "Noor"
        keys = [key async for key in redis.scan_iter("poort:session:*")]
        assert len(keys) == 1
        assert str(site.cookie).encode() not in keys[0]
