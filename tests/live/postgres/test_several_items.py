"""Visits of several items on PostgreSQL: the same tests."""

from tests.gateway.booking.test_several_items import *  # noqa: F403
