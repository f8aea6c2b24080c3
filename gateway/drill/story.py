"""One run: a visit, its one fault, the time after it, and what became of it all."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.errors import Outcome
from contracts.manifest import Resolution
from contracts.states import VisitState
from gateway.booking.decisions import Decisions
from gateway.drill import kills
from gateway.drill.acts import Kind, perform
from gateway.drill.cells import MOVES, WAITING, Fault, Run, Step, Vendor
from gateway.drill.life import Died, Life, NeverEnds
from gateway.drill.scenario import ALL_WELL, tell
from gateway.drill.slots import book_at
from gateway.drill.truth import Witness

_BOOKING = frozenset({Step.BOOK, Step.CONFIRM})
_SOON, _LAPSED = 6.0, 61.0
# Around the end of a hold: when it is extended, and when it is held anew.
_AROUND_END: Mapping[Step, timedelta] = {
    Step.EXTEND: timedelta(seconds=-50),
    Step.HOLD_ANEW: timedelta(seconds=10),
}
_LONGEST_REST, _GIVE_UP = 15 * 60.0, 3 * 3600.0


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

    def __init__(
        self, life: Life, cast: Sequence[Vendor], run: Run, seed: int, patience: float = 0.3
    ) -> None:
        self._life = life
        self._run = run
        self._dice = random.Random(f"{seed}/{run.name}/{patience}")  # noqa: S311 - repeatable
        self._vendor = next(each for each in cast if each.name == run.vendor)
        usual = {source: each.usual for source, each in life.prompters.items()}
        self._scenario = tell(run, cast, usual, patience, self._dice)
        self._prompter = life.prompters[self._scenario.source]
        self._died = False

    async def play(self) -> Ending:
        """The visit, its fault, and the time until nothing goes on any more."""
        life, scenario = self._life, self._scenario
        moves = self._run.step in MOVES
        self._booking, starts = await book_at(life, scenario, self._dice, moves=moves)
        before = {
            source: frozenset(ref for ref, _ in life.standing(source)) for source in life.prompters
        }
        self._witness = Witness(life, self._booking, starts, before, self._run.step in _BOOKING)
        for source in scenario.sources:
            life.prompters[source].script.meanwhile = self._witness.look
            life.prompters[source].script.slowly = self._slowly
        try:
            await self._act()
            self._heal()
            await self._rest()
            await self._decide()
            await self._epilogue()
            await self._witness.judge()
        except NeverEnds:
            self._witness.note("a workflow is still at work after a minute")
        finally:
            self._heal()
        return await self._ending()

    async def learn(self) -> Mapping[str, int]:
        """A visit that nothing happens to: how many writes each call of its vendor takes."""
        for acts in (ALL_WELL, (Kind.CREATE, Kind.CANCEL)):
            self._booking, _ = await book_at(self._life, self._scenario, self._dice, moves=True)
            for act in acts:
                await perform(self._life.gateway, act, self._booking)
                await self._life.at_rest()
        return self._prompter.usual

    # The fault --------------------------------------------------------------------------

    async def _act(self) -> None:
        """Everything up to the fault, and the act that meets it."""
        scenario = self._scenario
        *acts, last = scenario.acts
        for number, act in enumerate(acts, start=1):
            if scenario.unanswered is not None and number == len(acts):
                source, lost = scenario.unanswered
                self._life.prompters[source].cues = [lost]
            await self._do(act)
            await self._witness.look()
        await self._wait_for_it()
        if self._run.fault is Fault.KILL:
            await self._killed(last)
            return
        for source, cues in scenario.cues.items():
            self._life.prompters[source].cues = [*cues]
        self._life.mortal.death = scenario.death
        await self._do(last)
        if last is Kind.CREATE and self._run.step is not Step.HOLD:
            await self._confirm_if_open()

    async def _wait_for_it(self) -> None:
        """Until the sweep has something to do at the one that suffers."""
        if self._run.step is Step.LOOK_UP:
            self._life.clock.advance(_SOON)
        if self._run.step in WAITING:
            items = await self._life.gateway.parts.ledger.visits.items(self._booking.visit)
            hold = next(item.hold for item in items if item.source == self._scenario.source)
            if hold is not None:
                due = hold.expires_at + _AROUND_END[self._run.step]
                self._life.clock.advance((due - self._life.clock()).total_seconds())

    async def _do(self, kind: Kind) -> None:
        try:
            await self._life.ask(perform(self._life.gateway, kind, self._booking))
            await self._life.ask(self._life.at_rest())
        except Died:
            self._died = True
            self._life.clock.advance(_LAPSED)

    async def _killed(self, kind: Kind) -> None:
        """Another process does it, and is killed."""
        scenario = self._scenario
        await self._life.end()
        try:
            self._died = await kills.killed(
                self._life, kind, self._booking, scenario.cues, scenario.death
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
        script = self._prompter.script
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

    async def _decide(self) -> None:
        """A person asks the vendor what nobody else can tell, and says it."""
        gateway = self._life.gateway
        decisions = Decisions(gateway.parts.ledger, gateway.sources)
        for each in await self._witness.left_to_a_person():
            facts = gateway.sources[each.source].manifest.facts
            self._life.clock.advance(facts.settle_after + _LAPSED)  # it could appear until then
            if facts.resolution is not Resolution.NONE:
                self._witness.note(f"{each.source} is left to a person, and could be looked up")
            ref = next(
                (
                    ref
                    for ref, start in self._life.standing(each.source)
                    if start == each.slot.start
                ),
                None,
            )
            outcome = Outcome.APPLIED if ref else Outcome.NOT_APPLIED
            await decisions.settle(each.id, outcome, reference=ref, by="drill")
            await self._witness.look()
            await self._rest()

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

    async def _ending(self) -> Ending:
        visit, cue = await self._witness.view(), self._scenario.cue
        state = visit.state if visit else None
        met = cue.met or (self._run.moment is not None and self._died)
        if cue.too_late:
            self._witness.note("something was sent when its time was up")
        if met and self._run.fault is Fault.SLOW:
            self._expect_as_if_nothing_happened(state)
        seen = tuple(self._witness.seen)
        return Ending(self._run, met, state or "nothing", seen, self._witness.looks)

    def _expect_as_if_nothing_happened(self, state: VisitState | None) -> None:
        wanted = {
            Step.RELEASE: {VisitState.FAILED, VisitState.COMPENSATED},
            Step.COMPENSATE: {VisitState.COMPENSATED},
            Step.CANCEL: {VisitState.CANCELLED, VisitState.CONFIRMED},
        }.get(self._run.step, {VisitState.CONFIRMED})
        if self._scenario.unanswered is None and state not in wanted:
            self._witness.note(f"a slow vendor is no reason to end {state}")
