"""Holds on PostgreSQL: the same tests."""

from tests.gateway.booking.test_holds import *  # noqa: F403
