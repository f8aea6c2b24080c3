"""What certification may do to a vendor's own sandbox, beside the contract: its controls.

A vendor whose system speaks the contract itself has them in its module ``sandbox``, as a class
``Sandbox``. They empty an agenda and move a clock: no gateway that serves citizens imports this
one.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from adapters import registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, time

    from contracts.models import AppointmentRef, MatchKey, Slot


class Sandbox(Protocol):
    """The controls of one system; made from the settings of a source.

    Attributes:
        advice: what a system has to offer to be controlled, for its maker.
    """

    advice: ClassVar[str]

    def __init__(self, settings: Any) -> None: ...  # noqa: ANN401 - of the vendor's own class

    @staticmethod
    def is_write(method: str, path: str) -> bool:
        """Whether a request of the protocol changes something."""

    async def aclose(self) -> None:
        """Give the connections back."""

    async def offered(self) -> bool:
        """Whether this system has them: where citizens book it has not."""

    async def begin(self, now: datetime) -> time:
        """Forget what was booked, and stand still at ``now``.

        Gives the wall time of the first slot on every Monday and Friday.
        """

    async def tell(self, now: datetime) -> None:
        """Stand still at another instant."""

    async def book_at_desk(self, slot: Slot, citizen: MatchKey) -> AppointmentRef:
        """Make an appointment as staff does."""

    async def notification(self, ref: AppointmentRef) -> tuple[Mapping[str, str], bytes]:
        """Headers and body as they would be posted about an appointment."""


def sandbox_of(vendor: str) -> type[Sandbox] | None:
    """How the systems of a vendor are controlled; ``None`` where its protocol has no such calls.

    Raises ``registry.AdapterNotFound``.
    """
    name = f"{registry.package(vendor)}.sandbox"
    if find_spec(name) is None:
        return None
    controls: type[Sandbox] = import_module(name).Sandbox
    return controls
