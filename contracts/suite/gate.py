"""Decides whether a behaviour is asked of an adapter: capabilities, facts and exemptions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest

from contracts.adapter import Capability
from contracts.report import Subject
from contracts.suite.behaviour import of
from contracts.suite.harness import Harness
from contracts.suite.recording import Recording
from contracts.suite.verdicts import absent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Examined:
    """What a test is about, what it said to it, and why it is expected to fail."""

    subject: Subject
    recording: Recording
    exemption: str | None = None


EXAMINED = pytest.StashKey[Examined]()


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


def admit(item: pytest.Item, harness: Harness) -> Recording:
    """Skip what needs an absent capability, expect what is exempted to fail; listen to the rest."""
    recording = Recording(harness)
    asked = of(item)
    reasons = {each.behaviour: each.reason for each in harness.manifest.exemptions}
    reason = reasons.get(asked.id) if asked else None
    item.stash[EXAMINED] = Examined(_subject(harness), recording, reason)
    needed = {cap for mark in item.iter_markers("requires") for cap in mark.args}
    missing = needed - harness.adapter.available()
    if missing:
        absent(", ".join(sorted(missing)))
    if reason is not None:
        item.add_marker(pytest.mark.xfail(reason=f"exempt: {reason}", strict=True))
    return recording


def _subject(harness: Harness) -> Subject:
    manifest = harness.manifest
    return Subject(
        vendor=manifest.vendor,
        claimed=manifest.level,
        mode=harness.mode,
        capabilities=frozenset(harness.adapter.available()),
        facts=manifest.facts,
    )
