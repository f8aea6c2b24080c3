"""Reads the config directory: municipalities, products, sources, and the login."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from adapters import registry
from gateway.certification.barred import BarredSettings
from gateway.config.document import Document, read_document
from gateway.config.mistakes import KeyPath, Mistake, nearest
from gateway.config.tables import (
    ID,
    Accepts,
    KnownProduct,
    Limits,
    MunicipalitiesFile,
    Municipality,
    ProductsFile,
    SourceFile,
    Travel,
)

MUNICIPALITIES = "municipalities.toml"
PRODUCTS = "products.toml"
IDENTITY = "identity.toml"
SOURCES = "sources"


Gate = Callable[[str], str | None]
"""Why the code of a vendor may not be loaded; ``None`` when it may."""


def _open(_vendor: str) -> None:
    """All code may be loaded."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source as its file says it. ``products``: the vendor's id by IPDC number.

    ``settings`` is an instance of the adapter's own ``Settings`` and may hold secrets.
    ``cancel_until_hours`` replaces what the municipality says, where it is there.
    """

    id: str
    vendor: str
    municipality: Municipality
    zone: ZoneInfo
    accepts: Accepts
    products: Mapping[str, str]
    limits: Limits
    settings: BaseModel = field(repr=False)
    cancel_until_hours: float | None = None

    @property
    def cancel_until(self) -> timedelta:
        """How long before the start citizens can still cancel and move."""
        own = self.cancel_until_hours
        return timedelta(hours=self.municipality.cancel_until_hours if own is None else own)

    @property
    def file(self) -> str:
        """Where it is written, relative to the config directory."""
        return source_file(self.id)


@dataclass(frozen=True, slots=True)
class Directory:
    """What the files say, each by its id and in the order of the files."""

    municipalities: Mapping[str, Municipality]
    products: Mapping[str, KnownProduct]
    sources: Mapping[str, SourceSettings]
    travel: Sequence[Travel] = ()


def source_file(source: str) -> str:
    """The file of a source, relative to the config directory."""
    return f"{SOURCES}/{source}.toml"


def read_directory(
    path: Path, environ: Mapping[str, str], mistakes: list[Mistake], gate: Gate = _open
) -> Directory:
    """Read all files; what is wrong goes to ``mistakes``, what is right is returned.

    ``gate`` tells of a vendor why its code may not be loaded, before it is.
    """
    if not path.is_dir():
        mistakes.append(Mistake(str(path), "", "there is no such directory"))
        return Directory({}, {}, {})
    _check_names(path, mistakes)
    about = read_document(path, PRODUCTS, environ, mistakes, "[[product]] with id and name")
    numbers = _ids(about, "product")
    products = about.read(ProductsFile) if about else None
    who = read_document(
        path, MUNICIPALITIES, environ, mistakes, "[[municipality]] with id, name and nis"
    )
    ids = _ids(who, "municipality")
    municipalities = who.read(MunicipalitiesFile) if who else None
    if who is not None:
        _check_other_products(who, numbers)
        _check_travel(who, ids or (), [file.stem for file in path.glob(f"{SOURCES}/[!.]*.toml")])
    known = {each.id: each for each in municipalities.municipality} if municipalities else {}
    sources = {}
    for file in sorted(path.glob(f"{SOURCES}/[!.]*.toml")):
        document = read_document(path, source_file(file.stem), environ, mistakes)
        if document is not None:
            _check_names_in(document, ids, numbers)
            source = _source(file.stem, document, known, gate)
            if source is not None:
                sources[source.id] = source
    return Directory(
        municipalities=known,
        products={each.id: each for each in products.product} if products else {},
        sources=sources,
        travel=municipalities.travel if municipalities else (),
    )


def _check_names(path: Path, mistakes: list[Mistake]) -> None:
    """A misspelt file would otherwise be left out in silence."""
    known = {MUNICIPALITIES, PRODUCTS, IDENTITY}
    for file in sorted(path.glob("[!.]*.toml")):
        if file.name not in known:
            hint = nearest(file.stem, (name.removesuffix(".toml") for name in known))
            text = f"is not a file of ours{hint or f'; sources go into {SOURCES}/'}"
            mistakes.append(Mistake(file.name, "", text))


def _ids(document: Document | None, kind: str) -> Collection[str] | None:
    """The ids in a file, of entries with mistakes too; ``None``: it cannot be read at all."""
    if document is None:
        return None
    entries = [
        ((kind, place, "id"), entry["id"])
        for place, entry in enumerate(_tables(document.data.get(kind)))
        if isinstance(entry.get("id"), str)
    ]
    _check_once(document, entries)
    return {name for _, name in entries}


def _check_other_products(document: Document, numbers: Collection[str] | None) -> None:
    for place, municipality in enumerate(_tables(document.data.get("municipality"))):
        entries = [
            (("municipality", place, "product", i, "product"), other["product"])
            for i, other in enumerate(_tables(municipality.get("product")))
            if isinstance(other.get("product"), str)
        ]
        _check_once(document, entries)
        for path, number in entries:
            _check_known(document, path, number, numbers, PRODUCTS)


def _check_travel(document: Document, ids: Collection[str], sources: Collection[str]) -> None:
    """A time that is written twice, or for a place that nobody knows, would be used in silence."""
    seen = set()
    for place, travel in enumerate(_tables(document.data.get("travel"))):
        ends = [travel.get("from"), travel.get("to")]
        for key, end in zip(("from", "to"), ends, strict=True):
            # A location is <source>.<the vendor's id>, as the API names it.
            if isinstance(end, str) and end not in ids and end.partition(".")[0] not in sources:
                text = f"there is no municipality and no source of a location {end!r}"
                document.mistake(("travel", place, key), text + nearest(end, ids))
        pair = frozenset(map(str, ends))
        if len(pair) == 1:
            document.mistake(("travel", place), "leads from a place to itself")
        elif pair in seen:
            document.mistake(("travel", place), "is there already; each may be there once")
        seen.add(pair)


def _tables(value: object) -> list[dict[str, Any]]:
    # Only where it is a list of tables; anything else is reported by the model.
    tables = value if isinstance(value, list) else []
    return [table if isinstance(table, dict) else {} for table in tables]


def _check_names_in(
    source: Document, ids: Collection[str] | None, numbers: Collection[str] | None
) -> None:
    municipality, products = source.data.get("municipality"), source.data.get("products")
    if isinstance(municipality, str):
        _check_known(source, ("municipality",), municipality, ids, MUNICIPALITIES)
    mapped = products.items() if isinstance(products, dict) else ()
    for number, _ in mapped:
        _check_known(source, ("products", number), number, numbers, PRODUCTS)
    # One to one: an appointment made at the desk is shown under its IPDC number.
    theirs = [(("products", number), of) for number, of in mapped if isinstance(of, str)]
    _check_once(source, theirs)


def _source(
    name: str, document: Document, municipalities: Mapping[str, Municipality], gate: Gate
) -> SourceSettings | None:
    if not re.fullmatch(ID, name):
        document.mistake((), "name the file in small letters, digits and hyphens")
    read = document.read(SourceFile)
    settings = _vendor_settings(document, gate)
    if read is None or settings is None or read.municipality not in municipalities:
        return None
    return SourceSettings(
        id=name,
        vendor=read.vendor,
        municipality=municipalities[read.municipality],
        zone=ZoneInfo(read.zone),
        accepts=read.accepts,
        products=read.products,
        limits=read.limits,
        settings=settings,
        cancel_until_hours=read.cancel_until_hours,
    )


def _vendor_settings(document: Document, gate: Gate) -> BaseModel | None:
    vendor = document.data.get("vendor")
    if not isinstance(vendor, str) or not isinstance(document.data.get("settings", {}), dict):
        return None
    try:
        known = registry.vendors()
        if vendor not in known:
            hint = nearest(vendor, known, listed=True)
            document.mistake(("vendor",), f"there is no adapter {vendor!r}{hint}")
            return None
        registry.manifest(vendor)
        if (barred := gate(vendor)) is not None:
            return BarredSettings(reason=barred)
        return document.read(registry.load(vendor).Settings, "settings")
    except registry.AdapterBroken as error:
        document.mistake(("vendor",), str(error))
    except Exception as error:  # noqa: BLE001 - a vendor's own validator may do anything
        kind = type(error).__name__
        document.mistake(("settings",), f"the adapter {vendor!r} failed to read this: {kind}")
    return None


def _check_once(document: Document, entries: Iterable[tuple[KeyPath, str]]) -> None:
    seen = set()
    for path, name in entries:
        if name in seen:
            document.mistake(path, f"{name!r} is there already; each may be there once")
        seen.add(name)


def _check_known(
    document: Document, path: KeyPath, name: str, known: Collection[str] | None, file: str
) -> None:
    if known is not None and name not in known:  # None: that file could not be read
        hint = nearest(name, known) or "; describe it there first"
        document.mistake(path, f"there is no {name!r} in {file}{hint}")
