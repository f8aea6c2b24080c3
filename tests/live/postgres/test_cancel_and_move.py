"""Cancelling and moving in place on PostgreSQL: the same tests."""

from tests.gateway.test_cancel_and_move import *  # noqa: F403
