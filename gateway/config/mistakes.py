"""Says what is wrong in the settings: where it is and what was expected, never the value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

KeyPath = tuple[str | int, ...]
"""Where a value stands: names of tables and keys, positions in lists from 0."""

_NEAR = 0.7  # a slip of the keyboard; what has less in common is only a false trail


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake.

    ``file`` is relative to the config directory, or ``environment``. ``key`` is the path of
    the key (``settings.products[2].minutes``), empty for the file as a whole.
    """

    file: str
    key: str
    text: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.key, self.text) if part)


class SettingsError(Exception):
    """The settings cannot be used: ``mistakes``, file by file from top to bottom."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        found = tuple(mistakes)
        files = [mistake.file for mistake in found]
        self.mistakes = tuple(
            sorted(found, key=lambda mistake: (files.index(mistake.file), mistake.line or 0))
        )
        count = f"{len(self.mistakes)} mistake{'s' if len(self.mistakes) > 1 else ''}"
        super().__init__("\n".join([f"{count} in the settings:", *map(str, self.mistakes)]))


def nearest(word: str, known: Iterable[str], *, listed: bool = False) -> str:
    """The end of a sentence: what may have been meant; with ``listed`` also all there is."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=_NEAR)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint or ';'} known: {', '.join(names) or 'none'}" if listed else hint


def spelled(path: KeyPath) -> str:
    """A key path as a person writes it: ``products."de kaart"[0].name``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            text += f".{name}" if text else name
    return text


def explained(
    error: ValidationError, model: type[BaseModel], data: object
) -> Iterator[tuple[KeyPath, str]]:
    """Every mistake pydantic found in ``data``, as the path below ``data`` and a sentence."""
    found = [
        (_in_data(details, data), details)
        for details in error.errors(include_url=False, include_input=False)
    ]
    for path, details in found:
        inside = any(len(other) > len(path) and other[: len(path)] == path for other, _ in found)
        if not (details["type"] == "too_short" and inside):  # the bad items were left out
            yield path, _sentence(details, path, model)


_EXPECTED = {
    "string_type": "should be text in quotes",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "float_parsing": "should be a number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "tuple_type": "should be a list: [ … ]",
    "list_type": "should be a list: [ … ]",
    "dict_type": "should be a table",
    "model_type": "should be a table",
    "model_attributes_type": "should be a table",
    "too_short": "should not be empty",
}


def _sentence(details: ErrorDetails, path: KeyPath, model: type[BaseModel]) -> str:
    kind, name = details["type"], str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = {
            field.alias or name
            for table in _tables_at(model, path[:-1])
            for name, field in table.model_fields.items()
        }
        return f"is not known here{nearest(name, known) or nearest(name, known, listed=True)}"
    meant = next((field.description for field in _fields_at(model, path)), None)
    if kind == "missing":
        return f"is missing: {meant}" if meant else "is missing"
    if kind == "string_pattern_mismatch" and meant:
        return f"should be {meant}"
    return _EXPECTED.get(kind) or _plain(details["msg"])


_PLAIN = {
    "Value error, ": "",
    "String should match": "should match the",
    "Input should": "should",
    "less than or equal to": "at most",
    "greater than or equal to": "at least",
}


def _plain(message: str) -> str:
    for theirs, ours in _PLAIN.items():
        message = message.replace(theirs, ours, 1)
    return message


def _in_data(details: ErrorDetails, data: Any) -> KeyPath:  # noqa: ANN401 - whatever TOML can hold
    """The path without what pydantic adds to it: branches of unions, names of validators."""
    path: list[str | int] = []
    for part in details["loc"]:
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            data = data[part]
        elif details["type"] != "missing" or part != details["loc"][-1]:
            continue
        path.append(part)
    return tuple(path)


def _tables(annotation: object) -> list[type[BaseModel]]:
    """The models in an annotation, however deep: ``dict[str, tuple[Product, ...]] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for inner in get_args(annotation) for table in _tables(inner)]


def _tables_at(model: type[BaseModel], path: KeyPath) -> list[type[BaseModel]]:
    fields = _fields_at(model, path)
    return [table for field in fields for table in _tables(field.annotation)] if path else [model]


def _fields_at(model: type[BaseModel], path: KeyPath) -> list[FieldInfo]:
    """The fields a path may stand for; a position or a free key stands for the one above it."""
    tables, fields = [model], list[FieldInfo]()
    for part in path:
        found = [
            field
            for table in tables
            for name, field in table.model_fields.items()
            if part in (field.alias, name)
        ]
        if found:
            fields = found
            tables = [table for field in found for table in _tables(field.annotation)]
    return fields
