"""What takes the place of an appointment, while it is booked and the old one is cancelled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both ends of a move."""
    op.add_column("appointments", sa.Column("replaces", sa.String(length=40), nullable=True))
    op.add_column("appointments", sa.Column("replaced_by", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("appointments", "replaced_by")
    op.drop_column("appointments", "replaces")
