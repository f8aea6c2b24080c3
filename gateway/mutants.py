"""``poort mutants``: tests the contract suite, on adapters with one deliberate fault each."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from adapters import registry
from contracts.report import Outcome
from contracts.suite.mutants import judge, run

DESCRIPTION = """\
Run the contract suite on every mutant: an adapter with one deliberate fault. Each must be caught
by the behaviour that is there for its fault, and by no other that it does not name. What is
without a fault must pass.
"""
EPILOGUE = """\
exit status:
  0  every mutant was caught on purpose, and what is sound passed
  1  one was not, or was caught by accident
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A mutant, and which behaviours caught it; ``meant`` is empty of what is sound."""

    name: str
    fault: str
    meant: str
    behaviours: Sequence[str]
    well: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort mutants`` understands."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EPILOGUE
    parser.add_argument("names", nargs="*", metavar="MUTANT", help="only these (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def command(options: argparse.Namespace) -> int:
    """0: all were caught on purpose; 1: not all."""
    modules = _modules()
    if unknown := sorted(
        set(options.names) - {each for module in modules for each in _names(module)}
    ):
        said = f"There is no mutant {unknown[0]!r}: without a name all are run, and listed."
        print(said, file=sys.stderr)  # noqa: T201 - what a command says to its caller
        return 1
    rows = []
    for row in _rows(modules, options.names):
        rows.append(row)
        if not options.json:
            print(_line(row), flush=True)  # noqa: T201 - what a command does
    mutants = [row for row in rows if row.meant]
    caught = sum(row.well for row in mutants)
    if options.json:
        print(json.dumps(_document(rows), indent=2))  # noqa: T201 - as above
    else:
        print(f"{caught} of {len(mutants)} mutants caught.")  # noqa: T201 - as above
    return 0 if rows and all(row.well for row in rows) else 1


def _modules() -> Sequence[str]:
    places = (f"{registry.package(vendor)}.mutants" for vendor in registry.vendors())
    return [place for place in places if find_spec(place)]


def _names(module: str) -> Iterator[str]:
    held = import_module(module)
    yield from held.SOUND
    yield from (mutant.name for mutant in held.MUTANTS)


def _rows(modules: Sequence[str], names: Sequence[str]) -> Iterator[Row]:
    """One row after the other, each worked out in a process of its own."""
    context = multiprocessing.get_context("spawn")
    # Every run of pytest leaves some tens of megabytes behind, and the next one slower.
    with context.Pool(maxtasksperchild=5) as pool:
        for name in modules:
            module = import_module(name)
            sound = [each for each in module.SOUND if not names or each in names]
            mutants = [each.name for each in module.MUTANTS if not names or each.name in names]
            yield from pool.imap(partial(_examine_sound, name), sound)
            yield from pool.imap(partial(_examine, name), mutants)


def _examine(module: str, name: str) -> Row:
    mutant = next(each for each in import_module(module).MUTANTS if each.name == name)
    verdict = judge(mutant)
    return Row(name, mutant.fault, mutant.meant, verdict.failed, verdict.caught)


def _examine_sound(module: str, name: str) -> Row:
    results = run(import_module(module).SOUND[name]).results
    wrong = [each.id for each in results if each.outcome in {Outcome.FAILED, Outcome.NOT_RUN}]
    return Row(f"sound, {name}", "None.", "", wrong, not wrong)


def _line(row: Row) -> str:
    found = " ".join([row.meant, *(id_ for id_ in row.behaviours if id_ != row.meant)])
    if not row.well:
        found = f"NOT AS MEANT: {row.meant or 'none'}, failed: {' '.join(row.behaviours) or 'none'}"
    return f"{row.name:28} {row.fault}\n{'':28} {found or 'passes'}"


def _document(rows: Sequence[Row]) -> dict[str, object]:
    mutants = [row for row in rows if row.meant]
    return {
        "mutants": len(mutants),
        "caught": sum(row.well for row in mutants),
        "sound": {row.name: list(row.behaviours) for row in rows if not row.meant},
        "results": [
            {
                "mutant": row.name,
                "fault": row.fault,
                "meant": row.meant,
                "behaviours": list(row.behaviours),
                "caught": row.well,
            }
            for row in mutants
        ],
    }
