"""Behaviours of what an adapter says of itself: its facts fit its methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from contracts.adapter import Capability
from contracts.errors import CapabilityNotSupported
from contracts.manifest import Combination, Resolution
from contracts.models import AppointmentRef, Hold, Slot
from contracts.suite.harness import Harness

LOOKED_UP = {Resolution.BY_REFERENCE, Resolution.BY_SCAN}


class DeclaredBehaviours:
    """``manifest.toml`` and the capabilities."""

    async def test_holding_and_confirming_are_offered_together(self, harness: Harness) -> None:
        present = harness.adapter.available()
        assert (Capability.HOLD in present) == (Capability.CONFIRM in present)
        if not present.isdisjoint({Capability.RELEASE, Capability.EXTEND}):
            assert Capability.HOLD in present

    async def test_a_source_can_do_nothing_that_its_adapter_cannot(self, harness: Harness) -> None:
        assert harness.adapter.available() <= harness.adapter.capabilities()

    async def test_the_declared_resolution_can_be_carried_out(self, harness: Harness) -> None:
        present = harness.adapter.available()
        resolution = harness.manifest.facts.resolution
        if resolution in LOOKED_UP:
            assert Capability.FIND_BY_CLIENT_REFERENCE in present
        if resolution is Resolution.ID_BEFORE_CONFIRM:
            assert Capability.HOLD in present
        if resolution is Resolution.NONE:
            assert Capability.FIND_BY_CLIENT_REFERENCE not in present

    async def test_what_the_manifest_declares_is_put_to_the_test(self, harness: Harness) -> None:
        facts = harness.manifest.facts
        assert (harness.combined is not None) == (facts.combination is not Combination.NONE)
        assert (harness.approval is not None) == facts.approval

    async def test_every_exemption_names_a_behaviour(self, harness: Harness) -> None:
        behaviours = {name for name in dir(type(self)) if name.startswith("test_")}
        exempted = {exemption.behaviour for exemption in harness.manifest.exemptions}
        assert exempted <= behaviours

    @pytest.mark.parametrize("capability", list(Capability))
    async def test_an_absent_capability_says_so(
        self, harness: Harness, capability: Capability
    ) -> None:
        if capability in harness.adapter.available():
            pytest.skip("present")
        call = _calls(harness, (await harness.free())[0])[capability]
        with pytest.raises(CapabilityNotSupported):
            await call()


def _calls(harness: Harness, slot: Slot) -> dict[Capability, Callable[[], Awaitable[object]]]:
    """A call of each optional method, with arguments that fit."""
    adapter, deadline = harness.adapter, harness.deadline
    request = harness.request()
    reference = request.client_reference
    ref = AppointmentRef(vendor_ref="absent")
    held = Hold(ref=ref, slot=slot, expires_at=slot.start)

    async def parse_webhook() -> object:
        return adapter.parse_webhook({}, b"")

    return {
        Capability.HOLD: lambda: adapter.hold(slot, reference, deadline=deadline),
        Capability.CONFIRM: lambda: adapter.confirm(held, request, deadline=deadline),
        Capability.RELEASE: lambda: adapter.release(held, deadline=deadline),
        Capability.EXTEND: lambda: adapter.extend(held, deadline=deadline),
        Capability.RESCHEDULE: lambda: adapter.reschedule(ref, slot, reference, deadline=deadline),
        Capability.FIND_BY_CLIENT_REFERENCE: lambda: adapter.find_by_client_reference(
            reference, near=slot, deadline=deadline
        ),
        Capability.APPOINTMENTS_OF: lambda: adapter.appointments_of(
            harness.match_key, deadline=deadline
        ),
        Capability.CHANGES: lambda: adapter.changes(None, deadline=deadline),
        Capability.PARSE_WEBHOOK: parse_webhook,
        Capability.INTAKE_FIELDS: lambda: adapter.intake_fields(slot.products, deadline=deadline),
    }
