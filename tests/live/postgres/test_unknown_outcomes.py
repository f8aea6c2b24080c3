"""Unknown outcomes on PostgreSQL: the same tests."""

from tests.gateway.booking.test_unknown_outcomes import *  # noqa: F403
