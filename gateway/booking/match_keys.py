"""Under which name a source knows a citizen: a pseudonym that fits that source alone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from contracts.adapter import Capability
from contracts.models import MatchKey
from gateway.sources import Source


class MatchKeys:
    """Makes match keys from citizen keys. ``derive`` gives a key for a label (HKDF)."""

    def __init__(self, derive: Callable[[str], bytes]) -> None:
        self._derive = derive

    def for_source(self, source: Source, citizen_key: str) -> MatchKey | None:
        """The citizen's pseudonym at a source that can look a citizen up; else ``None``.

        Keyed per source: two sources that compare their lists learn nothing.
        """
        if Capability.APPOINTMENTS_OF not in source.capabilities:
            return None
        key = self._derive(f"match-key/{source.id}")
        digest = hmac.new(key, citizen_key.encode(), hashlib.sha256).hexdigest()
        return MatchKey(kind="externalId", value=digest[:40])
