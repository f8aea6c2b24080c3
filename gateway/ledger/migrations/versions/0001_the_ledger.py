"""The ledger as it first was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "executors",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_executors")),
    )
    op.create_table(
        "idempotency",
        sa.Column("citizen_key", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("running_until", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_key", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"])

    op.create_table(
        "visits",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("citizen_key", sa.String(length=100), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("guarantee", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("agreed_at", sa.BigInteger(), nullable=True),
        sa.Column("phase", sa.String(length=20), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("next_check_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_citizen_key"), "visits", ["citizen_key"])
    op.create_index(op.f("ix_visits_next_check_at"), "visits", ["next_check_at"])

    op.create_table(
        "appointments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("visit_id", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("citizen_key", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cancelled_by", sa.String(length=20), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.LargeBinary(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("vendor_ref", sa.String(length=500), nullable=True),
        sa.Column("vendor_state", sa.LargeBinary(), nullable=True),
        sa.Column("hold", sa.LargeBinary(), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.Column("cancellable_until", sa.BigInteger(), nullable=True),
        sa.Column("pending_operation", sa.String(length=20), nullable=True),
        sa.Column("pending_since", sa.BigInteger(), nullable=True),
        sa.Column("pending_outcome", sa.String(length=20), nullable=True),
        sa.Column("pending_workflow", sa.String(length=120), nullable=True),
        sa.Column("next_check_at", sa.BigInteger(), nullable=True),
        sa.Column("sync", sa.String(length=10), nullable=False),
        sa.Column("last_verified_at", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_appointments_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("source", "vendor_ref", name=op.f("uq_appointments_source_vendor_ref")),
    )
    op.create_index(
        op.f("ix_appointments_citizen_key_start"), "appointments", ["citizen_key", "start"]
    )
    op.create_index(op.f("ix_appointments_next_check_at"), "appointments", ["next_check_at"])
    op.create_index(op.f("ix_appointments_visit_id"), "appointments", ["visit_id"])

    op.create_table(
        "attempts",
        sa.Column("client_reference", sa.String(length=64), nullable=False),
        sa.Column("appointment_id", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=20), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("error", sa.String(length=40), nullable=True),
        sa.Column("slot", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_attempts_appointment_id")
        ),
        sa.PrimaryKeyConstraint("client_reference", name=op.f("pk_attempts")),
        sa.UniqueConstraint(
            "appointment_id",
            "operation",
            "generation",
            name=op.f("uq_attempts_appointment_id_operation_generation"),
        ),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("appointment_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_history_appointment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_appointment_id"), "history", ["appointment_id"])


def downgrade() -> None:
    """Drop every table."""
    op.drop_index(op.f("ix_history_appointment_id"), "history")

    op.drop_table("history")
    op.drop_table("attempts")
    op.drop_index(op.f("ix_appointments_visit_id"), "appointments")
    op.drop_index(op.f("ix_appointments_next_check_at"), "appointments")
    op.drop_index(op.f("ix_appointments_citizen_key_start"), "appointments")

    op.drop_table("appointments")
    op.drop_index(op.f("ix_visits_next_check_at"), "visits")
    op.drop_index(op.f("ix_visits_citizen_key"), "visits")

    op.drop_table("visits")
    op.drop_index(op.f("ix_idempotency_created_at"), "idempotency")

    op.drop_table("idempotency")
    op.drop_table("executors")
