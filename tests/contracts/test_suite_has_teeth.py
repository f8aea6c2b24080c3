"""Each mistake that real adapters made is caught by the behaviour that is there for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from adapters.vendors.memory.mutants import MUTANTS, SOUND
from contracts.manifest import Resolution
from contracts.suite.contract import BEHAVIOURS
from contracts.suite.mutants import Verdict


def test_every_mutant_is_caught_on_purpose_and_what_is_sound_passes() -> None:
    """In processes of its own, where nothing else watches the event loop."""
    run = [sys.executable, "-m", "gateway.cli", "mutants", "--json"]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=1500)
    found = json.loads(done.stdout)
    by_accident = [each for each in found["results"] if not each["caught"]]

    assert by_accident == []
    assert all(failed == [] for failed in found["sound"].values())
    assert (found["mutants"], done.returncode) == (len(MUTANTS), 0)


def test_every_way_to_settle_a_write_is_shown_by_a_sound_adapter() -> None:
    assert set(SOUND) == set(Resolution)


def test_no_mutant_names_what_is_not_there() -> None:
    named = {id_ for mutant in MUTANTS for id_ in (mutant.meant, *mutant.also)}
    assert named <= BEHAVIOURS.keys()
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(
    ("failed", "caught"),
    [
        ((MUTANTS[0].meant,), True),
        ((MUTANTS[0].meant, "BOOK-001"), False),
        (("BOOK-001",), False),
        ((), False),
    ],
    ids=["on purpose", "by a stranger too", "by a stranger alone", "not at all"],
)
def test_only_what_was_meant_counts(failed: tuple[str, ...], *, caught: bool) -> None:
    assert Verdict(MUTANTS[0], failed).caught is caught
