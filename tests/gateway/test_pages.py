"""The pages name nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli import COMMANDS
from gateway.config.environment import ServerSettings

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "profile_widget" / "README.md", *ROOT.glob("docs/**/*.md")]
)
ADRS = sorted(ROOT.glob("docs/adr/*.md"))


def anchors(page: Path) -> set[str]:
    """Where a link can go within a page, as GitHub names its headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in (link for link in links if "://" not in link):
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    named = re.findall(
        r"(?:`|^|/)poort ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert set(named) <= COMMANDS.keys()


def test_the_operators_page_has_every_variable_and_no_other() -> None:
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    known = {f"POORT_{name.upper()}" for name in ServerSettings.model_fields}

    assert set(re.findall(r"POORT_[A-Z_]*[A-Z]", page)) == known


def test_a_decision_has_its_own_number_and_says_it() -> None:
    numbers = [int(adr.name[:4]) for adr in ADRS]

    assert len(set(numbers)) == len(numbers)
    for adr, number in zip(ADRS, numbers, strict=True):
        assert adr.read_text(encoding="utf-8").startswith(f"# {number}. "), adr.name
