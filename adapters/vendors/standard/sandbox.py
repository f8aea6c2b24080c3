"""The operations tagged ``sandbox``: what certification asks of a system, and no gateway does."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, ClassVar

import httpx
from pydantic import TypeAdapter

from adapters.vendors.standard import controls, wire
from adapters.vendors.standard.calls import Calls, written
from contracts.deadline import Deadline
from contracts.models import AppointmentRef

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.vendors.standard.settings import StandardSettings
    from contracts.models import MatchKey, Slot

_SECONDS = 30
_OPENING = TypeAdapter(controls.OpeningHours)
_APPOINTMENT = TypeAdapter(wire.Appointment)
_POSTED = TypeAdapter(controls.Posted)


class StandardSandbox:
    """One system's controls."""

    advice: ClassVar[str] = (
        'Offer the operations tagged "sandbox" in contracts/standard.openapi.json on a test '
        'installation, and say "sandbox": true at GET /capabilities there.'
    )

    def __init__(
        self, settings: StandardSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._calls = Calls(settings, transport)

    @staticmethod
    def is_write(method: str, path: str) -> bool:
        return wire.is_write(method, path)

    async def aclose(self) -> None:
        await self._calls.aclose()

    async def offered(self) -> bool:
        return (await self._calls.declared(_soon())).sandbox

    async def begin(self, now: datetime) -> time:
        body = controls.Instant(now=now)
        done = await self._calls.write("PUT", "sandbox", _soon(), body=body)
        return time.fromisoformat(written(done, _OPENING).opens)

    async def tell(self, now: datetime) -> None:
        await self._calls.write("PUT", "sandbox/clock", _soon(), body=controls.Instant(now=now))

    async def book_at_desk(self, slot: Slot, citizen: MatchKey) -> AppointmentRef:
        body = controls.DeskBooking(slot=slot, match_key=citizen)
        done = await self._calls.write("POST", "sandbox/appointments", _soon(), body=body)
        return AppointmentRef(vendor_ref=written(done, _APPOINTMENT).vendor_ref)

    async def notification(self, ref: AppointmentRef) -> tuple[Mapping[str, str], bytes]:
        body = wire.Changed(vendor_ref=ref.vendor_ref)
        done = await self._calls.write("POST", "sandbox/notifications", _soon(), body=body)
        posted = written(done, _POSTED)
        return posted.headers, posted.body.encode()


def _soon() -> Deadline:
    return Deadline.after(_SECONDS)


Sandbox = StandardSandbox
