"""A page of somebody else with the lines of docs/embed-the-widget.md in it, and a strict policy."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Demo, running_demo
from tests.e2e.steps import cards, onward

GUIDE = Path(__file__).parents[2] / "docs" / "embed-the-widget.md"


class Portal(ThreadingHTTPServer):
    """Serves one page; a browser reaches the widget from a real address only."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.page = self.policy = ""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Portal)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(self.server.page.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with Portal() as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


@pytest.fixture(scope="module")
def demo(portal: Portal) -> Iterator[Demo]:
    with running_demo("--portal", portal.origin) as running:
        yield running


def test_the_lines_of_the_guide_show_the_widget_on_a_page_of_ones_own(
    page: Page, demo: Demo, portal: Portal
) -> None:
    lines = re.search(r"```html\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert lines
    shown = lines[1].replace("https://afspraken.example", demo.gateway)
    portal.page = f"<!doctype html><html lang=nl><link rel=icon href='data:,'>{shown}"
    portal.policy = (
        f"default-src 'none'; img-src data:; script-src {demo.gateway}; connect-src {demo.gateway}"
    )
    refused: list[str] = []
    page.on(
        "console",
        lambda line: refused.append(line.text) if "Security Policy" in line.text else None,
    )

    page.goto(f"{portal.origin}/mijn/pagina")
    page.get_by_role("link", name="Aanmelden").click()
    page.get_by_role("button", name="Noor").click()
    page.wait_for_url(f"{portal.origin}/mijn/pagina")
    expect(cards(page).first).to_be_visible()
    page.get_by_role("button", name="Nieuwe afspraak").click()
    expect(page.get_by_role("radio", name="Aalst")).to_be_checked()
    onward(page, "Waarvoor komt u?")

    assert refused == []


def test_a_home_municipality_that_does_not_take_part_takes_nothing_away(
    page: Page, demo: Demo, portal: Portal
) -> None:
    portal.policy = ""
    portal.page = (
        "<!doctype html><html lang=nl><link rel=icon href='data:,'>"
        f"<script type=module src='{demo.gateway}/widget/afspraken-widget.js'></script>"
        "<afspraken-widget lang=nl municipality=elders></afspraken-widget>"
    )
    page.goto(portal.origin)
    page.get_by_role("link", name="Aanmelden").click()
    page.get_by_role("button", name="Noor").click()
    expect(cards(page).first).to_be_visible()
    page.get_by_role("button", name="Nieuwe afspraak").click()
    expect(page.get_by_role("radio", name="Aalst")).not_to_be_checked()
