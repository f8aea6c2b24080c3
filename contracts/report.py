"""What a run of the contract suite found: what a certificate is made of. Needs no pytest."""

from __future__ import annotations

from enum import StrEnum

from contracts.adapter import Capability
from contracts.manifest import Facts, Level
from contracts.models import Model

GROUPS = {
    "FACT": "What an adapter says of itself",
    "CAT": "Products and locations",
    "SLOT": "Slots",
    "TIME": "Time",
    "BOOK": "Booking",
    "CANCEL": "Cancelling",
    "HOLD": "Holding",
    "MOVE": "Moving",
    "REF": "Finding by client reference",
    "CITIZEN": "The appointments of a citizen",
    "FEED": "Changes",
    "HOOK": "Notifications",
    "INTAKE": "Questions",
    "PRIV": "Privacy",
    "FAULT": "Faults",
    "SETTLE": "Unknown outcomes",
}
"""What each prefix of a behaviour's id is about, in the order of the documentation."""

NEEDS = "needs controlled mode: "
"""What the message of a behaviour that was not run says, before what it takes."""


class Mode(StrEnum):
    """``controlled``: the sandbox made the situations. ``random``: what it happened to offer."""

    CONTROLLED = "controlled"
    RANDOM = "random"


class Outcome(StrEnum):
    """How a behaviour went; one that has several cases, or ran on several servers, as the worst.

    ``absent``: the adapter does not have the capability, or declares it of its vendor.
    ``notRun``: it was not tried, for want of a controlled sandbox or because it was left out.
    """

    FAILED = "failed"
    NOT_RUN = "notRun"
    PASSED = "passed"
    ABSENT = "absent"


class Subject(Model):
    """What was tested: the adapter as its manifest and its class say it is.

    ``claimed`` is the level that the manifest says it reaches.
    """

    vendor: str
    claimed: Level | None = None
    mode: Mode
    capabilities: frozenset[str]
    facts: Facts


class Result(Model):
    """How one behaviour went. ``duration`` is in seconds, ``message`` free of personal data.

    ``needs``: the capabilities without which it is not asked.
    """

    id: str
    demand: str
    outcome: Outcome
    duration: float = 0
    message: str = ""
    needs: frozenset[Capability] = frozenset()


class Report(Model):
    """A run of the whole suite; a behaviour that is missing from a run is ``notRun``.

    ``subject`` is ``None`` when nothing ran at all.
    """

    suite_version: str
    suite_digest: str
    subject: Subject | None
    results: tuple[Result, ...]

    @property
    def certified(self) -> frozenset[Capability]:
        """The capabilities whose behaviours all passed; the others count as absent."""
        shown = {cap for cap in Capability if self._shows(cap)}
        if not {Capability.HOLD, Capability.CONFIRM} <= shown:
            shown -= {Capability.HOLD, Capability.CONFIRM, Capability.RELEASE, Capability.EXTEND}
        return frozenset(shown)

    def _shows(self, capability: Capability) -> bool:
        if self.subject is None or capability not in self.subject.capabilities:
            return False
        found = {result.outcome for result in self.results if capability in _about(result)}
        return Outcome.PASSED in found and found.isdisjoint({Outcome.FAILED, Outcome.NOT_RUN})


def _about(result: Result) -> frozenset[Capability]:
    """What it tells of: of releasing or moving a hold, rather than of holding itself."""
    more = result.needs - {Capability.HOLD, Capability.CONFIRM}
    return more or result.needs
