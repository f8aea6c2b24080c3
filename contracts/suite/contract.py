"""All behaviours of the contract in one class, to be subclassed per adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.report import Mode
from contracts.suite.behaviour import collect
from contracts.suite.booking import BookingBehaviours
from contracts.suite.cancelling import CancellingBehaviours
from contracts.suite.catalogue import CatalogueBehaviours
from contracts.suite.changing import ChangingBehaviours
from contracts.suite.declared import DeclaredBehaviours
from contracts.suite.failing import FailingBehaviours
from contracts.suite.gate import admit
from contracts.suite.harness import Harness
from contracts.suite.holding import HoldingBehaviours
from contracts.suite.hostile import HostileBehaviours
from contracts.suite.looking_up import (
    ChangeBehaviours,
    CitizenBehaviours,
    ReferenceBehaviours,
)
from contracts.suite.moving import MovingBehaviours
from contracts.suite.notifying import NotificationBehaviours
from contracts.suite.people import IntakeBehaviours, PrivacyBehaviours
from contracts.suite.settling import SettlingBehaviours
from contracts.suite.slots import SlotBehaviours
from contracts.suite.twice import TwiceBehaviours
from contracts.suite.zones import ZoneBehaviours


@pytest.mark.anyio
class AdapterContract(
    DeclaredBehaviours,
    CatalogueBehaviours,
    SlotBehaviours,
    ZoneBehaviours,
    BookingBehaviours,
    CancellingBehaviours,
    HoldingBehaviours,
    MovingBehaviours,
    ReferenceBehaviours,
    CitizenBehaviours,
    ChangeBehaviours,
    NotificationBehaviours,
    IntakeBehaviours,
    PrivacyBehaviours,
    FailingBehaviours,
    ChangingBehaviours,
    TwiceBehaviours,
    HostileBehaviours,
    SettlingBehaviours,
):
    """Subclass it in a test file and give it a fixture ``harness``; see ``Harness``."""

    @pytest.fixture(scope="session")
    @classmethod
    def anyio_backend(cls) -> str:
        """Adapters run on asyncio."""
        return "asyncio"

    @pytest.fixture
    def harness(self) -> Harness:
        """The adapter under test; every subclass brings its own."""
        raise NotImplementedError("Give this class a fixture named harness.")

    @pytest.fixture(autouse=True)
    async def admit(self, request: pytest.FixtureRequest, harness: Harness) -> AsyncIterator[None]:
        """Skip what the adapter lacks; tidy up after the rest."""
        recording = admit(request.node, harness)
        yield
        if harness.mode is Mode.RANDOM:
            await recording.undo(harness)


BEHAVIOURS = collect(AdapterContract)
"""Every behaviour of the suite, by id."""
