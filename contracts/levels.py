"""The levels of a certificate, and what each needs: one table, which the documentation shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from contracts.adapter import Capability
from contracts.manifest import Level, Resolution
from contracts.report import Mode, Outcome, Report, Subject

_ORDER = tuple(Level)


class Target(StrEnum):
    """What stood behind the adapter while it was tested."""

    SIMULATOR = "simulator"
    SANDBOX = "sandbox"
    LIVE = "live"


_SETTLED_WITH = {
    Resolution.ID_BEFORE_CONFIRM: Capability.HOLD,
    Resolution.BY_REFERENCE: Capability.FIND_BY_CLIENT_REFERENCE,
    Resolution.BY_SCAN: Capability.FIND_BY_CLIENT_REFERENCE,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a level is computed from: how each behaviour went, and what is declared.

    ``certified`` are the capabilities whose behaviours all passed; ``declared`` is the
    resolution that the manifest declares.
    """

    outcomes: Mapping[str, Outcome]
    certified: Collection[Capability]
    declared: Resolution
    cancellable: bool = True
    mode: Mode = Mode.CONTROLLED

    @classmethod
    def found(cls, report: Report, subject: Subject) -> Evidence:
        """What a run of the suite found of its subject."""
        return cls(
            {result.id: result.outcome for result in report.results},
            report.certified,
            subject.facts.resolution,
            subject.facts.cancellable,
            subject.mode,
        )

    def shows(self, *groups: str) -> bool:
        """Whether in each group something passed, and nothing failed or was not run."""
        return all(
            Outcome.PASSED in (found := self.of(group)).values()
            and {Outcome.FAILED, Outcome.NOT_RUN}.isdisjoint(found.values())
            for group in groups
        )

    def reads(self, *groups: str) -> bool:
        """As ``shows``; in random mode what could not be run is forgiven."""
        if self.mode is Mode.CONTROLLED:
            return self.shows(*groups)
        return all(
            Outcome.PASSED in (found := self.of(group)).values()
            and Outcome.FAILED not in found.values()
            for group in groups
        )

    def of(self, group: str) -> Mapping[str, Outcome]:
        """The behaviours whose id begins with the name of the group."""
        return {id_: each for id_, each in self.outcomes.items() if id_.startswith(f"{group}-")}

    @property
    def can_undo(self) -> bool:
        """Whether what was begun can be taken back."""
        return Capability.HOLD in self.certified or self.can_cancel

    @property
    def can_cancel(self) -> bool:
        """Whether citizens may cancel, and the behaviours of it passed."""
        return self.cancellable and self.shows("CANCEL")

    @property
    def can_move(self) -> bool:
        """Whether an appointment moves in one step, or as a new one before the old is cancelled."""
        return Capability.RESCHEDULE in self.certified or self.can_cancel

    @property
    def resolution(self) -> Resolution:
        """How an unanswered write is settled, as far as that was shown with answers dropped.

        By nothing, where the capability that it is settled with is not certified.
        """
        needed = _SETTLED_WITH.get(self.declared)
        able = needed is None or needed in self.certified
        return self.declared if able and self.shows("SETTLE") else Resolution.NONE


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the table: ``demand`` completes "it …"; ``groups`` are of behaviours.

    Who says it in another language finds the words by ``code``.
    """

    code: str
    level: Level
    demand: str
    groups: tuple[str, ...]
    is_met: Callable[[Evidence], bool]


def _reading(code: str, demand: str, *groups: str) -> Requirement:
    return Requirement(code, Level.BRONZE, demand, groups, lambda evidence: evidence.reads(*groups))


def _booking(code: str, demand: str, *groups: str) -> Requirement:
    return Requirement(code, Level.SILVER, demand, groups, lambda evidence: evidence.shows(*groups))


REQUIREMENTS: tuple[Requirement, ...] = (
    _reading("asDeclared", "is what its manifest and its methods say", "FACT"),
    _reading("catalogue", "shows products and locations", "CAT"),
    _reading("freeTimes", "shows free times, at the right time on every day", "SLOT", "TIME"),
    _booking("booksOnce", "books once or not at all, and shows what is booked", "BOOK"),
    _booking("cancels", "cancels, and cancels again without harm", "CANCEL"),
    _booking(
        "answers",
        "answers within its deadline with an error of the contract, whatever its vendor does",
        "FAULT",
    ),
    _booking("privacy", "keeps the citizen's data to itself", "PRIV"),
    Requirement(
        "takesBack",
        Level.GOLD,
        "can take back what it began: by a certified hold, or by cancelling",
        ("HOLD", "CANCEL"),
        lambda evidence: evidence.can_undo,
    ),
    Requirement(
        "movesSafely",
        Level.GOLD,
        "moves safely: in one step, or the new before the old is cancelled",
        ("MOVE", "CANCEL"),
        lambda evidence: evidence.can_move,
    ),
    Requirement(
        "settles",
        Level.GOLD,
        "can settle every write that was not answered; its resolution is not `none`",
        ("SETTLE",),
        lambda evidence: evidence.resolution is not Resolution.NONE,
    ),
)


def level(evidence: Evidence) -> Level:
    """The highest level whose needs, and those of the levels before it, are all met."""
    unmet = {requirement.level for requirement in missing(evidence)}
    reached = Level.LISTED
    for each in _ORDER[1:]:
        if each in unmet:
            break
        reached = each
    return reached


def missing(evidence: Evidence) -> Iterator[Requirement]:
    """What is not met, in the order of the levels."""
    return (requirement for requirement in REQUIREMENTS if not requirement.is_met(evidence))


def in_production(reached: Level, target: Target) -> Level:
    """What a level is worth where citizens book: a simulator alone proves reading at most."""
    if target is Target.SIMULATOR and reached.reaches(Level.BRONZE):
        return Level.BRONZE
    return reached
