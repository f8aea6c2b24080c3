"""What happens in a run, told beforehand: who takes part, what is done, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from contracts.errors import SlotTaken
from contracts.manifest import Resolution
from contracts.states import Policy
from gateway.drill.acts import Kind
from gateway.drill.cells import MOVES, UNDOING, WAITING, Fault, Moment, Run, Step, Vendor
from gateway.drill.cues import QUESTIONS, Cue, Death

COMMITS = frozenset({"book", "confirm"})
_CANCEL = frozenset({"cancel"})
_OPERATIONS: Mapping[Step, frozenset[str]] = {
    Step.HOLD: frozenset({"hold"}),
    Step.BOOK: frozenset({"book"}),
    Step.CONFIRM: frozenset({"confirm"}),
    Step.EXTEND: frozenset({"extend"}),
    Step.HOLD_ANEW: frozenset({"hold"}),
    Step.RELEASE: frozenset({"release"}),
    Step.CANCEL: _CANCEL,
    Step.COMPENSATE: _CANCEL,
    Step.RESCHEDULE: frozenset({"reschedule"}),
    Step.REBOOK: COMMITS,
    Step.CANCEL_OLD: _CANCEL,
    Step.LOOK_UP: QUESTIONS,
}
_METHODS: Mapping[Step, str] = {
    Step.HOLD: "hold",
    Step.BOOK: "book",
    Step.CONFIRM: "book",
    Step.EXTEND: "keep",
    Step.HOLD_ANEW: "keep",
    Step.RELEASE: "undo",
    Step.CANCEL: "cancel",
    Step.COMPENSATE: "undo",
    Step.RESCHEDULE: "reschedule",
    Step.REBOOK: "book",
    Step.CANCEL_OLD: "undo",
}
_BOOKED = (Kind.CREATE, Kind.CONFIRM)
_ACTS: Mapping[Step, Sequence[Kind]] = {
    Step.HOLD: (Kind.CREATE,),
    Step.RELEASE: (Kind.CREATE,),
    Step.BOOK: _BOOKED,
    Step.CONFIRM: _BOOKED,
    Step.COMPENSATE: _BOOKED,
    Step.CANCEL: (*_BOOKED, Kind.CANCEL),
    Step.LOOK_UP: (*_BOOKED, Kind.SWEEP),
    **dict.fromkeys(MOVES, (*_BOOKED, Kind.RESCHEDULE)),
    **dict.fromkeys(WAITING, (*_BOOKED, Kind.SWEEP)),
}
ALL_WELL = (*_BOOKED, Kind.RESCHEDULE, Kind.CANCEL)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run, told beforehand.

    Attributes:
        sources: of the visit's items, in their order.
        source: which of them suffers.
        acts: what is done; the last meets the fault.
        unanswered: the source whose booking or cancellation is not answered in the act before
            the last, and how.
        cues: what each source's calls meet in the last act.
        cue: the fault among them.
        death: when the process dies, if not in a call.
    """

    sources: tuple[str, ...]
    source: str
    policy: Policy
    acts: tuple[Kind, ...]
    unanswered: tuple[str, Cue] | None
    cues: Mapping[str, Sequence[Cue]]
    cue: Cue
    death: Death | None


def tell(
    run: Run,
    cast: Sequence[Vendor],
    usual: Mapping[str, Mapping[str, int]],
    patience: float,
    dice: Random,
) -> Scenario:
    """The scenario of a run. ``usual``: how many writes each source's calls take."""
    sufferer = next(each for each in cast if each.name == run.vendor)
    blind = [each for each in cast if each.facts.resolution is Resolution.NONE]
    sources = [each.source for each in _choose(run, cast, sufferer, blind, dice)]
    source = sufferer.source

    def any_of(operations: Iterable[str], at: str = source) -> int:
        """Which of the writes that one such call takes."""
        return dice.randint(1, max(1, *(usual.get(at, {}).get(each, 1) for each in operations)))

    acts = [*_ACTS[run.step]]
    unanswered = None
    if run.step is Step.LOOK_UP:
        # Where a booking cannot be looked up, what has a name can.
        operations = _CANCEL if sufferer in blind else COMMITS
        if sufferer in blind:
            acts.insert(2, Kind.CANCEL)
        lost = Cue(operations, Fault.FAILED_BUT_BOOKED, number=any_of(operations))
        unanswered = (source, lost)
    elif run.step in WAITING:
        fault = dice.choice((Fault.LOST, Fault.FAILED_BUT_BOOKED))
        unanswered = (sources[0], Cue(COMMITS, fault))
    operations = _OPERATIONS[run.step]
    number = 1 if run.step is Step.LOOK_UP else any_of(operations)
    cue = Cue(operations, run.fault, None, run.moment, number, patience)
    in_a_call = run.moment not in {Moment.BEFORE_STEP, Moment.AFTER_STEP}
    cues = {source: [cue] if in_a_call else []}
    if run.step in UNDOING:
        refused = COMMITS if run.step is Step.COMPENSATE else COMMITS | {"hold"}
        cues[sources[-1]] = [Cue(refused, refusal=SlotTaken)]
    free = run.step not in UNDOING | WAITING and dice.randrange(10) == 0
    return Scenario(
        tuple(sources),
        source,
        Policy.BEST_EFFORT if free else Policy.ALL_OR_NOTHING,
        tuple(acts),
        unanswered,
        cues,
        cue,
        None if in_a_call or not run.moment else Death(_METHODS[run.step], source, run.moment),
    )


def _choose(
    run: Run, cast: Sequence[Vendor], sufferer: Vendor, blind: Sequence[Vendor], dice: Random
) -> list[Vendor]:
    """The one that suffers, somewhere among others."""
    others = [
        each
        for each in cast
        if each is not sufferer and not (run.fault is Fault.KILL and each.inside)
    ]
    dice.shuffle(others)
    first, last = 0, run.size
    if run.step in UNDOING:
        # What can be kept is booked last: the last one is refused when the sufferer is in.
        others.sort(key=lambda each: each.can_hold)
        last = run.size - 1
    elif run.step in WAITING:
        # Nobody can tell what became of the first, and the rest waits for that.
        others.sort(key=lambda each: each in blind)
        others.append(others.pop(next(n for n, each in enumerate(others) if each in blind)))
    chosen = others[len(others) - run.size + 1 :]
    if run.step in WAITING:
        chosen.reverse()
        first = 1
    chosen.insert(dice.randrange(first, last), sufferer)
    return chosen
