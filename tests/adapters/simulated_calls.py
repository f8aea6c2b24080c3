"""Which calls a simulator offers, read in its code.

A call is written there as ``"GET path"``, or is a pattern of the parts of a path.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from adapters import registry

METHOD = "(GET|POST|PUT|PATCH|DELETE)"


def offered(vendor: str) -> Iterator[str]:
    """The calls of a simulator; ``*`` is a value in a path."""
    for file in sorted(registry.folder(vendor).glob("simul*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        joined = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
        inside = {part for node in joined for part in node.values}
        for node in ast.walk(tree):
            if node in inside:
                continue
            text = _text(node)
            if re.fullmatch(rf"{METHOD} /?[\w*/.-]*", text):
                yield text.replace(" /", " ").removesuffix("/")


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or "*" for part in parts)
        case ast.MatchValue(value=value):
            return _text(value)
        case ast.MatchSequence(patterns=patterns):
            steps = [_text(pattern) or "*" for pattern in patterns]
            method = steps.pop(0) if re.fullmatch(METHOD, steps[0]) else "GET"
            return f"{method} {'/'.join(steps)}"
    return ""
