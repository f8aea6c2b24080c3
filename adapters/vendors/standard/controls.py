"""The payloads of the operations tagged ``sandbox``, as ``wire`` has the others."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from contracts.models import MatchKey, Model, Slot


class Instant(Model):
    """What time it is in a sandbox, where time stands still."""

    now: AwareDatetime


class OpeningHours(Model):
    """When a sandbox opens: the wall time of the first slot on every Monday and Friday, HH:MM."""

    opens: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class DeskBooking(Model):
    """An appointment that staff makes for a citizen."""

    slot: Slot
    match_key: MatchKey


class Posted(Model):
    """A notification as the system would post it."""

    headers: dict[str, str]
    body: str
