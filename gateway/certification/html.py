"""The pages about certificates: one that lists them, and one report each. No script, no request."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final

from contracts.adapter import Capability
from contracts.certificate import Certificate
from contracts.levels import Requirement, in_production, missing
from contracts.report import GROUPS as ENGLISH
from contracts.report import Outcome, Report, Result
from gateway.certification.checking import Problem
from gateway.certification.names import CAPABILITIES, DEMANDS, GROUPS
from gateway.certification.reasons import reason
from gateway.certification.words import WORDS, Words, day
from gateway.language import Language

_STYLE: Final = """
body{font:1.0625rem/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:60rem;
margin:0 auto;padding:1.5rem 1rem;overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.25}h2{font-size:1.25rem;margin:0 0 .5rem}
a{color:#04c}a,summary{padding:.25rem 0;display:inline-block}
summary{display:list-item;cursor:pointer}
a:focus-visible,summary:focus-visible{outline:3px solid #04c;outline-offset:2px}
ul{padding-left:1.25rem}ul.all,ul.results{list-style:none;padding:0}
.results>li{margin:0 0 .5rem;padding-left:1.25rem}.results pre{grid-column:2}
ul.all>li,section{border:1px solid #767676;border-radius:.5rem;padding:1rem;margin:0 0 1rem}
dl{margin:0;display:grid;column-gap:.75rem;grid-template-columns:minmax(0,1fr)}
dt{font-weight:600}dd{margin:0 0 .5rem}
@media(min-width:40rem){dl{grid-template-columns:14rem minmax(0,1fr)}dd{margin:0 0 .25rem}
.results>li{display:grid;grid-template-columns:8rem minmax(0,1fr)}}
.level{display:inline-block;border:2px solid;border-radius:1rem;padding:.125rem .75rem;
font-weight:600}
.gold{color:#5c4400;background:#fff4cf}.silver{color:#3a3f45;background:#eef0f2}
.bronze{color:#6b3410;background:#fbe9dd}.listed{color:#333;background:#fff}
.own{background:#fff;border-style:dashed}.void{color:#a30000;background:#fff}
.failed{color:#a30000;font-weight:600}.notRun{color:#6b3410;font-weight:600}
pre{white-space:pre-wrap;background:#f3f3f3;padding:.5rem;margin:.25rem 0 0;font-size:.875rem}
nav,.links{display:flex;flex-wrap:wrap;gap:0 1.5rem}section>:last-child,li>.links{margin-bottom:0}
@media print{details>*{display:block}}
"""
_PAGE: Final = Template(
    '<!doctype html>\n<html lang="$language"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>$title</title><style>$style</style></head>\n<body><main>$body</main></body></html>\n"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Cache-Control": "public, max-age=300",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Vary": "Accept-Language",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A certificate that is shown. ``has_report``: the report behind it can be shown.

    ``certified``: signed by the platform; ``None``: by nobody.
    """

    certificate: Certificate
    certified: bool | None
    problems: Sequence[Problem] = ()
    has_report: bool = False


def list_page(entries: Iterable[Entry], without: Sequence[str], language: Language) -> str:
    """Every certificate, with what it is worth; ``without``: the products that have none."""
    words = WORDS[language]
    items = "".join(f"<li>{''.join(_item(entry, words))}</li>" for entry in entries)
    listed = f'<ul class="all">{items}</ul>' if items else f"<p>{words.none}</p>"
    if without:
        names = "".join(f"<li>{escape(name)}</li>" for name in without)
        listed += f"<section><h2>{words.without}</h2><ul>{names}</ul></section>"
    body = (
        f"<h1>{words.title}</h1><p>{words.intro}</p>{listed}"
        f'<p><a href="/certificates/keys.json">{words.keys}</a></p>'
    )
    return _page(words.title, body, language)


def report_page(entry: Entry, report: Report, language: Language, *, served: bool = True) -> str:
    """The whole report of one certificate; where it is ``served``, the list is beside it."""
    words, certificate = WORDS[language], entry.certificate
    back = f'<nav><a href="/certificates">{words.back}</a></nav>' if served else ""
    body = "".join(
        (
            back,
            f"<h1>{escape(certificate.product)}</h1>",
            f"<p>{words.about}</p>",
            *_standing(entry, words),
            f"<section><dl>{''.join(_facts(entry, words))}</dl></section>",
            _needs(certificate, words),
            f"<h2>{words.behaviours}</h2>",
            f"<p>{words.behaviours_intro}</p>" if words.behaviours_intro else "",
            *_groups(report, language),
        )
    )
    return _page(f"{certificate.product}: {words.title}", body, language)


def _page(title: str, body: str, language: Language) -> str:
    return _PAGE.substitute(language=language, title=escape(title), style=_STYLE, body=body)


def _item(entry: Entry, words: Words) -> Iterator[str]:
    certificate = entry.certificate
    name = certificate.name
    yield f"<h2>{escape(certificate.product)}</h2>"
    yield from _standing(entry, words)
    yield f'<dl>{"".join(_facts(entry, words))}</dl><p class="links">'
    if entry.has_report:
        yield _link(f"/certificates/{name}", words.report, certificate.product)
    yield _link(f"/certificates/{name}.jws", words.file, certificate.product)
    yield _link(f"/certificates/{name}.svg", words.badge, certificate.product)
    yield "</p>"


def _standing(entry: Entry, words: Words) -> Iterator[str]:
    """What it is worth here; where it does not count, why. Colour is for what the platform says."""
    certificate = entry.certificate
    if entry.problems:
        yield f'<p><span class="level void">{escape(words.void)}</span></p>'
        for problem in entry.problems:
            yield f'<p class="failed">{escape(reason(problem, words.language))}</p>'
        return
    worth = in_production(certificate.level, certificate.target)
    colour = worth if entry.certified else f"{worth} own"
    level = words.levels[worth]
    yield f'<p><span class="level {colour}">{escape(level.name)}</span> {escape(level.meaning)}</p>'
    if worth is not certificate.level:
        shown = words.levels[certificate.level].name
        yield f"<p>{escape(words.simulated.format(level=shown, worth=level.name))}</p>"


def _link(path: str, text: str, product: str) -> str:
    label = escape(f"{text}: {product}")
    return f'<a href="{escape(path)}" aria-label="{label}">{escape(text)}</a>'


def _facts(entry: Entry, words: Words) -> Iterator[str]:
    certificate = entry.certificate
    signed = {True: words.certified, False: words.attested, None: words.unsigned}[entry.certified]
    yield _fact(words.adapter, certificate.adapter)
    if certificate.endpoint:
        yield _fact(words.endpoint, certificate.endpoint)
    if certificate.product_version:
        yield _fact(words.version, certificate.product_version)
    if entry.problems:
        yield _fact(words.level, words.levels[certificate.level].name)
    can = (
        CAPABILITIES[each][words.language]
        for each in Capability
        if each in certificate.capabilities
    )
    yield _fact(words.capabilities, ", ".join(can) or words.core)
    when = day(certificate.made_at, words.language)
    yield _fact(words.tested, f"{words.targets[certificate.target]}, {when}")
    yield _fact(words.mode, words.modes[certificate.mode])
    versions = words.of_which.format(
        contract=certificate.contract_version, suite=certificate.suite_version
    )
    yield _fact(words.versions, versions)
    if entry.certified is not None:  # what nobody signed is never valid
        yield _fact(words.valid, day(certificate.valid_until, words.language))
    yield _fact(words.signed, signed)


def _fact(name: str, value: str) -> str:
    return f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"


def _needs(certificate: Certificate, words: Words) -> str:
    wanting = "".join(
        f"<li>{escape(words.levels[requirement.level].name)}: "
        f"{escape(f'{words.it} {_demand(requirement, words)}')}</li>"
        for requirement in missing(certificate.evidence_for_level)
    )
    return f"<section><h2>{words.needs}</h2><ul>{wanting}</ul></section>" if wanting else ""


def _demand(requirement: Requirement, words: Words) -> str:
    return DEMANDS[requirement.code].get(words.language, requirement.demand)


def _groups(report: Report, language: Language) -> Iterator[str]:
    words = WORDS[language]
    for group, english in ENGLISH.items():
        results = [result for result in report.results if result.id.startswith(f"{group}-")]
        if not results:
            continue
        title = GROUPS[group].get(language, english)
        counts = ", ".join(
            f'<span class="{outcome}">{count} {words.outcomes[outcome]}</span>'
            for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_RUN, Outcome.ABSENT)
            if (count := sum(result.outcome is outcome for result in results))
        )
        is_open = " open" if any(result.outcome is Outcome.FAILED for result in results) else ""
        shown = "".join(_result(result, words) for result in results)
        yield (
            f"<details{is_open}><summary>{escape(title)}: {counts}</summary>"
            f'<ul class="results">{shown}</ul>'
            "</details>"
        )


def _result(result: Result, words: Words) -> str:
    said = result.message
    wants_words = result.outcome in {Outcome.FAILED, Outcome.NOT_RUN} and said
    details = f'<pre lang="en">{escape(said)}</pre>' if wants_words else ""
    return (
        f'<li><span class="{result.outcome}">{words.outcomes[result.outcome]}</span> '
        f'<span lang="en">{escape(f"{result.id}: {result.demand}")}</span>{details}</li>'
    )
