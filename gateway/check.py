"""``poort check``: loads it all, asks every source, and says what is wrong and what to do."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from gateway.certification.teeth import shortfalls
from gateway.examination import Finding, SourceReport, Verdict, examine
from gateway.settings import (
    Directory,
    ServerSettings,
    SettingsError,
    load,
    load_directory,
    source_file,
)
from gateway.sources import Sources

DESCRIPTION = """\
Check the settings and every source.

Reads all files, then asks every source at the same time for its products and its
locations, as citizens would; it books nothing. Prints a table, and below it what is
wrong and what to do about it. docs/add-a-source.md explains every key.
"""
EPILOGUE = """\
exit status:
  0  all is well; notes are things that citizens do not see or do not find
  1  there are mistakes in the settings, or citizens miss something at a source

examples:
  poort check --config config    one directory, while you write a source
  poort check                    all that 'poort serve' would use: POORT_* as well
"""
_NOTES_SHOWN = 20
_LONGEST = 600


def arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EPILOGUE
    parser.add_argument(
        "--config",
        type=Path,
        metavar="DIR",
        help="check this config directory alone, without the server's own POORT_* settings",
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=20.0,
        metavar="N",
        help="how long to wait for the sources (default: %(default)g)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for other programs")


def command(options: argparse.Namespace) -> int:
    """Check, print, and return the exit status."""
    try:
        directory, server = _settings(options.config, os.environ)
        sources = Sources.open(directory, lambda: datetime.now(UTC))
        lacking = shortfalls(server, sources, datetime.now(UTC)) if server else {}
    except SettingsError as error:
        unset = options.config is None and not os.environ.get("POORT_CONFIG")
        _print(_mistakes_json(error) if options.json else _mistakes(error, unset=unset))
        return 1
    reports = [
        _with_certificate(report, lacking.get(report.source))
        for report in asyncio.run(_examined(sources, directory, options.seconds))
    ]
    _print(_reports_json(reports) if options.json else _text(reports, directory))
    return 0 if all(report.verdict is not Verdict.FAILS for report in reports) else 1


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"write a number of seconds, at most {_LONGEST}")
    return seconds


def _settings(
    config: Path | None, environ: Mapping[str, str]
) -> tuple[Directory, ServerSettings | None]:
    if config is not None:
        return load_directory(config, environ), None
    settings = load(environ)
    return settings.directory, settings.server


def _with_certificate(report: SourceReport, lacking: str | None) -> SourceReport:
    if lacking is None or report.verdict is Verdict.OFF:
        return report
    finding = Finding(
        serious=True,
        text=f"it takes no new bookings, or soon will not: {lacking}",
        advice=f"certify the adapter {report.vendor} ('poort certify --help'), or require less "
        "with POORT_REQUIRE_CERTIFICATES (docs/operate.md)",
    )
    return replace(report, findings=(*report.findings, finding))


async def _examined(
    sources: Sources, directory: Directory, seconds: float
) -> Sequence[SourceReport]:
    try:
        return await examine(sources, directory, seconds)
    finally:
        await sources.aclose()


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        # A vendor's names may hold what a terminal obeys.
        safe = "".join(letter if letter.isprintable() else "?" for letter in line)
        sys.stdout.write(f"{safe}\n")


def _mistakes(error: SettingsError, *, unset: bool) -> Iterator[str]:
    yield from str(error).splitlines()
    yield ""
    yield "No source was asked. docs/add-a-source.md explains every key."
    if unset:
        yield "To check a directory without the server's settings: poort check --config DIR"


def _text(reports: Sequence[SourceReport], directory: Directory) -> Iterator[str]:
    yield (
        f"The settings have no mistakes: {_count(len(directory.municipalities), 'municipality')}, "
        f"{_count(len(directory.products), 'product')}, {_count(len(reports), 'source')}."
    )
    yield ""
    if reports:
        yield from _table(reports)
    else:
        yield "There is no source yet: add one as sources/<name>.toml (docs/add-a-source.md)."
    for report in reports:
        if report.findings:
            yield ""
            yield f"{report.source} ({source_file(report.source)})"
            yield from _findings(report.findings)


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{number} {noun}s"


def _table(reports: Sequence[SourceReport]) -> Iterator[str]:
    rows = [("source", "municipality", "vendor", "products", "locations", "time", "verdict")]
    rows += [
        (
            report.source,
            report.municipality,
            report.vendor,
            f"{report.mapped} of {_known(report.offered)}",
            _known(report.locations),
            "-" if report.seconds is None else f"{report.seconds * 1000:.0f} ms",
            report.verdict,
        )
        for report in reports
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _known(number: int | None) -> str:
    return "-" if number is None else str(number)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    serious = [finding for finding in findings if finding.serious]
    notes = [finding for finding in findings if not finding.serious]
    for finding in (*serious, *notes[:_NOTES_SHOWN]):
        yield f"  {'error: ' if finding.serious else 'note:  '}{finding.text}"
        yield f"         {finding.advice}"
    if len(notes) > _NOTES_SHOWN:
        yield f"  and {_count(len(notes) - _NOTES_SHOWN, 'more note')}: --json shows all"


def _mistakes_json(error: SettingsError) -> Iterator[str]:
    mistakes = [asdict(mistake) for mistake in error.mistakes]
    yield json.dumps({"ok": False, "mistakes": mistakes, "sources": []})


def _reports_json(reports: Sequence[SourceReport]) -> Iterator[str]:
    sources = [asdict(report) | {"verdict": report.verdict} for report in reports]
    ok = all(report.verdict is not Verdict.FAILS for report in reports)
    yield json.dumps({"ok": ok, "mistakes": [], "sources": sources})
