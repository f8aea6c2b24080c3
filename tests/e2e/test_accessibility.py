"""Every screen of the widget, in every language, without a violation; and by keyboard alone."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import AXE, Demo
from tests.e2e.steps import log_in

LANGUAGES = ("nl", "fr", "de", "en")


def violations(page: Page) -> list[str]:
    """What axe finds, each with the elements it is about."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', "
        "'best-practice']}).then(result => result.violations)"
    )
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_screen_has_a_violation(page: Page, demo: Demo, language: str) -> None:
    page.goto(f"{demo.portal}/{language}")
    widget = page.locator("afspraken-widget")
    expect(widget.locator("a[href*='/auth/login']")).to_be_visible()
    assert violations(page) == []

    log_in(page, demo, "Noor", language)
    expect(page.get_by_role("article").first).to_be_visible()
    assert violations(page) == []

    # The last button of the first card cancels, in whatever language.
    page.get_by_role("article").first.get_by_role("button").last.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")

    widget.locator("button").first.click()
    steps = widget.get_by_role("navigation").get_by_role("listitem")
    expect(steps).to_have_count(6)
    for step in range(6):
        expect(steps.nth(step)).to_have_attribute("aria-current", "step")
        expect(page.get_by_role("radio").or_(page.get_by_role("checkbox")).first).to_be_visible()
        assert violations(page) == [], f"step {step}"
        choices = page.get_by_role("radio").or_(page.get_by_role("checkbox"))
        if step < 5:
            choices.first.check()
            widget.locator("form button[type=submit], button.primary").last.click()


# Inside shadow roots the document only knows the outermost element.
_FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const words = (element?.labels?.[0] ?? element)?.textContent ?? '';
  return {words: words.trim(), type: element?.type ?? ''};
}"""


class Keyboard:
    """A citizen without a mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def tab_to(self, words: str = "", *, kind: str = "") -> None:
        for _ in range(60):
            self._page.keyboard.press("Tab")
            focused = self._page.evaluate(_FOCUSED)
            if focused["words"].startswith(words) and kind in focused["type"]:
                return
        pytest.fail(f"{words or kind!r} cannot be reached with Tab")

    def press(self, words: str) -> None:
        self.tab_to(words)
        self._page.keyboard.press("Enter")

    def fill_in(self, label: str, text: str) -> None:
        self.tab_to(label)
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)

    def answer(
        self, question: str, choice: str = "", kind: Literal["radio", "checkbox"] = "radio"
    ) -> None:
        """The question has the focus when it appears; choose, and go on."""
        expect(self._page.get_by_role("heading", name=question)).to_be_focused()
        expect(self._page.get_by_role(kind).first).to_be_visible()
        self.tab_to(choice, kind=kind)
        self._page.keyboard.press("Space")
        self.press("Volgende")


def test_an_appointment_is_booked_by_keyboard_alone(page: Page, demo: Demo) -> None:
    log_in(page, demo, "Kim")
    expect(page.get_by_role("button", name="Nieuwe afspraak")).to_be_visible()
    keyboard = Keyboard(page)
    keyboard.press("Nieuwe afspraak")
    keyboard.answer("In welke gemeente?", "Aalst")
    keyboard.answer("Waarvoor komt u?", "Reispas", kind="checkbox")
    keyboard.answer("Waar komt u langs?")
    keyboard.answer("Welke dag past u?")
    keyboard.answer("Welk tijdstip past u?")
    expect(page.get_by_role("heading", name="Uw gegevens")).to_be_focused()
    keyboard.fill_in("Voornaam", "Kim")
    keyboard.fill_in("Achternaam", "Testburger")
    keyboard.fill_in("E-mailadres", "kim@example.org")
    keyboard.press("Afspraak bevestigen")
    expect(page.get_by_role("heading", name="Uw afspraak is geboekt")).to_be_visible()
