"""Which behaviours a version of the contract suite has: a certificate leaves none out."""

from __future__ import annotations

from collections.abc import Collection


def known_behaviours() -> dict[str, Collection[str]]:
    """The ids of all behaviours, by version of the suite."""
    return {}
