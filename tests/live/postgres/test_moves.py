"""Moves that book anew on PostgreSQL: the same tests."""

from tests.gateway.test_move_anew import *  # noqa: F403
