"""Behaviours of what an adapter says of itself: its facts fit its methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from contracts.adapter import Capability
from contracts.errors import CapabilityNotSupported
from contracts.manifest import Combination, Resolution
from contracts.models import AppointmentRef, Hold, Slot
from contracts.report import Mode
from contracts.suite.behaviour import behaviour
from contracts.suite.harness import Harness
from contracts.suite.verdicts import not_run

LOOKED_UP = {Resolution.BY_REFERENCE, Resolution.BY_SCAN}


class DeclaredBehaviours:
    """``manifest.toml`` and the capabilities."""

    @behaviour(
        "FACT-001",
        "Holding and confirming are offered together, and releasing or extending only with them.",
        why="A hold that nobody can confirm keeps a counter empty until it expires.",
    )
    async def test_holding_and_confirming_are_offered_together(self, harness: Harness) -> None:
        present = harness.adapter.available()
        assert (Capability.HOLD in present) == (Capability.CONFIRM in present)
        if not present.isdisjoint({Capability.RELEASE, Capability.EXTEND}):
            assert Capability.HOLD in present

    @behaviour(
        "FACT-002",
        "A source is never said to do more than its adapter can.",
        why="A plan that counts on a hold which is not there fails halfway through a visit.",
    )
    async def test_a_source_can_do_nothing_that_its_adapter_cannot(self, harness: Harness) -> None:
        assert harness.adapter.available() <= harness.adapter.capabilities()

    @behaviour(
        "FACT-003",
        "The declared resolution of an unknown outcome rests on a method that is there.",
        why="A write without an answer would be looked up by a call that does not exist, and "
        "never settled.",
    )
    async def test_the_declared_resolution_can_be_carried_out(self, harness: Harness) -> None:
        present = harness.adapter.available()
        resolution = harness.manifest.facts.resolution
        if resolution in LOOKED_UP:
            assert Capability.FIND_BY_CLIENT_REFERENCE in present
        if resolution is Resolution.ID_BEFORE_CONFIRM:
            assert Capability.HOLD in present
        if resolution is Resolution.NONE:
            assert Capability.FIND_BY_CLIENT_REFERENCE not in present

    @behaviour(
        "FACT-004",
        "Combinations and approval are declared in the manifest exactly where they can be shown.",
        why="A fact that nobody tried sends a citizen with two products to a counter for one.",
    )
    async def test_what_the_manifest_declares_is_put_to_the_test(self, harness: Harness) -> None:
        facts = harness.manifest.facts
        if harness.mode is Mode.RANDOM:
            not_run("queries that go together, and for approval")
        assert (harness.combined is not None) == (facts.combination is not Combination.NONE)
        assert (harness.approval is not None) == facts.approval

    @behaviour(
        "FACT-006",
        "A capability that is absent raises CapabilityNotSupported and nothing else.",
        why="A stub that answers with nothing is taken for an answer: no appointments, no changes.",
    )
    async def test_an_absent_capability_says_so(self, harness: Harness) -> None:
        calls = _calls(harness, (await harness.free())[0])
        for capability in set(Capability) - harness.adapter.available():
            with pytest.raises(CapabilityNotSupported):
                await calls[capability]()


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
