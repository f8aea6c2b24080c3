"""Our client, checked by a provider that we did not write: npm's ``oidc-provider``."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jose import jwk

from tests.gateway.identity.conftest import PORTAL, Site, Sites, registration

PEERS = Path(__file__).parents[2] / "peers"
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
SECRET = "a secret: 100% & more"
EID = "urn:be:vlaanderen:authmech:eid"

Open = Callable[..., AbstractAsyncContextManager[Site]]

if NODE is None or not (PEERS / "node_modules" / "oidc-provider").is_dir():
    pytest.skip("`make test` installs node and oidc-provider", allow_module_level=True)


@asynccontextmanager
async def provider(client: dict[str, Any]) -> AsyncIterator[str]:
    """The provider in a process of its own; gives its issuer."""
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE,
        str(PEERS / "oidc-provider.mjs"),
        json.dumps(client),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


@pytest.fixture
def open_site(sites: Sites) -> Open:
    """Opens a site that is registered with the provider as ``client`` says."""

    @asynccontextmanager
    async def open_(client: dict[str, Any], **chosen: object) -> AsyncIterator[Site]:
        url = sites.addresses[-1][1]
        # As at start, before there is an event loop: a key file is read.
        settings = await asyncio.to_thread(registration, "https://later.example", **chosen)
        addresses = {
            "redirect_uris": [f"{url}/auth/callback"],
            "post_logout_redirect_uris": [f"{url}/auth/logged-out"],
        }
        async with (
            provider({"client_id": "poort", **addresses, **client}) as issuer,
            sites.site(
                lambda _: settings.model_copy(update={"issuer": issuer}),
                now=lambda: datetime.now(UTC),
            ) as site,
        ):
            assert site.url == url
            yield site

    return open_


async def back_from(site: Site, **headers: str) -> httpx.URL:
    """Log in at the provider; where it sends the browser back to."""
    url = await site.start("/afspraken")
    while not str(url).startswith(site.url):
        answer = await site.browser.get(url, headers=headers)
        assert answer.is_redirect, answer.text
        url = url.join(answer.headers["Location"])
    return url


async def test_a_citizen_logs_in_with_a_secret_and_out_again(open_site: Open) -> None:
    async with open_site({"client_secret": SECRET}, client_secret=SECRET) as site:
        answer = await site.browser.get(await back_from(site))
        assert answer.headers["Location"] == f"{site.url}/afspraken"
        session = await site.session()
        assert session["givenName"] == "Noor"
        answer = await site.browser.post(
            "/auth/logout",
            params={"returnTo": PORTAL},
            headers={"CSRF-Token": session["csrfToken"], "Origin": site.url},
        )
        assert await site.session() == {"loggedIn": False}
        page = await site.browser.get(answer.json()["logoutUrl"])
        assert page.status_code == 200
        assert "sign-out" in page.text


async def test_a_citizen_logs_in_with_a_private_key(open_site: Open, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "key.pem"
    file.write_bytes(pem)
    client = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [{**jwk.construct(pem, "RS256").public_key().to_dict(), "kid": "1"}]},
    }
    async with open_site(client, private_key_file=file) as site:
        assert (await site.browser.get(await back_from(site))).status_code == 302
        assert (await site.session())["loggedIn"]


async def test_acr_and_national_number_come_through(open_site: Open) -> None:
    chosen = {
        "client_secret": SECRET,
        "scopes": ("openid", "profile", "rrn"),
        "acr_values": (EID,),
        "minimum_acr_level": 30,
        "citizen_key_claim": "rrn",
        "keep_national_number": True,
    }
    async with open_site({"client_secret": SECRET}, **chosen) as site:
        assert (await site.browser.get(await back_from(site))).status_code == 302
        session = await site.identity.sessions.find(site.cookie)
        assert session is not None
        assert session.acr == EID
        assert session.national_number is not None
        assert session.national_number.get_secret_value() == "85073003328"


async def test_a_citizen_who_cancels_reads_so(open_site: Open) -> None:
    async with open_site({"client_secret": SECRET}, client_secret=SECRET) as site:
        answer = await site.browser.get(await back_from(site, **{"X-Citizen": "cancels"}))
        assert answer.status_code == 403
        assert "U hebt de aanmelding afgebroken" in answer.text


async def test_one_scope_too_many_fails_the_login(open_site: Open) -> None:
    client = {"client_secret": SECRET, "scope": "openid profile"}
    scopes = ("openid", "profile", "rrn")
    async with open_site(client, client_secret=SECRET, scopes=scopes) as site:
        answer = await site.browser.get(await back_from(site))
        assert answer.status_code == 502
        assert await site.session() == {"loggedIn": False}


async def test_a_code_works_once_and_only_with_our_proof(open_site: Open) -> None:
    async with open_site({"client_secret": SECRET}, client_secret=SECRET) as site:
        back = await back_from(site)
        kept = str(site.browser.cookies.get("poort-login"))
        assert (await site.browser.get(back)).status_code == 302
        site.browser.cookies.set("poort-login", kept, domain="127.0.0.1", path="/")
        assert (await site.browser.get(back)).status_code == 400
        stolen = await back_from(site)
        mine = (await site.start("/afspraken")).params["state"]
        injected = stolen.copy_set_param("state", mine)
        assert (await site.browser.get(injected)).status_code == 400


async def test_a_wrong_secret_gives_a_page(open_site: Open) -> None:
    async with open_site({"client_secret": SECRET}, client_secret="another") as site:
        answer = await site.browser.get(await back_from(site))
        assert answer.status_code == 502
        assert "Aanmelden is niet gelukt" in answer.text
