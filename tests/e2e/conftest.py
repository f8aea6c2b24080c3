"""The demo as a person starts it, a real browser, and screenshots to look at."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "tests" / "artifacts"
AXE = ROOT / "tests" / "peers" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (320, 768, 1280)
PROGRAM = ("gateway.cli", "demo", "--port", "0", "--json")
_STARTS_WITHIN_MS = 20_000


@dataclass(frozen=True)
class Demo:
    """A running demo: where its parts are, and its process."""

    gateway: str
    portal: str
    config: str
    sources: dict[str, dict[str, Any]]
    process: subprocess.Popen[str]

    def children(self) -> list[int]:
        """The processes that the demo started."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]


@contextmanager
def running_demo(*more: str, program: Sequence[str] = PROGRAM) -> Iterator[Demo]:
    # A process of its own group, so that a Ctrl-C for pytest leaves it to us to stop it.
    process = subprocess.Popen(
        [sys.executable, "-m", *program, *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the demo ended before it ran; its words are above"
        said = json.loads(line)
        yield Demo(said["gateway"], said["portal"], said["config"], said["sources"], process)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo() as running:
        yield running


# While Playwright's blocking API is open its event loop counts as running, and no test with a
# loop of its own can: so it is closed after each file.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Opens a page of somebody else; what it complains of in its console fails the test."""
    contexts = []
    complaints: list[str] = []

    def open_page() -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="nl-BE")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_STARTS_WITHIN_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


@pytest.fixture
def photograph() -> Callable[[Page, str], None]:
    """Keeps a screenshot of the page in each width."""
    ARTIFACTS.mkdir(exist_ok=True)

    def take(page: Page, name: str) -> None:
        size = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            page.screenshot(path=ARTIFACTS / f"{name}-{width}.png", full_page=True)
            assert overflow <= 0, f"{name} scrolls sideways at {width} px"
        if size:
            page.set_viewport_size(size)

    return take
