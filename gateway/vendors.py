"""``poort vendors``: which vendors there are and what each can do, from the code alone."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from adapters import registry
from contracts.adapter import Capability
from gateway import generated
from gateway.certification import levels_page
from gateway.generated import ROOT

PAGE = ROOT / "docs" / "vendors" / "README.md"

_HEAD = """\
# Vendors

Written by `poort vendors --write` from the adapters' classes and manifests; do not edit it. A
capability is there when the adapter overrides the method. What the words mean is said in
[`contracts/adapter.py`](../../contracts/adapter.py) and
[`contracts/manifest.py`](../../contracts/manifest.py).
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort vendors`` understands."""
    generated.arguments(
        parser,
        "Print the table of vendors, their facts and capabilities.",
        "docs/vendors/README.md and levels.md",
    )


def command(options: argparse.Namespace) -> int:
    """0: printed, written, or up to date; 1: one is out of date."""
    return generated.command(
        options, "vendors", {PAGE: page(), ROOT / "docs" / "levels.md": levels_page.page()}
    )


def page() -> str:
    """The whole page in Markdown."""
    return "\n".join((_HEAD, *_facts(), "", *_capabilities(), ""))


def _facts() -> Iterator[str]:
    titles = [
        "vendor",
        "system",
        "evidence",
        "level",
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
            manifest.level or "",
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
