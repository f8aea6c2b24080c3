"""The command ``poort``: finds the sub-command, and loads that one alone."""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import structlog

COMMANDS = {
    "serve": ("gateway.serve", "serve the gateway with the settings in POORT_*"),
    "demo": ("gateway.demo.run", "serve a demo: nothing to install, nothing is kept"),
    "check": ("gateway.check", "check the settings, and ask every source what it offers"),
    "vendors": ("gateway.vendors", "list the vendors and what each can do"),
    "mutants": ("gateway.mutants", "test the contract suite: it must catch every fault"),
    "suite": ("gateway.behaviours", "list what the contract suite demands of an adapter"),
    "simulate": ("gateway.simulate", "serve a vendor's simulator, with faults if you like"),
    "new-adapter": ("gateway.new_adapter", "write a repository for a vendor's adapter"),
    "certify": ("gateway.certification.certify", "run the contract suite, and make a certificate"),
    "verify": ("gateway.certification.verify", "say what is wrong with a certificate"),
    "keys": ("gateway.certification.keys", "make, list, rotate and revoke signing keys"),
    "outcomes": ("gateway.outcomes", "list what nobody knows the end of, and settle it"),
    "drill": ("gateway.drill.command", "let all go wrong in a booking, and see that it ends well"),
    "openapi": ("gateway.openapi", "write the OpenAPI documents in contracts/, or compare them"),
}
"""Each module has ``arguments(parser)`` and ``command(options)``, which returns the exit status."""
_SUITE = {"hypothesis", "pytest"}
"""What the contract suite runs on: who only serves does not have it."""
_NOBODY_READS = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0: well, 1: not well, 2: not understood, 130: interrupted.

    141: nobody reads on, as in ``poort suite | head``.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show an é shows a ?
    # What a command prints is for its caller; beside it go defects only, until it says otherwise.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    return status


def _run(given: Sequence[str]) -> int:
    try:
        parser = _parser(next((word for word in given if word in COMMANDS), None))
        options = parser.parse_args(given)
        status: int = import_module(COMMANDS[options.command][0]).command(options)
    except ModuleNotFoundError as error:
        if error.name not in _SUITE:
            raise
        print("This needs the contract suite: pip install 'afsprakenpoort[suite]'", file=sys.stderr)
        return 1
    return status


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    """All commands by name; only the chosen one is imported, and knows its arguments."""
    parser = argparse.ArgumentParser(
        prog="poort",
        description="Afsprakenpoort: one standard booking contract in front of every "
        "appointment system.",
        epilog="'poort <command> --help' tells more of each.",
    )
    commands = parser.add_subparsers(dest="command", metavar="<command>", required=True)
    for name, (module, sentence) in COMMANDS.items():
        command = commands.add_parser(name, help=sentence)
        if name == chosen:
            import_module(module).arguments(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
