"""``poort verify``: whether a certificate can be believed, and if not, why, a sentence each."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from adapters import registry
from contracts.certificate import Certificate
from contracts.levels import Target, in_production
from gateway.certification import trust
from gateway.certification.behaviours import known_behaviours
from gateway.certification.checking import Checks, NotBelieved, Read, of_its_adapter
from gateway.certification.reasons import reason
from gateway.certification.shelf import KEYS
from gateway.certification.trust import KeysUnreadable

DESCRIPTION = """\
Check a certificate: its signature, its adapter's files here, its report, and its dates.

Prints what it says, then what is wrong with it, a sentence each. Asks no network.
"""
EPILOGUE = """\
exit status:
  0  nothing is wrong with it
  1  it does not count, and why

examples:
  poort verify certificates/acme.jws
  poort verify acme.jws --keys keys.json    the keys as a gateway publishes them
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort verify`` understands."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EPILOGUE
    parser.add_argument("certificate", type=Path, help="the .jws file")
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        help="the public keys (default: keys.json beside the certificate)",
    )
    parser.add_argument(
        "--adapter",
        metavar="VENDOR",
        help="the adapter it is shown for (default: the one it names)",
    )


def command(options: argparse.Namespace) -> int:
    """0: nothing is wrong; 1: something is, or it cannot be checked."""
    file: Path = options.certificate
    keys: Path = options.keys or file.with_name(KEYS)
    try:
        if file.is_file() and not keys.exists():
            return _refused(
                f"{keys} is not there: say with --keys where the public keys are. A gateway "
                "publishes its own at /certificates/keys.json."
            )
        known = trust.read(keys)
        token = file.read_text(encoding="ascii", errors="replace")
        read = Checks(known, datetime.now(UTC), known_behaviours()).read(token)
    except OSError as error:
        return _refused(f"{file} cannot be read: {error.strerror}.")
    except (KeysUnreadable, NotBelieved) as error:
        return _refused(str(error))
    _print(*_what_it_says(read))
    reasons = [
        *map(reason, read.problems),
        *_of_the_code(read.certificate, options.adapter),
        *_of_the_report(read.certificate, file.with_suffix(".json")),
    ]
    if reasons:
        return _refused(*reasons)
    _print("Nothing is wrong with it.")
    return 0


def _what_it_says(read: Read) -> Iterator[str]:
    certificate = read.certificate
    about = certificate.endpoint or f"the adapter {certificate.adapter}"
    version = f" {certificate.product_version}" if certificate.product_version else ""
    yield f"{certificate.level} for {about} ({certificate.product}{version})"
    by = "certified by the platform" if read.is_certified else f"self-attested by {read.key.owner}"
    yield f"  {by}, {certificate.made_at:%Y-%m-%d} to {certificate.valid_until:%Y-%m-%d}"
    versions = f"suite {certificate.suite_version}, contract {certificate.contract_version}"
    yield f"  tested on a {certificate.target} in {certificate.mode} mode, {versions}"
    yield f"  capabilities: {', '.join(certificate.capabilities) or 'the core alone'}"
    worth = in_production(certificate.level, certificate.target)
    if certificate.target is Target.SIMULATOR and worth is not certificate.level:
        yield f"  where citizens book it is worth {worth}: a simulator proves no more"


def _of_the_code(certificate: Certificate, asked: str | None) -> Iterator[str]:
    vendor = asked or certificate.adapter
    if vendor not in registry.vendors():
        if asked is None:
            _print(f"  {vendor} is not installed here: its files were not compared")
        else:
            yield f"There is no adapter {vendor!r} here."
    elif certificate.endpoint is None or asked is not None:
        yield from map(reason, of_its_adapter(certificate, vendor, registry.digest(vendor)))


def _of_the_report(certificate: Certificate, report: Path) -> Iterator[str]:
    if not report.exists():
        _print(f"  {report.name} is not beside it: the report was not compared")
    elif hashlib.sha256(report.read_bytes()).hexdigest() != certificate.evidence:
        yield f"{report.name} is not the report that this certificate is of."


def _refused(*sentences: str) -> int:
    sys.stderr.writelines(map(_safe, sentences))
    return 1


def _print(*lines: str) -> None:
    sys.stdout.writelines(map(_safe, lines))


def _safe(line: str) -> str:
    """Names in it are the vendor's, and a terminal obeys some letters."""
    return "".join(letter if letter.isprintable() else "?" for letter in line) + "\n"
