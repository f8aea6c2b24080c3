"""Decides whether a behaviour is asked of an adapter: by its capabilities and facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest

from contracts.adapter import Capability
from contracts.report import Subject
from contracts.suite.harness import Harness
from contracts.suite.recording import Recording
from contracts.suite.verdicts import absent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Examined:
    """What a test is about, and what was said to it."""

    subject: Subject
    recording: Recording


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
    """Skip what needs an absent capability; listen to the rest."""
    recording = Recording(harness)
    item.stash[EXAMINED] = Examined(_subject(harness), recording)
    needed = {cap for mark in item.iter_markers("requires") for cap in mark.args}
    missing = needed - harness.adapter.available()
    if missing:
        absent(", ".join(sorted(missing)))
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
