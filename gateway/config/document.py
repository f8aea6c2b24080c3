"""One TOML file of the config directory: its data, its secrets, and where each key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.config.mistakes import KeyPath, Mistake, explained, nearest, spelled

ModelT = TypeVar("ModelT", bound=BaseModel)

_LARGEST = 1_000_000
_LONGEST_STATEMENT = 200
_VARIABLE = re.compile(r"\$\$\{|\$\{(\w*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OURS = "POORT_"
"""Variables of the gateway itself; no file may take these, its own secret is among them."""


class Document:
    """A file that was read; everything found wrong with it goes to ``mistakes``.

    ``${NAME}`` inside a text is replaced by that environment variable, ``$${`` stands for
    ``${``. Replaced after parsing, so a value is only ever a value.
    """

    def __init__(
        self, name: str, text: str, environ: Mapping[str, str], mistakes: list[Mistake]
    ) -> None:
        """Parse ``text``; raises ``ValueError`` for broken TOML, with line and column."""
        self.name = name
        self._text = text
        self._environ = environ
        self._mistakes = mistakes
        self._used: dict[str, str] = {}
        self._unfilled: set[KeyPath] = set()
        self._lines: dict[KeyPath, int] | None = None
        try:
            self.data: dict[str, Any] = self._filled(tomllib.loads(text), ())
        except RecursionError:
            raise ValueError("too many brackets inside each other") from None

    def mistake(self, path: KeyPath, text: str) -> None:
        """Note what is wrong at ``path``."""
        self._mistakes.append(Mistake(self.name, spelled(path), text, self._line(path)))

    def read(self, model: type[ModelT], at: str | None = None) -> ModelT | None:
        """The data, or its table ``at``, as a ``model``; ``None`` when that cannot be."""
        data = self.data if at is None else self.data.get(at, {})
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for below, text in explained(error, model, data):
                path = below if at is None else (at, *below)
                if path not in self._unfilled:  # one mistake is enough
                    self.mistake(path, self._without_values(text))
            return None

    def _filled(self, value: Any, path: KeyPath) -> Any:  # noqa: ANN401 - whatever TOML can hold
        if isinstance(value, dict):
            return {key: self._filled(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner, (*path, place)) for place, inner in enumerate(value)]
        if isinstance(value, str):
            return _VARIABLE.sub(lambda found: self._variable(found, path), value)
        return value

    def _variable(self, found: re.Match[str], path: KeyPath) -> str:
        if found[0] == "$${":
            return "${"
        name = found[1] or ""
        if _NAME.fullmatch(name) and not name.startswith(OURS) and name in self._environ:
            self._used[name] = self._environ[name]
            return self._environ[name]
        self._unfilled.add(path)
        if not _NAME.fullmatch(name):
            # Not repeated: a password with ${ in it would be.
            self.mistake(path, "write ${NAME} for a variable, or $${ where you mean ${ itself")
        elif name.startswith(OURS):
            self.mistake(path, f"{name} belongs to the gateway; give this secret another name")
        else:
            hint = nearest(name, self._environ)
            self.mistake(path, f"the environment variable {name} is not set{hint}")
        return ""

    def _without_values(self, text: str) -> str:
        """A vendor's validator may repeat what it was given: put the variables back."""
        for variable, value in self._used.items():
            for written in {value, repr(value)[1:-1]} - {""}:
                text = text.replace(written, f"${{{variable}}}")
        return text

    def _line(self, path: KeyPath) -> int | None:
        if self._lines is None:
            self._lines = dict(_lines(self._text))
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path)


def read_document(
    directory: Path,
    name: str,
    environ: Mapping[str, str],
    mistakes: list[Mistake],
    purpose: str = "",
) -> Document | None:
    """Read ``name`` below ``directory``; ``None``, with a mistake noted, when it cannot be.

    ``purpose`` tells whoever has no such file what belongs in it.
    """
    raw = b""
    try:
        with (directory / name).open("rb") as file:
            raw = file.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise ValueError("is larger than 1 MB")  # noqa: TRY301 - one road for all of these
        return Document(name, raw.decode("utf-8-sig"), environ, mistakes)
    except FileNotFoundError:
        text, line = f"is missing: {purpose}", None
    except OSError as error:
        text, line = f"cannot be read: {error.strerror}", None
    except UnicodeDecodeError as error:
        text, line = "is not UTF-8: save it as UTF-8", raw.count(b"\n", 0, error.start) + 1
    except tomllib.TOMLDecodeError as error:
        text, line = _broken(error)
    except ValueError as error:
        text, line = str(error), None
    mistakes.append(Mistake(name, "", text, line))
    return None


def _broken(error: tomllib.TOMLDecodeError) -> tuple[str, int | None]:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
    if found is None:
        return "is not valid TOML", None
    reason, line, column = found.groups()
    place = f"column {column}" if column else "the end of the file"
    return f"is not valid TOML: {reason}, at {place}", int(line) if line else None


def _lines(text: str) -> Iterator[tuple[KeyPath, int]]:
    """The line of every key, from 1, as far as it is cheap to know.

    tomllib says nothing of places, so each statement is given to it alone.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    table: KeyPath = ()
    lists: dict[KeyPath, int] = {}
    start = 0
    while start < len(lines):
        for end in range(start + 1, min(start + _LONGEST_STATEMENT, len(lines)) + 1):
            try:
                data = tomllib.loads("\n".join(lines[start:end]))
                break
            except tomllib.TOMLDecodeError:
                continue
        else:
            return
        if lines[start].lstrip().startswith("["):
            table = _header(data, lists)
            yield table, start + 1
        else:
            yield from ((path, start + 1) for path in _paths(data, table))
        start = end


def _header(node: Any, lists: dict[KeyPath, int]) -> KeyPath:  # noqa: ANN401 - what TOML can hold
    """The path of ``[a.b]`` or ``[[a.b]]``; ``lists`` counts the tables of each list."""
    path: KeyPath = ()
    while node:
        ((key, node),) = node.items()
        path = (*path, key)
        if isinstance(node, list):
            lists[path] = lists.get(path, -1) + 1
            node = {}
        if path in lists:
            path = (*path, lists[path])
    return path


def _paths(value: Any, path: KeyPath) -> Iterator[KeyPath]:  # noqa: ANN401 - what TOML can hold
    below: Collection[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        below = value.items()
    elif isinstance(value, list):
        below = list(enumerate(value))
    for key, inner in below:
        yield (*path, key)
        yield from _paths(inner, (*path, key))
