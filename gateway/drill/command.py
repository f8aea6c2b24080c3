"""``poort drill``: its arguments, what it says while it goes, and its report."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence

import structlog

from adapters import registry
from adapters.rehearsal import rehearsable
from gateway.booking import durable
from gateway.drill.campaign import Report, drill
from gateway.drill.cells import AT_LEAST, Fault, Step
from gateway.drill.story import Ending

_DESCRIPTION = """\
Let every fault happen at every step of a visit, at every vendor's simulator, and see that it
ends well: all of it booked or nothing, never twice, and never said otherwise.

A whole gateway runs in this process, on data that is thrown away. All of it takes some
fifteen minutes; --runs makes a choice of it, and the name of a run plays that one again.
"""
_EVERY = 25
# No need to wait for DBOS's threads when a process ends some hundreds of times.
_POLLING = 0.02


def _several(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("write a whole number from 1")
    return number


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort drill`` understands."""
    parser.description = _DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "vendors", nargs="*", help="who suffers, by default all of: " + ", ".join(rehearsable())
    )
    parser.add_argument(
        "--runs",
        type=_several,
        help=f"how many visits; by default every cell of the matrix, and at least {AT_LEAST}",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="another seed, another choice and other slots"
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="NAME",
        help="the runs whose name begins so: memory, or memory/confirm/late",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def command(options: argparse.Namespace) -> int:
    """Drill; 1 when something was not as it has to be, or could not be tried."""
    if unknown := sorted(set(options.vendors) - set(rehearsable())):
        _say(f"{', '.join(unknown)} cannot be drilled. Those that can: {', '.join(rehearsable())}.")
        return 1
    # What the gateway logs about faults is no news here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("dbos").setLevel(logging.CRITICAL)
    durable.POLLING_SECONDS = _POLLING
    begun = time.monotonic()
    report = asyncio.run(
        drill(
            sufferers=options.vendors,
            most=options.runs,
            seed=options.seed,
            only=options.only,
            tell=_tell,
        )
    )
    if not report.runs:
        _say(f"No run has a name that begins with {options.only!r}; one is {_example(report)}.")
        return 1
    seconds = round(time.monotonic() - begun)
    text = (
        json.dumps({**report.as_json(), "seconds": seconds}, indent=2)
        if options.json
        else "\n".join(_lines(report, seconds))
    )
    print(text)  # noqa: T201 - what a command says to its caller
    return 1 if report.violations else 0


def _tell(done: int, every: int, ending: Ending) -> None:
    for violation in ending.violations:
        _say(f"{ending.run.name}: {violation}")
    if done % _EVERY == 0 or done == every:
        _say(f"{done} of {every} runs")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - beside the report


def _example(report: Report) -> str:
    return f"{report.vendors[0].name}/cancel/lost/1/0"


def _lines(report: Report, seconds: int) -> Iterator[str]:
    matrix = report.matrix()
    for vendor in report.vendors:
        yield f"{vendor.name} ({registry.manifest(vendor.name).name})"
        yield _row("", list(Step))
        reasons: dict[str, list[tuple[Step, Fault]]] = {}
        for fault in Fault:
            cells = [matrix[step][fault][vendor.name] for step in Step]
            yield _row(f"  {fault}", [_cell(cell) for cell in cells])
            for step, cell in zip(Step, cells, strict=True):
                if isinstance(cell, str):
                    reasons.setdefault(cell, []).append((step, fault))
        for reason, where in reasons.items():
            yield f"  –  {_in_short(where)}: {reason}"
        yield ""
    for each in report.violations:
        yield f"{each['run']}: {each['violation']}"
    said = report.as_json()
    yield (
        f"{report.runs} runs in {seconds} s, {said['crashed']} of them with a process that died "
        f"and {said['killed']} with one that was killed; {said['looks']} looks at a visit; "
        f"{len(report.violations)} violations."
    )


def _in_short(where: Sequence[tuple[Step, Fault]]) -> str:
    """Whole columns, and whole rows as far as there are such cells, by their name."""
    steps, faults = {step for step, _ in where}, {fault for _, fault in where}
    if len(faults) == len(Fault):
        return ", ".join(step for step in Step if step in steps)
    if len(steps) == 1:
        return f"{', '.join(steps)} with {', '.join(fault for fault in Fault if fault in faults)}"
    return ", ".join(fault for fault in Fault if fault in faults)


def _row(head: str, cells: Sequence[str]) -> str:
    widths = (len(step) + 2 for step in Step)
    return f"{head:<18}" + "".join(
        f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)
    )


def _cell(cell: int | str) -> str:
    return "–" if isinstance(cell, str) else str(cell)
