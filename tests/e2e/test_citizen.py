"""The main story in a real browser: everything real but the vendors behind two sources."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Demo, running_demo
from tests.e2e.steps import cards, choose_until_times, fill_in_contact, log_in, onward

Photograph = Callable[[Page, str], None]


def calendar_files(demo: Demo) -> set[str]:
    """What the calendar server itself says that it holds."""
    source = demo.sources["horebeke-caldav"]
    held: set[str] = set()
    with httpx.Client(auth=(source["username"], source["password"])) as client:
        for location in source["locations"]:
            for desk in location["desks"]:
                answer = client.request(
                    "PROPFIND", f"{source['base_url']}{desk}", headers={"Depth": "1"}
                )
                assert answer.status_code == 207, answer.text
                held |= set(re.findall(r"[^<>/]+\.ics", answer.text))
    return held


def test_a_citizen_sees_three_systems_books_in_one_and_cancels(
    page: Page, demo: Demo, photograph: Photograph
) -> None:
    page.goto(demo.gateway)
    expect(page.get_by_role("link", name="Aanmelden")).to_be_visible()
    photograph(page, "logged-out")

    log_in(page, demo)
    for town in ("Aalst", "Mechelen", "Horebeke"):
        expect(cards(page).filter(has_text=town).first).to_be_visible()
    photograph(page, "list")

    before = calendar_files(demo)
    choose_until_times(page, "Horebeke", "Adreswijziging", day=2)
    photograph(page, "times")
    page.get_by_role("radio").nth(3).check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    photograph(page, "contact")
    page.get_by_role("button", name="Afspraak bevestigen").click()
    expect(page.get_by_role("heading", name="Uw afspraak is geboekt")).to_be_visible()
    photograph(page, "done")
    made = calendar_files(demo) - before
    assert len(made) == 1

    page.get_by_role("button", name="Naar mijn afspraken").click()
    card = cards(page).filter(has_text="Adreswijziging doorgeven")
    expect(card).to_have_count(1)
    calendar = card.get_by_role("link", name="Zet in mijn agenda").get_attribute("href")
    assert calendar
    file = page.request.get(calendar)
    assert file.ok
    assert "BEGIN:VEVENT" in file.text()

    card.get_by_role("button", name="Annuleren").click()
    photograph(page, "cancel")
    page.get_by_role("button", name="Ja, annuleren").click()
    expect(card.get_by_role("button", name="Annuleren")).to_have_count(0)
    assert calendar_files(demo) == before


def test_a_time_that_was_taken_meanwhile_leads_back_to_the_times(
    new_page: Callable[[], Page], demo: Demo
) -> None:
    first, second = new_page(), new_page()
    for each, citizen in ((first, "Sam"), (second, "Kim")):
        log_in(each, demo, citizen)
        # This source has one counter and keeps nothing before the booking.
        choose_until_times(each, "Mechelen", "Reispas", day=5)
        each.get_by_role("radio", name="10:00").check()
        onward(each, "Uw gegevens")
        fill_in_contact(each)
    first.get_by_role("button", name="Afspraak bevestigen").click()
    expect(first.get_by_role("heading", name="Uw afspraak is geboekt")).to_be_visible()
    second.get_by_role("button", name="Afspraak bevestigen").click()

    expect(second.get_by_role("heading", name="Welk tijdstip past u?")).to_be_visible()
    expect(second.get_by_role("radio", name="10:00")).to_have_count(0)


def test_back_in_the_browser_is_one_step_back_and_loses_nothing(page: Page, demo: Demo) -> None:
    log_in(page, demo, "Kim")
    expect(page.get_by_role("button", name="Nieuwe afspraak")).to_be_visible()
    choose_until_times(page, "Mechelen", "Reispas", day=7)
    page.get_by_role("radio").nth(2).check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    page.go_back()
    expect(page.get_by_role("heading", name="Welk tijdstip past u?")).to_be_focused()
    expect(page.get_by_role("radio").nth(2)).to_be_checked()
    onward(page, "Uw gegevens")
    expect(page.get_by_role("textbox", name="Achternaam")).to_have_value("Testburger")

    for heading in ("tijdstip", "dag", "Waar komt u langs?", "Waarvoor", "gemeente?", "Geplande"):
        page.go_back()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.get_by_role("button", name="Nieuwe afspraak").click()
    page.get_by_role("button", name="Stoppen").click()
    # Our own entry is gone from the history.
    page.wait_for_function("!history.state")


def test_who_logs_out_leaves_no_sentence_about_their_appointment_on_the_screen(
    page: Page, demo: Demo
) -> None:
    log_in(page, demo, "Kim")
    choose_until_times(page, "Horebeke", "Adreswijziging", day=4)
    page.get_by_role("radio").nth(1).check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    page.get_by_role("button", name="Afspraak bevestigen").click()
    page.get_by_role("button", name="Naar mijn afspraken").click()
    card = cards(page).filter(has_text="Horebeke")
    card.get_by_role("button", name="Annuleren").click()
    page.get_by_role("button", name="Ja, annuleren").click()
    expect(page.get_by_role("status")).to_contain_text("is geannuleerd")

    def without_an_address(route: Route) -> None:
        """As where the login provider is down, or has no logout of its own."""
        answer = route.fetch()
        route.fulfill(response=answer, json={})

    page.route("**/auth/logout?*", without_an_address)
    page.get_by_role("button", name="Afmelden").click()
    expect(page.get_by_role("link", name="Aanmelden")).to_be_visible()
    expect(page.get_by_text("is geannuleerd")).to_have_count(0)


def test_the_second_click_of_a_double_click_is_for_nothing(page: Page, demo: Demo) -> None:
    log_in(page, demo, "Kim")
    expect(page.get_by_role("button", name="Nieuwe afspraak")).to_be_visible()
    page.get_by_role("button", name="Nieuwe afspraak").click()
    page.get_by_role("radio", name="Mechelen").check()
    onward(page, "Waarvoor komt u?")
    button = page.get_by_role("button", name="Volgende")
    button.dispatch_event("click", {"detail": 2})
    expect(page.get_by_role("alert")).to_have_count(0)
    button.dispatch_event("click", {"detail": 1})
    expect(page.get_by_role("alert")).to_contain_text("Kies minstens één product")


def log_in_beside(page: Page, demo: Demo, citizen: str) -> None:
    """In another window, as the link there does, and come back to the page."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Opnieuw aanmelden").click()
    opened.value.get_by_role("button", name=citizen).click()
    opened.value.wait_for_url(f"{demo.portal}/nl")
    opened.value.close()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("U bent opnieuw aangemeld")).to_be_visible()


def test_who_is_logged_out_while_filling_in_logs_in_beside_it_and_goes_on(
    page: Page, demo: Demo
) -> None:
    log_in(page, demo, "Kim")
    choose_until_times(page, "Mechelen", "Reispas", day=8)
    page.get_by_role("radio").nth(3).check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Afspraak bevestigen").click()
    expect(page.get_by_role("link", name="Opnieuw aanmelden")).to_be_focused()
    # It is said once.
    expect(page.get_by_role("alert")).to_have_count(1)
    log_in_beside(page, demo, "Kim")
    page.get_by_role("button", name="Afspraak bevestigen").click()
    expect(page.get_by_role("heading", name="Uw afspraak is geboekt")).to_be_visible()


def test_somebody_else_of_the_same_name_sees_nothing_of_what_was_filled_in(
    page: Page, demo: Demo
) -> None:
    def called_kim(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "givenName": "Kim"})

    page.route("**/auth/session", called_kim)
    log_in(page, demo, "Kim")
    choose_until_times(page, "Mechelen", "Reispas", day=8)
    page.get_by_role("radio").nth(3).check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Afspraak bevestigen").click()
    log_in_beside(page, demo, "Sam")
    expect(page.get_by_role("heading", name="Uw gegevens")).to_have_count(0)
    expect(page.get_by_role("textbox")).to_have_count(0)


def test_a_municipality_that_is_silent_is_named(page: Page, photograph: Photograph) -> None:
    with running_demo() as demo:
        (radicale,) = demo.children()
        os.kill(radicale, signal.SIGKILL)
        page.goto(f"{demo.portal}/nl")
        page.evaluate("customElements.whenDefined('afspraken-widget')")
        log_in(page, demo)
        expect(cards(page).first).to_be_visible()
        page.get_by_role("button", name="Nieuwe afspraak").click()
        page.get_by_role("radio", name="Horebeke").check()
        onward(page, "Waarvoor komt u?")
        page.get_by_role("checkbox", name="Reispas").check()
        onward(page, "Waar komt u langs?")
        page.get_by_role("button", name="Volgende").click()
        expect(page.get_by_text("antwoorden nu niet")).to_be_visible()
        expect(page.get_by_role("button", name="Opnieuw proberen")).to_be_visible()
        photograph(page, "silent")


def test_the_reference_page_needs_no_internet(page: Page, demo: Demo) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{demo.gateway}/docs")
    expect(page.get_by_text("/booking/v1/visits").first).to_be_visible()
    assert all(url.startswith((demo.gateway, "data:")) for url in asked)


def test_every_source_of_the_demo_passes_the_check(demo: Demo) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "check", "--config", demo.config],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert all(source in checked.stdout for source in demo.sources)
