"""Holds payloads against Graph's own metadata, where it lies beside the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

FOLDER = Path(__file__).parents[5] / "shared" / "vendors" / "msgraph"

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_KINDS: dict[str, tuple[type, str]] = {
    "Edm.String": (str, ".*"),
    "Edm.Boolean": (bool, ".*"),
    "Edm.Int32": (int, ".*"),
    "Edm.Double": (float, ".*"),
    "Edm.Date": (str, r"\d{4}-\d\d-\d\d"),
    "Edm.TimeOfDay": (str, r"\d\d:\d\d(:\d\d(\.\d{1,12})?)?"),
    "Edm.DateTimeOffset": (str, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)"),
    "Edm.Duration": (str, r"-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
}


class Metadata:
    """The types of the bookings in Graph."""

    def __init__(self) -> None:
        schema = etree.parse(FOLDER / "bookings-slice.csdl").getroot()
        self._enums = {
            enum.get("Name"): {member.get("Name") for member in enum}
            for enum in schema.iter(f"{_EDM}EnumType")
        }
        self._types = {
            type_.get("Name"): type_
            for kind in ("ComplexType", "EntityType")
            for type_ in schema.iter(f"{_EDM}{kind}")
        }

    def misfits(self, value: Any, type_: str) -> list[str]:  # noqa: ANN401 JSON
        """Where a payload is not as its type has it; absent is fine, as it is in a sample."""
        return list(self._misfits(value, type_, True, type_))  # noqa: FBT003 nullable, as in OData

    def _misfits(self, value: Any, type_: str, nullable: bool, at: str) -> Iterator[str]:  # noqa: ANN401, FBT001 JSON
        inner = re.fullmatch(r"Collection\((.+)\)", type_)
        if value is None:
            if not nullable:
                yield f"{at} is null"
        elif inner:
            if not isinstance(value, list):
                yield f"{at} is no list"
            for number, item in enumerate(value):
                yield from self._misfits(item, inner[1], False, f"{at}[{number}]")  # noqa: FBT003 as above
        elif type_.removeprefix("graph.") in self._types:
            yield from self._object(value, type_.removeprefix("graph."), at)
        elif not self._fits(value, type_):
            yield f"{at} is no {type_}"

    def _fits(self, value: Any, type_: str) -> bool:  # noqa: ANN401 JSON
        if type_ in _KINDS:
            kind, form = _KINDS[type_]
            return type(value) is kind and bool(re.fullmatch(form, str(value), re.DOTALL))
        # The slice leaves some types out: a place, a day of the week, …
        members = self._enums.get(type_.removeprefix("graph."))
        return members is None or value in members

    def _object(self, value: Any, name: str, at: str) -> Iterator[str]:  # noqa: ANN401 JSON
        actual = value.get("@odata.type", "").removeprefix("#microsoft.graph.")
        properties = dict(self._properties(actual or name))
        for key, inner in value.items():
            if "@odata." in key or key == "id":
                continue
            if key not in properties:
                yield f"{at}.{key} is unknown"
                continue
            type_, nullable = properties[key]
            yield from self._misfits(inner, type_, nullable, f"{at}.{key}")

    def _properties(self, name: str) -> Iterator[tuple[str, tuple[str, bool]]]:
        # An abstract type is told apart by @odata.type, which its only kind may leave out.
        type_ = self._types[name.removesuffix("Base")]
        for each in (*type_.iter(f"{_EDM}Property"), *type_.iter(f"{_EDM}Parameter")):
            yield each.attrib["Name"], (each.attrib["Type"], each.get("Nullable") != "false")
