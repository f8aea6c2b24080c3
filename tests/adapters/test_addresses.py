"""No vendor is spoken to in clear: keys and citizens' names would be read on the way."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters import registry

REMOTE = sorted(
    vendor
    for vendor in registry.vendors()
    if "base_url" in registry.load(vendor).Settings.model_fields
)


def test_all_but_the_one_in_memory_have_an_address() -> None:
    assert set(registry.vendors()) - set(REMOTE) == {"memory"}


@pytest.mark.parametrize("vendor", REMOTE)
@pytest.mark.parametrize(
    "address", ["http://stad.example.org", "ftp://stad.example.org", "https://noor:x@stad.example"]
)
def test_an_address_that_is_not_safe_is_refused(vendor: str, address: str) -> None:
    path = "/calendar-backend/public/api/v1/"  # some want to see a part of it
    with pytest.raises(ValidationError, match="the address of an API"):
        registry.load(vendor).Settings.model_validate({"base_url": address + path})
