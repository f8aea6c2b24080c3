"""Whose turn it is to book where the vendor checks no conflict; the risks a citizen was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the claims, and add the risks of a visit."""
    op.create_table(
        "claims",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("client_reference", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_claims")),
    )
    op.add_column(
        "visits", sa.Column("risks", sa.String(length=200), server_default="", nullable=False)
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_column("visits", "risks")
    op.drop_table("claims")
