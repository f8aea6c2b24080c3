"""The tables of the ledger. Instants are UTC milliseconds; sealed columns are ciphertext.

There is one table of appointments: an item of a visit is an appointment with a ``visit_id``,
a discovered one has none. So an appointment keeps its id whatever happens to it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as integer UTC milliseconds: sorts fast, no zone to lose."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Milliseconds since the epoch. Raises ``ValueError`` for a naive datetime."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = "the ledger takes aware datetimes only"
            raise ValueError(message)
        return round(value.timestamp() * 1000)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """An aware datetime in UTC."""
        del dialect
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


visits = Table(
    "visits",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("citizen_key", String(100), nullable=False),
    Column("policy", String(20), nullable=False),
    Column("guarantee", String(20), nullable=False),
    # What the citizen was told beforehand can go wrong: names, with spaces.
    Column("risks", String(200), nullable=False, server_default=""),
    Column("language", String(2), nullable=False),
    # When the citizen confirmed it.
    Column("agreed_at", Instant),
    # What a workflow is doing with it: holding, confirming, compensating, or nothing.
    Column("phase", String(20)),
    # Numbers the workflows of one visit: a visit that had to wait is continued by the next one.
    Column("generation", Integer, nullable=False, default=0),
    # Sealed; erased as soon as no booking needs it any more.
    Column("contact", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    # When the sweep looks whether something is left to do.
    Column("next_check_at", Instant),
    Index(None, "citizen_key"),
    Index(None, "next_check_at"),
)

appointments = Table(
    "appointments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("visit_id", String(40), ForeignKey("visits.id")),
    Column("position", Integer, nullable=False, default=0),
    Column("citizen_key", String(100), nullable=False),
    Column("source", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("cancelled_by", String(20)),
    # A Refusal, as JSON.
    Column("refusal", Text),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    # The contract's Slot, with the vendor's data: sealed.
    Column("slot", LargeBinary, nullable=False),
    # Names as they were when booked, so that a silent vendor's appointment can be shown: JSON.
    Column("summary", Text, nullable=False),
    Column("vendor_ref", String(500)),
    Column("vendor_state", LargeBinary),
    # A Hold (its reference and expiry): sealed.
    Column("hold", LargeBinary),
    Column("held_until", Instant),
    Column("cancellable_until", Instant),
    Column("pending_operation", String(20)),
    Column("pending_since", Instant),
    Column("pending_outcome", String(20)),
    Column("pending_workflow", String(120)),
    Column("next_check_at", Instant),
    Column("sync", String(10), nullable=False),
    Column("last_verified_at", Instant),
    # Counts the changes that a calendar has to hear of (iCalendar SEQUENCE).
    Column("sequence", Integer, nullable=False, default=0),
    Column("version", Integer, nullable=False, default=0),
    # Of a move that books anew: whose new time this is to be, and after that whose old one.
    Column("replaces", String(40)),
    Column("replaced_by", String(40)),
    UniqueConstraint("source", "vendor_ref"),
    Index(None, "citizen_key", "start"),
    Index(None, "visit_id"),
    Index(None, "next_check_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("client_reference", String(64), primary_key=True),
    Column("appointment_id", String(40), ForeignKey("appointments.id"), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("deadline", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("outcome", String(20)),
    Column("error", String(40)),
    # The target of a move: sealed, so that a lost answer can be looked up at the new slot.
    Column("slot", LargeBinary),
    UniqueConstraint("appointment_id", "operation", "generation"),
)

# Who may book now, where the vendor checks no conflict (docs/adr/0220): one writer per local
# day of a source, until its answer or its deadline.
claims = Table(
    "claims",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("client_reference", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("appointment_id", String(40), ForeignKey("appointments.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(20), nullable=False),
    Column("event", String(60), nullable=False),
    Index(None, "appointment_id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("citizen_key", String(100), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    # What the key stands for, decided before anything is done: a repeat finds the same one.
    Column("resource_id", String(40), nullable=False),
    Column("running_until", Instant),
    Column("status", Integer),
    Column("problem", Text),
    Column("created_at", Instant, nullable=False),
    Index(None, "created_at"),
)

executors = Table(
    "executors",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("heartbeat_at", Instant, nullable=False),
)

certificate_gaps = Table(
    "certificate_gaps",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("since", Instant, nullable=False),
)
