"""One run: a visit, its one fault, the time after it, and what became of it all."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.deadline import Deadline
from contracts.errors import SlotTaken
from contracts.manifest import Resolution
from contracts.models import ProductQuantity, Slot, SlotQuery
from contracts.states import Policy, VisitState
from gateway.drill import kills
from gateway.drill.acts import Booking, Kind, perform
from gateway.drill.cells import MOVING_ANEW, UNDOING, Fault, Moment, Run, Step, Vendor
from gateway.drill.cues import QUESTIONS, Cue, Death
from gateway.drill.life import Died, Life, NeverEnds
from gateway.drill.truth import Witness

_COMMITS = frozenset({"book", "confirm"})
OPERATIONS: Mapping[Step, frozenset[str]] = {
    Step.HOLD: frozenset({"hold"}),
    Step.BOOK: frozenset({"book"}),
    Step.CONFIRM: frozenset({"confirm"}),
    Step.RELEASE: frozenset({"release"}),
    Step.CANCEL: frozenset({"cancel"}),
    Step.COMPENSATE: frozenset({"cancel"}),
    Step.RESCHEDULE: frozenset({"reschedule"}),
    Step.REBOOK: _COMMITS,
    Step.CANCEL_OLD: frozenset({"cancel"}),
    Step.LOOK_UP: QUESTIONS,
}
_STEPS: Mapping[Step, str] = {
    Step.HOLD: "hold",
    Step.BOOK: "book",
    Step.CONFIRM: "book",
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
    Step.RESCHEDULE: (*_BOOKED, Kind.RESCHEDULE),
    Step.REBOOK: (*_BOOKED, Kind.RESCHEDULE),
    Step.CANCEL_OLD: (*_BOOKED, Kind.RESCHEDULE),
    Step.LOOK_UP: (Kind.CREATE, Kind.SWEEP),
}
_ALL_WELL = (*_BOOKED, Kind.RESCHEDULE, Kind.CANCEL)
_TIME = 5.0
_SOON, _LAPSED = 6.0, 61.0
_LONGEST_REST, _GIVE_UP = 15 * 60.0, 3 * 3600.0
_DAYS = 14
_BOOKING = frozenset({Step.BOOK, Step.CONFIRM})
_MOVES = frozenset({Step.RESCHEDULE}) | MOVING_ANEW


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a run. ``met``: whether its fault happened at all."""

    run: Run
    met: bool
    state: str
    violations: tuple[str, ...]
    looks: int


class Story:
    """Plays one run."""

    def __init__(self, life: Life, cast: Sequence[Vendor], run: Run, seed: int) -> None:
        self._life = life
        self._run = run
        self._dice = random.Random(f"{seed}/{run.name}")  # noqa: S311 - a run is repeatable
        self._vendor = next(each for each in cast if each.name == run.vendor)
        self._sources = [each.source for each in self._choose(cast)]
        self._source = self._vendor.source

    async def play(self, patience: float = 0.3) -> Ending:
        """The visit, its fault, and the time until nothing goes on any more."""
        self._booking, starts = await self._book_at()
        before = {
            source: frozenset(ref for ref, _ in self._life.standing(source))
            for source in self._life.prompters
        }
        self._witness = Witness(
            self._life, self._booking, starts, before, self._run.step in _BOOKING
        )
        cues = [*self._prologue(), cue := self._cue(patience)]
        self._place(cues)
        try:
            await self._tell()
            self._heal()
            await self._rest()
            await self._epilogue()
            await self._witness.judge()
        except NeverEnds:
            self._witness.seen.setdefault("a workflow is still at work after a minute")
        finally:
            self._heal()
        if cue.too_late:
            self._witness.seen.setdefault("something was sent when its time was up")
        visit = await self._witness.view()
        met = cue.met or (self._run.moment is not None and self._died)
        if met and self._run.fault is Fault.SLOW and self._run.step is not Step.LOOK_UP:
            self._expect_as_if_nothing_happened(visit.state if visit else None)
        return Ending(
            self._run,
            met,
            visit.state if visit else "none",
            tuple(self._witness.seen),
            self._witness.looks,
        )

    async def learn(self) -> Mapping[str, int]:
        """A visit that nothing happens to: how many writes each call of its vendor takes."""
        for acts in (_ALL_WELL, (Kind.CREATE, Kind.CANCEL)):
            self._booking, _ = await self._book_at()
            for act in acts:
                await perform(self._life.gateway, act, self._booking)
                await self._life.at_rest()
        return self._life.prompters[self._source].usual

    # Before -----------------------------------------------------------------------------

    def _choose(self, cast: Sequence[Vendor]) -> list[Vendor]:
        """The sources of the visit: the one that suffers, somewhere among others."""
        run, sufferer = self._run, self._vendor
        others = [
            each
            for each in cast
            if each is not sufferer and not (run.fault is Fault.KILL and each.inside)
        ]
        self._dice.shuffle(others)
        if run.step in UNDOING:
            # What can be kept is booked last: the last one is refused when the sufferer is in.
            others.sort(key=lambda each: each.can_hold)
        chosen = others[len(others) - run.size + 1 :]
        last = run.size - (run.step in UNDOING)
        chosen.insert(self._dice.randrange(last), sufferer)
        return chosen

    async def _book_at(self) -> tuple[Booking, dict[str, frozenset[datetime]]]:
        chosen: list[Slot] = []
        for source in self._sources:
            chosen.append(await self._free(source, chosen))
        ids = self._life.gateway.parts.slot_ids
        starts = {
            source: frozenset({slot.start})
            for source, slot in zip(self._sources, chosen, strict=True)
        }
        elsewhere = None
        if self._run.step in _MOVES:
            other = await self._free(self._source, chosen)
            elsewhere, _ = ids.make(self._source, other)
            starts[self._source] |= {other.start}
        booking = Booking(
            citizen=uuid.UUID(int=self._dice.getrandbits(128)).hex * 2,
            visit=str(uuid.UUID(int=self._dice.getrandbits(128), version=4)),
            source=self._source,
            slots=tuple(
                ids.make(source, slot)[0]
                for source, slot in zip(self._sources, chosen, strict=True)
            ),
            policy=self._policy(),
            elsewhere=elsewhere,
        )
        return booking, starts

    def _policy(self) -> Policy:
        as_it_comes = self._run.step not in UNDOING and self._dice.randrange(10) == 0
        return Policy.BEST_EFFORT if as_it_comes else Policy.ALL_OR_NOTHING

    async def _free(self, source_id: str, taken: Sequence[Slot]) -> Slot:
        """A time that nobody has, at this source or elsewhere in the visit."""
        source = self._life.gateway.sources[source_id]
        products = source.to_vendor((ProductQuantity(product_id=next(iter(source.products))),))
        adapter, used = source.adapter, {start for _, start in self._life.standing(source_id)}
        places = self._life.places
        if source_id not in places:
            known = await adapter.locations(products, deadline=Deadline.after(_TIME))
            places[source_id] = known[0].id
        today = self._life.clock().astimezone(source.zone).date()
        for days in range(1, _DAYS):
            day = today + timedelta(days=days)
            query = SlotQuery(
                location_id=places[source_id], products=products, first_day=day, last_day=day
            )
            slots = [
                slot
                for slot in await adapter.slots(query, deadline=Deadline.after(_TIME))
                if slot.start not in used
                and not any(each.start < slot.end and slot.start < each.end for each in taken)
            ]
            if slots:
                return self._dice.choice(slots)
        raise LookupError(f"{source_id} has no time left")

    def _prologue(self) -> list[Cue]:
        """What makes the step come about."""
        run = self._run
        if run.step is Step.LOOK_UP:
            operations = frozenset({"cancel"}) if self._is_blind else _COMMITS
            return [Cue(operations, Fault.FAILED_BUT_BOOKED, number=self._any_of(operations))]
        return []

    @property
    def _is_blind(self) -> bool:
        """Whether its bookings cannot be looked up, only what has a name."""
        return self._vendor.facts.resolution is Resolution.NONE

    def _cue(self, patience: float) -> Cue:
        run, operations = self._run, OPERATIONS[self._run.step]
        number = 1 if run.step is Step.LOOK_UP else self._any_of(operations)
        return Cue(operations, run.fault, None, run.moment, number, patience)

    def _any_of(self, operations: Iterable[str]) -> int:
        """Which of the writes that one such call takes."""
        usual = self._life.prompters[self._source].usual
        return self._dice.randint(1, max(1, *(usual.get(each, 1) for each in operations)))

    def _place(self, cues: Sequence[Cue]) -> None:
        run, life = self._run, self._life
        self._died = False
        around_step = run.moment in {Moment.BEFORE_STEP, Moment.AFTER_STEP}
        self._death = (
            Death(_STEPS[run.step], self._source, run.moment)
            if run.moment is not None and around_step
            else None
        )
        self._cues = {self._source: [each for each in cues if not around_step]}
        if run.step in UNDOING:
            operations = _COMMITS if run.step is Step.COMPENSATE else _COMMITS | {"hold"}
            self._cues[self._sources[-1]] = [Cue(operations, refusal=SlotTaken)]
        for prompter in (life.prompters[source] for source in self._sources):
            prompter.script.meanwhile = self._witness.look
            prompter.script.slowly = self._slowly

    # The fault --------------------------------------------------------------------------

    async def _tell(self) -> None:
        """Everything up to the fault, and the act that meets it."""
        *acts, last = self._acts()
        for act in acts:
            await self._do(act)
            await self._witness.look()
        if self._run.step is Step.LOOK_UP:
            unanswered = self._cues[self._source].pop(0)
            self._life.prompters[self._source].cues = [unanswered]
            await self._do(Kind.CANCEL if self._is_blind else Kind.CONFIRM)
            self._life.clock.advance(_SOON)
        if self._run.fault is Fault.KILL:
            await self._killed(last)
            return
        for source, theirs in self._cues.items():
            self._life.prompters[source].cues = theirs
        self._life.mortal.death = self._death
        await self._do(last)
        if last is Kind.CREATE and self._run.step is not Step.HOLD:
            await self._confirm_if_open()

    def _acts(self) -> Sequence[Kind]:
        if self._run.step is Step.LOOK_UP and self._is_blind:
            return [Kind.CREATE, Kind.CONFIRM, Kind.SWEEP]
        return _ACTS[self._run.step]

    async def _do(self, kind: Kind) -> None:
        try:
            await self._life.ask(perform(self._life.gateway, kind, self._booking))
            await self._life.ask(self._life.at_rest())
        except Died:
            self._died = True
            self._life.clock.advance(_LAPSED)

    async def _killed(self, kind: Kind) -> None:
        """Another process does it, and is killed."""
        await self._life.end()
        try:
            self._died = await kills.killed(
                self._life, kind, self._booking, self._cues, self._death
            )
        finally:
            await self._life.begin()
        self._life.clock.advance(_LAPSED)

    async def _slowly(self) -> None:
        self._life.clock.advance(30)
        await self._life.gateway.reconciler.sweep()
        await self._witness.look()

    # After ------------------------------------------------------------------------------

    def _heal(self) -> None:
        """No fault from now on; what is late is still to come."""
        self._life.mortal.death = None
        for prompter in self._life.prompters.values():
            prompter.cues = []
            prompter.script.clear()

    async def _rest(self) -> None:
        """Let time pass until nothing goes on; late writes come when it is nearly too late."""
        script = self._life.prompters[self._source].script
        late_at = self._vendor.facts.settle_after * self._dice.choice((0.1, 0.5, 0.9))
        waited, pause = 0.0, _SOON
        await self._life.sweep()
        while waited < _GIVE_UP:
            visit = await self._witness.view()
            if visit is None or await self._witness.is_quiet(visit):
                break
            if script.late:
                pause = min(pause, max(1.0, late_at - waited))
            self._life.clock.advance(pause)
            waited += pause
            if script.late and waited >= late_at:
                await script.carry_out_late()
            await self._witness.look()
            await self._life.sweep()
            await self._witness.look()
            pause = min(2 * pause, _LONGEST_REST)

    async def _epilogue(self) -> None:
        """What was only kept is confirmed, if it can be; then once more a look at it all."""
        await self._confirm_if_open()
        await self._rest()
        self._life.clock.advance(_LAPSED)
        await self._life.sweep()
        await self._witness.look()

    async def _confirm_if_open(self) -> None:
        visit = await self._witness.view()
        if visit is not None and visit.state in {VisitState.CHOSEN, VisitState.HELD}:
            await self._do(Kind.CONFIRM)

    def _expect_as_if_nothing_happened(self, state: str | None) -> None:
        wanted = {
            Step.RELEASE: {VisitState.FAILED, VisitState.COMPENSATED},
            Step.COMPENSATE: {VisitState.COMPENSATED},
            Step.CANCEL: {VisitState.CANCELLED, VisitState.CONFIRMED},
        }.get(self._run.step, {VisitState.CONFIRMED})
        if state not in wanted:
            self._witness.seen.setdefault(f"a slow vendor is no reason to end {state}")
