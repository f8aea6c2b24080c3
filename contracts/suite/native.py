"""A ready-made run of the suite on adapters that are passed in: no test file is needed.

``pytest --pyargs contracts.suite.native`` with a ``Candidate`` among its plugins::

    pytest.main(["--pyargs", "contracts.suite.native"], plugins=[Candidate(open_harness)])
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from contracts.suite.contract import AdapterContract
from contracts.suite.harness import Harness


class Candidate:
    """A plugin that says what is tested: ``opens`` gives a harness, anew for every behaviour."""

    def __init__(self, opens: Callable[[], AbstractAsyncContextManager[Harness]]) -> None:
        """Keep how to open it."""
        self._opens = opens

    @pytest.fixture
    def candidate(self) -> Callable[[], AbstractAsyncContextManager[Harness]]:
        """How to open a harness."""
        return self._opens


class TestCandidate(AdapterContract):
    """The suite, on what the ``Candidate`` opens."""

    @pytest.fixture
    async def harness(
        self, candidate: Callable[[], AbstractAsyncContextManager[Harness]]
    ) -> AsyncIterator[Harness]:
        """The candidate's."""
        async with candidate() as harness:
            yield harness
