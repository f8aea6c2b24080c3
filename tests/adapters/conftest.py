"""What the tests of the shared part of the adapters stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.loopback import Vendor, listening


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    async with listening(Vendor()) as vendor:
        yield vendor
