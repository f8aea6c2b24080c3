"""The contract tests: what every adapter must show, importable from a vendor's repository."""

import pytest

# Before they are imported: so that a failing assert in a behaviour shows its values.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{module}"
        for module in ("booking", "cancelling", "catalogue", "contract", "slots")
    )
)

from contracts.suite.contract import AdapterContract  # noqa: E402 see above
from contracts.suite.harness import Clock, Fault, Harness  # noqa: E402

__all__ = ["AdapterContract", "Clock", "Fault", "Harness"]
