"""Turns on PostgreSQL: the same tests."""

from tests.gateway.booking.test_turns import *  # noqa: F403
