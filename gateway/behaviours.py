"""``poort suite``: what the contract suite demands of every adapter, and why."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from contracts.report import GROUPS
from contracts.suite.behaviour import Behaviour
from contracts.suite.contract import BEHAVIOURS
from contracts.suite.report import SUITE_VERSION
from gateway import generated
from gateway.certification.behaviours import BEHAVIOURS_FILE, known_behaviours
from gateway.generated import ROOT

PAGE = ROOT / "docs" / "behaviours.md"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort suite`` understands."""
    generated.arguments(
        parser,
        "Print the behaviours that the contract suite demands, by capability.",
        "docs/behaviours.md and the list of ids",
    )


def command(options: argparse.Namespace) -> int:
    """0: printed, written, or up to date; 1: one is out of date."""
    return generated.command(options, "suite", {PAGE: page(), BEHAVIOURS_FILE: ids()})


def ids() -> str:
    """The ids of this version of the suite and of earlier ones: a certificate leaves none out."""
    return json.dumps(known_behaviours() | {SUITE_VERSION: list(BEHAVIOURS)}, indent=2) + "\n"


def page() -> str:
    """The whole page in Markdown."""
    return "\n".join((*_head(), *_groups(), ""))


def _head() -> Iterator[str]:
    yield "# What the contract suite demands"
    yield ""
    yield "Written by `poort suite --write` from the suite; do not edit it. Version"
    yield f"{SUITE_VERSION} demands {len(BEHAVIOURS)} behaviours. Each has an id that stays, and"
    yield "prevents a fault that a real system has. One that needs a capability is absent where"
    yield "an adapter lacks it; nothing else takes it away."


def _groups() -> Iterator[str]:
    for prefix, title in GROUPS.items():
        of_group = [each for each in BEHAVIOURS.values() if each.group == prefix]
        if not of_group:
            continue
        yield from (
            "",
            f"## {title}",
            "",
            "| id | demand | prevents | needs |",
            "|---|---|---|---|",
        )
        yield from (_row(each) for each in of_group)


def _row(behaviour: Behaviour) -> str:
    needs = " ".join(f"`{capability}`" for capability in sorted(behaviour.needs))
    cells = (behaviour.id, behaviour.demand, behaviour.why, needs)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
