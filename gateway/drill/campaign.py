"""The whole drill: run after run, in one world after the other."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.rehearsal import rehearsable
from gateway.drill.cells import Fault, Run, Step, Vendor, impossible, plan
from gateway.drill.life import Life, cast_of, lives
from gateway.drill.story import Ending, Story

# A world's ledger and agendas fill up; after so many runs there is another.
_RUNS_IN_A_WORLD = 50
# How long (s) an answer that does not come is waited for, on a machine that is ever busier.
_PATIENCE = (0.3, 1.0, 3.0)
Tell = Callable[[int, int, Ending], None]


@dataclass
class Report:
    """What was drilled, and what was not as it has to be."""

    vendors: list[Vendor]
    seed: int
    endings: list[Ending] = field(default_factory=list)

    @property
    def runs(self) -> int:
        """How many."""
        return len(self.endings)

    @property
    def killed(self) -> int:
        """In how many of them a process was really killed."""
        return sum(each.run.fault is Fault.KILL for each in self.endings)

    @property
    def violations(self) -> list[dict[str, str]]:
        """What was not true, and in which run; a fault that never happened is one too."""
        return [
            {"run": each.run.name, "violation": violation}
            for each in self.endings
            for violation in (
                *each.violations,
                *(() if each.met else (f"the fault never happened; it ended {each.state}",)),
            )
        ]

    def matrix(self) -> dict[str, dict[str, dict[str, int | str]]]:
        """By step, fault and vendor: how many runs there were, or why there can be none."""
        cells: dict[tuple[Step, Fault, str], int] = {}
        for each in self.endings:
            key = (each.run.step, each.run.fault, each.run.vendor)
            cells[key] = cells.get(key, 0) + 1
        return {
            step: {
                fault: {
                    vendor.name: impossible(step, fault, vendor)
                    or cells.get((step, fault, vendor.name), 0)
                    for vendor in self.vendors
                }
                for fault in Fault
            }
            for step in Step
        }

    def as_json(self) -> Mapping[str, Any]:
        """For programs."""
        return {
            "seed": self.seed,
            "runs": self.runs,
            "killed": self.killed,
            "crashed": sum(each.run.fault is Fault.CRASH for each in self.endings),
            "looks": sum(each.looks for each in self.endings),
            "violations": self.violations,
            "matrix": self.matrix(),
        }


async def drill(
    *,
    sufferers: Sequence[str] = (),
    most: int | None = None,
    seed: int = 0,
    only: str = "",
    tell: Tell = lambda _done, _all, _ending: None,
) -> Report:
    """Play the runs, over all vendors that can be put on stage; ``tell`` hears of each.

    Only those with a fault at the ``sufferers``, if any are named, and whose name begins with
    ``only``.
    """
    async with _world() as life:
        cast = cast_of(life)
        usual = {
            each.source: await Story(life, cast, Run.of(each.name), seed).learn() for each in cast
        }
    report = Report([each for each in cast if not sufferers or each.name in sufferers], seed)
    runs = [run for run in plan(report.vendors, most, seed) if run.name.startswith(only)]
    for first in range(0, len(runs), _RUNS_IN_A_WORLD):
        async with _world() as life:
            for source, prompter in life.prompters.items():
                prompter.usual = dict(usual[source])
            for run in runs[first : first + _RUNS_IN_A_WORLD]:
                ending = await _play(life, cast, run, seed)
                report.endings.append(ending)
                tell(report.runs, len(runs), ending)
    return report


async def _play(life: Life, vendors: Sequence[Vendor], run: Run, seed: int) -> Ending:
    """A run; once more, with more patience, where its fault came too late to be met."""
    for patience in _PATIENCE[:-1]:
        ending = await Story(life, vendors, run, seed, patience).play()
        if ending.met or ending.violations:
            return ending
    return await Story(life, vendors, run, seed, _PATIENCE[-1]).play()


@asynccontextmanager
async def _world() -> AsyncIterator[Life]:
    with tempfile.TemporaryDirectory(prefix="afsprakenpoort-") as folder:
        async with lives(Path(folder), rehearsable()) as life:
            yield life
