"""What was recorded at an Easy!Appointments 1.6.0, read where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

FOLDER = Path(__file__).parents[5] / "shared" / "vendors" / "easyappointments" / "recorded"

where_they_are = pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")


# Read at once: within a test nothing may block the event loop.
_ALL = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")}


def recorded(name: str) -> Any:  # noqa: ANN401 JSON
    return _ALL[name]


def body(name: str) -> Any:  # noqa: ANN401 JSON
    """The JSON that was answered."""
    return json.loads(recorded(name)["response"]["body"])


def response(name: str) -> httpx.Response:
    answered = recorded(name)["response"]
    return httpx.Response(
        answered["status"], headers=answered["headers"], content=answered["body"].encode()
    )
