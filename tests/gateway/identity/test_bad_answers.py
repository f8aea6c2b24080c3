"""A provider that is down, slow, broken or hostile: the citizen gets a page, in time."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from litestar import Response

from contracts.suite import Clock
from tests.gateway.identity.conftest import Sites, registration
from tests.gateway.identity.rogue import Claims, Rogue

BAD_ANSWERS: dict[str, tuple[int, Callable[[], Response[Any]]]] = {
    "a page": (502, lambda: Response("<html>Sorry</html>", media_type="text/html")),
    "a compressed answer": (
        502,
        lambda: Response(
            gzip.compress(b"{}"),
            media_type="application/json",
            headers={"Content-Encoding": "gzip"},
        ),
    ),
    "half an answer": (502, lambda: Response(b'{"issuer": "http', media_type="application/json")),
    "a list": (502, lambda: Response([], status_code=200)),
    "nothing useful": (502, lambda: Response({}, status_code=200)),
    "an error of its own": (503, lambda: Response({}, status_code=500)),
    "another address": (
        502,
        lambda: Response({}, status_code=307, headers={"Location": "https://evil.example/"}),
    ),
}


@pytest.mark.parametrize("endpoint", ["openid-configuration", "jwks", "token", "userinfo"])
@pytest.mark.parametrize("name", BAD_ANSWERS)
async def test_an_answer_that_is_none_gives_a_page(rogue: Rogue, endpoint: str, name: str) -> None:
    status, answer = BAD_ANSWERS[name]
    rogue.instead[endpoint] = answer()
    if endpoint == "openid-configuration":
        await rogue.refused(await rogue.site.browser.get("/auth/login"), status)
    else:
        await rogue.refused(await rogue.log_in(), status)


async def test_a_right_answer_that_is_huge_is_not_read(rogue: Rogue) -> None:
    rogue.userinfo["padding"] = "a" * 300_000
    await rogue.refused(await rogue.log_in(), 502)
    del rogue.userinfo["padding"]
    assert (await rogue.log_in()).status_code == 302


@pytest.fixture
async def silent(sites: Sites, rogue: Rogue) -> AsyncIterator[Rogue]:
    """The rogue, before a gateway that waits no longer than a test can."""
    chosen = {"client_secret": "s", "timeout": timedelta(milliseconds=200)}
    async with sites.site(lambda _: registration(rogue.issuer, **chosen)) as rogue.site:
        yield rogue


@pytest.mark.parametrize("endpoint", ["openid-configuration", "jwks", "token", "userinfo"])
async def test_a_provider_that_stays_silent_is_not_waited_for(silent: Rogue, endpoint: str) -> None:
    silent.silent = {endpoint}
    if endpoint == "openid-configuration":
        await silent.refused(await silent.site.browser.get("/auth/login"), 503)
    else:
        await silent.refused(await silent.log_in(), 503)


async def test_many_citizens_wait_for_a_silent_provider_together(silent: Rogue) -> None:
    silent.silent = {"openid-configuration"}
    answers = await asyncio.gather(*(silent.site.browser.get("/auth/login") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {503}
    assert silent.asked == ["openid-configuration"]


async def test_a_provider_that_is_down_gives_a_page_and_is_found_again(
    sites: Sites, rogue: Rogue, clock: Clock
) -> None:
    nowhere = "http://127.0.0.1:9"  # the discard port: nothing listens
    async with sites.site(lambda _: registration(nowhere, client_secret="s")) as lost:
        assert (await lost.browser.get("/auth/login")).status_code == 503
    rogue.instead["openid-configuration"] = Response({}, status_code=500)
    await rogue.refused(await rogue.site.browser.get("/auth/login"), 503)
    rogue.instead.clear()
    clock.advance(timedelta(seconds=3))
    assert (await rogue.log_in()).status_code == 302


async def test_what_was_published_outlives_an_outage(rogue: Rogue, clock: Clock) -> None:
    assert (await rogue.log_in()).status_code == 302
    clock.advance(timedelta(hours=2))
    rogue.instead["openid-configuration"] = Response({}, status_code=500)
    rogue.instead["jwks"] = Response({}, status_code=500)
    assert (await rogue.log_in()).status_code == 302


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://provider.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
async def test_a_published_document_must_be_its_issuers_and_safe(
    rogue: Rogue, document: Claims
) -> None:
    rogue.document = document
    await rogue.refused(await rogue.site.browser.get("/auth/login"), 502)
