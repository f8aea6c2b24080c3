"""Alembic's entry: runs the migrations on the connection that the gateway gives it."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from gateway.ledger.tables import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        render_as_batch=True,
    )
    context.run_migrations()


_run(context.config.attributes["connection"])
