"""Visits on PostgreSQL: the same tests."""

from tests.gateway.booking.test_visits import *  # noqa: F403
