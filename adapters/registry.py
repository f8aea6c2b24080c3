"""Finds adapters by name: in our own folder and in installed packages."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contracts.adapter import BookingAdapter
from contracts.manifest import Manifest

GROUP = "afsprakenpoort.adapters"
"""Entry points of this group name a vendor and the package that holds its adapter."""

_OURS = Path(__file__).parent / "vendors"
_COMPILED = re.compile(r"[^.]+\.[^/]+\.pyc(\.\d+)?")


class AdapterNotFound(LookupError):
    """No adapter has this name."""


class AdapterBroken(Exception):
    """An adapter is there but cannot be used; the message says which file and why."""


def vendors() -> tuple[str, ...]:
    """The names of all adapters, sorted. Runs no adapter's code."""
    return tuple(sorted(_packages()))


def manifest(vendor: str) -> Manifest:
    """What the adapter declares of its vendor.

    Raises:
        AdapterNotFound: no adapter has this name; the nearest name is suggested.
        AdapterBroken: ``manifest.toml`` is missing or not valid.
    """
    path = folder(vendor) / "manifest.toml"
    try:
        declared = Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise AdapterBroken(f"{path} cannot be read: {_in_one_line(error)}") from error
    if declared.vendor != vendor:
        raise AdapterBroken(f"{path} says vendor = {declared.vendor!r}, expected {vendor!r}")
    return declared


def load(vendor: str) -> type[BookingAdapter[Any]]:
    """The adapter's class.

    Raises:
        AdapterNotFound: no adapter has this name; the nearest name is suggested.
        AdapterBroken: ``adapter.py`` cannot be imported or has no class ``Adapter``.
    """
    path = folder(vendor) / "adapter.py"
    try:
        module = import_module(f"{package(vendor)}.adapter")
    except Exception as error:
        raise AdapterBroken(f"{path} cannot be imported: {_in_one_line(error)}") from error
    adapter = getattr(module, "Adapter", None)
    if not (isinstance(adapter, type) and issubclass(adapter, BookingAdapter)):
        raise AdapterBroken(f"{path} has no Adapter, expected a subclass of BookingAdapter")
    return adapter


def package(vendor: str) -> str:
    """The Python package of an adapter. Raises ``AdapterNotFound``."""
    try:
        return _packages()[vendor]
    except KeyError:
        near = get_close_matches(vendor, vendors(), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        known = ", ".join(vendors())
        raise AdapterNotFound(f"There is no adapter {vendor!r}.{hint} Known: {known}.") from None


def folder(vendor: str) -> Path:
    """Where an adapter's files lie.

    Raises:
        AdapterNotFound: no adapter has this name; the nearest name is suggested.
        AdapterBroken: its package cannot be found.
    """
    name = package(vendor)
    try:
        spec = find_spec(name)
    except ImportError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise AdapterBroken(f"The package {name} of adapter {vendor!r} is not there.")
    return Path(spec.submodule_search_locations[0])


def digest(vendor: str) -> str:
    """The SHA-256 of an adapter's files: names and contents, in order. Runs none of them.

    Of an installed adapter these are all files of its top-level package: what its code may import
    beside it is part of it. What Python made of them in ``__pycache__`` is not. Raises as
    ``folder``, and ``AdapterBroken`` where a link leads to a folder that lies elsewhere.
    """
    top = package(vendor).partition(".")[0]
    ours = top == (__package__ or "").partition(".")[0]
    place = folder(vendor)
    if not ours:
        for _ in package(vendor).split(".")[1:]:
            place = place.parent
    total = sha256()
    for file in sorted(place.rglob("*")):
        if file.is_dir() and file.is_symlink():
            raise AdapterBroken(f"{file} is a link to a folder: what lies there has no digest.")
        if file.is_file() and not _is_compiled(file):
            content = file.read_bytes()
            total.update(f"{file.relative_to(place).as_posix()}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


def _is_compiled(file: Path) -> bool:
    """Whether Python keeps it, or is writing it, for a source file; no import can name it."""
    return file.parent.name == "__pycache__" and bool(_COMPILED.fullmatch(file.name))


@cache
def _packages() -> dict[str, str]:
    """The package of each vendor, by name."""
    packages = {
        found.parent.name: f"{__package__}.vendors.{found.parent.name}"
        for found in _OURS.glob("*/manifest.toml")
    }
    for point in entry_points(group=GROUP):
        if packages.setdefault(point.name, point.value) != point.value:
            raise AdapterBroken(
                f"Two adapters are called {point.name!r}: "
                f"{packages[point.name]} and {point.value}. Uninstall one of them."
            )
    return packages


def _in_one_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}" for mistake in error.errors()
        )
    return f"{type(error).__name__}: {error}"
