"""The public page shows what counts, says what does not, and lets anybody check it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import httpx
import pytest
from litestar import Litestar

from adapters import registry
from contracts.certificate import Certificate
from contracts.levels import Target
from contracts.manifest import Level
from contracts.report import Outcome
from gateway.certification import trust
from gateway.certification.checking import Checks
from gateway.certification.html import HEADERS
from gateway.certification.published import Published
from gateway.certification.routes import certificate_routes
from gateway.certification.signing import PrivateKey, make
from gateway.certification.words import WORDS
from gateway.problems import HANDLERS
from tests.gateway.certification.certificates import (
    ALL_PASSED,
    NOW,
    certificate,
    put,
    report,
    trusting,
)
from tests.gateway.world import Clock

DIGESTS = {vendor: registry.digest(vendor) for vendor in ("memory", "qmatic")}


class Site:
    """A folder with certificates, and the pages made of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock(NOW)
        self.private: PrivateKey = make(folder / "private.pem")
        trust.write(folder / "keys.json", trusting((self.private, "platform")))
        published = Published(folder, self.clock)
        app = Litestar(
            certificate_routes(published), exception_handlers=HANDLERS, openapi_config=None
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(cast("Any", app)), base_url="http://gateway"
        )

    async def get(self, path: str, language: str = "nl") -> httpx.Response:
        self.clock.advance(minutes=1)
        return await self.client.get(path, headers={"Accept-Language": language})


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    site = await asyncio.to_thread(Site, tmp_path)
    yield site
    await site.client.aclose()


def here(**changes: object) -> Certificate:
    """A certificate of an adapter's files as they are here."""
    adapter = str(changes.get("adapter", "memory"))
    return certificate(**{"adapter_digest": DIGESTS[adapter], **changes})


def text_of(page: httpx.Response) -> str:
    return re.sub(
        r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    )


class Balanced(HTMLParser):
    """Fails at an end tag that ends something else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_every_certificate_is_listed_with_what_it_is_worth(site: Site) -> None:
    put(site.folder, site.private, here(product_version="4.2"), report())
    put(
        site.folder,
        site.private,
        here(id="1" * 32, adapter="qmatic", product="Qmatic", target=Target.SIMULATOR),
    )
    page = await site.get("/certificates")

    assert (page.status_code, page.headers["content-language"]) == (200, "nl")
    said = text_of(page)
    assert "Versie van het product 4.2" in said
    assert "een moment vasthouden" in said
    assert "goud Kan meedoen in een bezoek" in said
    assert "brons Toont producten" in said
    assert "Op een simulator is goud aangetoond. Dat telt hier als brons" in said
    assert "Geldig tot 6/6/2027" in said
    assert "Zonder certificaat" in said
    assert page.text.count('href="/certificates/memory"') == 1
    assert 'href="/certificates/qmatic"' not in page.text  # its report is not here


@pytest.mark.parametrize("language", list(WORDS))
async def test_it_is_there_in_every_language(site: Site, language: str) -> None:
    put(site.folder, site.private, certificate(), report())
    for path in ("/certificates", "/certificates/memory"):
        page = await site.get(path, language)
        assert f'<html lang="{language}">' in page.text
        assert page.headers["content-language"] == language
        checked = Balanced()
        checked.feed(page.text)
        assert checked.open == []


async def test_it_needs_no_script_and_loads_nothing(site: Site) -> None:
    put(site.folder, site.private, certificate(), report())
    page = await site.get("/certificates/memory")

    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text


async def test_a_report_shows_every_behaviour_and_what_is_missing(site: Site) -> None:
    outcomes = {**ALL_PASSED, "CANCEL-002": Outcome.FAILED, "HOOK-001": Outcome.ABSENT}
    made = certificate(outcomes=outcomes, level=Level.BRONZE)
    put(site.folder, site.private, made, report(outcomes))
    page = await site.get("/certificates/memory")

    said = text_of(page)
    for id_ in outcomes:
        assert f"{id_}: Does what {id_} demands." in said
    assert "zilver: het annuleert, en nog eens annuleren kan geen kwaad" in said
    assert "&lt;b&gt;said&lt;/b&gt;" in page.text  # what a vendor says is text
    assert page.text.count("<details open>") == 1


async def test_a_report_that_is_not_the_one_signed_for_is_not_shown(site: Site) -> None:
    made = put(site.folder, site.private, certificate(), report())
    (site.folder / f"{made.id}.json").write_text("{}")

    assert (await site.get("/certificates/memory")).status_code == 404
    assert 'href="/certificates/memory"' not in (await site.get("/certificates")).text


async def test_anybody_can_check_a_certificate_with_what_is_published(site: Site) -> None:
    put(site.folder, site.private, certificate())
    keys = await site.get("/certificates/keys.json")
    token = await site.get("/certificates/memory.jws")

    assert keys.headers["content-type"] == "application/jwk-set+json"
    known = trust.Trust.model_validate_json(keys.content)
    assert Checks(known, NOW, {}).read(token.text).problems == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "gold"),
        ({"target": Target.SIMULATOR}, "bronze"),
        ({"made_at": NOW - timedelta(days=90), "valid_until": NOW}, "not certified"),
    ],
)
async def test_the_badge_says_what_counts_now(
    site: Site, changes: dict[str, object], said: str
) -> None:
    put(site.folder, site.private, here(**changes))
    badge = await site.get("/certificates/memory.svg")

    assert badge.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in badge.headers["content-security-policy"]
    picture = ET.fromstring(badge.text)  # noqa: S314 - ours
    assert picture.attrib["aria-label"] == f"Afsprakenpoort: {said}"


async def test_what_is_wrong_is_said_on_the_page(site: Site) -> None:
    expired = certificate(made_at=NOW - timedelta(days=90), valid_until=NOW)
    put(site.folder, site.private, expired, report())
    for path in ("/certificates", "/certificates/memory"):
        page = await site.get(path)
        said = text_of(page)
        assert "telt niet Het certificaat is verlopen op 8/3/2027." in said
        assert "Niveau goud" in said
        assert 'class="level gold"' not in page.text


async def test_an_adapter_whose_files_are_not_those_is_shown_as_not_certified(site: Site) -> None:
    put(site.folder, site.private, certificate(), report())

    said = text_of(await site.get("/certificates"))
    assert "De bestanden van de adapter memory zijn niet die waarvoor" in said
    assert "not certified" in (await site.get("/certificates/memory.svg")).text


async def test_a_stranger_says_nothing_about_a_system_on_the_page(site: Site) -> None:
    acme = await asyncio.to_thread(make, site.folder / "acme.pem")
    known = trusting((site.private, "platform"), (acme, "acme"))
    await asyncio.to_thread(trust.write, site.folder / "keys.json", known)
    put(site.folder, acme, here(product="Bought by Acme"))

    assert "Bought by Acme" not in (await site.get("/certificates")).text
    assert (await site.get("/certificates/memory.svg")).status_code == 404


async def test_what_a_vendor_calls_its_behaviours_is_text_too(site: Site) -> None:
    found = report()
    odd = found.results[0].model_copy(update={"id": 'FACT-<a href="https://evil.example">'})
    behind = found.model_copy(update={"results": (odd, *found.results[1:])})
    put(site.folder, site.private, here(), behind)

    page = await site.get("/certificates/memory")
    assert "FACT-&lt;a href=" in page.text
    assert '<a href="https' not in page.text


async def test_keys_that_cannot_be_read_are_not_the_same_as_no_certificates(site: Site) -> None:
    put(site.folder, site.private, here())
    (site.folder / "keys.json").write_text("{")
    refused = await site.get("/certificates")
    await asyncio.to_thread(
        trust.write, site.folder / "keys.json", trusting((site.private, "platform"))
    )

    assert (refused.status_code, refused.headers["cache-control"]) == (500, "no-store")
    assert "memory.jws" in (await site.get("/certificates")).text


async def test_who_asks_while_the_folder_is_read_waits_for_it(site: Site) -> None:
    put(site.folder, site.private, here())
    pages = await asyncio.gather(*(site.client.get("/certificates") for _ in range(3)))
    assert all("memory.jws" in page.text for page in pages)


async def test_a_certificate_of_the_platform_is_shown_before_a_vendors_own(site: Site) -> None:
    own = await asyncio.to_thread(make, site.folder / "own.pem")
    known = trusting((site.private, "platform"), (own, "memory"))
    await asyncio.to_thread(trust.write, site.folder / "keys.json", known)
    put(site.folder, own, certificate(id="1" * 32))
    assert "Bevestiging verklaring van de leverancier zelf" in text_of(
        await site.get("/certificates")
    )

    put(site.folder, site.private, certificate(id="2" * 32))
    said = text_of(await site.get("/certificates"))
    assert "Bevestiging nagekeken door het platform" in said
    assert "verklaring van de leverancier zelf" not in said


async def test_an_endpoint_has_a_page_of_its_own(site: Site) -> None:
    made = certificate(adapter="standard", endpoint="https://api.acme.example:8443")
    put(site.folder, site.private, made)

    assert "https://api.acme.example:8443" in text_of(await site.get("/certificates"))
    badge = await site.get("/certificates/standard-https---api-acme-example-8443.svg")
    assert badge.status_code == 200


@pytest.mark.parametrize("file", ["nobody", "nobody.svg", "nobody.jws", "memory.pem", "..%2Fx"])
async def test_there_is_nothing_else_there(site: Site, file: str) -> None:
    answer = await site.get(f"/certificates/{file}")
    assert (answer.status_code, answer.json()["code"]) == (404, "resourceNotFound")


async def test_without_any_certificate_it_says_so(site: Site) -> None:
    assert "Er zijn nog geen certificaten." in text_of(await site.get("/certificates"))
