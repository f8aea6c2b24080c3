"""The ledger on PostgreSQL: the same tests."""

from tests.gateway.ledger.test_ledger import *  # noqa: F403
