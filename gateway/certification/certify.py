"""``poort certify``: runs the contract suite on an adapter and makes its certificate."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

from adapters import registry
from contracts.certificate import CONTRACT_VERSION, LONGEST, Certificate, named
from contracts.levels import Evidence, Target, level
from contracts.report import Mode, Outcome
from gateway.certification import signing, summary, trust
from gateway.certification.html import Entry, report_page
from gateway.certification.running import Run, SuiteNotRun, run
from gateway.certification.shelf import KEYS
from gateway.certification.signing import KeyUnusable, PrivateKey
from gateway.certification.summary import CannotWrite, Files, Summary
from gateway.certification.system import System, SystemUnusable, native_vendor
from gateway.certification.trust import PLATFORM, KeysUnreadable
from gateway.language import DEFAULT, Language

DESCRIPTION = """\
Run the contract suite on an adapter, and make its certificate.

It runs the adapter's own test file, with one class that subclasses AdapterContract: so the
sandbox makes every situation. With --settings, or --endpoint for a system that speaks the contract
itself, it needs no tests and uses what the system happens to offer; it books there, and cancels.
That shows bronze at most. A system that speaks the contract shows all levels where its sandbox
offers its controls (docs/vendor-guide.md); others with --tests too, which runs those on the system.
Without --key nothing is signed: the report is made all the same.
"""
EPILOGUE = """\
exit status:
  0  every behaviour that was asked passed
  1  some failed, or the suite could not run

examples:
  poort certify acme
  poort certify acme --key ~/keys/acme.pem --target sandbox --product-version 4.2
  poort certify acme --tests tests/test_contract.py::TestAcme --out certificates
  poort certify --endpoint https://sandbox.acme.example/booking --settings acme.toml
"""
_SANDBOX = "tests/sandbox.py"
_PLACES = ("tests/adapters/vendors/{vendor}/test_contract.py", "tests/test_contract.py")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort certify`` understands."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EPILOGUE
    parser.add_argument(
        "vendor", nargs="?", help="the adapter, by the name that 'poort vendors' lists"
    )
    parser.add_argument(
        "--endpoint", metavar="URL", help="a system that speaks the contract itself"
    )
    parser.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="the [settings] of a source for the system, in TOML; ${NAME} is read from the "
        "environment",
    )
    parser.add_argument(
        "--tests",
        metavar="PATH",
        help="the test file or class (default: tests/test_contract.py, or where ours lie; with "
        "another target than a simulator tests/sandbox.py, where that is)",
    )
    parser.add_argument(
        "--target",
        type=Target,
        choices=list(Target),
        default=Target.SIMULATOR,
        help="what stands behind the adapter (default: %(default)s)",
    )
    parser.add_argument(
        "--product-version", default="", metavar="TEXT", help="of the vendor's product"
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="the private key that signs")
    parser.add_argument(
        "--days",
        type=_days,
        default=LONGEST.days,
        metavar="N",
        help="how long it is valid (default, and most: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("certificates"),
        metavar="DIR",
        help="where all of it is written (default: %(default)s)",
    )
    parser.add_argument(
        "--language",
        choices=get_args(Language),
        default=DEFAULT,
        help="of the report for people (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def command(options: argparse.Namespace) -> int:
    """0: all passed; 1: not, or it could not be done, and why."""
    try:
        return _certify(options)
    except (
        CannotWrite,
        KeyUnusable,
        KeysUnreadable,
        SuiteNotRun,
        SystemUnusable,
        registry.AdapterBroken,
        registry.AdapterNotFound,
    ) as error:
        print(error, file=sys.stderr)  # noqa: T201 - what a command says to its caller
        return 1


def _certify(options: argparse.Namespace) -> int:
    vendor, system = _asked(options)
    wish = _wish(options, system)
    key = _key(options.key, options.out / KEYS, wish.endpoint or vendor)
    digest, product = registry.digest(vendor), registry.manifest(vendor).name
    files = Files(options.out, named(vendor, wish.endpoint))
    files.prepare()
    done = run(_tests(options, vendor, system), files.report, files.junit)
    if registry.digest(vendor) != digest:
        raise SuiteNotRun("The files of the adapter changed while it was tested. Run it again.")
    made = certificate(done, wish, adapter=(vendor, digest, product), now=datetime.now(UTC))
    if key is not None:
        files.certificate.write_text(key.sign(made) + "\n", encoding="ascii")
    page = report_page(
        Entry(made, _owned(key, options.out)), done.report, options.language, served=False
    )
    files.page.write_text(page, encoding="utf-8")
    found = Summary(made, done.report, system.advice if system and made.mode is Mode.RANDOM else "")
    if options.json:
        text = json.dumps(summary.for_programs(found))
    else:
        text = "\n".join(summary.for_people(found, files, signed=key is not None))
    print(text)  # noqa: T201 - as above
    return int(Outcome.FAILED in made.outcomes.values())


def _asked(options: argparse.Namespace) -> tuple[str, System | None]:
    """Which vendor, and which system of it where one is named."""
    vendor: str = options.vendor or (native_vendor() if options.endpoint else "")
    if not vendor:
        raise SuiteNotRun("Say which adapter: poort certify NAME, or --endpoint URL.")
    native = registry.manifest(vendor).endpoint is not None
    if options.endpoint and not native:
        raise SuiteNotRun(f"{vendor} is no adapter for systems that speak the contract themselves.")
    if options.endpoint and not options.settings:
        raise SuiteNotRun("Say with --settings FILE how the system lets us in.")
    if options.settings:
        return vendor, System(vendor, options.settings, options.endpoint)
    return vendor, None


def _wish(options: argparse.Namespace, system: System | None) -> Wish:
    version, endpoint = options.product_version, None
    if system is not None:
        version, endpoint = system.version() or version, system.origin
        if options.target is Target.LIVE and system.is_controlled():
            raise SuiteNotRun(
                "This system lets a test empty its agenda, so no citizen can rely on it: certify "
                "it with --target sandbox, and take the controls out of what is live."
            )
    return Wish(options.target, version, timedelta(days=options.days), endpoint)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: of which target and version, for how long, of which endpoint."""

    target: Target
    product_version: str
    valid: timedelta
    endpoint: str | None = None


def certificate(
    done: Run, wish: Wish, *, adapter: tuple[str, str, str], now: datetime
) -> Certificate:
    """The certificate of a run; ``adapter`` is its name, its digest and the vendor's product."""
    report = done.report
    if report.subject is None:
        raise SuiteNotRun("Nothing was tested.")
    vendor, digest, product = adapter
    if report.subject.vendor != vendor:
        raise SuiteNotRun(
            f"The tests are of the adapter {report.subject.vendor}, not of {vendor}: say which "
            "with --tests."
        )
    outcomes = {result.id: result.outcome for result in report.results}
    subject = report.subject
    return Certificate(
        id=uuid.uuid4().hex,
        adapter=vendor,
        adapter_digest=digest,
        product=product,
        product_version=wish.product_version,
        endpoint=wish.endpoint,
        contract_version=CONTRACT_VERSION,
        suite_version=report.suite_version,
        suite_digest=report.suite_digest.removeprefix("sha256:"),
        mode=subject.mode,
        target=wish.target,
        resolution=subject.facts.resolution,
        cancellable=subject.facts.cancellable,
        capabilities=tuple(sorted(report.certified)),
        level=level(Evidence.found(report, subject)),
        outcomes=outcomes,
        evidence=hashlib.sha256(done.evidence).hexdigest(),
        made_at=now,
        valid_until=now + wish.valid,
    )


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST.days:
        raise argparse.ArgumentTypeError(f"write a number of days, at most {LONGEST.days}")
    return int(text)


def _key(file: Path | None, keys: Path, about: str) -> PrivateKey | None:
    """The key, unless it is known not to sign any more, or not for this adapter or system."""
    if file is None:
        return None
    key = signing.load(file)
    public = trust.read(keys).key(key.kid)
    if public is not None and (public.retired_at or public.revoked):
        raise KeyUnusable(f"The key in {file} was retired or revoked: use the newest one.")
    if public is not None and not public.may_sign_for(about):
        raise KeyUnusable(
            f"The key in {file} is of {public.owner} and may not sign for {about}: make one that "
            f"may, with 'poort keys make FILE --keys {keys} --owner {about}'."
        )
    return key


def _owned(key: PrivateKey | None, folder: Path) -> bool | None:
    """Whether the key is the platform's; ``None`` where there is none."""
    if key is None:
        return None
    public = trust.read(folder / KEYS).key(key.kid)
    return public is not None and public.owner == PLATFORM


def _tests(options: argparse.Namespace, vendor: str, system: System | None) -> str | System:
    asked: str | None = options.tests
    if asked and not Path(asked.partition("::")[0]).exists():
        raise SuiteNotRun(
            f"{asked} is not there: say with --tests where the tests of {vendor} are."
        )
    if asked is not None:
        return asked
    if system is not None:
        return system
    # What is said to be of a sandbox must not be of the simulator beside it.
    for place in _PLACES if options.target is Target.SIMULATOR else (_SANDBOX, *_PLACES):
        path = place.format(vendor=vendor)
        if Path(path).exists():
            return path
    raise SuiteNotRun(
        f"There are no tests of {vendor} here: run this where they lie, or say --tests PATH."
    )
