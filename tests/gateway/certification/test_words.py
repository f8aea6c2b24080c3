"""A page about certificates is in its reader's language, and only what developers read is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from string import Formatter
from typing import get_args

import pytest

from contracts.adapter import Capability
from contracts.levels import REQUIREMENTS, Target
from contracts.manifest import Level
from contracts.report import GROUPS as ENGLISH
from contracts.report import Mode, Outcome
from gateway.certification.checking import Flaw, Problem
from gateway.certification.html import Entry, list_page, report_page
from gateway.certification.names import CAPABILITIES, DEMANDS, GROUPS
from gateway.certification.reasons import REASONS, reason
from gateway.certification.words import WORDS
from gateway.language import Language
from tests.gateway.certification.certificates import NOW, certificate, report

LANGUAGES: tuple[Language, ...] = get_args(Language)
TRANSLATED = [language for language in LANGUAGES if language != "en"]

ABOUT: Mapping[Flaw, Mapping[str, str | int]] = {
    Flaw.TESTS_MISSING: {"count": 2, "some": "memory-1, memory-2"},
    Flaw.NOT_ITS_OWN: {"owner": "acme", "about": "memory"},
    Flaw.KEY_RETIRED: {"at": "2027"},
    Flaw.OTHER_ADAPTER: {"adapter": "memory", "vendor": "acme"},
    Flaw.CODE_CHANGED: {"vendor": "memory"},
    Flaw.CONTRACT: {"certified": 1, "current": 4, "previous": 3},
    Flaw.NOT_YET: {"made_at": "2027", "time": "08:00"},
    Flaw.TOO_LONG: {"days": 90},
    Flaw.EXPIRED: {"valid_until": "2027"},
    Flaw.REVOKED: {"at": "2027", "because": "Acme"},
}
"""What is told beside each flaw; ``INCONSISTENT`` says it all."""

# As it was tested: everything that can be said, in all that a run can come to.
OUTCOMES = {
    f"{group}-00{number}": outcome
    for group in ENGLISH
    for number, outcome in enumerate((*Outcome, Outcome.FAILED))
}
POOR = certificate(
    product="Acme",
    product_version="4.2",
    endpoint="https://acme.example",
    outcomes=OUTCOMES,
    level=Level.LISTED,
    capabilities=tuple(Capability),
    mode=Mode.RANDOM,
)
GOOD = certificate(product="Acme", target=Target.SIMULATOR, capabilities=())
NAMES = {"afsprakenpoort", "acme", "memory", "https", "example", "svg", "test", "utc"}
"""Words that are the same in every language: names, and what is written as it is."""
ALIKE: Mapping[Language, str] = {
    "nl": "adapter contract in is of platform privacy product simulator",
    "fr": "absent bronze confirmation notifications or questions situation tests version versions",
    "de": "adapter also an bronze gold in simulator system version was",
}
"""Words that both languages have, each with its own meaning or the same."""


class Shown(HTMLParser):
    """What is read on a page outside of what is marked as English."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: set[str] = set()
        self._inside: list[bool] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        english = given.get("lang") == "en" and tag != "html"
        if not english and not any(self._inside):
            self._read(given.get("aria-label") or "", given.get("title") or "")
        if tag != "meta":
            self._inside.append(english or tag == "style")

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._inside):
            self._read(data)

    def _read(self, *texts: str) -> None:
        for text in texts:
            self.words |= {word.lower() for word in re.findall(r"[^\W\d_]{2,}", text)}


def pages(language: Language) -> list[str]:
    """Both pages, with every flaw, every outcome and every need on them."""
    problems = tuple(Problem(flaw, ABOUT.get(flaw, {})) for flaw in Flaw)
    poor = Entry(POOR, certified=False, problems=problems, has_report=True)
    good = [Entry(GOOD, certified=each, has_report=True) for each in (True, None)]
    return [
        list_page([poor, *good], ["Acme"], language),
        list_page([], [], language),
        report_page(poor, report(OUTCOMES), language),
        *(report_page(each, report(), language) for each in good),
    ]


def words_on(language: Language) -> set[str]:
    return set().union(*(Shown(page).words for page in pages(language)))


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_english_word_is_on_a_page_in_another_language(language: Language) -> None:
    assert words_on(language) & words_on("en") - NAMES == set(ALIKE[language].split())


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_english_all_the_same_is_marked_as_such_and_said(language: Language) -> None:
    page = pages(language)[2]
    for result in report(OUTCOMES).results:
        assert f'<span lang="en">{result.id}: {result.demand}</span>' in page
    assert WORDS[language].behaviours_intro in page


@pytest.mark.parametrize("flaw", list(Flaw))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flaw_has_words_that_tell_all_of_it(flaw: Flaw, language: Language) -> None:
    about = ABOUT.get(flaw, {})
    asked = {name for _, name, _, _ in Formatter().parse(REASONS[flaw][language]) if name}
    assert asked == set(about)
    assert all(str(each) in reason(Problem(flaw, about), language) for each in about.values())


@pytest.mark.parametrize(
    ("language", "written"),
    [("nl", "8/3/2027"), ("fr", "08/03/2027"), ("de", "8.3.2027"), ("en", "2027-03-08")],
)
def test_a_date_is_written_as_its_reader_does(language: Language, written: str) -> None:
    assert written in reason(Problem(Flaw.EXPIRED, {"valid_until": NOW}), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_words(language: Language) -> None:
    words = WORDS[language]
    assert words.language == language
    assert set(words.levels) == set(Level)
    assert set(words.targets) == set(Target)
    assert set(words.modes) == set(Mode)
    assert set(words.outcomes) == set(Outcome)
    assert all(language in CAPABILITIES[capability] for capability in Capability)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_group_and_every_need_has_words_in_every_language(language: Language) -> None:
    assert all(language in GROUPS[group] for group in ENGLISH)
    assert all(language in DEMANDS[requirement.code] for requirement in REQUIREMENTS)
    assert len({requirement.code for requirement in REQUIREMENTS}) == len(REQUIREMENTS)
