"""A vendor that asks to wait, does not let us in, or has moved away, at every vendor."""

from __future__ import annotations

import itertools

import anyio
import pytest

from contracts.errors import VendorError, VendorUnavailable
from tests.adapters.conftest import Opened
from tests.adapters.loopback import Say, answer
from tests.adapters.relay import relayed
from tests.adapters.sources import MANIFESTS, soon

OVER_HTTP = sorted(MANIFESTS.keys() - {"memory"})


@pytest.fixture(params=OVER_HTTP)
def vendor_name(request: pytest.FixtureRequest) -> str:
    """Those with a server; see ``test_hostile_answers.py``."""
    name: str = request.param
    return name


def turned_away(status: str, *headers: str) -> Say:
    return answer(b"", status, "text/plain", *headers)


async def test_a_read_that_is_throttled_is_asked_again_when_it_may(opened: Opened) -> None:
    async with opened() as source:
        seen = itertools.count()
        throttled = turned_away("429 Too Many Requests", "Retry-After: 0")

        def interferes(_: bytes) -> Say | None:
            return throttled if next(seen) == 1 else None

        free = await source.free()
        async with relayed(source.base_url, interferes) as (relay, url):
            adapter = source.make(base_url=url)
            await adapter.products(deadline=soon())
            assert await adapter.slots(source.query, deadline=soon()) == free
            assert len(relay.requests) > 1


async def test_who_is_to_wait_longer_than_there_is_time_does_not_wait(opened: Opened) -> None:
    async with opened() as source:
        throttled = turned_away("429 Too Many Requests", "Retry-After: 3600")
        async with relayed(source.base_url, lambda _: throttled) as (_, url):
            adapter = source.make(base_url=url)
            with anyio.fail_after(60), pytest.raises(VendorUnavailable):
                await adapter.products(deadline=soon())


async def test_a_booking_that_is_throttled_was_not_made_and_is_not_sent_again(
    opened: Opened,
) -> None:
    async with opened() as source:
        slot, before = (await source.free())[0], await source.booked()
        throttled = turned_away("429 Too Many Requests", "Retry-After: 0")

        def interferes(request: bytes) -> Say | None:
            return throttled if source.books(request) else None

        async with relayed(source.base_url, interferes) as (relay, url):
            adapter = source.make(base_url=url)
            with pytest.raises(VendorUnavailable):
                await adapter.book(slot, source.request(), deadline=soon())
            assert len([each for each in relay.requests if source.books(each)]) == 1
        assert await source.booked() == before


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_who_is_not_let_in_hears_that_the_vendor_is_not_available(
    opened: Opened, status: str
) -> None:
    async with opened() as source:
        slot, before = (await source.free())[0], await source.booked()
        async with relayed(source.base_url, lambda _: turned_away(status)) as (_, url):
            adapter = source.make(base_url=url)
            with pytest.raises(VendorUnavailable):
                await adapter.products(deadline=soon())
            with pytest.raises(VendorUnavailable):
                await adapter.book(slot, source.request(), deadline=soon())
        assert await source.booked() == before


@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway"])
async def test_a_server_before_it_that_fails_is_no_bad_answer(opened: Opened, status: str) -> None:
    async with (
        opened() as source,
        relayed(source.base_url, lambda _: turned_away(status)) as (_, url),
    ):
        with pytest.raises(VendorUnavailable):
            await source.make(base_url=url).products(deadline=soon())


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
async def test_an_appointment_is_not_gone_because_a_server_before_it_is_elsewhere(
    opened: Opened, status: str
) -> None:
    page = answer(b"<!DOCTYPE html><h1>Not here</h1>", status, "text/html")

    def interferes(request: bytes) -> Say | None:
        return None if b"token" in request.partition(b"\r\n")[0] else page

    async with opened() as source:
        slot = (await source.free())[0]
        booked = await source.make().book(slot, source.request(), deadline=soon())
        before = await source.booked()
        async with relayed(source.base_url, interferes) as (_, url):
            adapter = source.make(base_url=url)
            with pytest.raises(VendorError):
                await adapter.appointment(booked.ref, deadline=soon())
            with pytest.raises(VendorError):
                await adapter.cancel(booked.ref, deadline=soon())
        assert await source.booked() == before
