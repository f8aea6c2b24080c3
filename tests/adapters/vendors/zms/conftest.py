"""What the tests of this vendor stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.vendors.zms.city import City, city


@pytest.fixture
async def leuven() -> AsyncIterator[City]:
    async with city() as leuven:
        yield leuven
