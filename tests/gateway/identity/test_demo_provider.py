"""The demo's provider keeps the rules, so that the demo shows what a real one does."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx

from gateway.identity.demo_provider import DEMO_CITIZENS, DemoProvider
from gateway.identity.national_number import is_national_number
from tests.gateway.identity.conftest import Site


async def token(site: Site, back: httpx.URL, **form: str) -> dict[str, Any]:
    """Redeem the code with which the browser was sent back, as somebody who overheard it."""
    answer = await site.browser.post(
        back.params["iss"] + "/token",
        auth=("poort", "demo"),
        data={
            "grant_type": "authorization_code",
            "code": back.params["code"],
            "redirect_uri": f"{site.url}/auth/callback",
            **form,
        },
    )
    return dict(answer.json())


async def test_the_page_is_dutch_labelled_and_fits_a_small_screen(site: Site) -> None:
    page = (await site.browser.get(await site.start())).text
    assert '<html lang="nl">' in page
    assert page.count("<h1>") == page.count("<main>") == 1
    assert page.count("<button ") == len(DEMO_CITIZENS)
    assert 'content="width=device-width, initial-scale=1"' in page


async def test_only_its_own_client_is_served(site: Site) -> None:
    authorization = await site.start()
    for name in ("client_id", "redirect_uri", "response_type", "code_challenge_method"):
        wrong = authorization.copy_set_param(name, "https://evil.example/")
        assert (await site.browser.get(wrong)).status_code == 400
        assert (await site.browser.post(wrong, data=dict(wrong.params))).status_code == 400


async def test_a_code_is_worth_nothing_without_the_proof(site: Site) -> None:
    back = await site.choose(await site.start())
    assert await token(site, back, code_verifier="guessed") == {"error": "invalid_grant"}
    assert (await site.browser.get(back)).status_code == 400  # nor to its owner, from then on


async def test_an_access_token_is_no_code_and_a_code_no_access_token(site: Site) -> None:
    known = base64.urlsafe_b64encode(hashlib.sha256(b"known").digest()).decode().rstrip("=")
    back = await site.choose((await site.start()).copy_set_param("code_challenge", known))
    answer = await site.browser.get(
        back.params["iss"] + "/userinfo",
        headers={"Authorization": f"Bearer {back.params['code']}"},
    )
    assert answer.status_code == 401
    tokens = await token(site, back, code_verifier="known")
    swapped = await token(site, back, code=tokens["access_token"], code_verifier="known")
    assert swapped == {"error": "invalid_grant"}


async def test_a_wrong_secret_is_refused(site: Site) -> None:
    back = await site.choose(await site.start())
    answer = await site.browser.post(back.params["iss"] + "/token", auth=("poort", "wrong"))
    assert answer.status_code == 401


async def test_nobody_beyond_this_machine_is_served() -> None:
    provider = DemoProvider(
        client_id="poort",
        client_secret="demo",
        redirect_uri="https://poort.example/auth/callback",
        after_logout_uri="https://poort.example/auth/logged-out",
    )
    app: Any = provider.app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as browser:
        for host, status in (("203.0.113.7", 403), ("127.0.0.1", 200)):
            answer = await browser.get(f"http://{host}/.well-known/openid-configuration")
            assert answer.status_code == status


def test_its_citizens_have_numbers_that_pass_the_check() -> None:
    assert all(is_national_number(citizen.rrn) for citizen in DEMO_CITIZENS)
    assert len({citizen.sub for citizen in DEMO_CITIZENS}) == len(DEMO_CITIZENS)
