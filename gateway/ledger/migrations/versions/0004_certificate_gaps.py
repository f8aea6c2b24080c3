"""Since when a source has had no certificate that is good enough."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the gaps."""
    op.create_table(
        "certificate_gaps",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_certificate_gaps")),
    )


def downgrade() -> None:
    """Drop the gaps."""
    op.drop_table("certificate_gaps")
