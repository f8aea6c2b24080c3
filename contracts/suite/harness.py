"""What an adapter's author builds so that the contract tests can run on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Any
from uuid import uuid4

import anyio

from contracts.adapter import BookingAdapter
from contracts.deadline import Deadline
from contracts.manifest import ConflictCheck, Manifest
from contracts.models import (
    Appointment,
    AppointmentRef,
    BookingRequest,
    Gender,
    MatchKey,
    Person,
    Slot,
    SlotQuery,
)
from contracts.report import Mode
from contracts.suite.clocks import Clock, WallClock
from contracts.suite.verdicts import not_run

AnyAdapter = BookingAdapter[Any]
Notification = tuple[Mapping[str, str], bytes]
"""Headers and body, as a vendor posts them."""
Guard = Callable[[AnyAdapter, Slot, BookingRequest, Deadline], Awaitable[Appointment]]
_MOST_PLACES = 25


class Fault(StrEnum):
    """A way in which a source lets us down.

    Whatever is asked: ``down``: nothing listens. ``silent``: it takes a request and never
    answers. ``html``: every answer is HTTP 200 with an HTML page. ``error``: every answer is
    HTTP 500. ``busy``: every answer is HTTP 429, to be tried again in an hour.

    Answers of a hostile kind, with the status and the headers of the right ones:
    ``truncated``: it stops halfway. ``empty``: there is no body. ``huge``: 1 GB. ``nested``:
    100,000 levels deep. ``entities``: XML whose entities grow without end, and name a file.
    ``undecodable``: bytes of no character set come first. ``control``: control characters do.

    Reads work, and of the first write: ``requestLost``: it never arrives, and the connection
    breaks. ``answerLost``: it is carried out, then the connection breaks. ``answerLate``: it is
    carried out, and its answer does not come. ``answerGarbled``: it is carried out, and answered
    with a page.

    Of every write: ``duplicated``: it is carried out twice, and the second answer given.
    """

    DOWN = "down"
    SILENT = "silent"
    HTML = "html"
    ERROR = "error"
    BUSY = "busy"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    HUGE = "huge"
    NESTED = "nested"
    ENTITIES = "entities"
    UNDECODABLE = "undecodable"
    CONTROL = "control"
    REQUEST_LOST = "requestLost"
    ANSWER_LOST = "answerLost"
    ANSWER_LATE = "answerLate"
    ANSWER_GARBLED = "answerGarbled"
    DUPLICATED = "duplicated"


OF_WRITES = frozenset(
    {
        Fault.REQUEST_LOST,
        Fault.ANSWER_LOST,
        Fault.ANSWER_LATE,
        Fault.ANSWER_GARBLED,
        Fault.DUPLICATED,
    }
)
"""The faults that reads do not meet."""


BOOKER = Person(
    given_name="Noor",
    family_name="Peeters",
    initials="N.",
    email="noor.peeters@example.org",
    phone="+3221234567",
    mobile_phone="+32470123456",
    birth_date=datetime(1990, 5, 17, tzinfo=UTC).date(),
    gender=Gender.FEMALE,
    nationality="BE",
    street="Kerkstraat",
    house_number="12",
    postal_code="9000",
    city="Gent",
    country="BE",
)


@dataclass(slots=True)
class Harness:
    """One adapter in front of one source, ready to be tested.

    A vendor's test file is this and nothing more::

        from contracts.suite import AdapterContract, Clock, Harness

        class TestOurAdapter(AdapterContract):
            @pytest.fixture
            async def harness(self) -> AsyncIterator[Harness]:
                clock = Clock(datetime(2027, 3, 8, 8, tzinfo=UTC))
                async with simulator(clock) as url:
                    yield Harness(adapter=…, second=…, clock=clock, manifest=…, query=…, …)

    Each test asks for the fixture anew. In *controlled* mode it expects a source without
    appointments: a fresh simulator, or a fresh calendar on a server that all tests share. In
    *random* mode it takes the source as it is, and cancels afterwards what it booked.
    Parametrise the fixture to run the suite on several servers. Behaviours run on asyncio, by
    anyio's pytest plugin; pytest must know ``contracts.suite.plugin``, as it does where this
    package is installed.

    No behaviour can be skipped. What the sandbox cannot offer stays ``None``; the behaviours
    that need it are reported as not run, with the field that is missing, and are missing from
    the certificate.

    Attributes:
        adapter: the adapter under test.
        second: another instance on the same source, as a second process would have.
        manifest: what the adapter's ``manifest.toml`` declares.
        query: a location, products that one appointment there can take, and days from the
            clock's today onwards (at least seven) on which slots are free: at least two days
            with slots, and three slots that do not overlap each other.
        combined: as ``query``, for two products that go together.
        not_combinable: as ``query``, for two products that never go together.
        approval: as ``query``, for a product that staff has to approve.
        booker: contact data that the source accepts.
        answers: answers to the source's own questions for ``query``, by key.
        match_key: how the source would know a citizen; its own per test on a shared server.

    What only a controlled sandbox offers:

    Attributes:
        clock: the ``now`` of both contexts, and of the simulator where it keeps time itself.
            Tests move it: to DST nights, past holds and past closing times. A sandbox elsewhere
            is told by a ``SandboxClock``. Without one it is the real time, and the mode random.
        opens: the wall time of the first slot on every Friday and Monday, at any time of year.
        capacity: how many appointments fit in one slot of ``query``; found out where it is
            ``None``, by filling a slot.
        book_at_desk: makes an appointment in a slot for the citizen, past the adapter.
        faulty: an adapter on the same source with a fault between them. Adapters over HTTP
            get one by pointing it at a ``contracts.suite.proxy.FaultyProxy``.
        patience: how many seconds a source that does not answer is waited for; more where the
            sandbox is far away.
        notification: headers and body as the vendor posts them about an appointment.
        guard: books as the gateway does where ``conflictCheck`` is ``none``. Without it the
            suite lets one booking through at a time, which is what the gateway promises.
    """

    adapter: AnyAdapter
    _: KW_ONLY
    second: AnyAdapter
    manifest: Manifest
    query: SlotQuery
    combined: SlotQuery | None = None
    not_combinable: SlotQuery | None = None
    approval: SlotQuery | None = None
    booker: Person = BOOKER
    answers: Mapping[str, str] = field(default_factory=dict)
    match_key: MatchKey = field(
        default_factory=lambda: MatchKey(kind="externalId", value=uuid4().hex)
    )
    clock: Clock = field(default_factory=WallClock)
    opens: time | None = None
    capacity: int | None = None
    patience: float = 0.3
    book_at_desk: Callable[[Slot, MatchKey], Awaitable[AppointmentRef]] | None = None
    faulty: Callable[[Fault], Awaitable[AnyAdapter]] | None = None
    notification: Callable[[AppointmentRef], Awaitable[Notification]] | None = None
    guard: Guard | None = None
    _turn: anyio.Lock = field(default_factory=anyio.Lock, init=False)

    @property
    def mode(self) -> Mode:
        """Whether the sandbox makes the situations, or happens to offer them."""
        return Mode.RANDOM if isinstance(self.clock, WallClock) else Mode.CONTROLLED

    @property
    def deadline(self) -> Deadline:
        """Time enough for one call, on a busy machine too."""
        return Deadline.after(30)

    def request(self, **changes: object) -> BookingRequest:
        """A valid booking with a client reference of its own; ``changes`` override fields."""
        fields = {
            "client_reference": uuid4().hex,
            "booker": self.booker,
            "answers": dict(self.answers),
            **changes,
        }
        return BookingRequest.model_validate(fields)

    async def compete(self, adapter: AnyAdapter, slot: Slot) -> Appointment:
        """Book a slot that others want at the same moment, as the gateway books it."""
        request = self.request()
        if self.manifest.facts.conflict_check is ConflictCheck.ATOMIC:
            return await adapter.book(slot, request, deadline=self.deadline)
        if self.guard is not None:
            return await self.guard(adapter, slot, request, self.deadline)
        async with self._turn:
            return await adapter.book(slot, request, deadline=self.deadline)

    async def free(self, query: SlotQuery | None = None) -> Sequence[Slot]:
        """The free slots of a query (``query`` by default), at least one."""
        slots = await self.adapter.slots(query or self.query, deadline=self.deadline)
        assert slots, "the harness promises free slots for its queries"
        return slots

    async def leave_one_place(self, slot: Slot) -> None:
        """Book all places in a slot but one."""
        if self.capacity is None:
            await self.adapter.cancel((await self.fill(slot))[-1], deadline=self.deadline)
            return
        for _ in range(self.capacity - 1):
            await self.adapter.book(slot, self.request(), deadline=self.deadline)

    async def places(self, slot: Slot) -> int:
        """How many appointments fit in a slot that is free."""
        if self.capacity is None:
            booked = await self.fill(slot)
            for ref in booked:
                await self.adapter.cancel(ref, deadline=self.deadline)
            return len(booked)
        return self.capacity

    async def fill(self, slot: Slot) -> list[AppointmentRef]:
        """Book a slot until it is no longer offered; not run where that takes too long."""
        booked: list[AppointmentRef] = []
        while slot.start in {free.start for free in await self.free()}:
            if len(booked) == _MOST_PLACES:
                not_run("a slot has too many places to count")
            made = await self.adapter.book(slot, self.request(), deadline=self.deadline)
            booked.append(made.ref)
        return booked
