"""The contract tests: what every adapter must show, importable from a vendor's repository."""

import pytest

# Before they are imported: so that a failing assert in a behaviour shows its values.
_BEHAVIOURS = (
    "booking cancelling catalogue changing declared failing holding hostile looking_up moving "
    "notifying people settling slots twice zones"
)
for _module in _BEHAVIOURS.split():
    pytest.register_assert_rewrite(f"{__name__}.{_module}")

from contracts.suite.clocks import Clock, SandboxClock, WallClock  # noqa: E402 see above
from contracts.suite.contract import AdapterContract  # noqa: E402
from contracts.suite.harness import Fault, Harness  # noqa: E402

__all__ = ["AdapterContract", "Clock", "Fault", "Harness", "SandboxClock", "WallClock"]
