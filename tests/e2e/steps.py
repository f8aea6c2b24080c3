"""What a citizen does on the screen, by the words on it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Demo


def log_in(page: Page, demo: Demo, citizen: str = "Noor", language: str = "nl") -> None:
    page.goto(f"{demo.portal}/{language}")
    page.locator("afspraken-widget a[href*='/auth/login']").click()
    page.get_by_role("button", name=citizen).click()
    page.wait_for_url(f"{demo.portal}/{language}")


def cards(page: Page) -> Locator:
    return page.get_by_role("article")


def onward(page: Page, heading: str) -> None:
    """Go to the next step and wait until its question is asked."""
    page.get_by_role("button", name="Volgende").click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()


def choose_until_times(page: Page, municipality: str, product: str, day: int = 0) -> None:
    """From the list to the times of the ``day``-th day that has any."""
    page.get_by_role("button", name="Nieuwe afspraak").click()
    page.get_by_role("radio", name=municipality).check()
    onward(page, "Waarvoor komt u?")
    page.get_by_role("checkbox", name=product).check()
    onward(page, "Waar komt u langs?")
    page.get_by_role("radio").first.check()
    onward(page, "Welke dag past u?")
    page.get_by_role("radio").nth(day).check()
    onward(page, "Welk tijdstip past u?")


def fill_in_contact(page: Page) -> None:
    """Whatever this source asks, answered with test data."""
    texts = {
        "Voornaam": "Noor",
        "Achternaam": "Testburger",
        "E-mailadres": "noor@example.org",
        "Telefoonnummer": "053000000",
        "Gsm-nummer": "0470000000",
    }
    for label, text in texts.items():
        field = page.get_by_role("textbox", name=label)
        if field.count():
            field.first.fill(text)
