"""``poort keys``: the keys that certificates are signed with, and what no longer counts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.certification import signing, trust
from gateway.certification.checking import Checks, NotBelieved
from gateway.certification.trust import (
    PLATFORM,
    KeysUnreadable,
    PublicKey,
    Revoked,
    RevokedCertificate,
    Trust,
)

DESCRIPTION = """\
Make, list, rotate and revoke the keys that certificates are signed with.

A private key is a file that only you can read; it is never copied or shown. Its public half goes
into keys.json, which gateways read and publish at /certificates/keys.json.
"""
EPILOGUE = """\
examples:
  poort keys make ~/keys/2027.pem --keys certificates/keys.json
  poort keys rotate ~/keys/2028.pem --keys certificates/keys.json
  poort keys revoke 3fQx --because "the disk it was on was lost"
  poort keys revoke certificates/acme.jws --because "cancels the wrong appointment"
"""


FEWEST = 4
"""As many letters of an id as have to be given: a slip revokes no key."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort keys`` understands."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EPILOGUE
    commands = parser.add_subparsers(dest="action", metavar="<action>", required=True)
    for name, sentence in (
        ("make", "make a key, and trust it"),
        ("rotate", "make a key, and let the owner's earlier ones sign nothing new"),
        ("list", "show whose keys are trusted, and what was revoked"),
        ("revoke", "trust a key or a certificate no longer"),
    ):
        action = commands.add_parser(name, help=sentence, description=f"{sentence.capitalize()}.")
        action.add_argument(
            "--keys",
            type=Path,
            default=Path("certificates/keys.json"),
            metavar="FILE",
            help="the public keys (default: %(default)s)",
        )
        if name in {"make", "rotate"}:
            action.add_argument("private", type=Path, help="a new file for the private key")
            action.add_argument(
                "--owner",
                default=PLATFORM,
                metavar="NAME",
                help="what it may sign for: an adapter, by its name, or a system that speaks the "
                "contract itself, by its origin (https://acme.example); left out: the platform, "
                "whose signature certifies",
            )
        if name == "revoke":
            action.add_argument(
                "what",
                help=f"a key's id, its first {FEWEST} letters or more, or a certificate file",
            )
            action.add_argument("--because", required=True, help="why, for whoever reads it")


def command(options: argparse.Namespace) -> int:
    """0: done; 1: it could not be, and why."""
    try:
        known = trust.read(options.keys)
        changed, said = _ACTIONS[options.action](options, known, datetime.now(UTC))
        if changed is not known:
            _keep(options, changed)
    except (KeysUnreadable, signing.KeyUnusable, _NotRevoked) as error:
        print(error, file=sys.stderr)  # noqa: T201 - what a command says to its caller
        return 1
    print(said)  # noqa: T201 - as above
    return 0


def _keep(options: argparse.Namespace, changed: Trust) -> None:
    """Write it down; a private key that nobody would trust is not left behind."""
    try:
        trust.write(options.keys, changed)
    except KeysUnreadable:
        if options.action in {"make", "rotate"}:
            options.private.unlink()
        raise


def _make(options: argparse.Namespace, known: Trust, now: datetime) -> tuple[Trust, str]:
    key = signing.make(options.private).public(options.owner, now)
    return known.with_key(key), (
        f"Made the key {key.kid} of {key.owner}.\n"
        f"  {options.private}  signs: keep it where no web server can read it\n"
        f"  {options.keys}  is public: give it to every gateway"
    )


def _rotate(options: argparse.Namespace, known: Trust, now: datetime) -> tuple[Trust, str]:
    earlier = [key for key in known.keys if key.owner == options.owner and key.retired_at is None]
    changed, said = _make(options, known, now)
    for key in earlier:
        changed = changed.with_key(key.model_copy(update={"retired_at": now}))
    names = ", ".join(key.kid for key in earlier) or "none"
    return changed, f"{said}\nRetired: {names}. What they signed counts until it expires."


def _list(options: argparse.Namespace, known: Trust, _now: datetime) -> tuple[Trust, str]:
    nothing = f"No key is trusted yet in {options.keys}: 'poort keys make' makes one."
    return known, "\n".join(_lines(known)) or nothing


def _lines(known: Trust) -> Iterator[str]:
    for key in known.keys:
        yield f"{key.kid}  {key.owner:<12}  made {key.made_at:%Y-%m-%d}  {_state(key)}"
    for each in known.revoked_certificates:
        yield f"certificate {each.id}  revoked {each.at:%Y-%m-%d}: {each.because}"


def _state(key: PublicKey) -> str:
    if key.revoked is not None:
        return f"revoked {key.revoked.at:%Y-%m-%d}: {key.revoked.because}"
    if key.retired_at is not None:
        return f"retired {key.retired_at:%Y-%m-%d}"
    return "signs"


class _NotRevoked(Exception):
    """There is no such thing to revoke."""


def _revoke(options: argparse.Namespace, known: Trust, now: datetime) -> tuple[Trust, str]:
    file = Path(options.what)
    if file.is_file():
        return _revoke_certificate(file, options.because, known, now)
    if len(options.what) < FEWEST:
        raise _NotRevoked(f"Say at least {FEWEST} letters of the key's id, or name a file.")
    found = [key for key in known.keys if key.kid.startswith(options.what)]
    if len(found) != 1:
        count = "No key begins" if not found else f"{len(found)} keys begin"
        raise _NotRevoked(
            f"{count} with {options.what!r}, and there is no such file: "
            "'poort keys list' shows all."
        )
    revoked = found[0].model_copy(update={"revoked": Revoked(at=now, because=options.because)})
    return known.with_key(revoked), f"Revoked the key {revoked.kid}: nothing it signed counts."


def _revoke_certificate(file: Path, because: str, known: Trust, now: datetime) -> tuple[Trust, str]:
    try:
        read = Checks(known, now, {}).read(file.read_text(encoding="ascii", errors="replace"))
    except NotBelieved as error:
        raise _NotRevoked(f"{file} does not count as it is. {error}") from None
    revoked = RevokedCertificate(id=read.certificate.id, at=now, because=because)
    return known.revoking(revoked), (
        f"Revoked the certificate of {read.certificate.name}: gateways will not load that code."
    )


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, Trust, datetime], tuple[Trust, str]]] = {
    "make": _make,
    "rotate": _rotate,
    "list": _list,
    "revoke": _revoke,
}
