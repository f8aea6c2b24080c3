"""Behaviours of personal data: what is asked, what is kept, and where it never shows."""

from __future__ import annotations

import traceback

import pytest
from pydantic.alias_generators import to_camel, to_snake

from contracts.adapter import Capability
from contracts.errors import CustomerFieldsMissing, VendorError
from contracts.models import BookingRequest, IntakeField, Person, Slot
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import TAKEN, book, book_last_place
from contracts.suite.failing import patience
from contracts.suite.gate import requires
from contracts.suite.harness import Fault, Harness
from contracts.suite.verdicts import absent, offered

FAILING = [fault for fault in Fault if fault is not Fault.DUPLICATED]
PERSON_FIELDS = {to_camel(name) for name in Person.model_fields}
ODD_NAMES = [
    "Zoé",
    "O'Neill",
    "漢字",
    "🙂",
    "<script>alert(1)</script>",
    "a\nb",
    '";,:\\',
    "\u202ea",
]


async def asked_by(harness: Harness, slot: Slot) -> list[IntakeField]:
    """What the source asks for the slot's products."""
    return list(await harness.adapter.intake_fields(slot.products, deadline=harness.deadline))


def without(request: BookingRequest, names: set[str]) -> BookingRequest:
    """The request with these intake fields left out."""
    blank = {to_snake(name): None for name in names if name in PERSON_FIELDS}
    answers = {
        key: value for key, value in request.answers.items() if f"answers.{key}" not in names
    }
    booker = request.booker.model_copy(update=blank)
    return request.model_copy(update={"booker": booker, "answers": answers})


@requires(Capability.INTAKE_FIELDS)
class IntakeBehaviours:
    """``intake_fields``, and how ``book`` keeps to them."""

    @behaviour(
        "INTAKE-001",
        "Every question is about a field that the contract knows, or has a label; none is asked "
        "twice.",
        why="A question without words cannot be asked, and the booking then always fails.",
    )
    async def test_every_question_has_a_known_name_or_a_label(self, harness: Harness) -> None:
        fields = await asked_by(harness, (await harness.free())[0])
        assert len({field.name for field in fields}) == len(fields)
        for field in fields:
            if field.name.startswith("answers."):
                assert field.label
            else:
                assert field.name in PERSON_FIELDS

    @behaviour(
        "INTAKE-002",
        "A one-of group has at least two fields.",
        why="A group of one asks as a choice what is simply required.",
    )
    async def test_of_a_one_of_group_there_are_several(self, harness: Harness) -> None:
        groups = [f.one_of_group for f in await asked_by(harness, (await harness.free())[0])]
        assert all(groups.count(group) > 1 for group in groups if group is not None)

    @behaviour(
        "INTAKE-003",
        "A required field left out is named in CustomerFieldsMissing.",
        why="A vendor's 500 for an empty field tells the citizen nothing about what to fill in.",
    )
    async def test_each_missing_field_is_named(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        required = [field.name for field in await asked_by(harness, slot) if field.required]
        if not required:
            absent("required fields")
        for name in required:
            assert name in await self._issues(harness, slot, {name})

    @behaviour(
        "INTAKE-004",
        "A one-of group that is left empty is named in CustomerFieldsMissing.",
        why="E-mail or telephone, says the form; the vendor refuses without saying which.",
    )
    async def test_a_one_of_group_left_empty_is_named(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        fields = await asked_by(harness, slot)
        groups = {field.one_of_group for field in fields if field.one_of_group}
        if not groups:
            absent("one-of groups")
        for group in groups:
            names = {field.name for field in fields if field.one_of_group == group}
            assert names & await self._issues(harness, slot, names)

    @behaviour(
        "INTAKE-005",
        "A booking with fields missing books nothing.",
        why="The vendor saves first and validates then: the second try finds the own slot taken.",
    )
    async def test_an_incomplete_booking_books_nothing(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        required = {field.name for field in await asked_by(harness, slot) if field.required}
        if not required:
            absent("required fields")
        await harness.leave_one_place(slot)
        await self._issues(harness, slot, required)
        assert (await book(harness, slot)).start == slot.start

    @behaviour(
        "INTAKE-006",
        "What is asked is enough: a booking with what is required, and no more, is taken.",
        why="A vendor that also needs what it did not ask for refuses every citizen, without a "
        "word.",
    )
    async def test_what_is_asked_is_enough(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        fields = await asked_by(harness, slot)
        groups = {field.one_of_group: field.name for field in fields if field.one_of_group}
        enough = {field.name for field in fields if field.required} | set(groups.values())
        superfluous = {name for name in PERSON_FIELDS if name not in enough}
        request = without(harness.request(), superfluous)
        booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
        assert booked.start == slot.start

    async def _issues(self, harness: Harness, slot: Slot, left_out: set[str]) -> set[str]:
        request = without(harness.request(), left_out)
        with pytest.raises(CustomerFieldsMissing) as refused:
            await harness.adapter.book(slot, request, deadline=harness.deadline)
        return {issue.name for issue in refused.value.issues}


class PrivacyBehaviours:
    """Names of all kinds are taken; personal data shows nowhere but at the vendor."""

    @behaviour(
        "PRIV-001",
        "An appointment can be for another person than who books it.",
        why="A parent who books for a child gets the identity card in the parent's name.",
    )
    async def test_an_appointment_can_be_for_somebody_else(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        child = harness.booker.model_copy(update={"given_name": "Lou"})
        request = harness.request(attendee=child)
        booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
        assert booked.start == slot.start

    @behaviour(
        "PRIV-002",
        "Names in any script, with quotes, tags or line breaks, are booked or refused by field.",
        why="Vendors answer 500 to an emoji, and an apostrophe or a line break changes a query "
        "or a header.",
    )
    @pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
    async def test_odd_names_are_booked_or_refused_by_field(
        self, harness: Harness, name: str
    ) -> None:
        slot = (await harness.free())[0]
        booker = harness.booker.model_copy(update={"given_name": name, "family_name": name})
        request = harness.request(booker=booker)
        try:
            booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
        except CustomerFieldsMissing as refused:
            assert refused.issues  # noqa: PT017 an answer may do too
            return
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        assert (read.start, read.end) == (slot.start, slot.end)

    @behaviour(
        "PRIV-003",
        "A refusal and its causes carry nothing of the booker.",
        why="An exception that quotes its request puts names and numbers in the log of every "
        "refusal.",
    )
    async def test_an_error_about_a_booking_names_nobody(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        await book_last_place(harness, slot)
        with pytest.raises(TAKEN) as refused:
            await book(harness, slot)
        assert leaked(harness, _text(refused.value)) == []

    @behaviour(
        "PRIV-004",
        "A fault of the vendor's and its causes carry nothing of the booker.",
        why="Traces of failed requests quote the body or the address: the national number is in "
        "the log.",
    )
    @pytest.mark.parametrize("fault", FAILING)
    async def test_an_error_of_the_vendor_names_nobody(
        self, harness: Harness, fault: Fault
    ) -> None:
        slot = (await harness.free())[0]
        adapter = await offered(harness.faulty, "faulty")(fault)
        with pytest.raises(VendorError) as failed:
            await adapter.book(slot, harness.request(), deadline=patience(harness, fault))
        assert leaked(harness, _text(failed.value)) == []

    @behaviour(
        "PRIV-005",
        "Booking, looking up and cancelling log nothing of the booker.",
        why="A debug line of a library prints requests in full, and logs are kept for years.",
    )
    async def test_nothing_personal_is_logged(
        self, harness: Harness, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        slot = (await harness.free())[0]
        request = harness.request(match_key=harness.match_key)
        booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
        if Capability.APPOINTMENTS_OF in harness.adapter.available():
            await harness.adapter.appointments_of(harness.match_key, deadline=harness.deadline)
        await harness.adapter.cancel(booked.ref, deadline=harness.deadline)
        assert leaked(harness, caplog.text) == []

    @behaviour(
        "PRIV-006",
        "Names as long as the contract allows are booked, or refused by field.",
        why="A column that is too short makes the vendor answer 500, or cut a name off in silence.",
    )
    async def test_long_names_are_booked_or_refused_by_field(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        long_names = {"given_name": "Anna" * 32, "family_name": "Maes" * 32}
        booker = harness.booker.model_copy(update=long_names)
        request = harness.request(booker=booker)
        try:
            booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
        except CustomerFieldsMissing as refused:
            assert refused.issues  # noqa: PT017 an answer may do too
            return
        assert booked.start == slot.start

    @behaviour(
        "PRIV-007",
        "A slot, and an appointment as it is read, carry nothing of the booker.",
        why="They are kept, shown and sent around; a vendor's title for a booking is often its "
        "name.",
    )
    async def test_an_appointment_carries_nothing_personal(self, harness: Harness) -> None:
        slot = (await harness.free())[0]
        request = harness.request(match_key=harness.match_key)
        booked = await harness.adapter.book(slot, request, deadline=harness.deadline)
        read = await harness.second.appointment(booked.ref, deadline=harness.deadline)
        offered_again = await harness.free()
        kept = [each.model_dump_json() for each in (slot, booked, read, *offered_again)]
        assert leaked(harness, "".join(kept)) == []

    @behaviour(
        "PRIV-008",
        "A lookup that fails says nothing of the citizen.",
        why="The number stands in the address of the call, and the address in the error.",
    )
    @requires(Capability.APPOINTMENTS_OF)
    @pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SILENT, Fault.HTML, Fault.ERROR])
    async def test_a_failed_lookup_names_nobody(
        self, harness: Harness, fault: Fault, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        adapter = await offered(harness.faulty, "faulty")(fault)
        with pytest.raises(VendorError) as failed:
            await adapter.appointments_of(harness.match_key, deadline=patience(harness, fault))
        assert leaked(harness, _text(failed.value) + caplog.text) == []

    @behaviour(
        "PRIV-009",
        "A booking that fails on the way logs nothing of the booker.",
        why="Libraries that keep quiet while all is well print the whole request when it fails.",
    )
    @pytest.mark.parametrize("fault", [Fault.DOWN, Fault.ERROR, Fault.HTML, Fault.ANSWER_LOST])
    async def test_a_failed_booking_logs_nothing_personal(
        self, harness: Harness, fault: Fault, caplog: pytest.LogCaptureFixture
    ) -> None:
        slot = (await harness.free())[0]
        adapter = await offered(harness.faulty, "faulty")(fault)
        caplog.set_level("DEBUG")
        with pytest.raises(VendorError):
            await adapter.book(slot, harness.request(), deadline=patience(harness, fault))
        assert leaked(harness, caplog.text) == []


def leaked(harness: Harness, text: str) -> list[str]:
    """The fields of the booker, and the match key, whose values stand in a text."""
    values = harness.booker.model_dump(mode="json", exclude_none=True)
    values["match_key"] = harness.match_key.value
    values |= {f"answers.{key}": answer for key, answer in harness.answers.items()}
    return [name for name, value in values.items() if _tells(value) and value in text]


def _tells(value: str) -> bool:
    """Whether a text is long enough not to stand somewhere by chance; numbers soon do."""
    return len(value) >= (4 if value.isalpha() else 5)


def _text(error: BaseException) -> str:
    """Everything an error and its causes would write into a log."""
    return "".join(traceback.format_exception(error))
