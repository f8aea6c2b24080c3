"""Which behaviours a version of the contract suite has: a certificate leaves none out.

They are read from a file that ``poort suite --write`` makes: the suite itself needs pytest.
"""

from __future__ import annotations

import json
from pathlib import Path

import contracts

BEHAVIOURS_FILE = Path(contracts.__path__[0]) / "behaviours.json"


def known_behaviours() -> dict[str, list[str]]:
    """The ids of all behaviours, by version of the suite."""
    known: dict[str, list[str]] = json.loads(BEHAVIOURS_FILE.read_text(encoding="utf-8"))
    return known
