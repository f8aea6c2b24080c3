"""The drill itself: it covers what it says, and finds nothing but well-ended visits."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from adapters import registry
from adapters.rehearsal import rehearsable
from contracts.adapter import BookingAdapter, Capability
from gateway.cli import main
from gateway.drill.cells import Fault, Step, Vendor, impossible, plan

SIX = {"memory", "jcc_rest", "qmatic", "zms", "easyappointments", "pretix"}


def everybody() -> list[Vendor]:
    return [
        Vendor(
            name,
            name,
            frozenset(
                each
                for each in Capability
                if getattr(registry.load(name), each) is not getattr(BookingAdapter, each)
            ),
            registry.manifest(name).facts,
            inside=name == "memory",
        )
        for name in rehearsable()
    ]


def test_a_hundred_visits_of_all_sorts_end_well() -> None:
    # In a process of its own, as an operator does it.
    drill = [sys.executable, "-m", "gateway.cli", "drill", "--runs", "100", "--seed", "1", "--json"]
    ended = subprocess.run(drill, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert (report["runs"], report["violations"]) == (100, [])


def test_every_cell_of_the_matrix_is_played_or_says_why_not() -> None:
    vendors = everybody()
    played = {(run.step, run.fault, run.vendor) for run in plan(vendors, None, 0)}
    cells = [(step, fault, each) for step in Step for fault in Fault for each in vendors]

    assert {each.name for each in vendors} >= SIX
    for step, fault, each in cells:
        assert ((step, fault, each.name) in played) is (impossible(step, fault, each) is None)


def test_the_whole_drill_is_a_thousand_visits_and_kills_sixty_processes() -> None:
    runs = plan(everybody(), None, 0)

    assert len(runs) >= 1000
    assert len({run.name for run in runs}) == len(runs)
    assert sum(run.fault is Fault.KILL for run in runs) >= 60
    assert {run.size for run in runs} == {1, 2, 3, 4}


def test_the_same_seed_makes_the_same_choice() -> None:
    vendors = everybody()

    assert plan(vendors, 100, 7) == plan(vendors, 100, 7) != plan(vendors, 100, 8)


def test_a_vendor_that_cannot_be_drilled_is_told_with_those_that_can(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["drill", "caldav"]) == 1
    assert "caldav cannot be drilled. Those that can: " in capsys.readouterr().err
