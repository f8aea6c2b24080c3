"""Behaviours of finding appointments: by our reference, by citizen, by change."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.adapter import Capability
from contracts.errors import CapabilityNotSupported, InvalidRequest, VendorError
from contracts.models import Appointment, AppointmentStatus, MatchKey
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import TAKEN, book, book_last_place
from contracts.suite.gate import requires
from contracts.suite.harness import Harness
from contracts.suite.slots import spread
from contracts.suite.verdicts import offered

STRANGER = MatchKey(kind="externalId", value="somebody-else")


@requires(Capability.FIND_BY_CLIENT_REFERENCE)
class ReferenceBehaviours:
    """``find_by_client_reference``."""

    @behaviour(
        "REF-001",
        "A booking, and no other, is found by its client reference.",
        why="A reference that the vendor cuts off or drops settles nothing when an answer is lost.",
    )
    async def test_a_booking_is_found_by_its_client_reference(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        request = harness.request()
        booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
        await book(harness, (await harness.free())[-1])
        found = await harness.second.find_by_client_reference(
            request.client_reference, near=slot, deadline=harness.deadline
        )
        assert found is not None
        assert found.ref.vendor_ref == booked.ref.vendor_ref
        assert (found.start, found.end) == (slot.start, slot.end)

    @behaviour(
        "REF-002",
        "A client reference that was never used finds nothing.",
        why="A search that matches loosely takes another's appointment for ours, and tells the "
        "citizen so.",
    )
    async def test_an_unused_client_reference_finds_nothing(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await book(harness, slot)
        unused = harness.request().client_reference
        found = await harness.adapter.find_by_client_reference(
            unused, near=slot, deadline=harness.deadline
        )
        assert found is None

    @behaviour(
        "REF-003",
        "A booking that was refused is not found by its client reference.",
        why="A draft kept by the vendor would be reported as the citizen's appointment.",
    )
    async def test_a_refused_booking_is_not_found(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await book_last_place(harness, slot)
        request = harness.request()
        with pytest.raises(TAKEN):
            await harness.adapter.book(slot, request, deadline=harness.deadline)
        found = await harness.adapter.find_by_client_reference(
            request.client_reference, near=slot, deadline=harness.deadline
        )
        assert found is None

    @behaviour(
        "REF-004",
        "What was cancelled is not found as an appointment that stands.",
        why="A lookup that only knows that it was booked once tells the citizen to come.",
    )
    async def test_a_cancelled_booking_is_not_found_standing(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        request = harness.request()
        booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        found = await harness.second.find_by_client_reference(
            request.client_reference, near=slot, deadline=harness.deadline
        )
        assert found is None or found.status is AppointmentStatus.CANCELLED

    @behaviour(
        "REF-005",
        "References that differ in their last character alone are told apart.",
        why="A field that the vendor cuts off, or a search that matches the beginning, settles a "
        "write by the answer to another.",
    )
    async def test_references_that_begin_alike_are_told_apart(self, harness: Harness) -> None:
        slots = spread(await harness.free())[:2]
        stem = uuid4().hex[:-1]
        for slot, last in zip(slots, "ab", strict=True):
            request = harness.request(client_reference=f"{stem}{last}")
            await harness.adapter.book(slot, request, deadline=harness.deadline)
        for slot, last in zip(slots, "ab", strict=True):
            found = await harness.second.find_by_client_reference(
                f"{stem}{last}", near=slot, deadline=harness.deadline
            )
            assert found is not None
            assert found.start == slot.start
        for unused in (f"{stem}c", stem):
            missing = await harness.second.find_by_client_reference(
                unused, near=slots[0], deadline=harness.deadline
            )
            assert missing is None


@requires(Capability.APPOINTMENTS_OF)
class CitizenBehaviours:
    """``appointments_of``."""

    @behaviour(
        "CITIZEN-001",
        "A citizen finds all of the own appointments, and nobody else's.",
        why="Vendors filter by prefix, or ignore a filter they do not know: another citizen's "
        "data shows.",
    )
    async def test_a_citizen_finds_the_own_appointments_and_no_others(
        self, harness: Harness
    ) -> None:
        slots = await harness.free()
        mine = await self._book_for(harness, 0, harness.match_key)
        await self._book_for(harness, -1, STRANGER)
        await book(harness, slots[len(slots) // 2])
        found = await harness.second.appointments_of(harness.match_key, deadline=harness.deadline)
        assert [appointment.ref.vendor_ref for appointment in found] == [mine.ref.vendor_ref]
        assert (found[0].start, found[0].end) == (mine.start, mine.end)

    @behaviour(
        "CITIZEN-002",
        "A citizen without appointments gets an empty list.",
        why="A vendor that answers everything when nothing matches leaks a whole town.",
    )
    async def test_a_citizen_without_appointments_finds_none(self, harness: Harness) -> None:
        await self._book_for(harness, 0, STRANGER)
        assert not await harness.adapter.appointments_of(
            harness.match_key, deadline=harness.deadline
        )

    @behaviour(
        "CITIZEN-003",
        "What was cancelled is no longer among the upcoming appointments.",
        why="A citizen goes to an appointment that was given to somebody else.",
    )
    async def test_a_cancelled_appointment_is_not_upcoming(self, harness: Harness) -> None:
        mine = await self._book_for(harness, 0, harness.match_key)
        await harness.adapter.cancel(mine.ref, deadline=harness.deadline)
        found = await harness.adapter.appointments_of(harness.match_key, deadline=harness.deadline)
        assert not any(item.status is AppointmentStatus.CONFIRMED for item in found)

    @behaviour(
        "CITIZEN-004",
        "An appointment made at the desk or by phone is found, and can be cancelled.",
        why="A list of only what was booked online is taken for the whole of it.",
    )
    async def test_an_appointment_made_at_the_desk_is_found(self, harness: Harness) -> None:
        book_at_desk = offered(harness.book_at_desk, "book_at_desk")
        slot = (await harness.free())[0]
        ref = await book_at_desk(slot, harness.match_key)
        found = await harness.adapter.appointments_of(harness.match_key, deadline=harness.deadline)
        assert [(item.ref.vendor_ref, item.start) for item in found] == [
            (ref.vendor_ref, slot.start)
        ]
        await harness.adapter.cancel(found[0].ref, deadline=harness.deadline)
        assert not await harness.second.appointments_of(
            harness.match_key, deadline=harness.deadline
        )

    @behaviour(
        "CITIZEN-005",
        "Ten appointments of one citizen are all found.",
        why="A vendor that answers in pages, without saying so, shows the first few of them.",
    )
    async def test_all_of_many_appointments_are_found(self, harness: Harness) -> None:
        slots = spread(await harness.free())[:10]
        for slot in slots:
            request = harness.request(match_key=harness.match_key)
            await harness.adapter.book(slot, request, deadline=harness.deadline)
        found = await harness.second.appointments_of(harness.match_key, deadline=harness.deadline)
        assert sorted(each.start for each in found) == [slot.start for slot in slots]

    @behaviour(
        "CITIZEN-006",
        "What has ended is no longer among the upcoming appointments.",
        why="A list that keeps the past grows without end, and hides what is coming.",
    )
    async def test_what_has_ended_is_not_upcoming(self, harness: Harness) -> None:
        mine = await self._book_for(harness, 0, harness.match_key)
        harness.clock.move_to(mine.end + timedelta(days=1))
        assert not await harness.adapter.appointments_of(
            harness.match_key, deadline=harness.deadline
        )

    @behaviour(
        "CITIZEN-007",
        "The same value as another kind of key is another citizen.",
        why="A pseudonym looked up in the field of the national number finds whoever has that one.",
    )
    async def test_a_key_of_another_kind_is_another_citizen(self, harness: Harness) -> None:
        await self._book_for(harness, 0, harness.match_key)
        known_by_number = harness.match_key.kind == "nationalNumber"
        other = MatchKey(
            kind="externalId" if known_by_number else "nationalNumber",
            value=harness.match_key.value,
        )
        with suppress(CapabilityNotSupported):  # it knows citizens by one kind of key only
            assert not await harness.adapter.appointments_of(other, deadline=harness.deadline)

    async def _book_for(self, harness: Harness, nth: int, citizen: MatchKey) -> Appointment:
        slot = (await harness.free())[nth]
        request = harness.request(match_key=citizen)
        return await harness.adapter.book(slot, request, deadline=harness.deadline)


@requires(Capability.CHANGES)
class ChangeBehaviours:
    """``changes``."""

    @behaviour(
        "FEED-001",
        "A new feed starts at its end and is empty until something happens.",
        why="A feed that starts at the beginning sends years of appointments through every "
        "restart.",
    )
    async def test_the_feed_starts_at_its_end(self, harness: Harness) -> None:
        await book(harness, (await harness.free())[0])
        start = await harness.adapter.changes(None, deadline=harness.deadline)
        assert start.items == ()
        again = await harness.adapter.changes(start.cursor, deadline=harness.deadline)
        assert again.items == ()

    @behaviour(
        "FEED-002",
        "Bookings and cancellations are in the feed, once each, after the cursor.",
        why="A feed without cancellations keeps appointments alive that the desk has cancelled.",
    )
    async def test_bookings_and_cancellations_are_in_the_feed(self, harness: Harness) -> None:
        cursor = (await harness.adapter.changes(None, deadline=harness.deadline)).cursor
        booked = await book(harness, (await harness.free())[0])
        made = await harness.second.changes(cursor, deadline=harness.deadline)
        assert [item.ref.vendor_ref for item in made.items] == [booked.ref.vendor_ref]
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        undone = await harness.second.changes(made.cursor, deadline=harness.deadline)
        assert [item.status for item in undone.items] == [AppointmentStatus.CANCELLED]

    @behaviour(
        "FEED-003",
        "Many changes all arrive, in one page or in several.",
        why="A page that is taken for the whole loses what was changed on a busy morning.",
    )
    async def test_many_changes_all_arrive(self, harness: Harness) -> None:
        cursor = (await harness.adapter.changes(None, deadline=harness.deadline)).cursor
        slots = spread(await harness.free())
        made = {(await book(harness, slot)).ref.vendor_ref for slot in slots}
        seen: set[str] = set()
        for _ in range(2 * len(made)):
            page = await harness.second.changes(cursor, deadline=harness.deadline)
            seen |= {item.ref.vendor_ref for item in page.items}
            cursor = page.cursor
            if not page.more:
                break
        else:
            pytest.fail("there are always more changes, says the feed")
        assert seen == made

    @behaviour(
        "FEED-004",
        "A cursor that was never given out is refused.",
        why="A feed that starts anew in silence skips all that happened in between.",
    )
    async def test_an_unknown_cursor_is_refused(self, harness: Harness) -> None:
        with pytest.raises((InvalidRequest, VendorError)):
            await harness.adapter.changes("no-such-cursor", deadline=harness.deadline)

    @behaviour(
        "FEED-005",
        "The same cursor asked again gives the same changes.",
        why="A feed that forgets what it has given out once loses what a process read and crashed "
        "over.",
    )
    async def test_the_same_cursor_gives_the_same_changes(self, harness: Harness) -> None:
        cursor = (await harness.adapter.changes(None, deadline=harness.deadline)).cursor
        booked = await book(harness, (await harness.free())[0])
        for adapter in (harness.adapter, harness.adapter, harness.second):
            page = await adapter.changes(cursor, deadline=harness.deadline)
            assert [item.ref.vendor_ref for item in page.items] == [booked.ref.vendor_ref]
