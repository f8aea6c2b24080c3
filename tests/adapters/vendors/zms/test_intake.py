"""What is asked of a citizen, and what is sent."""

from __future__ import annotations

import pytest

from adapters.vendors.zms import intake
from adapters.vendors.zms.simulated_city import KIDS
from adapters.vendors.zms.wire import Scope
from contracts.errors import CustomerFieldsMissing
from contracts.models import IntakeField, Person
from contracts.suite.harness import BOOKER
from tests.adapters.vendors.zms.city import ANSWERS, City, request, slots_of, soon


def asked(*scopes: Scope) -> dict[str, IntakeField]:
    return {field.name: field for field in intake.fields(scopes or [Scope()])}


def test_a_name_is_all_that_every_office_requires() -> None:
    fields = asked()
    assert list(fields) == ["givenName", "familyName", "email"]
    assert [name for name, field in fields.items() if field.required] == ["familyName"]


def test_what_one_of_the_offices_asks_is_asked() -> None:
    fields = asked(
        Scope(telephone_activated=True, telephone_required=True),
        Scope(email_required=True, custom_textfield_activated=True, custom_textfield_label="Merk"),
    )
    required = {name for name, field in fields.items() if field.required}
    assert required == {"familyName", "email", "phone"}
    assert fields["answers.customTextfield"].label == "Merk"


def test_a_question_without_words_is_asked_only_where_an_answer_is_required() -> None:
    silent = Scope(custom_textfield_activated=True, custom_textfield_label=" ")
    strict = Scope(custom_textfield2_activated=True, custom_textfield2_required=True)
    assert "answers.customTextfield" not in asked(silent)
    assert asked(strict)["answers.customTextfield2"].label == "Opmerkingen"


def test_a_question_that_is_switched_off_is_not_asked() -> None:
    off = Scope(custom_textfield_required=True, custom_textfield_label="Merk")
    assert "answers.customTextfield" not in asked(off)


EVERYTHING = Scope(
    email_required=True,
    telephone_activated=True,
    custom_textfield_activated=True,
    custom_textfield_required=True,
    custom_textfield_label="Merk",
)


def test_only_what_is_asked_is_sent() -> None:
    sent = intake.contact(request(), intake.fields([Scope()]))
    assert sent == {"familyName": "Noor Peeters", "email": "noor.peeters@example.org"}
    all_of_it = intake.contact(request(), intake.fields([EVERYTHING]))
    assert all_of_it == sent | {"telephone": "+3221234567", **ANSWERS}


def test_an_email_address_that_is_not_given_still_replaces_the_placeholder() -> None:
    booker = Person(family_name="Peeters")
    assert intake.contact(request(booker=booker), intake.fields([Scope()]))["email"] == ""


def test_a_mobile_number_will_do_and_loses_its_signs() -> None:
    booker = Person(family_name="Peeters", email="n@example.org", mobile_phone="+32 (470) 12.34-56")
    sent = intake.contact(request(booker=booker), intake.fields([EVERYTHING]))
    assert sent["telephone"] == "+32470123456"


async def test_the_clerk_reads_who_it_is_for(leuven: City) -> None:
    slot = (await slots_of(leuven, leuven.clock().date(), KIDS))[0]
    child = Person(given_name="Lou", family_name="Peeters")
    await leuven.adapter().book(slot, request(attendee=child), deadline=soon())
    (process,) = leuven.simulator.processes.values()
    assert process.contact["familyName"] == "Noor Peeters (voor Lou Peeters)"
    assert process.contact["email"] == BOOKER.email


@pytest.mark.parametrize(
    ("field", "value", "issue"),
    [
        ("email", "nobody", "email"),
        ("email", "n@example.org, m@example.org", "email"),
        ("phone", "12", "phone"),
        ("phone", "0470 twaalf", "phone"),
        ("family_name", "  ", "familyName"),
    ],
)
def test_each_field_that_is_not_valid_is_named_without_its_value(
    field: str, value: str, issue: str
) -> None:
    person = BOOKER.model_copy(update={field: value})
    with pytest.raises(CustomerFieldsMissing) as refused:
        intake.contact(request(booker=person), intake.fields([EVERYTHING]))
    assert [named.name for named in refused.value.issues] == [issue]
    assert not value.strip() or value not in f"{refused.value} {refused.value.issues}"


@pytest.mark.parametrize("text", ["", " ", "x" * 251])
def test_an_answer_that_does_not_fit_is_named(text: str) -> None:
    answers = {"customTextfield": text}
    with pytest.raises(CustomerFieldsMissing) as refused:
        intake.contact(request(answers=answers), intake.fields([EVERYTHING]))
    assert [named.name for named in refused.value.issues] == ["answers.customTextfield"]
