"""Decides whether a behaviour is asked of an adapter: capabilities and exemptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from contracts.adapter import Capability
from contracts.suite.harness import Harness

T = TypeVar("T")


def requires(*capabilities: Capability) -> Callable[[T], T]:
    """Ask a behaviour, or every behaviour of a class, only of adapters with these capabilities.

    A mark on the class itself would reach all classes that are combined with it.
    """
    mark = pytest.mark.requires(*capabilities)

    def decorate(target: T) -> T:
        members = vars(target).items() if isinstance(target, type) else [("test_", target)]
        for name, behaviour in members:
            if name.startswith("test_"):
                mark(behaviour)
        return target

    return decorate


def admit(item: pytest.Item, harness: Harness) -> None:
    """Skip a behaviour that needs an absent capability; expect an exempted one to fail."""
    needed = {cap for mark in item.iter_markers("requires") for cap in mark.args}
    absent = needed - harness.adapter.available()
    if absent:
        pytest.skip(f"absent: {', '.join(sorted(absent))}")
    name = getattr(item, "originalname", item.name)
    for exemption in harness.manifest.exemptions:
        if exemption.behaviour == name:
            reason = f"exempt: {exemption.reason}"
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def offered(value: T | None, field: str) -> T:
    """What the harness offers in ``field``; skip the behaviour where that is nothing."""
    if value is None:
        pytest.skip(f"the harness offers no {field}")
    return value
