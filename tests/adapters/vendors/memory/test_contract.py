"""The memory adapter keeps the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.suite import AdapterContract, Harness


class TestMemory(AdapterContract):
    @pytest.fixture
    def harness(self, memory_harness: Callable[[type[MemoryAdapter]], Harness]) -> Harness:
        return memory_harness(MemoryAdapter)
