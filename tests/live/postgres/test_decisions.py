"""Decisions on PostgreSQL: the same tests."""

from tests.gateway.booking.test_decisions import *  # noqa: F403
