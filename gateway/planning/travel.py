"""How long it takes to get from one location to another, from what the files say."""

from __future__ import annotations

from typing import NamedTuple

from gateway.planning.chains import Leg
from gateway.settings import Directory

BETWEEN_MUNICIPALITIES = 60
"""Minutes between two municipalities of which nobody wrote how far they are apart."""
_MINUTE = 60


class Spot(NamedTuple):
    """A location by its id outside, in its municipality."""

    location_id: str
    municipality_id: str


class TravelTimes:
    """The most exact that is written: between two locations, then their municipalities."""

    def __init__(self, directory: Directory) -> None:
        self._municipalities = directory.municipalities
        self._minutes = {
            frozenset((each.from_, each.to)): each.minutes for each in directory.travel
        }

    def leg(self, start: Spot, end: Spot) -> Leg:
        """The time on the way, and with the buffer what must lie between two stops."""
        travel = self._travel(start, end) * _MINUTE
        # At least what both want: the citizen has to leave the one and find the other.
        buffer = max(
            self._municipalities[spot.municipality_id].buffer_minutes for spot in (start, end)
        )
        return Leg(travel, travel + buffer * _MINUTE)

    def _travel(self, start: Spot, end: Spot) -> int:
        if start.location_id == end.location_id:
            return 0
        written = [
            minutes
            for one in start
            for other in end
            if (minutes := self._minutes.get(frozenset((one, other)))) is not None
        ]
        if written:
            return written[0]
        if start.municipality_id == end.municipality_id:
            return self._municipalities[start.municipality_id].travel_minutes
        return BETWEEN_MUNICIPALITIES
