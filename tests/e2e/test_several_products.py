"""Three products at two counters of two systems, in one go: planned, agreed to, booked, seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.conftest import Demo
from tests.e2e.steps import cards, fill_in_contact, log_in, onward
from tests.e2e.test_accessibility import LANGUAGES, violations
from tests.e2e.test_citizen import calendar_files

Photograph = Callable[[Page, str], None]
PRODUCTS = ("Identiteitskaart", "Reispas", "Uittreksel")


def desk_bookings(demo: Demo) -> list[dict[str, Any]]:
    """What the second system itself says that it holds."""
    source = demo.sources["horebeke-easyappointments"]
    headers = {"Authorization": f"Bearer {source['api_token']}"}
    answer = httpx.get(f"{source['base_url']}appointments", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def plans(page: Page) -> Locator:
    return page.get_by_role("radiogroup").locator(".plan")


def choose_products(page: Page, *products: str) -> None:
    page.get_by_role("button", name="Nieuwe afspraak").click()
    page.get_by_role("radio", name="Horebeke").check()
    onward(page, "Waarvoor komt u?")
    for product in products:
        page.get_by_role("checkbox", name=product).check()
    onward(page, "Welk voorstel past u?")
    expect(plans(page).first).to_be_visible()


def test_three_products_are_booked_at_two_systems_in_one_go(
    page: Page, demo: Demo, photograph: Photograph
) -> None:
    log_in(page, demo, "Sam")
    expect(page.get_by_role("button", name="Nieuwe afspraak")).to_be_visible()
    files, bookings = calendar_files(demo), desk_bookings(demo)

    choose_products(page, *PRODUCTS)
    expect(page.get_by_text("Snelst klaar")).to_be_visible()
    for product in PRODUCTS:
        expect(plans(page).first).to_contain_text(product)
    photograph(page, "plans")
    plans(page).first.get_by_role("radio").check()
    onward(page, "Uw gegevens")
    expect(page.get_by_text("Goed om te weten")).to_be_visible()
    fill_in_contact(page)
    photograph(page, "agree")
    page.get_by_role("button", name="Afspraak bevestigen").click()
    expect(page.get_by_role("heading", name="Uw afspraken zijn geboekt")).to_be_visible()
    photograph(page, "done-several")

    made = calendar_files(demo) - files
    (desk,) = (each for each in desk_bookings(demo) if each not in bookings)
    assert made
    assert desk["serviceId"] == 4
    stops = cards(page).count()
    assert stops >= 2
    for product in PRODUCTS:
        expect(cards(page).filter(has_text=product)).to_have_count(1)
    expect(cards(page).filter(has_text="Reispas")).to_contain_text("Wat brengt u mee?")
    all_at_once = page.get_by_role("link", name="Zet alles in mijn agenda")
    file = page.request.get(all_at_once.get_attribute("href") or "")
    assert file.ok
    assert len(re.findall("BEGIN:VEVENT", file.text())) == stops


def answer_is_lost(route: Route) -> None:
    """The gateway does what was asked, and nobody hears of it."""
    assert route.fetch().ok
    route.abort()


def test_a_visit_whose_answer_is_lost_is_found_and_not_booked_again(
    page: Page, demo: Demo, photograph: Photograph
) -> None:
    log_in(page, demo, "Kim")
    choose_products(page, "Reispas", "Uittreksel")
    plans(page).first.get_by_role("radio").check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    page.route("**/confirm", answer_is_lost)
    page.get_by_role("button", name="Afspraak bevestigen").click()
    expect(page.get_by_role("heading", name="Uw afspraken zijn geboekt")).to_be_visible()
    photograph(page, "after-a-lost-answer")


def test_a_visit_is_watched_while_it_is_booked_and_cancelled_as_a_whole(
    page: Page, demo: Demo, photograph: Photograph
) -> None:
    log_in(page, demo, "Kim")
    expect(page.get_by_role("button", name="Nieuwe afspraak")).to_be_visible()
    files, bookings = calendar_files(demo), desk_bookings(demo)
    choose_products(page, "Reispas", "Uittreksel")
    plans(page).nth(1).get_by_role("radio").check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    kept_back: list[Route] = []
    page.route("**/confirm", lambda route: kept_back.append(route))  # noqa: PLW0108 it marks functions
    page.get_by_role("button", name="Afspraak bevestigen").click()
    expect(page.get_by_role("heading", name="We boeken uw afspraken")).to_be_visible()
    expect(page.get_by_text("0 van 2 geboekt")).to_be_visible()
    expect(page.get_by_text("Vrijgehouden")).to_be_visible()
    assert violations(page) == []
    photograph(page, "progress")
    kept_back[0].continue_()
    expect(page.get_by_role("heading", name="Uw afspraken zijn geboekt")).to_be_visible()
    assert calendar_files(demo) != files
    assert desk_bookings(demo) != bookings

    when = cards(page).filter(has_text="Uittreksel").locator(".when").text_content() or ""
    page.get_by_role("button", name="Naar mijn afspraken").click()
    # By its time: other tests book the same for this citizen.
    own = cards(page).filter(has_text="Uittreksel").filter(has_text=when)
    own.get_by_role("button", name="Annuleren").click()
    photograph(page, "cancel-all")
    page.get_by_role("button", name="Ja, alle 2 van dit bezoek").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert calendar_files(demo) == files
    assert desk_bookings(demo) == bookings


def take_at_the_desk(demo: Demo, chosen: str) -> None:
    """Give the time of the second system's stop to somebody else, in that system itself."""
    source = demo.sources["horebeke-easyappointments"]
    found = re.search(r"horebeke-easyappointments\S+ (\S{16})", chosen)
    assert found, chosen
    start = datetime.fromisoformat(found[1])
    with httpx.Client(
        base_url=source["base_url"], headers={"Authorization": f"Bearer {source['api_token']}"}
    ) as desk:
        customer = {
            "firstName": "Iemand",
            "lastName": "Anders",
            "email": "loket@example.org",
            "phone": "055000000",
        }
        known = desk.post("customers", json=customer).json()["id"]
        for provider in desk.get("providers").json():
            if 4 in provider["services"]:
                booking = {
                    "start": f"{start}",
                    "end": f"{start + timedelta(minutes=10)}",
                    "customerId": known,
                    "providerId": provider["id"],
                    "serviceId": 4,
                }
                assert desk.post("appointments", json=booking).status_code == 201


def test_a_stop_that_was_taken_leaves_nothing_booked_and_is_named(
    page: Page, demo: Demo, photograph: Photograph
) -> None:
    log_in(page, demo, "Kim")
    expect(page.get_by_role("button", name="Nieuwe afspraak")).to_be_visible()
    choose_products(page, "Reispas", "Uittreksel")
    # Another day than other tests book on.
    radio = plans(page).nth(2).get_by_role("radio")
    chosen = radio.get_attribute("value") or ""
    files = calendar_files(demo)
    radio.check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    take_at_the_desk(demo, chosen)
    bookings = desk_bookings(demo)
    page.get_by_role("button", name="Afspraak bevestigen").click()

    expect(page.get_by_role("heading", name="Welk voorstel past u?")).to_be_visible()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Uittreksel uit het strafregister")
    expect(alert).to_contain_text("van dit bezoek is niets geboekt")
    photograph(page, "taken-at-the-desk")
    expect(page.locator(f"input[value='{chosen}']")).to_have_count(0)
    assert (calendar_files(demo), desk_bookings(demo)) == (files, bookings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plans_and_what_is_agreed_to_have_no_violation(
    page: Page, demo: Demo, language: str
) -> None:
    log_in(page, demo, "Noor", language)
    widget = page.locator("afspraken-widget")
    widget.locator("button").first.click()
    onward_button = widget.locator("form button[type=submit], button.primary").last
    page.get_by_role("radio", name="Horebeke").check()
    onward_button.click()
    boxes = page.get_by_role("checkbox")
    expect(boxes.first).to_be_visible()
    for place in range(boxes.count()):
        boxes.nth(place).check()
    onward_button.click()
    expect(plans(page).first).to_be_visible()
    assert violations(page) == []
    plans(page).first.get_by_role("radio").check()
    onward_button.click()
    expect(page.get_by_role("textbox").first).to_be_visible()
    assert violations(page) == []
