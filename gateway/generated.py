"""Pages that are written from the code: printed, written, or checked to say what it says."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def arguments(parser: argparse.ArgumentParser, description: str, written: str) -> None:
    """What such a command understands; ``written`` says what it writes."""
    parser.description = description
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--write", action="store_true", help=f"write {written}")
    choice.add_argument("--check", action="store_true", help="fail when one is out of date")


def command(options: argparse.Namespace, name: str, pages: Mapping[Path, str]) -> int:
    """0: printed (the first page), written, or up to date; 1: one is out of date."""
    if not options.write and not options.check:
        print(next(iter(pages.values())))  # noqa: T201 - what a command does
        return 0
    if lacking := next((path for path in pages if not path.parent.is_dir()), None):
        said = f"{lacking.parent} is not there: this is for a checkout of the source."
        print(said, file=sys.stderr)  # noqa: T201 - what a command says to its caller
        return 1
    old = 0
    for path, text in pages.items():
        if options.write:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            said = f"{path.relative_to(ROOT)} is out of date: run 'poort {name} --write'"
            print(said, file=sys.stderr)  # noqa: T201 - as above
            old = 1
    return old
