"""What the suite demands: a stable id, the demand, and the real fault that it prevents."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest

from contracts.adapter import Capability
from contracts.report import GROUPS

T = TypeVar("T", bound=Callable[..., Any])

_ID = re.compile(rf"({'|'.join(GROUPS)})-\d{{3}}")
_MARK = "_behaviour"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One demand on every adapter.

    Attributes:
        id: ``SLOT-004``: given out once, and never to another demand.
        demand: what an adapter must do, in one sentence.
        why: the fault of a real system that this prevents.
        test: the name of the test that shows it.
        needs: the capabilities without which it is not asked.
    """

    id: str
    demand: str
    why: str
    test: str
    needs: frozenset[Capability] = frozenset()

    @property
    def group(self) -> str:
        """The prefix of the id, a key of ``GROUPS``."""
        return self.id.partition("-")[0]


def behaviour(id_: str, demand: str, *, why: str) -> Callable[[T], T]:
    """Give a test its id, its demand and its reason."""
    if not _ID.fullmatch(id_):
        message = f"{id_!r} is no id of a behaviour; write for example SLOT-004"
        raise ValueError(message)

    def decorate(test: T) -> T:
        setattr(test, _MARK, Behaviour(id_, demand, why, test.__name__))
        return test

    return decorate


def shown_by(test: object) -> Behaviour | None:
    """The behaviour that a test of the suite shows; ``None`` of any other function.

    A vendor's test that takes the place of one of the suite's shows nothing.
    """
    found = getattr(test, _MARK, None)
    module = str(getattr(test, "__module__", ""))
    own = module.startswith(f"{__package__}.")
    return found if own and isinstance(found, Behaviour) else None


def of(item: pytest.Item) -> Behaviour | None:
    """The behaviour that a collected test shows."""
    return shown_by(getattr(item, "function", None))


def collect(contract: type) -> dict[str, Behaviour]:
    """The behaviours of a class by id, in the order of the groups; no test goes without."""
    found: dict[str, Behaviour] = {}
    for name in dir(contract):
        if not name.startswith("test_"):
            continue
        test = getattr(contract, name)
        shown = shown_by(test)
        if shown is None or shown.id in found:
            message = f"{name} has the id {shown and shown.id}, expected one of its own"
            raise ValueError(message)
        marks = getattr(test, "pytestmark", ())
        needs = frozenset(cap for mark in marks if mark.name == "requires" for cap in mark.args)
        found[shown.id] = replace(shown, needs=needs)
    order = list(GROUPS)
    ids = sorted(found, key=lambda id_: (order.index(found[id_].group), id_))
    return {id_: found[id_] for id_ in ids}
