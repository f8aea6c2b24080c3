"""What cannot be finished at once: the citizen reads what is certain, and what to do."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Demo, running_demo
from tests.e2e.steps import cards, choose_until_times, fill_in_contact, log_in, onward
from tests.e2e.test_accessibility import Keyboard, violations
from tests.e2e.test_citizen import calendar_files
from tests.e2e.test_several_products import choose_products, plans

Photograph = Callable[[Page, str], None]
MECHELEN = "mechelen-jcc-rest"
DOWN: tuple[int, object] = (503, {})


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo(program=("tests.e2e.troubled",)) as running:
        yield running


@contextmanager
def trouble(
    demo: Demo, source: str, mishaps: dict[str, tuple[int, object] | None]
) -> Iterator[None]:
    """Let requests of this source go wrong, see ``tests.e2e.troubled``."""
    edge = httpx.URL(demo.sources[source]["base_url"]).copy_with(path="/mishaps")
    assert httpx.put(edge, json=mishaps).is_success
    yield
    assert httpx.put(edge, json={}).is_success


def choose_time(page: Page, day: int, number: int) -> None:
    """From the list to the contact data of an appointment in Mechelen."""
    choose_until_times(page, "Mechelen", "Reispas", day)
    page.get_by_role("radio").nth(number).check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)


def test_a_booking_that_nobody_can_look_up_says_whom_to_call(
    page: Page, demo: Demo, photograph: Photograph
) -> None:
    log_in(page, demo, "Kim")
    choose_time(page, day=3, number=4)
    with trouble(demo, MECHELEN, {"^POST .*/appointment$": None}):
        page.get_by_role("button", name="Afspraak bevestigen").click()
        expect(page.get_by_role("heading", name="We weten nog niet of")).to_be_visible()
    _says_whom_to_call(cards(page).filter(has_text="Reispas"))
    assert violations(page) == []
    photograph(page, "needs-a-person")

    Keyboard(page).press("Naar mijn afspraken")
    expect(page.get_by_role("heading", name="Geplande afspraken")).to_be_focused()
    _says_whom_to_call(cards(page).filter(has_text="Reispas"))
    Keyboard(page).tab_to("Bel")
    assert violations(page) == []
    photograph(page, "needs-a-person-list")


def _says_whom_to_call(card: Locator) -> None:
    expect(card).to_contain_text("Nog niet zeker")
    expect(card).to_contain_text("Boek niet opnieuw")
    call = card.get_by_role("link", name="Bel 015 00 00 00")
    expect(call).to_have_attribute("href", "tel:015 00 00 00")


def take_at_the_desk(demo: Demo, start: datetime) -> None:
    """Book the time for somebody else, in the system itself."""
    source = demo.sources[MECHELEN]
    with httpx.Client(base_url=source["base_url"]) as desk:
        token = desk.post(
            "connect/token",
            auth=(source["client_id"], source["client_secret"]),
            data={"grant_type": "client_credentials", "scope": "warp-api"},
        ).json()
        desk.headers["Authorization"] = f"Bearer {token['access_token']}"
        activity = desk.get("activity/listforappointment").json()[0]["id"]
        customer = {
            "id": None,
            "isMainCustomer": True,
            "gender": 0,
            "firstName": "Iemand",
            "lastName": "Anders",
            "phoneNumber": "015000000",
            "emailAddress": "loket@example.org",
        }
        booking: dict[str, Any] = {
            "id": None,
            "activityList": [{"activityId": activity, "amount": 1}],
            "customerList": [customer],
            "fromDateTime": start.isoformat(),
            "toDateTime": (start + timedelta(minutes=10)).isoformat(),
            "locationId": desk.get("location").json()[0]["id"],
            "message": "",
            "fieldList": None,
        }
        assert desk.post("appointment", json=booking).json()["acknowledgeIsSuccess"]


def test_where_a_source_cannot_move_the_new_time_is_booked_before_the_old_is_cancelled(
    page: Page, demo: Demo, photograph: Photograph
) -> None:
    log_in(page, demo, "Sam")
    choose_time(page, day=4, number=6)
    page.get_by_role("button", name="Afspraak bevestigen").click()
    expect(page.get_by_role("heading", name="Uw afspraak is geboekt")).to_be_visible()
    when = page.locator(".when").inner_text()
    page.get_by_role("button", name="Naar mijn afspraken").click()

    keyboard = Keyboard(page)
    keyboard.press("Verplaatsen")
    expect(page.get_by_role("heading", name="Welke dag past u?")).to_be_focused()
    page.get_by_role("radio").nth(5).check()
    keyboard.press("Volgende")
    expect(page.get_by_role("heading", name="Welk tijdstip past u?")).to_be_focused()
    chosen = page.get_by_role("radio").nth(3)
    start = datetime.fromisoformat(chosen.get_attribute("value") or "")
    chosen.check()
    onward(page, "Uw gegevens")
    expect(page.get_by_text("We boeken eerst het nieuwe tijdstip")).to_be_visible()
    fill_in_contact(page)
    assert violations(page) == []
    photograph(page, "move-anew")

    take_at_the_desk(demo, start)
    keyboard.press("Verplaatsen")
    expect(page.get_by_role("alert")).to_contain_text("net door iemand anders geboekt")
    expect(page.get_by_text("Die afspraak blijft staan")).to_be_visible()
    photograph(page, "move-anew-taken")

    page.get_by_role("radio").nth(5).check()
    onward(page, "Uw gegevens")
    with trouble(demo, MECHELEN, {"^DELETE .*/appointment$": DOWN}):
        # What was filled in is still there.
        page.get_by_role("button", name="Verplaatsen").click()
        expect(page.get_by_text("Uw afspraak is verplaatst naar")).to_be_visible()
        expect(cards(page)).to_have_count(2)
        old, new = cards(page).filter(has_text=when), cards(page).filter(has_not_text=when)
        expect(old).to_contain_text("Dit is het oude tijdstip van een afspraak die u verplaatste")
        expect(old.get_by_role("link", name="Zet in mijn agenda")).to_have_count(0)
        expect(old.get_by_role("button")).to_have_count(0)
        expect(new.get_by_role("button", name="Verplaatsen")).to_be_visible()
        assert violations(page) == []
        photograph(page, "move-anew-two")


def give_away_at_the_desk(demo: Demo, kept: str, start: datetime) -> None:
    """What is kept in the shared calendar is thrown out, and every counter gets something else."""
    source = demo.sources["horebeke-caldav"]
    counters = [desk for location in source["locations"] for desk in location["desks"]]
    with httpx.Client(
        base_url=source["base_url"], auth=(source["username"], source["password"])
    ) as desk:
        for counter in counters:
            desk.delete(f"{counter}{kept}")
            name = uuid.uuid4()
            lines = (
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//loket//",
                "BEGIN:VEVENT",
                f"UID:{name}",
                "DTSTAMP:20260101T000000Z",
                f"DTSTART:{start.astimezone(UTC):%Y%m%dT%H%M%SZ}",
                "DURATION:PT15M",
                "SUMMARY:Bezet",
                "END:VEVENT",
                "END:VCALENDAR",
                "",
            )
            answer = desk.put(f"{counter}{name}.ics", content="\r\n".join(lines))
            assert answer.is_success, answer.text


def test_a_visit_that_cannot_be_undone_yet_says_so_and_can_be_left(
    page: Page, demo: Demo, photograph: Photograph
) -> None:
    log_in(page, demo, "Kim")
    expect(page.get_by_role("button", name="Nieuwe afspraak")).to_be_visible()
    files = calendar_files(demo)
    choose_products(page, "Reispas", "Uittreksel")
    radio = plans(page).first.get_by_role("radio")
    found = re.search(r"horebeke-caldav\S+ (\S+)", radio.get_attribute("value") or "")
    assert found
    radio.check()
    onward(page, "Uw gegevens")
    fill_in_contact(page)
    (kept,) = calendar_files(demo) - files
    give_away_at_the_desk(demo, kept, datetime.fromisoformat(found[1]))
    with trouble(demo, "horebeke-easyappointments", {"^DELETE .*/appointments/": DOWN}):
        page.get_by_role("button", name="Afspraak bevestigen").click()
        expect(page.get_by_role("heading", name="Niet alles lukte")).to_be_visible()
        expect(page.get_by_text("U hoeft niet te wachten")).to_be_visible()
        expect(page.get_by_role("listitem").filter(has_text="Reispas")).to_contain_text(
            "Niet gelukt"
        )
        assert violations(page) == []
        photograph(page, "not-undone")

        page.get_by_role("button", name="Naar mijn afspraken").click()
        standing = cards(page).filter(has_text="Uittreksel")
        expect(standing).to_contain_text("Een ander deel van dit bezoek kon niet geboekt worden")
        expect(standing.get_by_role("link", name="Zet in mijn agenda")).to_have_count(0)
        assert violations(page) == []
        photograph(page, "not-undone-list")
