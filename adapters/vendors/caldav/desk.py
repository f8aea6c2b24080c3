"""The calendar of one desk: reading it, and claiming a part of it so that only one wins.

docs/adr/0030 gives the reasons. A desk is taken in three steps:

1. *claim*: create the resource named after the start (``If-None-Match: *``). Of two claims
   for the same start the server itself accepts one.
2. *look*: read what else stands around that time. An event that overlaps and is settled
   (made by hand, booked, held) wins; this claim is withdrawn. A claim that overlaps and
   starts later is removed (``If-Match``); one that starts earlier wins.
3. *settle*: write the hold or the booking over the claim (``If-Match``). It fails when
   somebody removed the claim in step 2.

Every claim is made before its maker looks, so of two that overlap at least one sees the
other, and it either withdraws or removes it. Both can never settle; and since the earliest
start of those under way gives way only to what is settled, one of them always does.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Unpack

from adapters.http import Parts, VendorClient, understood
from adapters.vendors.caldav import counter, events, wire
from adapters.vendors.caldav.events import Entry, Ours, Shown, Stage
from adapters.vendors.caldav.occurrences import DAY, Period
from contracts.errors import (
    BadAnswer,
    BookingError,
    OutcomeUnknown,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)
from contracts.models import AppointmentRef

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    import httpx

    from contracts.deadline import Deadline

CLAIMED = timedelta(minutes=2)
"""How long others respect a claim: longer than a booking takes, short when its maker died."""

_TRIES = 3
_MISSING = {404, 409, 410}
_REFUSED = 412
_LOCKED = 423
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)


def names(start: datetime, reference: str) -> tuple[str, str]:
    """What an appointment's resource is called, and when people still use that name.

    They do when they moved or cancelled in their own calendar what was booked there.
    """
    stamp = start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}.ics", f"{stamp}-{reference}.ics"


@dataclass(frozen=True, slots=True)
class Desk:
    """One calendar: where it is, how to reach it, and whose clock it goes by."""

    path: str
    client: VendorClient
    zone: ZoneInfo
    now: Callable[[], datetime]

    def ref(self, entry: Entry) -> AppointmentRef:
        """Its UID, which nothing else ever gets, and where it was last seen.

        The address alone would not do: it comes free when an appointment is cancelled.
        """
        return AppointmentRef(
            vendor_ref=entry.uid, vendor_state={"desk": self.path, "name": entry.name}
        )

    # Reading ------------------------------------------------------------------------------

    async def check(self, deadline: Deadline) -> None:
        """Raise ``VendorUnavailable`` unless this is a calendar that we may read."""
        response = await self.client.read(
            "PROPFIND",
            self.path,
            content=wire.kind_query(),
            headers={**wire.XML, "Depth": "0"},
            ok={207, *_MISSING},
            deadline=deadline,
        )
        if response.status_code in _MISSING or not wire.is_calendar(response.content):
            raise self._no_calendar()

    async def events(
        self, window: Period, deadline: Deadline, *, citizen: str | None = None
    ) -> list[Entry]:
        """What stands in the calendar in ``window``; only of that citizen when one is given.

        A day more on either side is asked for: servers are up to that much off with events
        in other zones, whole days and the days after the clock has changed.
        """
        wide = window[0] - DAY, window[1] + DAY
        query = wire.events_query(wide, wire.ours("CITIZEN", citizen) if citizen else None)
        return await self._report(query, window, deadline)

    async def get(
        self, name: str, deadline: Deadline, window: Period | None = None
    ) -> Entry | None:
        """What stands under that name, with ``busy`` for ``window``."""
        response = await self.client.read(
            "GET", self.path + name, ok={200, *_MISSING}, deadline=deadline
        )
        if response.status_code in _MISSING:
            return None
        etag = response.headers.get("ETag", "")
        if not etag:
            raise BadAnswer("It gives no ETag, without which nothing can be changed safely.")
        window = window or self._coming_day()
        return await asyncio.to_thread(
            events.entry, name, etag, response.content, window, self.zone
        )

    async def find(self, uid: str, deadline: Deadline) -> Entry | None:
        """The event with that UID, whatever its name; ``None`` when it is certainly not here.

        A 404 under its name does not make that certain: a proxy in front gives one as well.
        """
        found = await self.having(("UID", uid), deadline)
        return next((entry for entry in found if entry.uid == uid), None)

    async def having(self, property_: tuple[str, str], deadline: Deadline) -> list[Entry]:
        """The events with a property like that, whenever they are.

        A server may also find the text as a part of a longer one.
        """
        return await self._report(wire.events_query(None, property_), self._coming_day(), deadline)

    async def _report(self, query: bytes, window: Period, deadline: Deadline) -> list[Entry]:
        response = await self.client.read(
            "REPORT",
            self.path,
            content=query,
            headers={**wire.XML, "Depth": "1"},
            ok={207, *_MISSING},
            deadline=deadline,
        )
        if response.status_code in _MISSING:
            raise self._no_calendar()
        return await asyncio.to_thread(wire.entries, response.content, window, self.zone, deadline)

    def _coming_day(self) -> Period:
        """A window for where it does not matter when an event keeps the desk busy."""
        return self.now(), self.now() + DAY

    # Changing -----------------------------------------------------------------------------

    async def take(self, period: Period, ours: Ours, shown: Shown, deadline: Deadline) -> Entry:
        """Put a hold or a booking into the calendar; certain to overlap with nothing of ours.

        Raises:
            SlotTaken: the desk is busy; nothing was left behind.
            OutcomeUnknown: only when the last step was not answered.
            VendorUnavailable, BadAnswer: not taken. A claim that could not be withdrawn any
                more is respected by others for two minutes.
        """
        uid = f"{ours.reference}-{period[0]:%Y%m%dT%H%M%SZ}@afsprakenpoort"
        # The calendar keeps whole seconds.
        until = (self.now() + CLAIMED).replace(microsecond=0)
        claim = replace(ours, stage=Stage.CLAIM, until=until, citizen=None)
        name = await self._claim(uid, period, claim, deadline)
        try:
            mine = await self._clear(name, uid, period, deadline)
            if not await self.rewrite(mine, ours, shown, deadline):
                raise SlotTaken
        except OutcomeUnknown:
            raise
        except BookingError:
            with contextlib.suppress(BookingError):
                await self._withdraw(name, uid, deadline)
            raise
        return mine

    async def rewrite(self, entry: Entry, ours: Ours, shown: Shown, deadline: Deadline) -> bool:
        """Write over what is known of ours; ``False`` when it is not as it was known."""
        content = events.event_text(entry.uid, (entry.start, entry.end), ours, shown, self.now())
        if await self._put(entry.name, content, {"If-Match": entry.etag}, deadline):
            return True
        # Delivered twice, the second copy finds what the first has written.
        try:
            there = await self.get(entry.name, deadline)
        except VendorError as error:
            raise OutcomeUnknown(error.detail) from None
        return there is not None and (there.uid, there.ours) == (entry.uid, ours)

    async def remove(self, entry: Entry, deadline: Deadline) -> bool:
        """Delete it unless it has changed; ``False`` when it has, ``True`` once it is gone."""
        response = await self._write(
            "DELETE",
            entry.name,
            headers={"If-Match": entry.etag},
            ok={200, 204, _REFUSED, *_MISSING},
            deadline=deadline,
        )
        if response.status_code in {_REFUSED, *_MISSING}:
            return await self.find(entry.uid, deadline) is None
        if response.status_code == 200 and response.content:  # noqa: PLR2004
            with understood(wrote=True):
                wire.multistatus(response.content)
        return True

    async def _put(
        self, name: str, content: bytes, condition: dict[str, str], deadline: Deadline
    ) -> bool:
        response = await self._write(
            "PUT",
            name,
            content=content,
            headers={**wire.CALENDAR, **condition},
            ok={201, 204, _REFUSED, *_MISSING},
            deadline=deadline,
        )
        if response.status_code in _MISSING:
            raise self._no_calendar()
        return response.status_code != _REFUSED

    async def _write(
        self, method: str, name: str, *, ok: set[int], deadline: Deadline, **parts: Unpack[Parts]
    ) -> httpx.Response:
        """Send a change, again only when it was certainly not taken in.

        Xandikos answers 423 (Locked) while it carries out another change.
        """
        for pause in _PAUSES:
            response = await self.client.write(
                method, self.path + name, ok={*ok, _LOCKED}, deadline=deadline, **parts
            )
            if response.status_code != _LOCKED:
                return response
            await asyncio.sleep(min(pause, deadline.remaining))
        raise VendorUnavailable("It is busy with other changes all the time.")

    async def _claim(self, uid: str, period: Period, claim: Ours, deadline: Deadline) -> str:
        """The name under which it was created, or under which it went out unanswered."""
        content = events.event_text(uid, period, claim, counter.CLAIMED, self.now())
        name, other_name = names(period[0], claim.reference)
        for _ in range(_TRIES):
            try:
                if await self._put(name, content, {"If-None-Match": "*"}, deadline):
                    return name
            except OutcomeUnknown:
                return name  # looking around shows whether it is there
            there = await self.get(name, deadline, period)
            if there is None:
                continue
            if there.uid == uid and there.ours == claim:
                return name  # a copy of this very claim came first
            if there.lapsed(self.now()):
                await self._sweep(there, deadline)
            elif there.overlaps(period):
                raise SlotTaken
            else:
                name = other_name
        raise SlotTaken

    async def _clear(self, name: str, uid: str, period: Period, deadline: Deadline) -> Entry:
        """Look around, remove what gives way, and return the claim as the server has it."""
        mine, rivals, lapsed = await self._look(name, uid, period, deadline)
        for other in lapsed:
            await self._sweep(other, deadline)
        for rival in rivals:
            if not await self._sweep(rival, deadline):
                raise SlotTaken
        if rivals:
            # Xandikos checks If-Match before it locks: what was just removed may be back.
            mine, _, _ = await self._look(name, uid, period, deadline)
        return mine

    async def _look(
        self, name: str, uid: str, period: Period, deadline: Deadline
    ) -> tuple[Entry, list[Entry], list[Entry]]:
        """The claim itself, what overlaps and gives way to it, and what lapsed near by."""
        around = await self.events((period[0] - DAY, period[1] + DAY), deadline)
        mine = next((e for e in around if (e.name, e.uid) == (name, uid)), None)
        if mine is None:
            raise SlotTaken
        now = self.now()
        rivals = [e for e in around if e is not mine and e.overlaps(period)]
        if not all(_gives_way(rival, mine, now) for rival in rivals):
            raise SlotTaken
        return mine, rivals, [e for e in around if e.lapsed(now) and e not in (mine, *rivals)]

    async def _withdraw(self, name: str, uid: str, deadline: Deadline) -> None:
        there = await self.get(name, deadline)
        if there and there.uid == uid and there.ours and there.ours.stage is Stage.CLAIM:
            await self._sweep(there, deadline)

    async def _sweep(self, entry: Entry, deadline: Deadline) -> bool:
        """As ``remove``, for what is no booking: unanswered, it is looked for, and sent again.

        Xandikos answers 500 when it is busy, and when two remove the same at once.
        """
        for pause in _PAUSES:
            try:
                return await self.remove(entry, deadline)
            except OutcomeUnknown:
                await asyncio.sleep(min(pause, deadline.remaining))
            there = await self.find(entry.uid, deadline)
            if there is None or there.etag != entry.etag:
                return there is None
        return False

    def _no_calendar(self) -> VendorUnavailable:
        return VendorUnavailable(
            f"There is no calendar at {self.path!r}: look at settings.locations.desks and at "
            "settings.base_url."
        )


def _gives_way(rival: Entry, mine: Entry, now: datetime) -> bool:
    if rival.lapsed(now):
        return True
    claimed = rival.ours is not None and rival.ours.stage is Stage.CLAIM
    return claimed and (mine.start, mine.name) < (rival.start, rival.name)
