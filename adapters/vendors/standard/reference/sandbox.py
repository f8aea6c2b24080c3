"""The controls that certification asks of a sandbox. Leave this file out where citizens book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from litestar import Controller, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from adapters.vendors.standard import controls, wire
from adapters.vendors.standard.reference.desk import Desk
from adapters.vendors.standard.reference.operations import problems


@dataclass
class Clock:
    """The real time, until a test says what time it is: from then on that time stands still."""

    real: Callable[[], datetime]
    told: datetime | None = None

    def __call__(self) -> datetime:
        """The current instant."""
        return self.told or self.real()


@dataclass(frozen=True)
class Sandbox:
    """What a test may turn; ``post`` makes the notification about an appointment."""

    clock: Clock
    desk: Desk
    post: Callable[[str], tuple[Mapping[str, str], bytes]]

    def begin(self, now: datetime) -> controls.OpeningHours:
        """Forget what was booked, and let it be this time."""
        self.clock.told = now
        for kept in (self.desk.entries, self.desk.log, self.desk.answers):
            kept.clear()
        opens, _ = self.desk.agenda.hours[0][0]
        return controls.OpeningHours(opens=f"{opens:%H:%M}")


Given = NamedDependency[Sandbox]


class SandboxControls(Controller):
    """For tests of one caller at a time, with the token of every other call."""

    path = "/sandbox"
    tags = ("sandbox",)

    @put(
        operation_id="beginSandbox",
        summary="Begin anew: with nothing held or booked, at this instant",
        responses=problems(404),
    )
    async def begin(
        self, data: JSONBody[controls.Instant], sandbox: Given
    ) -> controls.OpeningHours:
        """Time stands still there, until it is told to be another.

        Only the agenda lives in that time: tokens and connections keep the real one. Every
        Monday and Friday opens at the same wall time, for as far ahead as can be booked.
        """
        return sandbox.begin(data.now)

    @put(
        "/clock",
        operation_id="setSandboxClock",
        summary="Let it be this instant, earlier or later",
        status_code=204,
        responses=problems(404),
    )
    async def tell(self, data: JSONBody[controls.Instant], sandbox: Given) -> None:
        """What was booked stays; holds end when their time has come."""
        sandbox.clock.told = data.now

    @post(
        "/appointments",
        operation_id="bookAtTheDesk",
        summary="Make an appointment as staff does, for a citizen",
        responses=problems(404, 409, 422),
    )
    async def book(self, data: JSONBody[controls.DeskBooking], sandbox: Given) -> wire.Appointment:
        """As if it were made at the desk or by phone: without a client reference."""
        return sandbox.desk.appointment(sandbox.desk.book_by_phone(data.slot, data.match_key))

    @post(
        "/notifications",
        operation_id="showNotification",
        summary="The notification about an appointment, as it would be posted now",
        status_code=200,
        opt={"capability": "webhooks"},
        responses=problems(404, 501),
    )
    async def notify(self, data: JSONBody[wire.Changed], sandbox: Given) -> controls.Posted:
        """Answered here in the place of being posted; with the capability `webhooks` only."""
        headers, body = sandbox.post(data.vendor_ref)
        return controls.Posted(headers=dict(headers), body=body.decode())
