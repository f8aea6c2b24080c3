"""Conflicts on PostgreSQL: the same tests."""

from tests.gateway.booking.test_conflicts import *  # noqa: F403
