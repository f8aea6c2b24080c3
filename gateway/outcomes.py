"""``poort outcomes``: what became of a write is told by a person, where no system can tell."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from contracts.errors import Outcome
from gateway.app import Gateway, compose, utc_now
from gateway.booking.decisions import Decisions, NotSettled, Undecided
from gateway.settings import Settings, SettingsError, load
from gateway.sources import Sources

DESCRIPTION = """\
List the bookings, cancellations and moves whose end is not known, and settle one.

A write that was not answered is looked up at its source. 'unknown' is still being looked up;
'needsDecision' cannot be, so that somebody has to ask the municipality or its vendor. What to
ask stands below each. The visit that it belongs to is continued by a running gateway.
"""
EPILOGUE = """\
exit status:
  0  listed, or settled
  1  not settled, and why

examples:
  poort outcomes
  poort outcomes settle 0b1f… applied --reference 4711
  poort outcomes settle 0b1f… notApplied
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort outcomes`` understands."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EPILOGUE
    parser.add_argument("--json", action="store_true", help="print JSON, for other programs")
    actions = parser.add_subparsers(dest="action", metavar="<action>")
    settle = actions.add_parser("settle", help="say what became of one")
    settle.add_argument("item", help="its id in the list")
    settle.add_argument("outcome", choices=[Outcome.APPLIED.value, Outcome.NOT_APPLIED.value])
    settle.add_argument("--reference", metavar="NUMBER", help="the vendor's number of the booking")
    settle.add_argument(
        "--by", default=_account(), metavar="WHO", help="for the history (you, by default)"
    )


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return str(os.getuid())


def command(options: argparse.Namespace) -> int:
    """List or settle; 1 when that cannot be done."""
    try:
        settings = load(os.environ)
        _refuse_absent(settings)
        # Wired before a loop runs, since this may read files.
        gateway = compose(settings, Sources.open(settings.directory, utc_now))
        return asyncio.run(_run(options, gateway))
    except (SettingsError, NotSettled) as error:
        return _failed(options, str(error))
    except DBAPIError as error:
        # Never its text, which may hold what the statement held.
        return _failed(options, f"The ledger cannot be used ({type(error.orig).__name__}).")


async def _run(options: argparse.Namespace, gateway: Gateway) -> int:
    async with gateway.wired():
        decisions = Decisions(gateway.parts.ledger, gateway.sources)
        if options.action is None:
            _print(_listed(await decisions.undecided(), as_json=options.json))
            return 0
        outcome = Outcome(options.outcome)
        await decisions.settle(options.item, outcome, reference=options.reference, by=options.by)
    settled = {"ok": True, "item": options.item, "outcome": outcome}
    _print([json.dumps(settled) if options.json else f"{options.item} is settled as {outcome}."])
    return 0


def _refuse_absent(settings: Settings) -> None:
    """SQLite would make a file that is not there."""
    url = make_url(settings.server.database_url.get_secret_value())
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise NotSettled(f"There is no ledger at {url.database}: 'poort serve' makes it.")


def _failed(options: argparse.Namespace, why: str) -> int:
    if options.json:
        _print([json.dumps({"ok": False, "error": why})])
    else:
        print(why, file=sys.stderr)  # noqa: T201 - what a command says to its caller
    return 1


def _listed(undecided: Sequence[Undecided], *, as_json: bool) -> Iterator[str]:
    if as_json:
        yield json.dumps({"ok": True, "outcomes": [_plain(each) for each in undecided]})
    elif not undecided:
        yield "Everything is settled."
    for each in () if as_json else undecided:
        since = f"{each.since:%Y-%m-%d %H:%M}Z"
        yield f"{each.item}  {each.source}  {each.operation}: {each.outcome} since {since}"
        yield f"  {each.ask}"


def _plain(each: Undecided) -> dict[str, Any]:
    return {
        "item": each.item,
        "source": each.source,
        "operation": each.operation,
        "since": each.since.isoformat(),
        "outcome": each.outcome,
        "ask": each.ask,
    }


def _print(lines: Iterator[str] | Sequence[str]) -> None:
    for line in lines:
        # A vendor's names may hold what a terminal obeys.
        safe = "".join(letter if letter.isprintable() else "?" for letter in line)
        sys.stdout.write(f"{safe}\n")
