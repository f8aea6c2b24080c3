"""What is drilled: a matrix of workflow step, fault and vendor, and which cells cannot be."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adapters.rehearsal import Mishap
from contracts.adapter import Capability
from contracts.manifest import Facts


class Step(StrEnum):
    """A write or a question of the workflow.

    What is held is kept while an agreed visit waits: ``extend``, or ``holdAnew`` where it
    lapsed. A move is a ``reschedule`` where the vendor does it in one call, and elsewhere
    ``rebook``, then ``cancelOld``.
    """

    HOLD = "hold"
    BOOK = "book"
    CONFIRM = "confirm"
    EXTEND = "extend"
    HOLD_ANEW = "holdAnew"
    RELEASE = "release"
    CANCEL = "cancel"
    COMPENSATE = "compensate"
    RESCHEDULE = "reschedule"
    REBOOK = "rebook"
    CANCEL_OLD = "cancelOld"
    LOOK_UP = "lookUp"


class Fault(StrEnum):
    """What goes wrong there."""

    ERROR = "error"
    LOST = "lost"
    TIMEOUT_BEFORE = "timeoutBefore"
    TIMEOUT_AFTER = "timeoutAfter"
    FAILED_BUT_BOOKED = "failedButBooked"
    LATE = "late"
    SLOW = "slow"
    CRASH = "crash"
    KILL = "kill"


class Moment(StrEnum):
    """When a process dies: around a step, or around its call of the vendor."""

    BEFORE_STEP = "beforeStep"
    BEFORE_SENT = "beforeSent"
    BEFORE_ANSWER = "beforeAnswer"
    AFTER_STEP = "afterStep"


MISHAPS: Mapping[Fault, Mishap] = {
    Fault.ERROR: Mishap.ERROR,
    Fault.LOST: Mishap.LOST,
    Fault.TIMEOUT_AFTER: Mishap.SILENT,
    Fault.FAILED_BUT_BOOKED: Mishap.FAILED_BUT_DONE,
    Fault.LATE: Mishap.LATE,
    Fault.SLOW: Mishap.SLOW,
}
DEATHS = frozenset({Fault.CRASH, Fault.KILL})
_NEEDS: Mapping[Step, tuple[Capability, str]] = {
    Step.HOLD: (Capability.HOLD, "it keeps nothing beforehand"),
    Step.CONFIRM: (Capability.HOLD, "it keeps nothing beforehand"),
    Step.EXTEND: (Capability.EXTEND, "it cannot keep it longer"),
    Step.HOLD_ANEW: (Capability.HOLD, "it keeps nothing beforehand"),
    Step.RELEASE: (Capability.RELEASE, "it keeps nothing beforehand"),
    Step.RESCHEDULE: (Capability.RESCHEDULE, "it cannot move in one call"),
}
MOVING_ANEW = frozenset({Step.REBOOK, Step.CANCEL_OLD})
MOVES = frozenset({Step.RESCHEDULE}) | MOVING_ANEW
WAITING = frozenset({Step.EXTEND, Step.HOLD_ANEW})
"""What comes about when the visit waits to hear what became of another part."""
AT_LEAST = 1000
AROUND_CALL = (Moment.BEFORE_SENT, Moment.BEFORE_ANSWER)
UNDOING = frozenset({Step.COMPENSATE, Step.RELEASE})
"""What comes about when another part of the visit is refused."""
_SIZES = (1, 2, 3, 4)
_KILLED_SIZE = 3
_KILLS_ONE_IN = 25


@dataclass(frozen=True, slots=True)
class Vendor:
    """What a vendor's part in the drill depends on. ``inside``: in the gateway's own process."""

    name: str
    source: str
    capabilities: frozenset[Capability]
    facts: Facts
    inside: bool

    @property
    def can_hold(self) -> bool:
        """Whether it keeps a slot before it is booked."""
        return Capability.HOLD in self.capabilities


@dataclass(frozen=True, slots=True)
class Run:
    """One visit of ``size`` items, with one fault at its first."""

    vendor: str
    step: Step
    fault: Fault
    size: int
    number: int
    moment: Moment | None = None

    @classmethod
    def of(cls, vendor: str) -> Run:
        """A run of one vendor alone, in which nothing has to go wrong."""
        return cls(vendor, Step.RESCHEDULE, Fault.SLOW, 1, 0)

    @property
    def name(self) -> str:
        """What to run it again by."""
        fault = f"{self.fault}-{self.moment}" if self.moment else self.fault
        return f"{self.vendor}/{self.step}/{fault}/{self.size}/{self.number}"


def impossible(  # noqa: PLR0911 - a reason each
    step: Step, fault: Fault, vendor: Vendor
) -> str | None:
    """Why there is no such run; ``None`` when there is."""
    capability, lacks = _NEEDS.get(step, (None, ""))
    if capability is not None and capability not in vendor.capabilities:
        return lacks
    if step is Step.BOOK and vendor.can_hold:
        return "what can be kept is kept first, and confirmed then"
    if step in MOVING_ANEW and Capability.RESCHEDULE in vendor.capabilities:
        return "it moves in one call"
    if step is Step.LOOK_UP and fault in {Fault.FAILED_BUT_BOOKED, Fault.LATE}:
        return "a question changes nothing"
    if fault is Fault.LATE and vendor.facts.settle_after == 0:
        return "it does its work before it answers (settleAfter is 0)"
    if fault is Fault.KILL and vendor.inside:
        return "it lives in the gateway's own process, and would be killed with it"
    return None


def plan(vendors: Sequence[Vendor], most: int | None, seed: int) -> list[Run]:
    """The runs: every cell at every size, again until there are ``AT_LEAST``.

    ``most`` sets another number: a seeded choice when it is less than that of all cells, with
    few kills, since each is a process more.
    """
    once = list(_every(vendors, 0))
    wanted = most or max(len(once), AT_LEAST)
    if wanted < len(once):
        random.Random(seed).shuffle(once)  # noqa: S311 - to choose, not to hide
        kills = [run for run in once if run.fault is Fault.KILL][: wanted // _KILLS_ONE_IN]
        others = [run for run in once if run.fault is not Fault.KILL]
        once = [*kills, *others]
    again = (
        run
        for number in itertools.count(1)
        for run in _every(vendors, number)
        if run.fault is not Fault.KILL
    )
    return sorted(itertools.islice(itertools.chain(once, again), wanted), key=_order)


def _every(vendors: Sequence[Vendor], number: int) -> Iterator[Run]:
    for vendor, step, fault in itertools.product(vendors, Step, Fault):
        if impossible(step, fault, vendor) is None:
            yield from _cell(vendor.name, step, fault, number)


def _cell(vendor: str, step: Step, fault: Fault, number: int) -> Iterator[Run]:
    if fault not in DEATHS:
        for place, size in enumerate(_SIZES):
            least = 2 if step in UNDOING | WAITING else 1
            yield Run(vendor, step, fault, max(least, size), number * len(_SIZES) + place)
        return
    moments = AROUND_CALL if step is Step.LOOK_UP else tuple(Moment)
    for place, moment in enumerate(moments):
        size = _KILLED_SIZE if fault is Fault.KILL else max(2, _SIZES[place])
        yield Run(vendor, step, fault, size, number * len(moments) + place, moment)


def _order(run: Run) -> tuple[bool, int]:
    return (run.fault is Fault.KILL, run.number)
