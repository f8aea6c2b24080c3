"""Makes pytest know the contract tests: loaded as a plugin, in any repository."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks that the behaviours carry."""
    config.addinivalue_line(
        "markers", "requires(*capabilities): asked only of adapters with these capabilities"
    )
