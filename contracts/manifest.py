"""``manifest.toml``: what an adapter declares of its vendor, beside what its code shows."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Resolution(StrEnum):
    """How the outcome of an unanswered write can be settled.

    ``native``: the vendor replays an idempotency key. ``byReference``: our client reference
    can be looked up. ``idBeforeConfirm``: the vendor's id is known before the write that
    counts. ``byScan``: the calendar around the slot can be read. ``none``: not at all; a
    person decides.
    """

    NATIVE = "native"
    BY_REFERENCE = "byReference"
    ID_BEFORE_CONFIRM = "idBeforeConfirm"
    BY_SCAN = "byScan"
    NONE = "none"


class ConflictCheck(StrEnum):
    """Whether the vendor itself refuses a slot that is taken."""

    ATOMIC = "atomic"
    NONE = "none"


class AmountModel(StrEnum):
    """What a quantity is counted on."""

    PER_PRODUCT = "perProduct"
    PER_APPOINTMENT = "perAppointment"
    NONE = "none"


class Combination(StrEnum):
    """Which products go together in one appointment.

    ``none``: one product each. ``groups``: products of one group. ``incremental``: the
    vendor says what can be added. ``perLocation``: all that the location offers. ``any``.
    """

    NONE = "none"
    GROUPS = "groups"
    INCREMENTAL = "incremental"
    PER_LOCATION = "perLocation"
    ANY = "any"


class Evidence(StrEnum):
    """What the adapter was made and tested from."""

    DOCS = "docs"
    RECORDED = "recorded"
    LIVE = "live"


class Level(StrEnum):
    """How far an adapter can be trusted; each level has all that those before it need.

    ``listed``: the suite ran. ``bronze``: readable. ``silver``: bookable. ``gold``: composable,
    which is what a visit over several counters asks of it. ``contracts.levels`` has the table.
    """

    LISTED = "listed"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"

    def reaches(self, other: Level) -> bool:
        """Whether it is at least ``other``."""
        order = list(Level)
        return order.index(self) >= order.index(other)


class _Table(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
    )


class Facts(_Table):
    """Declared facts about a vendor.

    ``settle_after`` is how long after its deadline an unanswered write may still appear,
    ``freed_after`` how long after its end a hold may still keep its place (both in seconds).
    ``signed`` says that a notification is signed over its body; where it only carries a secret,
    the body is a hint to read the appointment again.
    ``approval`` says that staff may have to approve a booking; ``cancellable`` that citizens
    may cancel one at all (until when, each appointment says).
    """

    resolution: Resolution
    conflict_check: ConflictCheck
    amount_model: AmountModel
    combination: Combination
    settle_after: float = Field(ge=0)
    freed_after: float = Field(default=0, ge=0)
    signed: bool = True
    approval: bool = False
    cancellable: bool = True


class Manifest(_Table):
    """The whole of ``manifest.toml``.

    ``endpoint`` names the setting with the address, where the vendor's own system speaks the
    contract: certificates are of that system then, and of no other. ``level`` is what its owner
    claims: a whole run of the suite that shows less, or more, fails.
    """

    vendor: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    documentation: str
    owner: str
    evidence: Evidence
    level: Level | None = None
    endpoint: str | None = None
    facts: Facts
