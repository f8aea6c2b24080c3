"""``poort vendors``: which vendors there are and what each can do, from the code alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from adapters import registry
from contracts.adapter import Capability

PAGE = Path(__file__).parents[1] / "docs" / "vendors" / "README.md"

_HEAD = """\
# Vendors

Written by `poort vendors --write` from the adapters' classes and manifests; do not edit it. A
capability is there when the adapter overrides the method. What the words mean is said in
[`contracts/adapter.py`](../../contracts/adapter.py) and
[`contracts/manifest.py`](../../contracts/manifest.py).
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort vendors`` understands."""
    parser.description = "Print the table of vendors, their facts and capabilities."
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--write", action="store_true", help="write docs/vendors/README.md")
    choice.add_argument("--check", action="store_true", help="fail when that page is out of date")


def command(options: argparse.Namespace) -> int:
    """0: printed, written, or up to date; 1: the page is out of date."""
    text = page()
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    elif not options.check:
        print(text)  # noqa: T201 - what a command does
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        said = "docs/vendors/README.md is out of date: run 'poort vendors --write'"
        print(said, file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0


def page() -> str:
    """The whole page in Markdown."""
    return "\n".join((_HEAD, *_facts(), "", *_capabilities(), ""))


def _facts() -> Iterator[str]:
    titles = [
        "vendor",
        "system",
        "evidence",
        "resolution",
        "conflictCheck",
        "amountModel",
        "combination",
    ]
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for vendor in registry.vendors():
        manifest = registry.manifest(vendor)
        facts = manifest.facts
        cells = (
            _link(vendor),
            manifest.name,
            manifest.evidence,
            facts.resolution,
            facts.conflict_check,
            facts.amount_model,
            facts.combination,
        )
        yield f"| {' | '.join(cells)} |"


def _capabilities() -> Iterator[str]:
    vendors = registry.vendors()
    yield f"| capability | {' | '.join(vendors)} |"
    yield f"|---|{':-:|' * len(vendors)}"
    has = {vendor: registry.load(vendor).capabilities() for vendor in vendors}
    for capability in Capability:
        cells = ("✓" if capability in has[vendor] else "" for vendor in vendors)
        yield f"| `{capability}` | {' | '.join(cells)} |"


def _link(vendor: str) -> str:
    return f"[{vendor}]({vendor}.md)" if (PAGE.parent / f"{vendor}.md").exists() else vendor
