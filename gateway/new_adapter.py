"""``poort new-adapter``: a repository for a vendor's adapter, with tests that pass."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import adapters
from adapters import registry

DESCRIPTION = """\
Write a repository for the adapter of an appointment system: the adapter itself, a simulator, the
contract suite and what runs it on every change. What it speaks is made up, and its tests pass:
change it, method by method, into what your system speaks. docs/vendor-guide.md goes on from there.
"""
_TEMPLATE = Path(adapters.__path__[0]) / "template"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 40


class CannotWrite(Exception):
    """The repository was not written; the message says why and what to do."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``poort new-adapter`` understands."""
    parser.description = DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("name", help="of the system, as sources will name it: acme, or acme_rest")
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FOLDER",
        help="the folder of the repository (default: afsprakenpoort-NAME)",
    )


def command(options: argparse.Namespace) -> int:
    """0: written; 1: not, and why."""
    try:
        folder = options.into or Path(f"afsprakenpoort-{options.name.replace('_', '-')}")
        write(_checked(options.name), folder)
    except CannotWrite as error:
        print(error, file=sys.stderr)  # noqa: T201 - what a command says to its caller
        return 1
    print(_next_steps(options.name, folder))  # noqa: T201 - as above
    return 0


def write(name: str, folder: Path) -> None:
    """Write the repository of an adapter; all of it, or nothing where a file is there already."""
    files = dict(_files(name))
    there = sorted(path for path in files if (folder / path).exists())
    if there:
        raise CannotWrite(
            f"{folder} has files of that name already ({there[0]}): nothing was written. Choose "
            "another folder with --into."
        )
    try:
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{folder} cannot be written: {error.strerror}.") from None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise CannotWrite(
            f"{name!r} is no name for an adapter: write small letters, digits and single "
            f"underscores, a letter first, at most {_LONGEST}. For example: acme_rest."
        )
    if name in registry.vendors():
        raise CannotWrite(f"There is an adapter {name!r} already: choose another name.")
    return name


def _files(name: str) -> Iterator[tuple[str, str]]:
    """The path and the text of every file."""
    words = _words(name)
    for file in sorted(_TEMPLATE.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            path = file.relative_to(_TEMPLATE).as_posix()
            yield _renamed(path, words), _renamed(file.read_text(encoding="utf-8"), words)


def _words(name: str) -> Mapping[str, str]:
    """What stands for each of the template's own names: as text, in Python, in a project."""
    parts = name.split("_")
    return {
        "afsprakenpoort-acme": f"afsprakenpoort-{'-'.join(parts)}",
        "acme.example": f"{'-'.join(parts)}.example",
        "ACME": name.upper(),
        "Acme": "".join(part.capitalize() for part in parts),
        "acme": name,
    }


def _renamed(text: str, words: Mapping[str, str]) -> str:
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)


def _next_steps(name: str, folder: Path) -> str:
    return f"""\
The adapter {name} is in {folder}. To see its tests pass:

  cd {folder}
  pip install --editable '.[test]'
  pytest
"""
