"""What another process did meanwhile, on PostgreSQL: the same tests."""

from tests.gateway.booking.test_overtaken import *  # noqa: F403
