"""What was recorded at a running ZMS, read in place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

FOLDER = Path(__file__).parents[5] / "shared" / "vendors" / "zms" / "recorded"
ABSENT = not FOLDER.exists()
# Read while tests are collected: no file is read in the event loop.
_EXCHANGES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")
}


def recorded(name: str) -> dict[str, Any]:
    """One exchange: ``request`` and ``response``."""
    return _EXCHANGES[name]


def sent(name: str) -> dict[str, Any]:
    """The body of its request."""
    body: dict[str, Any] = recorded(name)["request"]["body"]
    return body


def answered(name: str) -> dict[str, Any]:
    """The body of its answer."""
    body: dict[str, Any] = json.loads(recorded(name)["response"]["body"])
    return body


def response(name: str) -> httpx.Response:
    """Its answer as it came."""
    answer = recorded(name)["response"]
    return httpx.Response(
        answer["status"], headers=answer["headers"], content=answer["body"].encode()
    )
