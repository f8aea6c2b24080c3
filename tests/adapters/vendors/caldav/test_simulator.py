"""What the demo's municipality talks to."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.vendors.caldav.adapter import CalDavAdapter
from adapters.vendors.caldav.settings import CalDavSettings
from adapters.vendors.caldav.simulator import simulate
from contracts.adapter import AdapterContext
from contracts.errors import VendorUnavailable
from tests.adapters.vendors.caldav.office import BRUSSELS, MONDAY, query, request_of, soon


async def test_the_simulator_serves_a_source_that_can_be_booked(tmp_path: Path) -> None:
    async with simulate(tmp_path, MONDAY) as table:
        settings = CalDavSettings.model_validate(table)
        adapter = CalDavAdapter(settings, AdapterContext("demo", BRUSSELS, lambda: MONDAY))
        slots = await adapter.slots(query("reispas", 2), deadline=soon())
        assert "09 10:00" not in {f"{slot.start:%d %H:%M}" for slot in slots}
        booked = await adapter.book(slots[0], request_of(1), deadline=soon())
        assert (await adapter.appointment(booked.ref, deadline=soon())).start == slots[0].start
        stranger = settings.model_copy(update={"username": ""})
        outside = CalDavAdapter(stranger, AdapterContext("demo", BRUSSELS, lambda: MONDAY))
        with pytest.raises(VendorUnavailable):
            await outside.products(deadline=soon())
        await outside.aclose()
        await adapter.aclose()
