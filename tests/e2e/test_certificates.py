"""The pages about certificates fit every screen, and are read by everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from contracts.levels import Target
from contracts.manifest import Level
from contracts.report import GROUPS, Outcome
from gateway.certification.checking import Flaw, Problem
from gateway.certification.html import Entry, list_page, report_page
from gateway.language import Language
from tests.e2e.test_accessibility import violations
from tests.gateway.certification.certificates import NOW, certificate, report

OUTCOMES = {
    f"{group}-{number:03}": outcome
    for group in GROUPS
    for number, outcome in ((1, Outcome.PASSED), (2, Outcome.ABSENT))
} | {"CANCEL-003": Outcome.FAILED, "FAULT-003": Outcome.NOT_RUN}
GOOD = certificate(
    product="Qmatic Orchestra Calendar (public API v1 and v2)", product_version="4.2"
)
POOR = certificate(
    adapter="zms",
    product="ZMS",
    outcomes=OUTCOMES,
    level=Level.BRONZE,
    target=Target.SIMULATOR,
    made_at=NOW - timedelta(days=90),
    valid_until=NOW,
)
ENDPOINT = certificate(
    adapter="standard", product="Standard", endpoint="https://afspraken.een-lange-naam.example"
)


EXPIRED = (Problem(Flaw.EXPIRED, {"valid_until": NOW}),)
REVOKED = (Problem(Flaw.REVOKED, {"at": NOW, "because": "annuleert de verkeerde afspraak"}),)


def pages(language: Language) -> dict[str, str]:
    entries = [
        Entry(GOOD, certified=True, has_report=True),
        Entry(ENDPOINT, certified=False),
        Entry(POOR, certified=True, problems=EXPIRED),
        Entry(GOOD, certified=True, problems=REVOKED),
    ]
    return {
        "certificates": list_page(entries, ["Easy!Appointments", "pretix"], language),
        "certificate": report_page(entries[0], report(), language),
        "certificate-expired": report_page(entries[2], report(OUTCOMES), language),
    }


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_no_page_about_certificates_has_a_violation(page: Page, language: Language) -> None:
    for html in pages(language).values():
        page.set_content(html)
        assert violations(page) == []


def test_they_fit_every_screen(page: Page, photograph: Callable[[Page, str], None]) -> None:
    for name, html in pages("nl").items():
        page.set_content(html)
        photograph(page, name)
