"""The vendor goes down in the middle of a booking: at its first request, its second, and so on."""

from __future__ import annotations

import itertools

import pytest

from contracts.adapter import Capability
from contracts.errors import OutcomeUnknown, VendorUnavailable
from contracts.models import Slot
from tests.adapters.conftest import Opened
from tests.adapters.loopback import Say, hang_up
from tests.adapters.relay import relayed
from tests.adapters.sources import Source, soon


@pytest.mark.parametrize("last_words", ["not carried out", "carried out, unheard"])
async def test_a_booking_that_is_cut_short_is_never_taken_for_what_it_is_not(
    opened: Opened, last_words: str
) -> None:
    async with opened() as source:
        if not source.base_url:
            pytest.skip("it is in this process: nothing comes between")
        # Far enough from each other that what one attempt leaves behind is not in the next's way.
        slots = (await source.free())[::8]
        for answered, slot in enumerate(slots):
            if await _books(source, slot, answered, last_words):
                assert answered > 0
                return
        pytest.fail(f"{len(slots)} requests are not enough to book")


async def _books(source: Source, slot: Slot, answered: int, last_words: str) -> bool:
    """Whether so many answers are enough to book; what is said when not must be true."""
    seen = itertools.count()
    before = await source.booked()

    def interferes(request: bytes) -> Say | None:
        if next(seen) < answered:
            return None
        return hang_up if last_words == "not carried out" else relay.unheard(request)

    request = source.request()
    async with relayed(source.base_url, interferes) as (relay, url):
        adapter = source.make(base_url=url)
        try:
            await adapter.book(slot, request, deadline=soon())
        except VendorUnavailable:
            assert await source.booked() == before
            return False
        except OutcomeUnknown:
            await _look_up(source, slot, request.client_reference, before)
            return False
    assert await source.booked() == before + 1
    return True


async def _look_up(source: Source, slot: Slot, reference: str, before: int) -> None:
    """Where it can be looked up, what is found is what there is."""
    adapter = source.make()
    if Capability.FIND_BY_CLIENT_REFERENCE not in adapter.available():
        return
    found = await adapter.find_by_client_reference(reference, near=slot, deadline=soon())
    assert await source.booked() == before + (found is not None)
