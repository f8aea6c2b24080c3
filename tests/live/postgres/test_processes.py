"""Processes that end and die on PostgreSQL: the same tests."""

from tests.gateway.booking.test_processes import *  # noqa: F403
