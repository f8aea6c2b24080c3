"""Cancelling and moving on PostgreSQL: the same tests."""

from tests.gateway.test_cancel_and_move import *  # noqa: F403
from tests.gateway.test_move_anew import *  # noqa: F403
