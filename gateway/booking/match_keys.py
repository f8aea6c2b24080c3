"""Under which name a source knows a citizen: a pseudonym that fits that source alone."""

from __future__ import annotations

from contracts.adapter import Capability
from contracts.models import MatchKey
from gateway.identity.pseudonyms import Derive, match_key
from gateway.sources import Source


class MatchKeys:
    """Makes match keys from citizen keys. ``derive`` gives the key for a label."""

    def __init__(self, derive: Derive) -> None:
        self._derive = derive

    def for_source(self, source: Source, citizen_key: str) -> MatchKey | None:
        """The citizen's pseudonym at a source that can look a citizen up; else ``None``.

        What a source cannot use, it does not get.
        """
        if Capability.APPOINTMENTS_OF not in source.capabilities:
            return None
        return match_key(self._derive, source=source.id, kind="externalId", citizen=citizen_key)
