"""Tests against real servers run only when this folder is asked for: ``make test-live``."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_configure() -> None:
    # Told to end, the tests end as after Ctrl-C: with the servers that they started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    asked = (Path(argument.partition("::")[0]).resolve() for argument in config.args)
    return None if any(path.is_relative_to(HERE) for path in asked) else True
