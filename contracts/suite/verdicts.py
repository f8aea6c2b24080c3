"""Ends a behaviour that cannot be shown: absent in the adapter, or not run for want of control."""

from __future__ import annotations

from typing import NoReturn, TypeVar

import pytest

from contracts.report import NEEDS

T = TypeVar("T")

ABSENT = "absent: "


def absent(what: str) -> NoReturn:
    """The adapter, or its manifest, says that it does not have this."""
    pytest.skip(f"{ABSENT}{what}")


def not_run(missing: str) -> NoReturn:
    """The sandbox cannot make the situation; the behaviour counts as not shown."""
    pytest.skip(f"not run: {NEEDS}{missing}")


def offered(value: T | None, field: str) -> T:
    """What a controlled sandbox offers in a field of the harness."""
    if value is None:
        not_run(f"{field}, which the harness leaves out")
    return value


def declared(value: T | None, field: str, *, has: bool) -> T:
    """As ``offered``, for what a manifest declares: absent where it says no."""
    if not has:
        absent(field)
    return offered(value, field)
