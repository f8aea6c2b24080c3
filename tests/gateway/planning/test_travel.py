"""Travel times: the most exact that is written wins, and what is written wrong is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.planning.travel import BETWEEN_MUNICIPALITIES, Spot, TravelTimes
from tests.gateway.town import Files

TOWNS = """
    [[municipality]]
    id = "gent"
    name = "Gent"
    nis = [{ code = "44021", from = 1977-01-01 }]
    travel_minutes = 12
    buffer_minutes = 3

    [[municipality]]
    id = "brugge"
    name = "Brugge"
    nis = [{ code = "31005", from = 1977-01-01 }]
"""
HALL = Spot("gent-loket.stadhuis", "gent")
HOUSE = Spot("gent-loket.wijkhuis", "gent")
BRUGGE = Spot("brugge-loket.stadhuis", "brugge")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def minutes(files: Files, travel: str, start: Spot, end: Spot) -> tuple[int, int]:
    """On the way, and what must lie between."""
    files.write("municipalities.toml", TOWNS + travel)
    travel_, gap = TravelTimes(files.load()).leg(start, end)
    return travel_ // 60, gap // 60


def test_without_a_word_the_municipality_tells_how_far_its_locations_are_apart(
    files: Files,
) -> None:
    assert minutes(files, "", HALL, HALL) == (0, 3)
    assert minutes(files, "", HALL, HOUSE) == (12, 15)
    far = BETWEEN_MUNICIPALITIES
    assert minutes(files, "", HALL, BRUGGE) == (far, far + 5)  # the longer of the two buffers


def test_the_most_exact_that_is_written_counts_both_ways(files: Files) -> None:
    travel = """
    [[travel]]
    from = "gent"
    to = "brugge"
    minutes = 40

    [[travel]]
    from = "gent-loket.wijkhuis"
    to = "brugge"
    minutes = 30

    [[travel]]
    from = "gent-loket.stadhuis"
    to = "gent-loket.wijkhuis"
    minutes = 4
    """
    assert minutes(files, travel, HALL, BRUGGE) == (40, 45)
    assert minutes(files, travel, BRUGGE, HALL) == (40, 45)
    assert minutes(files, travel, BRUGGE, HOUSE) == (30, 35)
    assert minutes(files, travel, HOUSE, HALL) == (4, 7)


def test_a_place_nobody_knows_and_a_time_written_twice_are_mistakes(files: Files) -> None:
    travel = """
    [[travel]]
    from = "gnt"
    to = "brugge"
    minutes = 40

    [[travel]]
    from = "gent"
    to = "gent"
    minutes = 5

    [[travel]]
    from = "gent"
    to = "brugge"
    minutes = 40

    [[travel]]
    from = "brugge"
    to = "gent"
    minutes = 50
    """
    files.write("municipalities.toml", TOWNS + travel)
    assert [mistake.partition(": ")[2] for mistake in files.mistakes()] == [
        (
            "travel[0].from: there is no municipality and no source of a location 'gnt'; "
            "did you mean 'gent'?"
        ),
        "travel[1]: leads from a place to itself",
        "travel[3]: is there already; each may be there once",
    ]
