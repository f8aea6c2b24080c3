"""``docs/levels.md``: what each level needs, from the table in the code."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.levels import REQUIREMENTS
from contracts.manifest import Level
from contracts.report import GROUPS

_HEAD = """\
# Levels

Written by `poort vendors --write` from [`contracts/levels.py`](../contracts/levels.py); do not edit
it. A level needs all of its own lines and of those above. A behaviour that fails, or was not run
for want of a controlled sandbox, counts against it; one that is absent because the capability is
absent does not.

| level | it … | shown by |
|---|---|---|"""

_FOOT = """
- A **simulator** proves reading: where citizens book, such a certificate is worth bronze at most.
- In **random** mode, on a sandbox as it is, much cannot be made to happen. What was not run is
  forgiven for bronze, and for nothing else: silver and gold need **controlled** mode.
- A **capability** is certified when every behaviour about it passed; another counts as absent, and
  so does the resolution that needs it.
- **Silver** allows `resolution = "none"`: an unanswered booking is then left to a person, and the
  citizen is told so. **Gold** does not.
"""


def page() -> str:
    """The whole page in Markdown."""
    return "\n".join((_HEAD, *_rows(), _FOOT))


def _rows() -> Iterator[str]:
    yield f"| {Level.LISTED} | ran through the suite | a report, whatever it says |"
    for requirement in REQUIREMENTS:
        shown = ", ".join(f"{GROUPS[group]} (`{group}`)" for group in requirement.groups)
        yield f"| {requirement.level} | {requirement.demand} | {shown} |"
